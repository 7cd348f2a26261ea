/**
 * `npm run soak [-- --seeds 1-5000] [--minutes 10] [--jobs 2]`: simulated worlds, one after the other, until the seeds
 * or the minutes are over. `-- --seed N --trace` runs one again and prints all that happens in it.
 * Ends with 1 when anything was found, and says how to see it again.
 */
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { ensureInstalled } from './lib/install.mjs'
import { at, readJson, root } from './lib/repository.mjs'
import { run } from './lib/run.mjs'

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    seeds: { type: 'string' },
    minutes: { type: 'string' },
    jobs: { type: 'string' },
  },
})
await ensureInstalled()
const program = await bundled()
process.exitCode = values.seed === undefined ? await soak() : await replay(Number(values.seed))

/** As one file: a process starts at once, and changes of the sources while it runs change nothing. */
async function bundled() {
  const { build } = await import('esbuild')
  const folder = at('packages', 'node', 'node_modules', '.cache')
  mkdirSync(folder, { recursive: true })
  const outfile = `${folder}/soak.mjs`
  const { dependencies } = readJson(at('packages', 'node', 'package.json'))
  await build({
    absWorkingDir: root,
    ...{ entryPoints: [at('tests', 'simulation', 'soak.ts')], outfile },
    ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20.19', sourcemap: 'inline' },
    loader: { '.sql': 'text' },
    conditions: ['posthorn-source'],
    external: Object.keys(dependencies).filter(name => !name.startsWith('@posthorn/')),
    logLevel: 'warning',
  })
  return outfile
}

/** @param {number} seed */
async function replay(seed) {
  const args = ['--from', String(seed), '--to', String(seed), ...(values.trace ? ['--trace'] : [])]
  return run(process.execPath, ['--enable-source-maps', program, ...args])
}

async function soak() {
  const [, first = '1', last] = /^(\d+)(?:-(\d+))?$/.exec(values.seeds ?? '') ?? []
  const minutes = values.minutes === undefined ? undefined : Number(values.minutes)
  const to = last ?? (values.seeds === undefined ? (minutes === undefined ? '2000' : undefined) : first)
  const jobs = Number(values.jobs ?? availableParallelism())
  const untilMs = minutes === undefined ? undefined : Date.now() + minutes * 60_000
  const total = newTotal()
  const started = Date.now()
  const ticking = setInterval(() => progress(total, started), 15_000)
  await Promise.all(
    Array.from({ length: jobs }, (_, job) => worker(job, { first: Number(first), to, jobs, untilMs }, total)),
  )
  clearInterval(ticking)
  progress(total, started)
  for (const [kind, count] of [...total.faults].sort(([one], [other]) => (one < other ? -1 : 1)))
    process.stdout.write(`  ${String(count).padStart(8)}  ${kind}\n`)
  return total.failed.length === 0 ? 0 : 1
}

function newTotal() {
  const counts = { seeds: 0, letters: 0, accepted: 0, delivered: 0, reported: 0, days: 0 }
  return { ...counts, failed: /** @type {number[]} */ ([]), faults: /** @type {Map<string, number>} */ (new Map()) }
}

/**
 * @param {number} job
 * @param {{ first: number, to: string | undefined, jobs: number, untilMs: number | undefined }} range
 * @param {ReturnType<typeof newTotal>} total
 */
async function worker(job, { first, to, jobs, untilMs }, total) {
  const args = ['--from', String(first + job), '--step', String(jobs)]
  if (to !== undefined) args.push('--to', to)
  if (untilMs !== undefined) args.push('--until', String(untilMs))
  const child = spawn(process.execPath, ['--enable-source-maps', program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise(resolve => child.once('close', resolve))
  let last = first + job - jobs
  for await (const line of createInterface({ input: child.stdout })) {
    const report = JSON.parse(line)
    last = report.seed
    take(report, total)
  }
  if ((await ended) === 0) return
  const seed = last + jobs
  take({ seed, violations: ['the process ended in the midst of it'], faults: {} }, total)
}

/** @param {any} report @param {ReturnType<typeof newTotal>} total */
function take(report, total) {
  total.seeds += 1
  for (const key of /** @type {const} */ (['letters', 'accepted', 'delivered', 'reported', 'days'])) {
    total[key] += report[key] ?? 0
  }
  for (const [kind, count] of Object.entries(report.faults)) {
    total.faults.set(kind, (total.faults.get(kind) ?? 0) + Number(count))
  }
  if (report.violations.length === 0) return
  total.failed.push(report.seed)
  process.stdout.write(`seed ${report.seed} FAILED\n`)
  for (const violation of report.violations.slice(0, 10)) process.stdout.write(`  ${violation}\n`)
  process.stdout.write(`  again: npm run soak -- --seed ${report.seed} --trace\n`)
}

/** @param {ReturnType<typeof newTotal>} total @param {number} started */
function progress(total, started) {
  const { seeds, letters, accepted, delivered, reported, days, failed } = total
  const seconds = Math.round((Date.now() - started) / 1000)
  const counts = `${letters} letters, ${accepted} accepted, ${delivered} delivered, ${reported} reports`
  process.stdout.write(`${seconds} s: ${seeds} seeds, ${days} days, ${counts}; failed: ${failed.length}\n`)
}
