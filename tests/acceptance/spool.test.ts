/** Looking into the spool and putting it in order, by the command line: stat, rm, check, log. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, posthorn, type TestNode, twoNodes } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

interface Removed {
  readonly packets: number
  readonly told: number
  readonly list: readonly { readonly id: string; readonly way: string; readonly neighbour: string }[]
  readonly unknown: readonly string[]
}
interface Checked {
  readonly packets: number
  readonly damaged: readonly {
    readonly id: string
    readonly state: string
    readonly room: string
    readonly told: boolean
  }[]
}

let folder: string
let valley: TestNode
let ridge: TestNode
let alice: Access
let bob: Access
let stick: Awaited<ReturnType<typeof makeStick>>

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'posthorn-spool-'))
  stick = await makeStick()
  ;({ valley, ridge, alice, bob } = await twoNodes())
})
afterEach(async () => {
  await Promise.all([valley?.remove(), ridge?.remove(), stick?.remove()])
  await rm(folder, { recursive: true, force: true })
})

const program = fileURLToPath(new URL('../../packages/node/bin/posthorn.js', import.meta.url))
const words = async (node: TestNode, ...args: string[]) => {
  const done = await posthorn([...args, '--home', node.home])
  return { ...done, text: done.stdout + done.stderr }
}
const letter = (name: string) => ({
  ...{ to: bob.address, subject: name, messageId: `<${name}@test>` },
  text: randomBytes(60_000).toString('base64'),
})
const waiting = async (node: TestNode) =>
  (await node.run<Removed>(['rm', '--all', '--dry-run'])).list.map(({ id }) => id)

/** One bit of the packet's file, somewhere in the middle. */
async function flipBit(node: TestNode, id: string): Promise<void> {
  const file = join(node.home, 'spool', 'bodies', id.slice(0, 2), id)
  const bytes = await readFile(file)
  bytes[30_000] = (bytes[30_000] ?? 0) ^ 8
  await writeFile(file, bytes)
}

describe.each(['running', 'stopped'] as const)('a node that is %s', state => {
  const pause = async () => {
    if (state === 'stopped') await valley.end()
  }

  it('tells the sender of a letter that the disk has damaged, and why', async () => {
    await valley.start()
    await sendLetter(alice, letter('good'))
    await sendLetter(alice, letter('bad'))
    const ids = await waiting(valley)
    expect(ids).toHaveLength(2)
    await flipBit(valley, ids[1] ?? expect.unreachable())
    await pause()
    const found = await words(valley, 'check')
    expect(found.code).toBe(1)
    expect(found.stdout).toContain('Read 2 packets')
    expect(found.stdout).toContain(`damaged: ${ids[1]}`)
    expect(found.stdout).toContain('its sender was told')
    expect(await words(valley, 'check')).toMatchObject({ code: 0, stdout: expect.stringContaining('Read 1 packet') })
    expect((await words(valley, 'quarantine', 'list')).stdout).toContain('was damaged on the disk of this node')
    if (state === 'stopped') await valley.start()
    const [report, ...more] = await inboxLetters(alice)
    expect(more).toEqual([])
    expect(report?.text).toContain('In-Reply-To: <bad@test>')
    expect(report?.text).toContain('damaged on the disk of valley')
    expect(await waiting(valley)).toEqual([ids[0]])
  })

  it('shows what waits, and removes it; the sender is told', async () => {
    await valley.start()
    for (const name of ['one', 'two']) await sendLetter(alice, letter(name))
    await pause()
    const shown = await valley.run<{ neighbours: unknown[]; partial: unknown; quarantine: number }>(['stat', 'ridge'])
    expect(shown).toEqual({
      neighbours: [
        {
          ...{ name: 'ridge', id: expect.stringMatching(/^[A-Z2-7]{52}$/), in: [] },
          out: [{ niceness: 96, packets: 2, bytes: expect.any(Number), oldest: expect.stringMatching(/^20.*Z$/) }],
        },
      ],
      partial: { packets: 0, bytes: 0 },
      quarantine: 0,
    })
    expect((await words(valley, 'stat')).stdout).toMatch(/^ridge +out +P +2 +1\d\d KiB +\d+ s$/m)
    const [one, two] = await waiting(valley)
    if (one === undefined || two === undefined) return expect.unreachable()
    expect(await valley.run(['rm', one, '--older', '2d'])).toMatchObject({ packets: 0, unknown: [] })
    expect((await words(valley, 'rm', one)).stdout).toContain('The senders of 1 of them were told.')
    const missing = await posthorn(['rm', one, '--home', valley.home, '--json'])
    expect([missing.code, JSON.parse(missing.stdout)]).toMatchObject([1, { packets: 0, unknown: [one] }])
    expect(await valley.run<Removed>(['rm', '--node', 'ridge', '--rx'])).toMatchObject({ packets: 0 })
    expect(await valley.run<Removed>(['rm', '--node', 'ridge', '--tx'])).toMatchObject({ packets: 1, told: 1 })
    expect((await words(valley, 'stat')).stdout).toBe('Nothing waits.\n')
    if (state === 'stopped') await valley.start()
    expect(await inboxLetters(alice)).toHaveLength(2)
  })
})

