/**
 * Calls over loopback beside Debian's NNCP, in turn: one large packet, many small ones, and how soon one is there.
 * Run: npx tsx --conditions=posthorn-source bench/calls/run.ts bulk|small|latency [SIZE]
 *   [--rounds N] [--only ours] [--json]
 */
import { randomBytes } from 'node:crypto'
import { existsSync, watch } from 'node:fs'
import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Report } from '../support/report.ts'
import '../support/sql.ts'
import { peakKib, processorSeconds, until } from '../support/processes.ts'
import { Theirs } from './theirs.ts'

const { Ours } = await import('./ours.ts')

const { values, positionals } = parseArgs({
  options: { rounds: { type: 'string' }, only: { type: 'string' }, json: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const [what, size] = positionals
const report = new Report('nncp')

async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

/** Whoever begins finds another state of the machine: they take turns at that, too. */
async function inTurn(rounds: number, runs: { ours: () => Promise<void>; theirs: () => Promise<void> }): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    if (values.only === 'ours') await runs.ours()
    else for (const run of round % 2 === 0 ? [runs.ours, runs.theirs] : [runs.theirs, runs.ours]) await run()
  }
}

/** From the start of the calling program until the caller's spool has let go of the packet. */
async function bulk(mebibytes: number, rounds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-bench-'))
  const plain = join(folder, 'plain')
  const file = await open(plain, 'wx')
  for (let written = 0; written < mebibytes; written += 1) await file.writeFile(randomBytes(1024 * 1024))
  await file.close()
  const name = `a packet of ${mebibytes} MiB called`
  const ours = async () => {
    const pair = await Ours.make()
    try {
      await pair.seal(plain)
      await pair.b.start()
      let call: ReturnType<typeof pair.call> | undefined
      const taken = await seconds(async () => {
        call = pair.call(1)
        await until(() => pair.waiting() === 0)
      })
      report.add(name, 'ours', mebibytes / taken)
      const used = (call?.processorSeconds ?? 0) + processorSeconds(pair.b.pid)
      report.add('processor time of both', 'ours', used)
      report.add('peak memory of the caller', 'ours', call?.peakMebibytes ?? 0)
      report.add('peak memory of the called', 'ours', peakKib(pair.b.pid) / 1024)
      await call?.finished()
    } finally {
      await pair.remove()
    }
  }
  const theirs = async () => {
    const pair = await Theirs.make()
    try {
      pair.file(plain)
      await pair.answer()
      let call: ReturnType<typeof pair.call> | undefined
      const taken = await seconds(async () => {
        call = pair.call(1)
        await until(() => pair.waiting() === 0)
      })
      report.add(name, 'theirs', mebibytes / taken)
      const used = (call?.processorSeconds ?? 0) + (pair.daemon?.processorSeconds ?? 0)
      report.add('processor time of both', 'theirs', used)
      report.add('peak memory of the caller', 'theirs', call?.peakMebibytes ?? 0)
      report.add('peak memory of the called', 'theirs', pair.daemon?.peakMebibytes ?? 0)
      await call?.finished()
    } finally {
      await pair.remove()
    }
  }
  report.row(name, { unit: 'MiB/s', more: true })
  report.row('processor time of both', { unit: 's', more: false })
  report.row('peak memory of the caller', { unit: 'MiB', more: false })
  report.row('peak memory of the called', { unit: 'MiB', more: false })
  try {
    await inTurn(rounds, { ours, theirs })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const smallText = () => randomBytes(512).toString('hex').replace(/.{64}/g, '$&\r\n')

async function smallOurs(count: number): Promise<void> {
  const pair = await Ours.make()
  try {
    await pair.a.start()
    const wire = await pair.smtp()
    const made = await seconds(async () => {
      for (let n = 0; n < count; n += 1) await pair.submit(wire, `small-${n}`, smallText())
    })
    report.add('created', 'ours', count / made)
    wire.close()
    report.add('peak memory of who creates', 'ours', peakKib(pair.a.pid) / 1024)
    await pair.a.end()
    await pair.b.start()
    let call: ReturnType<typeof pair.call> | undefined
    const start = performance.now()
    const taken = await seconds(async () => {
      call = pair.call(1)
      await until(() => pair.waiting() === 0)
    })
    report.add('called', 'ours', count / taken)
    await until(() => pair.delivered() === count)
    report.add('called and tossed', 'ours', (count * 1000) / (performance.now() - start))
    report.add('peak memory of who calls', 'ours', call?.peakMebibytes ?? 0)
    report.add('peak memory of who tosses', 'ours', peakKib(pair.b.pid) / 1024)
    await call?.finished()
  } finally {
    await pair.remove()
  }
}

async function tossOurs(count: number): Promise<void> {
  const pair = await Ours.make()
  try {
    await pair.a.start()
    const wire = await pair.smtp()
    for (let n = 0; n < count; n += 1) await pair.submit(wire, `toss-${n}`, smallText())
    wire.close()
    await pair.a.end()
    await pair.carryOver()
    const tossed = await seconds(async () => {
      await pair.b.start()
      await until(() => pair.delivered() === count)
    })
    report.add('tossed', 'ours', count / tossed)
  } finally {
    await pair.remove()
  }
}

async function smallTheirs(count: number): Promise<void> {
  const pair = await Theirs.make({ nothing: ['/bin/true'] })
  try {
    const made = await seconds(() => {
      for (let n = 0; n < count; n += 1) pair.exec('nothing', [], smallText())
    })
    report.add('created', 'theirs', count / made)
    await pair.answer()
    let call: ReturnType<typeof pair.call> | undefined
    const taken = await seconds(async () => {
      call = pair.call(1)
      await until(() => pair.waiting() === 0)
    })
    report.add('called', 'theirs', count / taken)
    report.add('peak memory of who calls', 'theirs', call?.peakMebibytes ?? 0)
    await call?.finished()
    await until(() => pair.untossed() === count)
    const tossed = await seconds(() => pair.toss())
    if (pair.untossed() !== 0) throw new Error('nncp-toss has left packets')
    report.add('tossed', 'theirs', count / tossed)
    report.add('called and tossed', 'theirs', count / (taken + tossed))
  } finally {
    await pair.remove()
  }
}

/** Many packets with 1 KiB of content each: made one after another, called at once, tossed. */
async function small(count: number, rounds: number): Promise<void> {
  for (const row of ['created', 'called', 'tossed', 'called and tossed']) report.row(row, { unit: '/s', more: true })
  for (const who of ['creates', 'calls', 'tosses'])
    report.row(`peak memory of who ${who}`, { unit: 'MiB', more: false })
  const ours = async () => {
    await smallOurs(count)
    await tossOurs(count)
  }
  await inTurn(rounds, { ours, theirs: () => smallTheirs(count) })
}

/** One small packet at a time over a line that stays open: from its commit on A until it was acted on at B. */
async function latency(count: number, rounds: number): Promise<void> {
  const row = 'commit on A to toss on B'
  const pause = () => new Promise<void>(resolve => setTimeout(resolve, 20 + Math.random() * 30))
  const ours = async () => {
    const pair = await Ours.make()
    try {
      await pair.b.start()
      await pair.a.start()
      const imap = await pair.idle()
      const smtp = await pair.smtp()
      for (let n = 0; n < count; n += 1) {
        const exists = imap.hear(/\* \d+ EXISTS\r\n/)
        const { sent, accepted } = await pair.submit(smtp, `latency-${n}`, 'x'.repeat(70))
        report.add(row, 'ours', (await exists) - accepted)
        report.add('end of DATA on A to EXISTS on B', 'ours', (await exists) - sent)
        await pause()
      }
      imap.close()
      smtp.close()
    } finally {
      await pair.remove()
    }
  }
  const theirs = async () => {
    const pair = await Theirs.make({ touch: ['/usr/bin/touch'] })
    try {
      await pair.answer(['-autotoss'])
      const line = pair.call(3600)
      for (let n = 0; n < Math.min(count, 30); n += 1) {
        const path = join(pair.touched, `${n}`)
        const there = new Promise<number>(resolve => {
          const watcher = watch(pair.touched, () => {
            if (!existsSync(path)) return
            resolve(performance.now())
            watcher.close()
          })
        })
        pair.exec('touch', [path], '')
        const committed = performance.now()
        report.add(row, 'theirs', (await there) - committed)
        await pause()
      }
      await line.end()
    } finally {
      await pair.remove()
    }
  }
  report.row(row, { unit: 'ms', more: false, percentiles: [50, 95] })
  report.row('end of DATA on A to EXISTS on B', { unit: 'ms', more: false, percentiles: [50, 95] })
  await inTurn(rounds, { ours, theirs })
}

const numberOf = (text: string | undefined, otherwise: number) => (text === undefined ? otherwise : Number(text))
if (what === 'bulk') await bulk(numberOf(size, 256), numberOf(values.rounds, 3))
else if (what === 'small') await small(numberOf(size, 2000), numberOf(values.rounds, 2))
else if (what === 'latency') await latency(numberOf(size, 100), numberOf(values.rounds, 1))
else throw new Error('which one? bulk, small or latency')
report.print(values.json)
