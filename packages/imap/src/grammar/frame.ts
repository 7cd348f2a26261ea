/**
 * Takes one command out of the bytes: lines and the literals between them (RFC 9051 section 4.3, LITERAL+ of RFC 7888).
 *
 * It keeps in step whatever the command says: a literal that is refused is either never sent by the client (`{n}`) or
 * read and dropped (`{n+}`). Where that cannot be, the connection ends (`Farewell`).
 */
import type { ImapLimits } from '../limits.ts'
import { Farewell } from '../session/faults.ts'
import { Cursor } from './cursor.ts'
import type { Input } from './input.ts'

const LITERAL = /\{(\d{1,20})(\+?)\}$/
const HEAD = /^([!#$&',-[\]^-z|}~]+) ([A-Za-z][A-Za-z0-9.=-]*)/
const PIECE_BYTES_MAX = 65_536
const LF = 10
const CR = 13

export interface FrameOptions {
  readonly input: Input
  readonly limits: ImapLimits
  readonly loggedIn: boolean
  /** Has the client agreed to UTF-8 in mailbox names? */
  readonly utf8?: boolean
  /** Sends `+`, asking for an announced literal. */
  goAhead(): Promise<void>
}

export interface CommandFrame {
  readonly kind: 'command'
  readonly tag: string
  /** Upper case; with the word after it for UID. */
  readonly name: string
  readonly args: Cursor
  /** The message of APPEND, not yet read. */
  readonly message: MessageLiteral | undefined
}

/** Not a command that could be run. `tag` is `*` when there was none. */
export interface RefusedFrame {
  readonly kind: 'refused'
  readonly tag: string
  readonly status: 'NO' | 'BAD'
  readonly code: string | undefined
  readonly text: string
  readonly limit: keyof ImapLimits | undefined
  readonly message: MessageLiteral | undefined
}

interface Announced {
  readonly sizeBytes: number
  readonly synchronising: boolean
  readonly isBinary: boolean
}

function announced(line: string): Announced | undefined {
  const found = LITERAL.exec(line)
  if (found === null) return undefined
  const isBinary = line.charAt(found.index - 1) === '~'
  return { sizeBytes: Number(found[1]), synchronising: found[2] === '', isBinary }
}

/** Reads the rest of a refused command: what the client sends without being asked. */
async function skipRest(options: FrameOptions, firstLine: string): Promise<void> {
  let line = firstLine
  let left = options.loggedIn ? options.limits.skippedLiteralBytesMax : options.limits.lineBeforeLoginBytesMax
  for (;;) {
    const literal = announced(line)
    if (literal === undefined || literal.synchronising) return
    left -= literal.sizeBytes
    if (left < 0) throw new Farewell('Literal too large', 'skippedLiteralBytesMax')
    await options.input.skip(literal.sizeBytes)
    line = await options.input.line(options.limits.lineBytesMax)
  }
}

/** The messages of APPEND on their way in, one after the other (MULTIAPPEND, RFC 3502). */
export class MessageLiteral {
  /** Of the message that is announced or coming. */
  sizeBytes: number
  /** It came as literal8 (RFC 3516). */
  isBinary: boolean
  readonly #options: FrameOptions
  #synchronising: boolean
  #left: number
  #state: 'announced' | 'coming' | 'read' = 'announced'
  /** Why the message must not be kept, when that showed up while reading it. */
  fault: { readonly text: string; readonly code: string } | undefined

  constructor(options: FrameOptions, literal: Announced) {
    this.#options = options
    this.sizeBytes = literal.sizeBytes
    this.isBinary = literal.isBinary
    this.#left = literal.sizeBytes
    this.#synchronising = literal.synchronising
  }

  async accept(): Promise<void> {
    this.#state = 'coming'
    if (this.#synchronising) await this.#options.goAhead()
  }

  /** The bytes of the message. Throws when `fault` is set, or SessionEnded. */
  async *bytes(): AsyncGenerator<Uint8Array> {
    let last = 0
    while (this.#left > 0) {
      const piece = await this.#options.input.some(Math.min(this.#left, PIECE_BYTES_MAX))
      this.#left -= piece.length
      this.fault = faultOf(piece, last, this.isBinary)
      if (this.fault !== undefined) throw new Error(this.fault.text)
      last = piece.at(-1) ?? 0
      yield piece
    }
  }

  /**
   * After the bytes of a message: what is said of the next one, which is then announced, or undefined where the command
   * ends. A store must not commit before it is known that the command ends well.
   */
  async tail(): Promise<Cursor | undefined> {
    const { input, limits } = this.#options
    const line = await input.line(limits.lineBytesMax)
    const literal = announced(line)
    if (literal === undefined) {
      this.#state = 'read'
      return line.trim() === '' ? undefined : new Cursor([line], 0, limits)
    }
    this.#state = 'announced'
    this.sizeBytes = literal.sizeBytes
    this.isBinary = literal.isBinary
    this.#left = literal.sizeBytes
    this.#synchronising = literal.synchronising
    return new Cursor([line.replace(LITERAL, '')], 0, limits)
  }

  /** Reads what is left of the command, so that the next one can come. Harmless when all is read. */
  async discard(): Promise<void> {
    if (this.#state === 'read' || (this.#state === 'announced' && this.#synchronising)) return
    this.#state = 'read'
    if (this.#left > this.#options.limits.skippedLiteralBytesMax) {
      throw new Farewell('Message too large', 'skippedLiteralBytesMax')
    }
    while (this.#left > 0) this.#left -= (await this.#options.input.some(this.#left)).length
    await skipRest(this.#options, await this.#options.input.line(this.#options.limits.lineBytesMax))
  }
}

/** RFC 3516 section 4.4: what would have to be encoded anew to be kept is not taken. */
function faultOf(piece: Uint8Array, last: number, isBinary: boolean): MessageLiteral['fault'] {
  if (piece.includes(0)) {
    return { text: 'The message holds NUL bytes', code: isBinary ? 'UNKNOWN-CTE' : 'CANNOT' }
  }
  if (!isBinary) return undefined
  for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
    // Line ends become CRLF here, which would change bytes that are no text.
    if ((at === 0 ? last : piece[at - 1]) !== CR) {
      return { text: 'The message holds bytes that need an encoding', code: 'UNKNOWN-CTE' }
    }
  }
  return undefined
}

/** Is the literal at the end of these parts the message of APPEND, and not the mailbox name? */
function isMessage(parts: readonly string[], options: FrameOptions): boolean {
  const [first = ''] = parts
  const head = HEAD.exec(first)
  if (!options.loggedIn || head?.[2]?.toUpperCase() !== 'APPEND') return false
  return parts.length > 1 || first.length > head[0].length + 1
}

function frameOf(
  parts: string[],
  options: FrameOptions,
  message: MessageLiteral | undefined,
): CommandFrame | RefusedFrame {
  const [first = ''] = parts
  const refused = (tag: string, text: string): RefusedFrame => {
    return { kind: 'refused', tag, status: 'BAD', code: undefined, text, limit: undefined, message }
  }
  const [head, tag, verb] = HEAD.exec(first) ?? []
  if (head === undefined || tag === undefined || verb === undefined || tag.length > options.limits.tagBytesMax) {
    return refused('*', 'A command is a tag, a space and a name')
  }
  if (parts.some((part, index) => index % 2 === 0 && part.includes('\0'))) return refused(tag, 'NUL is not allowed')
  let name = verb.toUpperCase()
  let at = head.length
  if (name === 'UID') {
    const [rest, sub = ''] = /^ ([A-Za-z]+)/.exec(first.slice(at)) ?? ['']
    name = `UID ${sub.toUpperCase()}`
    at += rest.length
  }
  const args = new Cursor(parts, at, options.limits, options.utf8)
  return { kind: 'command', tag, name, args, message }
}

/**
 * Reads the next command.
 *
 * @throws Farewell when the stream cannot be kept in step, SessionEnded.
 */
export async function readFrame(options: FrameOptions): Promise<CommandFrame | RefusedFrame> {
  const { input, limits } = options
  const lineBytesMax = options.loggedIn ? limits.lineBytesMax : limits.lineBeforeLoginBytesMax
  const literalBytesMax = options.loggedIn ? limits.literalBytesMax : limits.lineBeforeLoginBytesMax
  const parts: string[] = []
  let left = options.loggedIn ? limits.commandBytesMax : limits.lineBeforeLoginBytesMax
  for (;;) {
    const line = await input.line(lineBytesMax)
    left -= line.length
    if (left < 0) throw new Farewell('Command too long', 'commandBytesMax')
    const literal = announced(line)
    if (literal === undefined) return frameOf([...parts, line], options, undefined)
    parts.push(line.replace(LITERAL, ''))
    if (isMessage(parts, options)) return frameOf(parts, options, new MessageLiteral(options, literal))
    left -= literal.sizeBytes
    if (literal.sizeBytes > literalBytesMax || left < 0) {
      await skipRest(options, line)
      const tag = HEAD.exec(parts[0] ?? '')?.[1] ?? '*'
      const limit = left < 0 ? 'commandBytesMax' : 'literalBytesMax'
      const text = 'Literal too large'
      return { kind: 'refused', tag, status: 'NO', code: 'TOOBIG', text, limit, message: undefined }
    }
    if (literal.synchronising) await options.goAhead()
    parts.push(await input.exactly(literal.sizeBytes))
  }
}
