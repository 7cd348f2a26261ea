/** The small size of `npm run harness`: the same seed each time, every kind of fault, and what came out compared. */
import { describe, expect, it } from 'vitest'
import { runHarness } from './harness.ts'
import { harnessPossible } from './machine.ts'
import type { World } from './world.ts'

const seed = 20_261_122
const letters = 150

describe.skipIf(!harnessPossible())('five real nodes under faults', () => {
  it(`seed ${seed}: of ${letters} letters none is lost or doubled`, { timeout: 400_000 }, async context => {
    let world: World | undefined
    context.onTestFinished(() => world?.remove())
    const report = await runHarness({
      ...{ seed, letters, faultsMs: 25_000, healMsMax: 100_000, say: () => {} },
      made: made => {
        world = made
      },
    })
    const { lost, doubled, untrue, stuck, faults, sticks, frames } = report
    expect({ lost, doubled, untrue, stuck }).toEqual({ lost: [], doubled: [], untrue: [], stuck: [] })
    expect(report.delivered).toBe(report.wanted)
    // Without faults this would prove nothing.
    const { kills, powerCuts, fullDisks, frozen, roadsCut, roadsBad } = faults
    for (const count of [kills, powerCuts, fullDisks, frozen, roadsCut, roadsBad]) expect(count).toBeGreaterThan(0)
    expect(frames.lost).toBeGreaterThan(0)
    expect(sticks.stops).toBeGreaterThan(0)
  })
})
