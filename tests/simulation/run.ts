/** Runs one seed, and tells what was found. */
import { findingsOf } from './properties.ts'
import { inWorld, type RunOptions } from './world.ts'

export interface RunReport {
  readonly seed: number
  readonly violations: readonly string[]
  /** Of all that happened. */
  readonly digest: string
  readonly lines: number
  readonly letters: number
  readonly accepted: number
  readonly delivered: number
  readonly reported: number
  /** Days of the simulation. */
  readonly days: number
  readonly faults: ReadonlyMap<string, number>
}

export function runSeed(seed: number, options: RunOptions = {}): Promise<RunReport> {
  return inWorld(seed, options, async world => {
    const { violations, delivered, reported } = await findingsOf(world)
    const { letters, trace, faults } = world
    const accepted = letters.filter(letter => letter.accepted).length
    const days = Math.round(world.elapsedMs / 86_400_000)
    const counts = { letters: letters.length, accepted, delivered, reported, days }
    return { seed, violations, digest: trace.digest(), lines: trace.lines, faults: new Map(faults), ...counts }
  })
}

/** How a seed is run again, for whoever reads that it failed. */
export function replayLine(seed: number): string {
  return `npm run soak -- --seed ${seed} --trace`
}
