/** Randomness from a seed: the same seed, the same choices. Each use has a stream of its own, so that one more choice
 * in one place changes nothing in the others. */
export class Dice {
  readonly #name: string
  readonly #state: Uint32Array

  constructor(name: string) {
    this.#name = name
    this.#state = seedOf(name)
    for (let round = 0; round < 12; round += 1) this.#next()
  }

  /** Another stream, named by what it is for. */
  fork(name: string): Dice {
    return new Dice(`${this.#name}/${name}`)
  }

  /** From 0 to just below 1. */
  fraction(): number {
    return this.#next() / 2 ** 32
  }

  chance(probability: number): boolean {
    return this.fraction() < probability
  }

  /** A whole number, both bounds included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1))
  }

  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.between(0, choices.length - 1)]
    if (choice === undefined) throw new Error('there is nothing to choose from')
    return choice
  }

  shuffled<T>(items: readonly T[]): T[] {
    return items
      .map(item => ({ item, place: this.fraction() }))
      .sort((one, other) => one.place - other.place)
      .map(({ item }) => item)
  }

  bytes(sizeBytes: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes)
    for (let offset = 0; offset < sizeBytes; offset += 4) {
      const word = this.#next()
      for (let place = 0; place < 4 && offset + place < sizeBytes; place += 1) {
        bytes[offset + place] = (word >>> (8 * place)) & 0xff
      }
    }
    return bytes
  }

  /** Chris Doty-Humphrey's sfc32. */
  #next(): number {
    const [a = 0, b = 0, c = 0, counter = 0] = this.#state
    const answer = (a + b + counter) >>> 0
    this.#state[0] = b ^ (b >>> 9)
    this.#state[1] = c + (c << 3)
    this.#state[2] = ((c << 21) | (c >>> 11)) + answer
    this.#state[3] = counter + 1
    return answer
  }
}

/** FNV-1a, from four beginnings. */
function seedOf(name: string): Uint32Array {
  const state = new Uint32Array([0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35])
  for (let index = 0; index < state.length; index += 1) {
    for (const byte of Buffer.from(name)) state[index] = Math.imul((state[index] ?? 0) ^ byte, 0x01000193)
  }
  return state
}
