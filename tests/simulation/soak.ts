/** One process of a soak: runs every STEP-th seed and says, a line of JSON each, what came of it. */
import { parseArgs } from 'node:util'
import { runSeed } from './run.ts'

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    to: { type: 'string' },
    step: { type: 'string', default: '1' },
    until: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
})
const untilMs = values.until === undefined ? Number.POSITIVE_INFINITY : Number(values.until)
const to = values.to === undefined ? Number.POSITIVE_INFINITY : Number(values.to)
const print = values.trace ? (line: string) => process.stdout.write(`${line}\n`) : undefined

for (let seed = Number(values.from); seed <= to && Date.now() < untilMs; seed += Number(values.step)) {
  const startedMs = performance.now()
  const report = await outcomeOf(seed)
  const tookMs = Math.round(performance.now() - startedMs)
  process.stdout.write(`${JSON.stringify({ ...report, tookMs })}\n`)
}

async function outcomeOf(seed: number) {
  try {
    const { faults, ...report } = await runSeed(seed, print === undefined ? {} : { print })
    return { ...report, faults: Object.fromEntries(faults) }
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { seed, violations: [`the run itself failed: ${reason}`], faults: {} }
  }
}
