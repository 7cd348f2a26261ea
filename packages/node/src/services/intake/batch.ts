/**
 * SMTP commands in a stream (BSMTP, `sendmail -bS` and `-bs`), as a machine: lines in, letters out.
 *
 * It promises that nothing inside a letter is ever taken for a command: a letter ends at a line with nothing but a dot,
 * where lines end as that of its DATA did, and at nothing else. A stream that ends before it does gives no letter.
 * Memory is bounded by the command line.
 */
import type { DeliveryWishes, RecipientWishes } from '../../stores/spool/envelope.ts'
import { intakeLimits } from './limits.ts'
import { type LetterWishes, wishesOfMail, wishesOfRecipient } from './wishes.ts'

export type BatchEvent =
  /** To be answered on an interactive stream. */
  | { readonly kind: 'reply'; readonly code: number; readonly text: string; readonly offers?: readonly string[] }
  /** A recipient to be judged before the next event is looked at; refuse it with `forget`. */
  | { readonly kind: 'recipient'; readonly address: string }
  | {
      readonly kind: 'letter'
      readonly sender: string
      readonly recipients: readonly string[]
      readonly wishes: DeliveryWishes
    }
  /** Part of the letter that began last, without the dots that were added. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'end' }
  | { readonly kind: 'quit' }

const lf = 0x0a
const cr = 0x0d
const dot = 0x2e

export class Batch {
  #state: 'commands' | 'letter' | 'over' = 'commands'
  #line: number[] = []
  #lineTooLong = false
  #sender: string | undefined
  #wishes: LetterWishes = {}
  #recipients = new Map<string, RecipientWishes>()
  #faults = 0
  /** How the line with DATA ended, and so each line of its letter: what ends otherwise is no line, and no end. */
  #crlf = false
  #afterCr = false
  /** Where in a line of a letter we are: at its start, behind a first dot, behind that dot and a CR, or within. */
  #place: 'start' | 'dot' | 'dot-cr' | 'within' = 'start'

  /** How many commands made no sense. */
  get faults(): number {
    return this.#faults
  }

  /** Nothing more is looked at. */
  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** Within a letter when the stream ends: it was cut. */
  get isCut(): boolean {
    return this.#state === 'letter'
  }

  /** The recipient that was named last cannot be reached. */
  forget(address: string): void {
    this.#recipients.delete(address)
  }

  *take(chunk: Uint8Array): Generator<BatchEvent> {
    let at = 0
    while (at < chunk.length && this.#state !== 'over') {
      if (this.#state === 'letter') {
        const end = this.#letterEnd(chunk, at)
        if (end.bytes.length > 0) yield { kind: 'bytes', bytes: end.bytes }
        at = end.at
        if (!end.over) continue
        this.#state = 'commands'
        this.#reset()
        yield { kind: 'end' }
      } else {
        const next = chunk.indexOf(lf, at)
        const part = chunk.subarray(at, next === -1 ? chunk.length : next)
        if (this.#line.length + part.length > intakeLimits.commandBytesMax) this.#lineTooLong = true
        else this.#line.push(...part)
        at = next === -1 ? chunk.length : next + 1
        if (next !== -1) yield* this.#command()
      }
    }
  }

  /** The part of a letter's bytes in this chunk, and where it goes on. */
  #letterEnd(chunk: Uint8Array, from: number): { bytes: Uint8Array; at: number; over: boolean } {
    const out = new Uint8Array(chunk.length - from + 1)
    let length = 0
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0
      const afterCr = this.#afterCr
      this.#afterCr = byte === cr
      if (this.#place === 'start' && byte === dot) {
        this.#place = 'dot'
        continue
      }
      if (this.#place === 'dot') {
        if (this.#crlf && byte === cr) {
          this.#place = 'dot-cr'
          continue
        }
        if (!this.#crlf && byte === lf) return { bytes: out.subarray(0, length), at: at + 1, over: true }
      }
      if (this.#place === 'dot-cr') {
        if (byte === lf) return { bytes: out.subarray(0, length), at: at + 1, over: true }
        out[length++] = cr
      }
      // The dot in front of anything else was added by the sender (RFC 5321 §4.5.2), and is left out.
      out[length++] = byte
      this.#place = byte === lf && (afterCr || !this.#crlf) ? 'start' : 'within'
    }
    return { bytes: out.subarray(0, length), at: chunk.length, over: false }
  }

  *#command(): Generator<BatchEvent> {
    const tooLong = this.#lineTooLong
    this.#crlf = this.#line.at(-1) === cr
    const text = Buffer.from(this.#line).toString('latin1').replace(/\r$/, '')
    this.#line = []
    this.#lineTooLong = false
    if (tooLong) return yield this.#fault(500, 'That line is too long')
    const verb = /^[A-Za-z]{0,8}/.exec(text)?.[0].toUpperCase() ?? ''
    switch (verb) {
      case 'EHLO':
        this.#reset()
        return yield { kind: 'reply', code: 250, text: 'Posthorn', offers: ['8BITMIME', 'DSN'] }
      case 'HELO':
      case 'LHLO':
      case 'RSET':
        this.#reset()
        return yield { kind: 'reply', code: 250, text: 'OK' }
      case 'NOOP':
      case 'VERB':
      case 'TICK':
      case 'ONEX':
        return yield { kind: 'reply', code: 250, text: 'OK' }
      case 'VRFY':
        return yield { kind: 'reply', code: 252, text: 'Send a letter, and see' }
      case 'MAIL':
        return yield this.#mail(text)
      case 'RCPT':
        return yield* this.#recipient(text)
      case 'DATA':
        return yield* this.#data()
      case 'QUIT':
        this.#state = 'over'
        return yield { kind: 'quit' }
      default:
        return yield this.#fault(500, 'That is no command')
    }
  }

  #mail(text: string): BatchEvent {
    const [, address, parameters = ''] = /^MAIL FROM:\s*<([^<>]*)>(\s.*)?$/i.exec(text) ?? []
    if (address === undefined) return this.#fault(501, 'Say MAIL FROM:<address>')
    const wishes = wishesOfMail(parameters)
    if (wishes === undefined) return this.#fault(501, 'RET or ENVID makes no sense')
    this.#reset()
    this.#sender = address
    this.#wishes = wishes
    return { kind: 'reply', code: 250, text: 'OK' }
  }

  *#recipient(text: string): Generator<BatchEvent> {
    const [, address, parameters = ''] = /^RCPT TO:\s*<([^<>]+)>(\s.*)?$/i.exec(text) ?? []
    if (address === undefined) return yield this.#fault(501, 'Say RCPT TO:<address>')
    if (this.#sender === undefined) return yield this.#fault(503, 'MAIL FROM comes first')
    const wishes = wishesOfRecipient(parameters)
    if (wishes === undefined) return yield this.#fault(501, 'NOTIFY or ORCPT makes no sense')
    if (this.#recipients.size >= intakeLimits.recipientsMax) return yield this.#fault(452, 'Too many recipients')
    this.#recipients.set(address, wishes)
    yield { kind: 'recipient', address }
  }

  *#data(): Generator<BatchEvent> {
    if (this.#sender === undefined || this.#recipients.size === 0) {
      return yield this.#fault(503, 'MAIL FROM and RCPT TO come first')
    }
    this.#state = 'letter'
    this.#place = 'start'
    this.#afterCr = false
    const wishes = { ...this.#wishes, recipients: Object.fromEntries(this.#recipients) }
    yield { kind: 'letter', sender: this.#sender, recipients: [...this.#recipients.keys()], wishes }
  }

  #fault(code: number, text: string): BatchEvent {
    this.#faults += 1
    if (this.#faults >= intakeLimits.faultsMax) this.#state = 'over'
    return { kind: 'reply', code, text }
  }

  #reset(): void {
    this.#sender = undefined
    this.#wishes = {}
    this.#recipients = new Map()
  }
}
