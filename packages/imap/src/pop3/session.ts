/** The state of one connection, which its commands share. */
import { binaryOfText } from '../grammar/bytes.ts'
import type { Input } from '../grammar/input.ts'
import type { MailAccount } from '../mailbox.ts'
import type { Output } from '../respond/output.ts'
import { assert, StreamBroken } from '../session/faults.ts'
import type { Pop3Limits } from './limits.ts'
import { type Maildrop, openMaildrop } from './maildrop.ts'
import { DotStuffing } from './multiline.ts'
import type { Pop3Event, Pop3ServerOptions } from './types.ts'

/** Keeps what other people wrote from being more than one line of printable text. */
function humanText(text: string): string {
  return binaryOfText(text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' '))
}

export class Session {
  readonly options: Pop3ServerOptions
  readonly limits: Pop3Limits
  readonly input: Input
  secure: boolean
  /** What USER said; PASS must follow at once. */
  claimedName: string | undefined
  loginFailures = 0
  /** An answer has begun and its end is not written: nothing else may be. */
  midAnswer = false
  readonly #output: Output
  #address = ''
  #maildrop: Maildrop | undefined

  constructor(options: Pop3ServerOptions, limits: Pop3Limits, input: Input, output: Output) {
    this.options = options
    this.limits = limits
    this.input = input
    this.secure = options.secure
    this.#output = output
  }

  get isLoggedIn(): boolean {
    return this.#maildrop !== undefined
  }

  /** Only for commands that need a login. */
  get maildrop(): Maildrop {
    assert(this.#maildrop !== undefined, 'logged in')
    return this.#maildrop
  }

  get address(): string {
    return this.#address
  }

  /** Takes the snapshot. @throws what the store throws; nobody is logged in then. */
  async logIn(account: MailAccount): Promise<void> {
    this.#maildrop = await openMaildrop(account)
    this.#address = account.address
  }

  /** A password in clear: only where nobody can listen. */
  get loginAllowed(): boolean {
    return this.secure || this.options.plaintextLogin
  }

  event(event: Pop3Event): void {
    try {
      this.options.onEvent?.(event)
    } catch {
      // A log that fails must not end the connection.
    }
  }

  /** A one-line answer, on its way when the promise resolves. @throws SessionEnded */
  async answer(status: '+OK' | '-ERR', text: string, code?: string): Promise<void> {
    this.say(status, text, code)
    this.#output.flush()
    await this.#output.drained()
  }

  say(status: '+OK' | '-ERR', text: string, code?: string): void {
    this.#output.put(`${status} ${code === undefined ? '' : `[${code}] `}${humanText(text)}\r\n`)
  }

  /** `+ challenge`, for SASL. @throws SessionEnded */
  async challenge(base64: string): Promise<void> {
    this.#output.put(`+ ${base64}\r\n`)
    this.#output.flush()
    await this.#output.drained()
  }

  /** A multi-line answer of short lines, none of which begins with a dot. @throws SessionEnded */
  async lines(text: string, lines: Iterable<string>): Promise<void> {
    this.say('+OK', text)
    this.midAnswer = true
    for (const line of lines) {
      this.#output.put(`${line}\r\n`)
      await this.#output.drained()
    }
    this.#output.put('.\r\n')
    this.midAnswer = false
    this.#output.flush()
    await this.#output.drained()
  }

  /**
   * A multi-line answer that is a letter, or the top of one.
   *
   * @throws StreamBroken when the store fails in the middle: the end of the answer must not be claimed then.
   */
  async letter(text: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
    this.say('+OK', text)
    this.midAnswer = true
    const dots = new DotStuffing()
    try {
      for await (const chunk of bytes) {
        this.#output.putBytes(dots.stuff(chunk))
        await this.#output.drained()
      }
    } catch (error) {
      throw new StreamBroken('The store failed within a letter', { cause: error })
    }
    this.#output.put(dots.end())
    this.midAnswer = false
    this.#output.flush()
    await this.#output.drained()
  }
}
