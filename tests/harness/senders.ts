/** The apps' side: each letter is handed in when its time has come, again and again until the node has said 250. */
import { after } from './chance.ts'
import { type Letter, type Person, rawLetter, strangerName } from './letters.ts'
import type { World } from './world.ts'

export interface Handing {
  readonly letter: Letter
  /** Addresses that the node answered for with 250. */
  readonly taken: Set<string>
  /** What a node said for good, with a code from 500 on. Nobody should hear that. */
  refused: string | undefined
  tries: number
}

const pauseMs = 400

export class Senders {
  readonly handings: readonly Handing[]
  readonly #world: World
  readonly #working: Promise<void>
  #stopped = false

  /** Begins at once. `spreadMs`: how long it takes until the last letter is handed in for the first time. */
  constructor(world: World, letters: readonly Letter[], spreadMs: number) {
    this.#world = world
    world.beforeRemoval(() => this.done(0))
    this.handings = letters.map(letter => ({ letter, taken: new Set(), refused: undefined, tries: 0 }))
    this.#working = Promise.all(
      this.handings.map(async (handing, index) => {
        await after((index * spreadMs) / letters.length)
        if (!this.#stopped) await this.#handIn(handing)
      }),
    ).then(() => {})
  }

  get takenCount(): number {
    return this.handings.filter(handing => this.#left(handing).length === 0).length
  }

  /** Resolves when all was taken, or the time is over. */
  async done(timeoutMs: number): Promise<void> {
    await Promise.race([this.#working, after(timeoutMs)])
    this.#stopped = true
  }

  address({ node, name }: Person): string {
    return this.#world.resident({ node, name }).access.address
  }

  strangerAddress(node: string): string {
    const known = this.#world.residents.find(resident => resident.node === node)
    return `${strangerName}@${known?.access.address.split('@')[1] ?? ''}`
  }

  recipients(letter: Letter): string[] {
    const strangers = letter.strangerAt === undefined ? [] : [this.strangerAddress(letter.strangerAt)]
    return [...letter.to.map(person => this.address(person)), ...strangers]
  }

  #left(handing: Handing): string[] {
    return this.recipients(handing.letter).filter(address => !handing.taken.has(address))
  }

  async #handIn(handing: Handing): Promise<void> {
    const { letter } = handing
    const { access } = this.#world.resident(letter.from)
    const raw = rawLetter(letter, access.address, this.recipients(letter))
    while (!this.#stopped && handing.refused === undefined) {
      const to = this.#left(handing)
      if (to.length === 0) return
      const losesAnswer = letter.losesAnswer && handing.tries === 0
      handing.tries += 1
      const answer = await this.#world.apps(letter.from.node).ask({ kind: 'send', access, to, raw, losesAnswer })
      if (answer.kind === 'taken') {
        for (const address of to) if (!answer.except.includes(address)) handing.taken.add(address)
      } else if (answer.kind === 'failed' && (answer.code ?? 0) >= 500) handing.refused = answer.message
      if (this.#left(handing).length > 0) await after(pauseMs)
    }
  }
}
