/**
 * One large file from node to node, and the memory it takes; beside it Debian's NNCP with the same file.
 * Run: npx tsx --conditions=posthorn-source bench/files/run.ts [MiB] [--chunk SIZE] [--only ours]
 */
import { createCipheriv, createHash, randomBytes } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { TestNode } from '../../tests/support/node.ts'
import { show } from '../support/figures.ts'
import { throughNncp } from './theirs.ts'

const { values, positionals } = parseArgs({
  options: { chunk: { type: 'string' }, only: { type: 'string' } },
  allowPositionals: true,
})
const sizeMebibytes = Number(positionals[0] ?? 1000)

/** Random bytes, faster than the system gives them. */
async function writeRandom(path: string): Promise<string> {
  const stream = createCipheriv('aes-256-ctr', randomBytes(32), randomBytes(16))
  const zeros = Buffer.alloc(1024 ** 2)
  const hash = createHash('sha256')
  const file = await open(path, 'wx')
  for (let written = 0; written < sizeMebibytes; written += 1) {
    const bytes = stream.update(zeros)
    hash.update(bytes)
    await file.writeFile(bytes)
  }
  await file.sync()
  await file.close()
  return hash.digest('hex')
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function peakMebibytes(node: TestNode): Promise<number> {
  const text = await readFile(`/proc/${node.pid}/status`, 'utf8')
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(text)?.[1] ?? Number.NaN) / 1024
}

interface Status {
  readonly listeners: { readonly nncp: { readonly host: string; readonly port: number } }
}

async function throughPosthorn(path: string, digest: string): Promise<void> {
  const [valley, ridge] = [await TestNode.make('valley'), await TestNode.make('ridge')]
  try {
    await ridge.start()
    const { listeners } = await ridge.run<Status>(['status'])
    await ridge.run(['neighbour', 'add', await valley.card()])
    const { host, port } = listeners.nncp
    await valley.run(['neighbour', 'add', await ridge.card(), '--addr', `tcp://${host}:${port}`])
    await valley.start()
    const atRest = [await peakMebibytes(valley), await peakMebibytes(ridge)]
    const start = performance.now()
    const chunked = values.chunk === undefined ? [] : ['--chunk', values.chunk]
    await valley.run(['file', 'send', path, 'ridge', '--as', 'large', ...chunked])
    show('ours: sealed', (performance.now() - start) / 1000, 's')
    // Looked for on the disk: asking the node would cost it time.
    const arrived = join(ridge.home, 'incoming', 'valley', 'large')
    while (!existsSync(arrived)) await sleep(50)
    show('ours: lies in the folder of the other', (performance.now() - start) / 1000, 's')
    for (const [index, node] of [valley, ridge].entries()) {
      const name = index === 0 ? 'sender' : 'receiver'
      show(`ours: most memory, ${name} at rest`, atRest[index] ?? Number.NaN, 'MiB')
      show(`ours: most memory, ${name}`, await peakMebibytes(node), 'MiB')
    }
    const same = (await digestOf(arrived)) === digest
    process.stdout.write(`ours: the same bytes arrived: ${same}\n`)
    if (!same) process.exitCode = 1
  } finally {
    await valley.remove()
    await ridge.remove()
  }
}

const folder = await mkdtemp(join(tmpdir(), 'posthorn-bench-'))
try {
  const path = join(folder, 'large')
  const digest = await writeRandom(path)
  process.stdout.write(`${sizeMebibytes} MiB, ${values.chunk === undefined ? 'whole' : `chunks of ${values.chunk}`}\n`)
  await throughPosthorn(path, digest)
  if (values.only !== 'ours') await throughNncp(folder, path, values.chunk)
} finally {
  await rm(folder, { recursive: true, force: true })
}
