/**
 * Reads the arguments of one command (RFC 9051 section 9), left to right. The command is a row of line texts with the
 * literals between them, all binary strings. Methods throw `SyntaxFault` when the next thing is not what they read.
 */
import type { ImapLimits } from '../limits.ts'
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import { textOf } from './bytes.ts'

// RFC 9051 section 9: ATOM-CHAR is printable ASCII without ( ) { space % * " \ ]; ASTRING-CHAR and list-char add to it.
const ATOM = /[!#$&'+-[^-z|}~]+/y
const ASTRING_ATOM = /[!#$&'+-[\]^-z|}~]+/y
const LIST_ATOM = /[!#$%&'*+-[\]^-z|}~]+/y
const FLAG = /\\?[!#$&'+-[^-z|}~]+/y
const NUMBER = /\d{1,15}/y
const QUOTED = /"((?:[^"\\\r\n]|\\["\\])*)"/y
const SECTION_WORD = /[A-Za-z0-9.]+/y

export class Cursor {
  readonly limits: ImapLimits
  /** Are mailbox names UTF-8 in this session, and not modified UTF-7? */
  readonly utf8: boolean
  /** Even places: text of lines; odd places: literals. */
  readonly #parts: readonly string[]
  #part = 0
  #at: number

  constructor(parts: readonly string[], at: number, limits: ImapLimits, utf8 = false) {
    this.#parts = parts
    this.#at = at
    this.limits = limits
    this.utf8 = utf8
  }

  get #line(): string {
    return this.#parts[this.#part] ?? ''
  }

  /** The next character, or '' before a literal and at the end. */
  peek(): string {
    return this.#line.charAt(this.#at)
  }

  /** Reads `text` (in any case) if it comes next. */
  skip(text: string): boolean {
    const next = this.#line.slice(this.#at, this.#at + text.length)
    if (next.toUpperCase() !== text.toUpperCase()) return false
    this.#at += text.length
    return true
  }

  /** Unreads so many characters of the line, which `skip` has just read. */
  back(count: number): void {
    this.#at -= count
  }

  expect(text: string, what: string): void {
    if (!this.skip(text)) throw new SyntaxFault(`${what} expected`)
  }

  space(): void {
    this.expect(' ', 'Space')
  }

  /** The command must end here; blanks before the line end are forgiven. */
  end(): void {
    while (this.skip(' '));
    if (this.#at < this.#line.length || this.#part + 1 < this.#parts.length) throw new SyntaxFault('Too many arguments')
  }

  get atEnd(): boolean {
    return this.#at >= this.#line.length && this.#part + 1 >= this.#parts.length
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#line)
    if (found === null) return undefined
    this.#at += found[0].length
    return found[1] ?? found[0]
  }

  #need(pattern: RegExp, what: string): string {
    const found = this.#match(pattern)
    if (found === undefined) throw new SyntaxFault(`${what} expected`)
    return found
  }

  atom(what: string): string {
    return this.#need(ATOM, what)
  }

  /** An atom in upper case: names of commands, items and keys. */
  word(what: string): string {
    return this.atom(what).toUpperCase()
  }

  /** The words of a FETCH section, which hold dots: `1.2.HEADER.FIELDS`. */
  sectionWord(): string {
    return (this.#match(SECTION_WORD) ?? '').toUpperCase()
  }

  number(what: string, max = 4_294_967_295): number {
    const value = Number(this.#need(NUMBER, what))
    if (value > max) throw new SyntaxFault(`${what} is too large`)
    return value
  }

  /** A modification sequence, 0 to 2^63-1 (RFC 7162). One that is greater than any here is as good as the greatest. */
  modseq(): number {
    return Math.min(Number(this.#need(/\d{1,19}/y, 'Modification sequence')), Number.MAX_SAFE_INTEGER)
  }

  flag(): string {
    const flag = this.#need(FLAG, 'Flag')
    if (flag.length > this.limits.flagBytesMax) throw new LimitFault('flagBytesMax', 'Flag too long')
    return flag
  }

  /** The characters of a sequence set; see sequence.ts. */
  sequence(): string {
    return this.#need(/[\d*:,]+/y, 'Message set')
  }

  #stringIfAny(mayHoldNul = false): string | undefined {
    if (this.peek() === '"') return this.#need(QUOTED, 'Quoted string').replace(/\\(["\\])/g, '$1')
    if (this.#at === this.#line.length && this.#part + 1 < this.#parts.length) {
      const literal = this.#parts[this.#part + 1] ?? ''
      this.#part += 2
      this.#at = 0
      if (!mayHoldNul && literal.includes('\0')) throw new SyntaxFault('NUL is not allowed in a literal')
      return literal
    }
    return undefined
  }

  /** string = quoted / literal, as bytes. */
  string(what: string): string {
    const found = this.#stringIfAny()
    if (found === undefined) throw new SyntaxFault(`${what} expected`)
    return found
  }

  /** astring, as bytes. */
  astring(what: string): string {
    return this.#stringIfAny() ?? this.#need(ASTRING_ATOM, what)
  }

  /** list-mailbox, as bytes. */
  listPattern(): string {
    return this.#stringIfAny() ?? this.#need(LIST_ATOM, 'Pattern')
  }

  nstring(what: string): string | null {
    const found = this.#stringIfAny()
    if (found !== undefined) return found
    if (this.word(what) !== 'NIL') throw new SyntaxFault(`${what} expected`)
    return null
  }

  /** nstring or literal8 (RFC 3516), which may hold NUL. */
  nstring8(what: string): string | null {
    if (!this.skip('~')) return this.nstring(what)
    const found = this.peek() === '' ? this.#stringIfAny(true) : undefined
    if (found === undefined) throw new SyntaxFault(`${what} expected`)
    return found
  }

  astringText(what: string): string {
    return textOf(this.astring(what))
  }

  /** `(a b c)`, perhaps empty. */
  list<Item>(item: () => Item): Item[] {
    this.expect('(', 'List')
    const items: Item[] = []
    if (this.skip(')')) return items
    for (;;) {
      items.push(item())
      if (this.skip(')')) return items
      this.space()
    }
  }

  /** Reads a list of anything without looking at it: parameters of extensions that are tolerated. */
  skipList(): void {
    this.expect('(', 'List')
    let open = 1
    while (open > 0) {
      if (this.skip('(')) open += 1
      else if (this.skip(')')) open -= 1
      else if (!this.skip(' ') && this.#stringIfAny() === undefined) this.#need(LIST_ATOM, 'List item')
      if (open > this.limits.nestingMax) throw new LimitFault('nestingMax', 'Lists nested too deep')
    }
  }
}
