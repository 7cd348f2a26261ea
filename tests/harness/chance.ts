/** Choices that are the same in every run with the same seed. Each part of the harness has a stream of its own. */
import { createHash } from 'node:crypto'

export class Chance {
  #state: number

  constructor(seed: number, stream: string) {
    this.#state = createHash('sha256').update(`${seed} ${stream}`).digest().readUInt32LE(0)
  }

  /** At least 0, less than 1. */
  share(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.share() * (to - from + 1))
  }

  happens(share: number): boolean {
    return this.share() < share
  }

  pick<T>(list: readonly T[]): T {
    const picked = list[this.between(0, list.length - 1)]
    if (picked === undefined) throw new Error('nothing to pick from')
    return picked
  }

  shuffled<T>(list: readonly T[]): T[] {
    const drawn = list.map(item => ({ item, place: this.share() }))
    return drawn.sort((a, b) => a.place - b.place).map(({ item }) => item)
  }
}

export const after = (delayMs: number) => new Promise<void>(resolve => setTimeout(resolve, delayMs))
