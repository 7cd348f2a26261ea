/** Roads between slots: folders that a program keeps alike, and sticks that people carry. Each has its mishaps. */
import type { MemoryMedium } from '../../packages/node/src/links/memory/index.ts'
import type { Dice } from './dice.ts'
import type { VirtualTime } from './time.ts'

const minuteMs = 60_000

/** Rates, of files or of journeys. */
export interface RoadFaults {
  lose: number
  copy: number
  flip: number
  /** How long a journey or a round takes, at most. */
  delayMs: number
}

export interface RoadOptions {
  readonly time: VirtualTime
  readonly dice: Dice
  readonly faults: RoadFaults
  readonly injected: (kind: string) => void
  readonly trace: (what: string, fields: Record<string, unknown>) => void
}

/** Something that a road does again and again, until it is stopped. */
interface Road {
  begin(): void
}

/**
 * A folder here and a folder there, which a program keeps alike: each file that is new on one side comes to the other,
 * each that has gone goes there too; each for itself, late, and so in any order.
 */
export function mirroredFolder(sides: readonly [MemoryMedium, MemoryMedium], options: RoadOptions): Road {
  const { time, dice, faults, injected } = options
  /** What lay on both sides, and what is on its way. */
  const both = new Set<string>()
  const underWay = new Set<string>()
  const bring = (path: string, from: MemoryMedium, to: MemoryMedium) => {
    const key = `${path} ${from === sides[0]}`
    if (underWay.has(key)) return
    underWay.add(key)
    time.after(dice.between(1, faults.delayMs), () => {
      underWay.delete(key)
      const bytes = from.get(path)
      if (bytes === undefined || dice.chance(faults.lose)) return
      to.put(path, damaged(bytes, options))
      both.add(path)
    })
  }
  const round = () => {
    const [one, other] = sides
    if (one.plugged && other.plugged) {
      for (const path of new Set([...one.list(), ...other.list(), ...both])) {
        const [here, there] = [one.get(path) !== undefined, other.get(path) !== undefined]
        if (here && there) both.add(path)
        else if (here && both.has(path)) remove(one, path)
        else if (there && both.has(path)) remove(other, path)
        else if (here) bring(path, one, other)
        else if (there) bring(path, other, one)
        else both.delete(path)
      }
    }
    time.after(dice.between(minuteMs, faults.delayMs + minuteMs), round)
  }
  const remove = (side: MemoryMedium, path: string) => {
    both.delete(path)
    side.remove(path)
  }
  if (faults.lose > 0) injected('folder-with-loss')
  return { begin: round }
}

export interface StickOptions extends RoadOptions {
  /** From the first place to the others and back; what comes back of a one-way stick is empty. */
  readonly oneWay: boolean
}

/** A stick that somebody carries round from place to place, and leaves at each for a while. */
export function carriedStick(places: readonly MemoryMedium[], options: StickOptions): Road {
  const { time, dice, faults, injected, oneWay, trace } = options
  let bag = new Map<string, Uint8Array>()
  let at = 0
  for (const place of places) place.plugged = false
  const arrive = () => {
    const place = places[at]
    if (place === undefined) return
    for (const [path, bytes] of bag) place.put(path, bytes)
    trace('a stick arrives', { at, files: bag.size })
    place.plugged = true
    time.after(dice.between(5 * minuteMs, 60 * minuteMs), leave)
  }
  const leave = () => {
    const place = places[at]
    if (place === undefined) return
    place.plugged = false
    bag = taken(place)
    at = (at + 1) % places.length
    if (oneWay && at === 0) bag.clear()
    else if (bag.size > 0) bag = mishap(bag, place)
    time.after(dice.between(10 * minuteMs, faults.delayMs), arrive)
  }
  const mishap = (files: Map<string, Uint8Array>, place: MemoryMedium): Map<string, Uint8Array> => {
    if (dice.chance(faults.lose)) {
      injected('stick-lost')
      return new Map()
    }
    if (dice.chance(faults.copy)) {
      // Somebody makes a copy, and it is there again when the stick comes back.
      injected('stick-copied')
      for (const [path, bytes] of files) place.put(path, bytes)
    }
    return new Map([...files].map(([path, bytes]) => [path, damaged(bytes, options)]))
  }
  return { begin: () => void time.after(dice.between(minuteMs, faults.delayMs), arrive) }
}

function taken(place: MemoryMedium): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  for (const path of place.list()) {
    const bytes = place.get(path)
    if (bytes !== undefined) files.set(path, bytes)
    place.remove(path)
  }
  return files
}

function damaged(bytes: Uint8Array, { dice, faults, injected }: RoadOptions): Uint8Array {
  if (!dice.chance(faults.flip) || bytes.length === 0) return bytes
  const copy = bytes.slice()
  if (dice.chance(0.3)) {
    injected('file-cut-short')
    return copy.subarray(0, dice.between(0, copy.length - 1))
  }
  injected('file-bit-flip')
  const place = dice.between(0, copy.length - 1)
  copy[place] = (copy[place] ?? 0) ^ (1 << dice.between(0, 7))
  return copy
}
