import { FormatError } from '@posthorn/nncp'
import { present } from '../../../base/assert.ts'
import { parseCardLink } from '../../../stores/directory/card.ts'
import type { Channel, Side } from './channel.ts'
import type { Failure, MachineOptions, ShownCard, Step } from './types.ts'
import { encodeFrame, type Frame, FrameReader, type Secret } from './wire.ts'

/**
 * What the machines of both sides do alike: frames out of bytes, one at a time; what does not fit ends it. A frame that
 * comes while the caller still decides something waits for that.
 */
export abstract class PairingMachine<Event extends { readonly kind: string }> {
  protected readonly options: MachineOptions
  protected channel: Channel | undefined
  readonly #frames: FrameReader
  #send: Uint8Array[] = []
  #events: (Event | Failure)[] = []
  #over = false

  constructor(options: MachineOptions, magicComes: boolean) {
    this.options = options
    this.#frames = new FrameReader({ magic: magicComes })
  }

  /** Nothing more will be said or heard. */
  get isOver(): boolean {
    return this.#over
  }

  receive(chunk: Uint8Array): Step<Event | Failure> {
    this.#guarded(() => this.#frames.push(chunk))
    return this.#goOn()
  }

  refuse(code: string): Step<Event | Failure> {
    if (!this.#over) {
      if (this.channel === undefined) this.say({ kind: 'refusal', code })
      else this.saySealed({ kind: 'refusal', code })
      this.end()
    }
    return this.#goOn()
  }

  /** Answers what the caller has decided, then what has come meanwhile. */
  protected decided(work: () => void): Step<Event | Failure> {
    if (!this.#over) this.#guarded(work)
    return this.#goOn()
  }

  protected get keys(): Channel {
    return present(this.channel, 'the keys of this pairing')
  }

  /** Is the caller being waited for? */
  protected abstract get isWaiting(): boolean
  protected abstract take(frame: Exclude<Frame, { kind: 'refusal' }>): void

  protected say(frame: Frame): void {
    this.#send.push(encodeFrame(frame))
  }

  protected saySealed(secret: Secret): void {
    this.say({ kind: 'sealed', sealed: this.keys.seal(secret) })
  }

  protected tell(event: Event): void {
    this.#events.push(event)
  }

  protected raw(bytes: Uint8Array): void {
    this.#send.push(bytes)
  }

  protected end(): void {
    this.#over = true
  }

  protected fail(failure: Failure): void {
    this.#events.push(failure)
    this.end()
  }

  /** Opens what is sealed; a refusal in it ends it. @throws when it cannot be opened or is of another kind. */
  protected open<K extends Secret['kind']>(sealed: Uint8Array, kind: K): Extract<Secret, { kind: K }> | undefined {
    const secret = this.keys.open(sealed)
    if (secret?.kind === 'refusal') this.fail({ kind: 'refused', code: secret.code, proven: true })
    else if (secret?.kind === kind) return secret as Extract<Secret, { kind: K }>
    else throw new RangeError('not what is due now')
    return undefined
  }

  /** The card of the other side, once it has proven to be its owner. @throws when it is not. */
  protected shown(side: Side, secret: Extract<Secret, { kind: 'card' }>): ShownCard {
    const card = parseCardLink(this.options.suite, secret.card)
    if (!this.keys.isSigned(card.identity, side, secret)) throw new RangeError('a card of somebody else')
    return { card, link: secret.card, port: secret.port }
  }

  #goOn(): Step<Event | Failure> {
    this.#guarded(() => {
      while (!this.#over && !this.isWaiting) {
        const frame = this.#frames.next()
        if (frame === undefined) break
        if (frame.kind !== 'refusal') this.take(frame)
        // Without keys anybody may have said it; with keys a refusal is sealed.
        else if (this.channel === undefined) this.fail({ kind: 'refused', code: frame.code, proven: false })
        else throw new RangeError('an open refusal')
      }
    })
    const step = { send: this.#send, events: this.#events }
    this.#send = []
    this.#events = []
    return step
  }

  /** Whatever the other side says that is not what it should say ends it: parsers throw, and nothing else does. */
  #guarded(work: () => void): void {
    if (this.#over) return
    try {
      work()
    } catch (error) {
      if (!(error instanceof FormatError || error instanceof RangeError)) throw error
      this.fail({ kind: 'failed', code: 'bad-peer' })
    }
  }
}
