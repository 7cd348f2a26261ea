/** Programs that other nodes run here: who may, with what, what when they fail, and what goes on meanwhile. */
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execPath } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Clock, systemClock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { zstdCompress } from '../../base/zstd.ts'
import { type ConfiguredHandle, handleDefaults } from './index.ts'
import { carry, Office, queueOf, streamOf } from './rig.ts'

let folder: string
let valley: Office
let ridge: Office
let aheadMs: number

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-exec-'))
  aheadMs = 0
})
afterEach(async () => {
  await valley.stop()
  await ridge.stop()
  rmSync(folder, { recursive: true, force: true })
})

const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs }
const record = 'printf "%s\\0" "$@" >> "$0.args"; cat >> "$0.input"; env > "$0.env"; echo "went well"; echo hm >&2'

type Traits = Partial<ConfiguredHandle> & { script?: string }

/** The name is that of the file, below `folder`, that its script sees as `$0`. */
function handle(name: string, { script = record, ...traits }: Traits = {}): ConfiguredHandle {
  const command = ['/bin/sh', '-c', script, join(folder, name)]
  return { ...handleDefaults, name, command, from: ['*'], resultFrom: null, resultTo: [], ...traits }
}

async function open(...handles: ConfiguredHandle[]): Promise<void> {
  valley = await Office.open('valley', ['alice'])
  ridge = await Office.open('ridge', ['bob'], store => store, {}, handles, clock)
  await valley.knows(ridge)
  await ridge.knows(valley)
}

async function call(name: string, args: readonly string[] = [], traits: { body?: Buffer; compress?: boolean } = {}) {
  const { body = Buffer.from('body'), compress = true } = traits
  const to = await valley.directory.neighbours.byName('ridge')
  if (to === undefined) return expect.unreachable()
  const packing = { to, handle: name, args, body: streamOf(body), compress, niceness: 50, replyNiceness: 77 }
  const id = await valley.office.exec(packing, new AbortController().signal)
  await carry(valley, ridge)
  return id
}

/** Machines that run tests are busy. */
const until = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 20_000 })

const worked = () => ridge.office.workedOff(new AbortController().signal)
const written = (name: string) => readFile(join(folder, name), 'utf8').catch(() => '')
const aside = () => ridge.spool.quarantine.list(10)
const letterOf = (id: string) => `Message-ID: <${id}@test>\r\nSubject: ${id}\r\n\r\nText of ${id}.\r\n`

/** In a script: hangs until `openGate`. */
const gate = 'until [ -e "$(dirname "$0")/gate" ]; do sleep 0.02; done'
const openGate = () => writeFile(join(folder, 'gate'), '')

