/** The answers of an SMTP or LMTP server (RFC 5321 §4.2), read within limits from pieces of any size. */
import { OperatingError } from '../../../base/errors.ts'
import { smtpClientLimits } from '../limits.ts'

export interface Reply {
  readonly code: number
  /** Without their codes. */
  readonly lines: readonly string[]
}

const cr = 0x0d
const lf = 0x0a

export class ReplyReader {
  #line: number[] = []
  #code = 0
  #lines: string[] = []

  /** Whether part of an answer has come. */
  get isInside(): boolean {
    return this.#line.length > 0 || this.#lines.length > 0
  }

  /** The answers that these bytes complete. @throws OperatingError `bad-reply` for anything that is none. */
  receive(chunk: Uint8Array): Reply[] {
    const replies: Reply[] = []
    for (const byte of chunk) {
      if (byte !== lf) {
        if (this.#line.length >= smtpClientLimits.replyLineBytesMax) throw badReply('a line without an end')
        this.#line.push(byte)
        continue
      }
      const reply = this.#lineEnds()
      if (reply !== undefined) replies.push(reply)
    }
    return replies
  }

  #lineEnds(): Reply | undefined {
    if (this.#line.at(-1) === cr) this.#line.pop()
    const line = Buffer.from(this.#line).toString('utf8')
    this.#line = []
    const [, digits, separator, text = ''] = /^([2-5]\d\d)(?:([ -])(.*))?$/s.exec(line) ?? []
    if (digits === undefined) throw badReply('a line that is no answer')
    const code = Number(digits)
    if (this.#lines.length > 0 && code !== this.#code) throw badReply('an answer with two codes')
    if (this.#lines.length >= smtpClientLimits.replyLinesMax) throw badReply('an answer without an end')
    this.#code = code
    this.#lines.push(printable(text))
    if (separator === '-') return undefined
    const lines = this.#lines
    this.#lines = []
    return { code, lines }
  }
}

/** RFC 3463 §2, at the beginning of the text; else what the code alone says. */
export function statusOf({ code, lines }: Reply): string {
  const kind = Math.floor(code / 100)
  const found = /^([245])\.\d{1,3}\.\d{1,3}(?= |$)/.exec(lines[0] ?? '')
  return found !== null && Number(found[1]) === kind ? found[0] : `${kind}.0.0`
}

/** All of it in one line, for people and reports. */
export function textOf({ code, lines }: Reply): string {
  return `${code} ${lines.map(line => line.trim()).join(' ')}`.trim().slice(0, 1000)
}

function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\ufffd')
}

function badReply(what: string): OperatingError {
  return new OperatingError(`The server sent ${what}.`, { code: 'bad-reply', retry: 'later' })
}
