/** Files between two nodes by the command line: large ones over a live line, and what happens when a node is killed. */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { posthorn, TestNode } from '../support/node.ts'

interface Status {
  readonly listeners: { readonly nncp?: { readonly host: string; readonly port: number } }
  readonly neighbours: readonly { readonly queued: { readonly packets: number } }[]
}

const mebibyte = 1024 ** 2
const largeMebibytes = 200
/** What a node may take at most, whatever passes through it; without files it takes about 120 MiB. */
const memoryMebibytesMax = 400

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** The most memory that a running node has taken so far; undefined where the system does not tell. */
async function peakMebibytes(node: TestNode): Promise<number | undefined> {
  const text = await readFile(`/proc/${node.pid}/status`, 'utf8').catch(() => '')
  const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1]
  return kibibytes === undefined ? undefined : Number(kibibytes) / 1024
}

describe('files between two nodes', () => {
  let folder: string
  let valley: TestNode
  let ridge: TestNode

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'posthorn-files-'))
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await ridge.start()
    const { listeners } = await ridge.run<Status>(['status'])
    const { host, port } = listeners.nncp ?? { host: '', port: 0 }
    await ridge.run(['neighbour', 'add', await valley.card()])
    await valley.run(['neighbour', 'add', await ridge.card(), '--addr', `tcp://${host}:${port}`])
    await valley.start()
  })
  afterAll(async () => {
    await Promise.all([valley?.remove(), ridge?.remove()])
    await rm(folder, { recursive: true, force: true })
  })

  const queued = async (node: TestNode) =>
    (await node.run<Status>(['status'])).neighbours.reduce((sum, one) => sum + one.queued.packets, 0)
  const received = (name: string) => join(ridge.home, 'incoming', 'valley', name)
  const files = async () => (await ridge.run<{ files: { path: string }[] }>(['file', 'list'])).files.map(f => f.path)

  async function largeFile(name: string): Promise<string> {
    const path = join(folder, name)
    const file = await open(path, 'wx')
    for (let written = 0; written < largeMebibytes; written += 4) await file.write(randomBytes(4 * mebibyte))
    await file.close()
    return path
  }

  it('a large file, whole and in chunks, takes little memory at both ends', { timeout: 300_000 }, async () => {
    const path = await largeFile('large')
    const digest = await digestOf(path)
    for (const [name, more] of [
      ['whole', []],
      ['chunked', ['--chunk', '8M']],
    ] as const) {
      await valley.run(['file', 'send', path, 'ridge', '--as', name, ...more])
      await expect.poll(files, { timeout: 120_000, interval: 200 }).toContain(received(name))
      await expect.poll(() => queued(valley), { timeout: 30_000, interval: 200 }).toBe(0)
      expect(await digestOf(received(name))).toBe(digest)
    }
    expect((await readdir(received('.'))).sort()).toEqual(['.posthorn-parts', 'chunked', 'whole'])
    for (const node of [valley, ridge]) {
      const peak = await peakMebibytes(node)
      if (peak !== undefined) expect(peak).toBeLessThan(memoryMebibytesMax)
    }
  })

  it('chunks that come in while the node is killed make one file', { timeout: 300_000 }, async () => {
    const path = await largeFile('again')
    const parts = () => readdir(received('.posthorn-parts')).catch(() => [])
    const killed = async () => {
      for (let times = 0; times < 3; times += 1) {
        const before = new Set(await parts())
        const hasMore = async () => (await parts()).some(name => !before.has(name))
        await expect.poll(hasMore, { timeout: 60_000, interval: 1 }).toBe(true)
        await ridge.end('SIGKILL')
        await ridge.start()
      }
    }
    const send = valley.run(['file', 'send', path, 'ridge', '--as', 'again', '--chunk', '2M'])
    await Promise.all([killed(), send])
    await expect.poll(files, { timeout: 120_000, interval: 200 }).toContain(received('again'))
    expect(await digestOf(received('again'))).toBe(await digestOf(path))
    expect(await parts()).toEqual([])
    expect((await files()).filter(file => file.includes('again'))).toEqual([received('again')])
  })

  it('a send that is killed leaves nothing behind', { timeout: 120_000 }, async () => {
    const path = await largeFile('cut')
    const bodies = async () => {
      const names = await readdir(join(valley.home, 'spool'), { recursive: true, withFileTypes: true })
      return names.filter(entry => entry.isFile()).length
    }
    const send = posthorn(['file', 'send', path, 'ridge', '--chunk', '1M', '--home', valley.home])
    await expect.poll(bodies, { timeout: 60_000, interval: 1 }).toBeGreaterThan(5)
    await valley.end('SIGKILL')
    expect((await send).code).toBe(1)
    await valley.start()
    expect(await queued(valley)).toBe(0)
    expect(await bodies()).toBe(0)
  })

  it('what cannot be is said in words', async () => {
    await writeFile(join(folder, 'x'), 'x')
    for (const [args, code, words] of [
      [['file', 'send', join(folder, 'none'), 'ridge'], 1, 'There is no'],
      [['file', 'send', '/dev/null', 'ridge'], 1, 'neither a file nor a folder'],
      [['file', 'send', '-', 'ridge'], 1, '--as'],
      [['file', 'send', join(folder, 'x'), 'nobody'], 1, 'no neighbour'],
      [['file', 'send', join(folder, 'x'), 'ridge', '--as', 'x'.repeat(256)], 1, '255 bytes'],
      [['file', 'send', join(folder, 'x'), 'ridge', '--chunk', '1K'], 1, 'at least'],
      [['file', 'send', join(folder, 'x'), 'ridge', '--chunk', 'many'], 2, 'A size is wanted'],
      [['neighbour', 'set', 'ridge', '--incoming', join(folder, 'none')], 1, 'not a folder'],
      [['freq', 'ridge', ''], 1, '1 to 255 bytes'],
    ] as const) {
      const done = await posthorn([...args, '--home', valley.home])
      expect([done.code, done.stderr], args.join(' ')).toEqual([code, expect.stringContaining(words)])
    }
  })
})