describe('a handle', () => {
  it.each([true, false])(
    'runs with arguments, input and environment, is acknowledged, once (zstd %s)',
    async compress => {
      await open(handle('it'))
      const args = ['', ' a  b ', '--', '-rf', '$(id); `id`', 'Grüße\n✓']
      const body = Buffer.alloc(300_000, 'line\n')
      const id = await call('it', args, { body, compress })
      await worked()
      await carry(valley, ridge)
      await worked()
      expect(await written('it.args')).toBe(args.map(arg => `${arg}\0`).join(''))
      expect(await written('it.input')).toBe(body.toString())
      const environment = Object.fromEntries(
        (await written('it.env'))
          .trim()
          .split('\n')
          .map(line => line.split('=')),
      )
      expect(environment).toMatchObject({
        NNCP_SELF: ridge.identity.id,
        NNCP_SENDER: valley.identity.id,
        NNCP_NICE: '77',
        NNCP_PACKET: id,
      })
      const known = [
        'HOME',
        'LANG',
        'NNCP_NICE',
        'NNCP_PACKET',
        'NNCP_SELF',
        'NNCP_SENDER',
        'PATH',
        'PWD',
        'SHLVL',
        '_',
      ]
      expect(known).toEqual(expect.arrayContaining(Object.keys(environment)))
      await carry(ridge, valley)
      expect(await queueOf(valley, ridge)).toEqual([])
    },
  )

  it('is for those who are named, and its own for a neighbour comes first', async () => {
    await open(handle('open', { from: ['harbour'] }), handle('both'))
    const command = ['/bin/sh', '-c', record, join(folder, 'own')]
    await ridge.directory.handles.put(valley.identity.id, { name: 'both', command, resultFrom: null, resultTo: [] })
    for (const name of ['open', 'both', 'none']) await call(name)
    await worked()
    expect([await written('open.args'), await written('both.args'), await written('own.input')]).toEqual([
      '',
      '',
      'body',
    ])
    expect((await aside()).map(({ reason }) => reason).sort()).toEqual([
      'this node runs no handle called "none"',
      'valley may not run "open" here; to allow it, name it in posthorn.toml: [exec.open] from',
    ])
  })

  it('that is gone while a packet waits for its turn: that is set aside', async () => {
    await open()
    const command = ['/bin/sh', '-c', `echo begun >> "$0"; ${gate}`, join(folder, 'own')]
    await ridge.directory.handles.put(valley.identity.id, { name: 'own', command, resultFrom: null, resultTo: [] })
    await call('own')
    await until(async () => expect(await written('own')).toBe('begun\n'))
    await call('own')
    await ridge.directory.handles.remove(valley.identity.id, 'own')
    await openGate()
    await worked()
    expect(await written('own')).toBe('begun\n')
    expect(await aside()).toMatchObject([{ reason: 'this node runs no handle called "own"' }])
    expect((await ridge.spool.inbox.summary()).packets).toBe(0)
  })

  it('gets nothing of a packet that is not whole', async () => {
    await open(handle('it'))
    const path = execPath('it', [])
    const plain = { type: 'exec-fat', niceness: 96, path } as const
    const whole: Uint8Array[] = []
    for await (const chunk of valley.seal(ridge, plain, streamOf(Buffer.alloc(400_000, 'x')))) whole.push(chunk)
    const cut = Buffer.concat(whole).subarray(0, -1000)
    await ridge.arrive({ bytes: streamOf(cut), sender: valley.identity.id })
    await worked()
    expect(await written('it.env')).toBe('')
    expect(await aside()).toHaveLength(1)
    expect(await queueOf(ridge, valley)).toEqual([])
  })

  it.each(['exec', 'exec-fat'] as const)('gets nothing of a body that is larger than it takes (%s)', async type => {
    await open(handle('it', { inputBytesMax: 3_000_000, resultTo: ['bob'] }))
    async function* zeros() {
      for (let block = 0; block < 100; block += 1) yield Buffer.alloc(65_536)
    }
    const content = type === 'exec' ? zstdCompress(zeros()) : zeros()
    const bytes = valley.seal(ridge, { type, niceness: 96, path: execPath('it', []) }, content)
    await ridge.arrive({ bytes, sender: valley.identity.id })
    await worked()
    expect(await written('it.env')).toBe('')
    expect(await aside()).toMatchObject([{ kept: true, reason: expect.stringContaining('larger than the 3000000') }])
    expect(await ridge.letters('bob')).toHaveLength(1)
    await carry(ridge, valley)
    expect(await queueOf(valley, ridge)).toEqual([])
  })
})

