/**
 * Real daemons under faults: letters flow through five nodes while daemons are killed, disks lose power and fill up,
 * system calls fail, roads lose and garble, and sticks are pulled out. Then all is mended, and what came out compared.
 */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { after } from './chance.ts'
import { compare, type Verdict } from './compare.ts'
import { type FaultCounts, Faults } from './faults.ts'
import { planLetters } from './letters.ts'
import { injectionPossible } from './machine.ts'
import type { FrameCounts } from './roads.ts'
import { Senders } from './senders.ts'
import type { StickCounts } from './sticks.ts'
import { inWords, resendLost, whatWaits } from './waiting.ts'
import { World } from './world.ts'

export interface HarnessOptions {
  readonly seed: number
  readonly letters: number
  /** For how long things go wrong, at least. The last letter is handed in shortly before the end. */
  readonly faultsMs: number
  /** How long all may take, once all is well, until nothing waits any more. */
  readonly healMsMax: number
  readonly say: (line: string) => void
  /** A folder for the logs of the nodes, and the databases that they found damaged. */
  readonly keep?: string | undefined
  readonly made?: (world: World) => void
}

export interface HarnessReport extends Verdict {
  readonly seed: number
  readonly letters: number
  readonly bytes: number
  readonly faults: FaultCounts
  readonly frames: FrameCounts
  readonly sticks: StickCounts
  /** Nodes that ended by themselves, and with what; starts that failed and were tried again. */
  readonly ends: readonly string[]
  readonly failedStarts: number
  readonly healedInMs: number
  /** Letters that a person had to have sent again, since they or their receipts were lost with a stick. */
  readonly resent: number
}

const sayEveryMs = 10_000
const looksMin = 16
/** So many times longer at most, until everything has gone wrong once. */
const slowMachine = 3

export async function runHarness(options: HarnessOptions): Promise<HarnessReport> {
  const { seed, say } = options
  const world = await World.make(seed, options.made)
  try {
    const letters = planLetters(seed, options.letters, world.residents)
    const bytes = letters.reduce((sum, letter) => sum + letter.sizeBytes, 0)
    say(`${world.daemons.length} nodes run; ${letters.length} letters, ${Math.round(bytes / 1e6)} MB, seed ${seed}`)
    const senders = new Senders(world, letters, options.faultsMs * 0.95)
    const faults = new Faults(world, { injects: injectionPossible() })
    for (const stick of world.sticks) stick.carry()
    faults.begin()
    const began = Date.now()
    let said = began
    const left = () => options.faultsMs * (faults.hadAllKinds ? 1 : slowMachine) - (Date.now() - began)
    while (left() > 0) {
      await after(Math.min(left(), faults.hadAllKinds ? sayEveryMs : 1_000))
      if (Date.now() - said < sayEveryMs) continue
      said = Date.now()
      const { kills, powerCuts, fullDisks, injected } = faults.counts
      say(
        `taken ${senders.takenCount} of ${letters.length}; ` +
          `kills ${kills}, power cuts ${powerCuts}, full disks ${fullDisks}, injected errors ${injected}`,
      )
    }
    const healed = await heal(world, senders, faults, options)
    const verdict = await compare(world, senders)
    const { daemons } = world
    return {
      ...verdict,
      ...{ seed, letters: letters.length, bytes, ...healed },
      faults: faults.counts,
      frames: world.roads.counts(),
      sticks: sumOf(world.sticks.map(stick => stick.counts)),
      ends: daemons.flatMap(daemon => daemon.ends.map(how => `${daemon.name}: ${how}`)),
      failedStarts: daemons.reduce((sum, daemon) => sum + daemon.failedStarts, 0),
    }
  } finally {
    if (options.keep !== undefined) await keepLogs(world, options.keep)
    await world.remove()
  }
}

/** Puts everything right and waits until nothing waits any more, or the time is over. */
async function heal(
  world: World,
  senders: Senders,
  faults: Faults,
  options: HarnessOptions,
): Promise<Pick<HarnessReport, 'healedInMs' | 'resent'>> {
  const began = Date.now()
  for (const stick of world.sticks) stick.beCareful()
  await faults.end()
  options.say('all is mended; letting it drain')
  const left = () => options.healMsMax - (Date.now() - began)
  await senders.done(left())
  let said = Date.now()
  let [empty, silent, resent] = [0, 0, 0]
  // Receipts are gathered for some seconds: only what stays empty is drained, and only what stays silent is lost.
  while (empty < looksMin && left() > 0) {
    const waiting = await whatWaits(world)
    const isSilent = waiting.packets.length === 0
    empty = isSilent && waiting.letters.length === 0 ? empty + 1 : 0
    silent = isSilent && waiting.letters.length > 0 ? silent + 1 : 0
    if (empty === 0 && (silent === looksMin || Date.now() - said > sayEveryMs)) {
      const troubles = world.sticks.flatMap(stick => stick.trouble ?? [])
      options.say(`still: ${[...inWords(waiting), ...troubles].join('; ')}`)
      said = Date.now()
    }
    if (silent === looksMin) {
      resent += await resendLost(world, waiting)
      silent = 0
    }
    await after(500)
  }
  for (const stick of world.sticks) await stick.stop()
  return { healedInMs: Date.now() - began, resent }
}

function sumOf(list: readonly StickCounts[]): StickCounts {
  const sum: StickCounts = { stops: 0, pulled: 0, lost: 0, scratched: 0, replayed: 0 }
  for (const counts of list) for (const kind of Object.keys(sum) as (keyof StickCounts)[]) sum[kind] += counts[kind]
  return sum
}

async function keepLogs(world: World, folder: string): Promise<void> {
  for (const { name, node } of world.daemons) {
    for (const what of ['log', 'damaged']) {
      await cp(join(node.home, what), join(folder, name, what), { recursive: true }).catch(error => {
        if (error.code !== 'ENOENT') console.warn(String(error))
      })
    }
  }
}
