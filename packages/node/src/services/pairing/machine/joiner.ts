/** The joining side of a pairing, as a machine: bytes and decisions in, bytes and events out. No I/O, no clock. */
import { inviteNamed } from '../words.ts'
import { Channel } from './channel.ts'
import { PairingMachine } from './machine.ts'
import type { Failure, MachineOptions, ShownCard, Step } from './types.ts'
import { type Frame, pairingMagic } from './wire.ts'

export type JoinerEvent =
  /** The other side knows the words. Decide: `accept`, or `refuse`. */
  | { readonly kind: 'shown'; readonly shown: ShownCard }
  /** The other side keeps us. Keep it, then say `stored`. */
  | { readonly kind: 'kept' }

type JoinerStep = Step<JoinerEvent | Failure>

export interface JoinerOptions extends MachineOptions {
  readonly words: string
  /** Ours, as a link. */
  readonly card: string
  /** Where we can be called, at the address that we call from; 0 when we cannot. */
  readonly port: number
}

export class JoinerMachine extends PairingMachine<JoinerEvent> {
  readonly #own: JoinerOptions
  readonly #begun: { readonly state: string; readonly request: string }
  #state: 'challenge' | 'card' | 'shown' | 'kept' | 'stored' = 'challenge'

  constructor(options: JoinerOptions) {
    super(options, false)
    this.#own = options
    this.#begun = options.pake.begin(options.words)
  }

  begin(): JoinerStep {
    return this.decided(() => {
      this.raw(pairingMagic)
      this.say({ kind: 'hello', invite: inviteNamed(this.#own.words), request: this.#begun.request })
    })
  }

  accept(): JoinerStep {
    return this.decided(() => {
      this.saySealed({ kind: 'accept' })
      this.#state = 'kept'
    })
  }

  stored(): JoinerStep {
    return this.decided(() => {
      this.saySealed({ kind: 'done' })
      this.end()
    })
  }

  protected get isWaiting(): boolean {
    return this.#state === 'shown' || this.#state === 'stored'
  }

  protected take(frame: Exclude<Frame, { kind: 'refusal' }>): void {
    if (this.#state === 'challenge' && frame.kind === 'challenge') {
      this.#prove(frame.response)
    } else if (this.#state === 'card' && frame.kind === 'sealed') {
      const secret = this.open(frame.sealed, 'card')
      if (secret === undefined) return
      const shown = this.shown('inviter', secret)
      this.#state = 'shown'
      this.tell({ kind: 'shown', shown })
    } else if (this.#state === 'kept' && frame.kind === 'sealed') {
      if (this.open(frame.sealed, 'kept') === undefined) return
      this.#state = 'stored'
      this.tell({ kind: 'kept' })
    } else {
      throw new RangeError('not what is due now')
    }
  }

  #prove(response: string): void {
    const { suite, identity, pake, words, card, port } = this.#own
    const { state, request } = this.#begun
    const done = pake.finish({ words, state, response })
    if (done === undefined) {
      this.fail({ kind: 'failed', code: 'wrong-words' })
      return
    }
    const said = [inviteNamed(words), request, response, done.finish]
    const channel = new Channel(suite, 'joiner', { key: done.key, said })
    this.channel = channel
    const signature = channel.sign(identity, 'joiner', card)
    this.say({ kind: 'proof', finish: done.finish, sealed: channel.seal({ kind: 'card', card, signature, port }) })
    this.#state = 'card'
  }
}