describe('a program that fails', () => {
  it('is run again, more and more rarely, and its packet set aside with the reason', async () => {
    await open(
      handle('it', { script: 'echo try >> "$0.tries"; echo no luck >&2; exit 7', triesMax: 3, resultTo: ['bob'] }),
    )
    await call('it')
    for (const delayMs of [60_000, 120_000]) {
      await worked()
      const dueAt = (await ridge.spool.inbox.nextDueAt()) ?? 0
      expect(dueAt - clock.now()).toBeGreaterThan(delayMs - 50_000)
      expect(dueAt - clock.now()).toBeLessThanOrEqual(delayMs)
      expect(await queueOf(ridge, valley)).toEqual([])
      aheadMs += delayMs
    }
    await worked()
    expect(await written('it.tries')).toBe('try\ntry\ntry\n')
    const reason = 'the program of "it" ended with 7 at the last of 3 tries: no luck'
    expect(await aside()).toMatchObject([{ kept: true, reason }])
    await carry(ridge, valley)
    expect(await queueOf(valley, ridge)).toEqual([])
    const [letter] = await ridge.letters('bob')
    expect(textOf(letter)).toContain('given up, and set aside: it ended with 7.\n\nno luck\n')
  })

  it('by taking too long is stopped, and run again', async () => {
    await open(handle('it', { script: 'echo begun; sleep 1000', timeoutMs: 300 }))
    await call('it')
    await worked()
    const [packet] = await (async () => {
      aheadMs += 60_000
      return ridge.spool.inbox.due(clock.now(), 1, 'exec it')
    })()
    expect(packet).toMatchObject({ attempts: 1 })
  })

  it('once ended well is not run again when the commit fails', async () => {
    await open(handle('it'))
    const finish = vi.spyOn(ridge.spool.inbox, 'finish')
    finish.mockRejectedValueOnce(new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' }))
    await call('it', ['once'])
    await worked()
    expect(finish).toHaveBeenCalledTimes(1)
    aheadMs += 10_000
    await worked()
    expect(finish).toHaveBeenCalledTimes(2)
    expect(await written('it.args')).toBe('once\0')
    expect((await ridge.spool.inbox.summary()).packets).toBe(0)
  })

  it('with the node is run again', async () => {
    await open(handle('it', { script: 'echo begun >> "$0.log"; sleep 1000' }))
    const id = await call('it')
    await until(async () => expect(await written('it.log')).toBe('begun\n'))
    await ridge.office.stop()
    expect(await ridge.spool.inbox.due(clock.now(), 1, 'exec it')).toMatchObject([{ id, attempts: 0 }])
  })
})

function textOf(letter: string | undefined): string {
  const [, body = ''] = (letter ?? '').split('\r\n\r\n')
  return Buffer.from(body, 'base64').toString()
}

describe('what came of it', () => {
  it('is mailed to whom it was said: here, at the node that asked, and not to nobody', async () => {
    const resultTo = ['bob', 'alice@sender', 'nobody', 'x@unknown.example']
    await open(handle('it', { resultTo, resultFrom: 'robot@ridge.example' }))
    const id = await call('it', ['naïve', 'x\r\nBcc: eve@evil'])
    await worked()
    await carry(ridge, valley)
    const [here] = await ridge.letters('bob')
    const [there] = await valley.letters('alice')
    for (const letter of [here, there]) {
      expect(letter).toContain('From: <robot@ridge.example>\r\n')
      expect(letter).toContain('Auto-Submitted: auto-generated\r\n')
      expect(letter).toContain(`Message-ID: <exec.${id.toLowerCase()}@${ridge.domain}>\r\n`)
      expect(letter).not.toMatch(/^Bcc:/m)
      const words = [...(letter ?? '').matchAll(/=\?utf-8\?B\?([\w+/=]+)\?=/g)].map(([, word]) => word)
      const subject = words.map(word => Buffer.from(word ?? '', 'base64').toString()).join('')
      expect(subject).toBe('Exec from valley to ridge: it naïve x\r\nBcc: eve@evil')
      expect(textOf(letter)).toBe('went well\nhm\n')
    }
    expect(there).toContain(`To: <${valley.address('alice')}>\r\n`)
  })

  it('has a plain subject where that is enough', async () => {
    await open(handle('it', { resultTo: ['bob'] }))
    await call('it', ['-a', 'b c'])
    await worked()
    const [letter] = await ridge.letters('bob')
    expect(letter).toContain('\r\nSubject: Exec from valley to ridge: it -a b c\r\n')
    expect(letter).toContain(`From: <mailer-daemon@${ridge.domain}>\r\n`)
  })
})

describe('while a program hangs', () => {
  it('mail goes on, other handles too; its own packets wait, so many at a time', async () => {
    const hanging = { script: `echo "$1" >> "$0.begun"; ${gate}; echo "$1" >> "$0.ended"` }
    await open(handle('slow', { ...hanging, atOnceMax: 2 }), handle('quick'))
    for (const number of ['1', '2', '3']) await call('slow', [number])
    await until(async () => expect((await written('slow.begun')).length).toBe(4))
    await call('quick', ['now'])
    await valley.send(valley.address('alice'), [ridge.address('bob')], letterOf('meanwhile'))
    await carry(valley, ridge)
    expect(await ridge.letters('bob')).toHaveLength(1)
    await until(async () => expect(await written('quick.args')).toBe('now\0'))
    expect((await written('slow.begun')).split('\n').sort()).toEqual(['', '1', '2'])
    await openGate()
    await worked()
    expect((await written('slow.ended')).split('\n').sort()).toEqual(['', '1', '2', '3'])
    expect((await ridge.spool.inbox.summary()).packets).toBe(0)
  })
})
