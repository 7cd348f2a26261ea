/**
 * One large packet sealed, put on a medium, taken off it and opened, beside Debian's NNCP doing the same, in turn.
 * Run: npx tsx --conditions=posthorn-source bench/packets/run.ts [MiB] [--rounds N] [--only ours]
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { generateIdentity } from '@posthorn/nncp'
import { nativeSuite } from '../../packages/node/src/node/crypto.ts'
import { diskFiles, fileBytes } from '../../packages/node/src/stores/files/index.ts'
import { median, show } from '../support/figures.ts'
import '../support/sql.ts'
import { Theirs } from './theirs.ts'

const { Ours } = await import('./ours.ts')

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string', default: '6' }, only: { type: 'string' } },
  allowPositionals: true,
})
const sizeMebibytes = Number(positionals[0] ?? 256)
const rounds = Number(values.rounds)

const steps = ['seal', 'put out', 'take in', 'open'] as const
type Times = Record<(typeof steps)[number], number[]>
const noTimes = (): Times => ({ seal: [], 'put out': [], 'take in': [], open: [] })
const peerOf = {
  seal: 'nncp-file',
  'put out': 'nncp-xfer -tx',
  'take in': 'nncp-xfer -rx',
  open: 'nncp-toss',
} as const

async function seconds<T>(times: number[], work: () => Promise<T> | T): Promise<T> {
  const start = performance.now()
  const answer = await work()
  times.push((performance.now() - start) / 1000)
  return answer
}

async function writeRandom(path: string): Promise<void> {
  const file = await open(path, 'wx')
  for (let written = 0; written < sizeMebibytes; written += 1) await file.writeFile(randomBytes(1024 * 1024))
  await file.sync()
  await file.close()
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of fileBytes(diskFiles, path)) hash.update(chunk)
  return hash.digest('hex')
}

const folder = await mkdtemp(join(tmpdir(), 'posthorn-bench-'))
try {
  const [plain, back, medium] = [join(folder, 'plain'), join(folder, 'back'), join(folder, 'medium')]
  await mkdir(medium)
  await writeRandom(plain)
  const suite = nativeSuite()
  const [alice, bob] = [generateIdentity(suite, randomBytes), generateIdentity(suite, randomBytes)]
  const [a, b] = [await Ours.open(join(folder, 'a'), alice, bob), await Ours.open(join(folder, 'b'), bob, alice)]
  const [c, d] = [await Theirs.open(join(folder, 'c'), alice, bob), await Theirs.open(join(folder, 'd'), bob, alice)]
  const [ours, theirs] = [noTimes(), noTimes()]
  const runOurs = async () => {
    const sealed = await seconds(ours.seal, () => a.seal(plain))
    await seconds(ours['put out'], () => a.putOut(sealed, medium))
    const taken = await seconds(ours['take in'], () => b.takeIn(medium))
    await seconds(ours.open, () => b.open(taken, back))
    if ((await digest(plain)) !== (await digest(back))) throw new Error('the packet came back altered')
    await rm(back)
  }
  const runTheirs = async () => {
    await seconds(theirs.seal, () => c.seal(plain))
    await seconds(theirs['put out'], () => c.putOut(medium))
    await seconds(theirs['take in'], () => d.takeIn(medium))
    await seconds(theirs.open, () => d.open())
    await rm(join(d.incoming, 'big'))
  }
  // Whoever begins finds another state of the disk and of its cache: they take turns at that, too.
  for (let round = 0; round < rounds; round += 1) {
    if (values.only === 'ours') await runOurs()
    else for (const run of round % 2 === 0 ? [runOurs, runTheirs] : [runTheirs, runOurs]) await run()
  }
  for (const step of steps) {
    show(step, sizeMebibytes / median(ours[step]), 'MiB/s')
    if (values.only === 'ours') continue
    show(peerOf[step], sizeMebibytes / median(theirs[step]), 'MiB/s')
    show('ratio', median(theirs[step]) / median(ours[step]), '')
  }
  show('peak memory of this process', process.resourceUsage().maxRSS / 1024, 'MiB')
  show('peak memory of a program of nncp', Math.max(c.peakMebibytes, d.peakMebibytes), 'MiB')
  a.close()
  b.close()
} finally {
  await rm(folder, { recursive: true, force: true })
}
