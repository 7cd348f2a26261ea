/** The inviting side of a pairing, as a machine: bytes and decisions in, bytes and events out. No I/O, no clock. */
import { Channel } from './channel.ts'
import { PairingMachine } from './machine.ts'
import type { Failure, MachineOptions, ShownCard, Step } from './types.ts'
import type { Frame } from './wire.ts'

export type InviterEvent =
  /** Decide: `challenge`, or `refuse`. From `challenge` on the other side has had its attempt. */
  | { readonly kind: 'asked'; readonly invite: string }
  /** The other side knows the words. Decide: `welcome`, or `refuse`. */
  | { readonly kind: 'proven'; readonly shown: ShownCard }
  /** The other side takes us in. Keep it, then decide: `kept`, or `refuse`. */
  | { readonly kind: 'accepted' }
  /** The other side keeps us. */
  | { readonly kind: 'done' }

type InviterStep = Step<InviterEvent | Failure>

export class InviterMachine extends PairingMachine<InviterEvent> {
  #state: 'hello' | 'asked' | 'proof' | 'proven' | 'accept' | 'accepted' | 'done' = 'hello'
  #said: string[] = []
  #pakeState = ''

  constructor(options: MachineOptions) {
    super(options, true)
  }

  challenge(verifier: Uint8Array): InviterStep {
    return this.decided(() => {
      const [invite = '', request = ''] = this.#said
      const answer = this.options.pake.answer(invite, verifier, request)
      if (answer === undefined) return this.fail({ kind: 'failed', code: 'bad-peer' })
      this.#pakeState = answer.state
      this.#said.push(answer.response)
      this.say({ kind: 'challenge', response: answer.response })
      this.#state = 'proof'
    })
  }

  /** @param card ours, as a link. */
  welcome(card: string): InviterStep {
    return this.decided(() => {
      const signature = this.keys.sign(this.options.identity, 'inviter', card)
      this.saySealed({ kind: 'card', card, signature, port: 0 })
      this.#state = 'accept'
    })
  }

  kept(): InviterStep {
    return this.decided(() => {
      this.saySealed({ kind: 'kept' })
      this.#state = 'done'
    })
  }

  protected get isWaiting(): boolean {
    return this.#state === 'asked' || this.#state === 'proven' || this.#state === 'accepted'
  }

  protected take(frame: Exclude<Frame, { kind: 'refusal' }>): void {
    if (this.#state === 'hello' && frame.kind === 'hello') {
      this.#said = [frame.invite, frame.request]
      this.#state = 'asked'
      this.tell({ kind: 'asked', invite: frame.invite })
    } else if (this.#state === 'proof' && frame.kind === 'proof') {
      this.#prove(frame)
    } else if (this.#state === 'accept' && frame.kind === 'sealed') {
      if (this.open(frame.sealed, 'accept') === undefined) return
      this.#state = 'accepted'
      this.tell({ kind: 'accepted' })
    } else if (this.#state === 'done' && frame.kind === 'sealed') {
      if (this.open(frame.sealed, 'done') === undefined) return
      this.tell({ kind: 'done' })
      this.end()
    } else {
      throw new RangeError('not what is due now')
    }
  }

  #prove({ finish, sealed }: Extract<Frame, { kind: 'proof' }>): void {
    const key = this.options.pake.accept(this.#pakeState, finish)
    if (key === undefined) {
      this.fail({ kind: 'failed', code: 'wrong-words' })
      return
    }
    this.channel = new Channel(this.options.suite, 'inviter', { key, said: [...this.#said, finish] })
    const secret = this.open(sealed, 'card')
    if (secret === undefined) return
    const shown = this.shown('joiner', secret)
    this.#state = 'proven'
    this.tell({ kind: 'proven', shown })
  }
}