it('a damaged packet on its way in is taken again from the stick, and acted on', async () => {
  const input = randomBytes(100_000).toString('base64')
  const file = join(folder, 'input')
  await ridge.run(['handle', 'add', 'valley', 'store', '--', '/bin/sh', '-c', `cat > ${file}`])
  const { packet } = await valley.run<{ packet: string }>(['exec', 'ridge', 'store'], input)
  await sync(valley, stick.path)
  await sync(ridge, stick.path)
  expect(await ridge.run(['stat'])).toMatchObject({ neighbours: [{ name: 'valley', in: [{ packets: 1 }] }] })
  await flipBit(ridge, packet)
  const done = await posthorn(['check', '--home', ridge.home, '--json'])
  expect((JSON.parse(done.stdout) as Checked).damaged).toMatchObject([{ id: packet, state: 'damaged', room: 'inbox' }])
  // It is asked for again.
  const asked = { name: 'valley', in: [], out: [{ packets: 1 }] }
  expect(await ridge.run(['stat'])).toMatchObject({ neighbours: [asked], quarantine: 1 })
  await sync(valley, stick.path)
  await sync(ridge, stick.path)
  await ridge.run(['toss'])
  expect((await readFile(file, 'utf8')) === input).toBe(true)
  const left = await readdir(join(ridge.home, 'spool', 'damaged'))
  expect(left).toEqual([packet])
  const [entry] = await ridge.run<{ number: number }[]>(['quarantine', 'list'])
  await ridge.run(['quarantine', 'remove', String(entry?.number)])
  expect(await readdir(join(ridge.home, 'spool', 'damaged'))).toEqual([])
})

it('rm forgets beginnings and what was seen, and says what makes no sense', async () => {
  expect(await valley.run(['rm', '--part', '--older', '1h', '--dry-run'])).toMatchObject({ dryRun: true, packets: 0 })
  await valley.run(['exec', 'ridge', 'nothing'], 'x')
  await sync(valley, stick.path)
  await sync(ridge, stick.path)
  expect(await ridge.run(['rm', '--seen', '--all', '--dry-run'])).toEqual({ dryRun: true, forgotten: 1 })
  expect(await ridge.run(['rm', '--seen', '--node', 'valley', '--older', '1h'])).toMatchObject({ forgotten: 0 })
  expect(await ridge.run(['rm', '--seen', '--node', 'valley'])).toEqual({ dryRun: false, forgotten: 1 })
  const wrong = [
    [],
    ['--older', '5'],
    ['--part', '--node', 'ridge'],
    ['--all', '--node', 'ridge'],
    ['--seen', '--tx', '--all'],
  ]
  for (const args of wrong) expect((await words(valley, 'rm', ...args)).code, args.join(' ')).toBe(2)
  expect(await words(valley, 'rm', 'nonsense')).toMatchObject({ code: 1, text: expect.stringContaining('52 of') })
  expect(await words(valley, 'stat', 'nobody')).toMatchObject({ code: 1 })
})

describe('the log', () => {
  it('tells the whole way of a packet, whoever did the work, in words and in JSON', async () => {
    await ridge.start()
    const { packet } = await valley.run<{ packet: string }>(['exec', 'ridge', 'nothing'], 'x')
    await sync(valley, stick.path)
    await sync(ridge, stick.path)
    const made = await words(valley, 'log', '--packet', packet)
    expect(made.stdout).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d info {2}exec packet made \(.*handle: nothing/)
    const lines = (await posthorn(['log', '--packet', packet, '--json', '--home', ridge.home])).stdout
      .trim()
      .split('\n')
    const facts = lines.map(line => JSON.parse(line) as { msg: string; packetId: string })
    expect(facts.map(({ packetId }) => packetId)).toEqual(lines.map(() => packet))
    expect(facts.map(({ msg }) => msg)).toContain('packet set aside')
    expect((await words(ridge, 'log')).stdout.split('\n').length).toBeGreaterThan(lines.length + 1)
    const place = join(ridge.home, 'log')
    expect([(await stat(place)).mode & 0o777, (await stat(join(place, 'posthorn.log'))).mode & 0o777]).toEqual([
      0o700, 0o600,
    ])
    expect(await posthorn(['log', '--home', join(folder, 'nowhere')])).toMatchObject({ code: 1 })
  })

  it('is followed while it grows, until somebody has seen enough', async () => {
    const child = spawn(process.execPath, [program, 'log', '--follow', '--home', valley.home], { stdio: 'pipe' })
    const lines: string[] = []
    createInterface({ input: child.stdout }).on('line', line => lines.push(line))
    const ended = new Promise<number | null>(resolve => child.once('close', code => resolve(code)))
    const { packet } = await valley.run<{ packet: string }>(['exec', 'ridge', 'nothing'], 'x')
    await vi.waitFor(() => expect(lines.join('\n')).toContain(packet), { timeout: 30_000 })
    child.kill('SIGINT')
    expect(await ended).toBe(0)
  })
})
