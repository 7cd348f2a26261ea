/** Joining: the conversation with who has invited, over a line that we have opened. */
import { isAbort, OperatingError } from '../../base/errors.ts'
import { tcpAddress } from '../../links/tcp/address.ts'
import type { Connection } from '../../links/transport.ts'
import type { Neighbour } from '../../stores/directory/directory.ts'
import type { PairingOptions, Self } from './context.ts'
import { type JoinerEvent, JoinerMachine } from './machine/joiner.ts'
import type { Failure, ShownCard, Step } from './machine/types.ts'
import { isLoopback } from './met.ts'
import type { Pake } from './pake.ts'
import { badPeer, cutLine, nameTaken, refusedBy, wrongNode, wrongWords } from './refusals.ts'

export interface Joined {
  readonly neighbour: Neighbour
  readonly outcome: 'added' | 'replaced'
  /** Where it was called; null when it was by a file. */
  readonly address: string | null
}

export interface JoiningParts {
  readonly options: PairingOptions
  readonly self: Self
  readonly pake: Pake
  readonly words: string
  /** Who must answer; null when only the words are known. */
  readonly node: string | null
  /** What a person here wants to call it. */
  readonly name: string | null
}

export class Joining {
  readonly #parts: JoiningParts
  readonly #connection: Connection
  readonly #at: URL
  #neighbour: Neighbour | undefined
  #joined: Joined | undefined
  #error: OperatingError | undefined

  constructor(parts: JoiningParts, connection: Connection, at: URL) {
    this.#parts = parts
    this.#connection = connection
    this.#at = at
  }

  /** @throws OperatingError that says why not. */
  async run(): Promise<Joined> {
    const { options, pake, self, words } = this.#parts
    const machine = new JoinerMachine({ ...options, pake, words, card: await self.card(), port: this.#port() })
    try {
      await this.#perform(machine, machine.begin())
      for await (const chunk of this.#connection.read()) {
        await this.#perform(machine, machine.receive(chunk))
        if (machine.isOver) break
      }
    } catch (error) {
      // What both keep is not undone by a line that was cut behind it.
      if (this.#joined === undefined && !isLineBroken(error)) throw error
    }
    if (this.#joined !== undefined) return this.#joined
    throw this.#error ?? cutLine(this.#at.href)
  }

  /** Where the other side can call us, coming from where it sees us. */
  #port(): number {
    const { listens } = this.#parts.self
    if (listens === null || this.#at.protocol !== 'tcp:') return 0
    return !isLoopback(listens.host) || isLoopback(tcpAddress(this.#at).host) ? listens.port : 0
  }

  async #perform(machine: JoinerMachine, step: Step<JoinerEvent | Failure>): Promise<void> {
    for (const bytes of step.send) await this.#connection.write(bytes)
    for (const event of step.events) {
      const next = await this.#decide(machine, event)
      if (next !== undefined) await this.#perform(machine, next)
    }
  }

  async #decide(
    machine: JoinerMachine,
    event: JoinerEvent | Failure,
  ): Promise<Step<JoinerEvent | Failure> | undefined> {
    if (event.kind === 'shown') return this.#shown(machine, event.shown)
    if (event.kind === 'kept') return this.#keep(machine)
    if (event.kind === 'refused') this.#error = refusedBy(event.code)
    else this.#error = event.code === 'wrong-words' ? wrongWords() : badPeer(this.#at.href)
    return undefined
  }

  async #shown(machine: JoinerMachine, { card, link }: ShownCard): Promise<Step<JoinerEvent | Failure>> {
    const { node, name, options } = this.#parts
    if (node !== null && card.identity.id !== node) {
      this.#error = wrongNode(this.#at.href)
      return machine.refuse('wrong-node')
    }
    try {
      this.#neighbour = await options.consider({ card: link, name, met: [this.#at.href] })
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error
      this.#error = error
      return machine.refuse(error.code)
    }
    return machine.accept()
  }

  async #keep(machine: JoinerMachine): Promise<Step<JoinerEvent | Failure>> {
    const neighbour = this.#neighbour
    const outcome = neighbour && (await this.#parts.options.directory.neighbours.put(neighbour))
    if (neighbour === undefined || outcome === undefined || outcome === 'name-taken') {
      this.#error = nameTaken(neighbour?.name ?? '')
      return machine.refuse('name-taken')
    }
    this.#joined = { neighbour, outcome, address: this.#at.href }
    return machine.stored()
  }
}

function isLineBroken(error: unknown): boolean {
  return !isAbort(error) && error instanceof OperatingError && error.code === 'line-broken'
}
