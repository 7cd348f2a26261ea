/** Bundles by the command line, between two nodes: as files and through pipes, with the nodes running and at rest. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, posthorn, type TestNode, twoNodes } from '../support/node.ts'

const program = fileURLToPath(new URL('../../packages/node/bin/posthorn.js', import.meta.url))

/** Runs the command line with bytes on its standard input and output. */
function piped(args: readonly string[], input: Uint8Array = Buffer.alloc(0)) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] })
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []]
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise<{ code: number | null; stdout: Buffer; stderr: string }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code =>
      resolve({ code, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    )
  })
}

describe('two nodes that exchange bundles', () => {
  let folder: string
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let bob: Access

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-bundles-'))
    ;({ valley, ridge, alice, bob } = await twoNodes())
    // Else a receipt follows some seconds after bob's app has looked.
    await appendFile(join(ridge.home, 'posthorn.toml'), '\n[receipts]\nfetched = false\n')
    await Promise.all([valley.start(), ridge.start()])
  })
  afterAll(async () => {
    await Promise.all([valley.remove(), ridge.remove()])
    await rm(folder, { recursive: true, force: true })
  })

  const queued = async (node: TestNode) => {
    const { neighbours } = await node.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])
    return neighbours[0]?.queued.packets
  }
  const received = async (text: string) => (await inboxLetters(bob)).filter(letter => letter.text.includes(text)).length
  const transfers = (node: TestNode) => readdir(join(node.home, 'transfer')).catch(() => [])

  it('a letter goes out in a file and its ack comes back in one', async () => {
    await sendLetter(alice, { to: bob.address, text: 'in a file' })
    const [out, back] = [join(folder, 'out'), join(folder, 'back')]
    const written = await valley.run(['bundle', 'write', out, '--to', 'ridge'])
    expect(written).toMatchObject({ bundle: 'out', written: { packets: 1 }, waiting: { packets: 0 } })
    expect(await queued(valley)).toBe(1)
    expect(await ridge.run(['bundle', 'read', out])).toMatchObject({ taken: { packets: 1 }, others: { packets: 0 } })
    expect(await received('in a file')).toBe(1)
    // The acknowledgement, and the receipt.
    expect(await ridge.run(['bundle', 'write', back])).toMatchObject({ written: { packets: 2 } })
    expect(await queued(ridge)).toBe(0)
    expect(await valley.run(['bundle', 'read', back])).toMatchObject({ taken: { packets: 2 } })
    expect(await queued(valley)).toBe(0)
  })

  for (const state of ['running', 'at rest'] as const) {
    it(`a letter goes through pipes while the nodes are ${state}`, async () => {
      const text = `through pipes ${state}`
      await sendLetter(alice, { to: bob.address, text })
      if (state === 'at rest') await Promise.all([valley.end(), ridge.end()])
      const out = await piped(['bundle', 'write', '-', '--home', valley.home, '--json'])
      expect(out.code, out.stderr).toBe(0)
      expect(JSON.parse(out.stderr)).toMatchObject({ bundle: '-', written: { packets: 1 }, released: 0 })
      const taken = await piped(['bundle', 'read', '-', '--home', ridge.home, '--json'], out.stdout)
      expect(JSON.parse(taken.stdout.toString())).toMatchObject({ bundle: '-', taken: { packets: 1 } })
      const back = await piped(['bundle', 'write', '-', '--delete', '--home', ridge.home, '--json'])
      expect(JSON.parse(back.stderr)).toMatchObject({ written: { packets: 2 }, released: 2 })
      await piped(['bundle', 'read', '-', '--home', valley.home], back.stdout)
      expect([await queued(valley), await queued(ridge)]).toEqual([0, 0])
      expect([await transfers(valley), await transfers(ridge)]).toEqual([[], []])
      if (state === 'at rest') await Promise.all([valley.start(), ridge.start()])
      expect(await received(text)).toBe(1)
    })
  }

  it('nothing is let go of when the pipe breaks', async () => {
    await valley.run(['neighbour', 'add', await ridge.card(), '--custody', 'copy'])
    await sendLetter(alice, { to: bob.address, text: randomBytes(1_500_000).toString('hex') })
    const args = [program, 'bundle', 'write', '-', '--delete', '--home', valley.home]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const stderr: Buffer[] = []
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise(resolve => child.once('close', resolve))
    expect(code, Buffer.concat(stderr).toString()).toBe(1)
    expect(Buffer.concat(stderr).toString()).toContain('Nothing was let go of')
    expect(await queued(valley)).toBe(1)
    expect(await transfers(valley)).toEqual([])
  })

  it('a cut bundle, something else, and a name that is taken are told in words and codes', async () => {
    const whole = join(folder, 'whole')
    await valley.run(['bundle', 'write', whole])
    const cut = join(folder, 'cut')
    await writeFile(cut, (await readFile(whole)).subarray(0, 2000))
    await writeFile(join(folder, 'letter'), 'Dear Bob, this is no bundle. '.repeat(100))
    for (const [file, code] of [
      ['cut', 'bundle-truncated'],
      ['letter', 'no-bundle'],
      ['nothing', 'bundle-missing'],
    ] as const) {
      const done = await posthorn(['bundle', 'read', join(folder, file), '--home', ridge.home, '--json'])
      expect([done.code, JSON.parse(done.stdout)], file).toMatchObject([1, { error: { code } }])
    }
    const again = await posthorn(['bundle', 'write', whole, '--home', valley.home, '--json'])
    expect([again.code, JSON.parse(again.stdout)]).toMatchObject([1, { error: { code: 'bundle-exists' } }])
    const nobody = ['bundle', 'write', join(folder, 'new'), '--to', 'nobody', '--home', valley.home, '--json']
    expect(JSON.parse((await posthorn(nobody)).stdout)).toMatchObject({ error: { code: 'unknown-neighbour' } })
    expect(await readdir(folder)).not.toContain('new')
    const misuse = await posthorn(['bundle', 'write', '-', '--nice', 'very', '--home', valley.home])
    expect(misuse.code).toBe(2)
  })
})
