/**
 * TypeScript as a flat list of tokens: enough to tell code from strings and comments, and to pair brackets.
 *
 * It never fails: what is no valid program gives some tokens or other, and the compiler says what is wrong. What stands
 * between two tags of JSX is a `text`.
 */
export type TokenKind = 'name' | 'string' | 'template' | 'number' | 'regex' | 'comment' | 'mark' | 'text'

export interface Token {
  readonly kind: TokenKind
  /** As written; a string without its quotes; of a template the piece between `}` and `${`, without them. */
  readonly text: string
  /** From 1. */
  readonly line: number
}

/** After these names a slash begins a regular expression. */
const wordsBeforeValue = new Set(
  'return typeof case in of delete void throw new else do instanceof yield await extends default'.split(' '),
)

const nameStart = /[\p{ID_Start}$_#@]/u
const namePart = /[\p{ID_Continue}$\u200c\u200d]*/uy
const numberBody = /[0-9][\w.]*/y
const spaces = /[^\S\n]+/y
const tagStart = /<(?:>|[A-Za-z_$])/y
/** Type parameters of an arrow function, as a `.tsx` file has to write them. */
const typeParameters = /<[A-Za-z_$][\w$]*\s*(?:,|extends\b)/y
const textPiece = /[^<{]+/y
const longMarks = ['...', '=>', '?.']

class Scanner {
  readonly tokens: Token[] = []
  readonly #text: string
  readonly #jsx: boolean
  #position = 0
  #line = 1
  /** How many braces are open inside each template's `${`. */
  readonly #templates: number[] = []

  constructor(text: string, jsx: boolean) {
    this.#text = text
    this.#jsx = jsx
  }

  scan(): Token[] {
    if (this.#text.startsWith('#!')) this.#take('comment', this.#lineEnd())
    while (this.#position < this.#text.length) this.#next()
    return this.tokens
  }

  #next(): void {
    const char = this.#text.charAt(this.#position)
    if (char === '\n') this.#skip(1)
    else if (this.#match(spaces) > 0) this.#skip(this.#match(spaces))
    else if (this.#text.startsWith('//', this.#position)) this.#take('comment', this.#lineEnd())
    else if (this.#text.startsWith('/*', this.#position)) this.#take('comment', this.#after('*/', 2))
    else if (char === "'" || char === '"') this.#string(char)
    else if (char === '`') this.#templatePiece(1)
    else if (char === '<' && this.#elementBegins()) this.#element()
    else if (char === '/' && this.#valueMayBegin()) this.#take('regex', this.#regexEnd())
    else if (/[0-9]/.test(char)) this.#take('number', this.#position + this.#match(numberBody))
    else if (nameStart.test(this.#codePoint())) this.#name()
    else this.#mark(char)
  }

  #name(): void {
    const start = this.#codePoint().length
    namePart.lastIndex = this.#position + start
    this.#take('name', this.#position + start + (namePart.exec(this.#text)?.[0].length ?? 0))
  }

  #mark(char: string): void {
    const depth = this.#templates.length - 1
    if (char === '{' && depth >= 0) this.#templates[depth] = (this.#templates[depth] ?? 0) + 1
    if (char === '}' && depth >= 0) {
      if (this.#templates[depth] === 0) {
        this.#templates.pop()
        this.#push('mark', '}', 1)
        this.#templatePiece(0)
        return
      }
      this.#templates[depth] = (this.#templates[depth] ?? 0) - 1
    }
    const long = longMarks.find(mark => this.#text.startsWith(mark, this.#position))
    this.#push('mark', long ?? this.#codePoint(), (long ?? this.#codePoint()).length)
  }

  #string(quote: string): void {
    let end = this.#position + 1
    while (end < this.#text.length && this.#text[end] !== quote && this.#text[end] !== '\n') {
      end += this.#text[end] === '\\' ? 2 : 1
    }
    this.#push('string', this.#text.slice(this.#position + 1, end), end + 1 - this.#position)
  }

  /** `skipped` characters, then up to the closing backtick or the next `${`, whose brace becomes a mark of its own. */
  #templatePiece(skipped: number): void {
    const start = this.#position + skipped
    let end = start
    while (end < this.#text.length && this.#text[end] !== '`' && !this.#text.startsWith('${', end)) {
      end += this.#text[end] === '\\' ? 2 : 1
    }
    const opens = this.#text.startsWith('${', end)
    this.#push('template', this.#text.slice(start, end), end + 1 - this.#position)
    if (!opens) return
    this.#push('mark', '{', 1)
    this.#templates.push(0)
  }

  #regexEnd(): number {
    let inClass = false
    let end = this.#position + 1
    for (; end < this.#text.length && this.#text[end] !== '\n'; end += 1) {
      const char = this.#text[end]
      if (char === '\\') end += 1
      else if (char === '[') inClass = true
      else if (char === ']') inClass = false
      else if (char === '/' && !inClass) break
    }
    namePart.lastIndex = end + 1
    return end + 1 + (namePart.exec(this.#text)?.[0].length ?? 0)
  }

  #elementBegins(): boolean {
    if (!this.#jsx || this.#match(tagStart) === 0 || this.#match(typeParameters) > 0) return false
    return this.#valueMayBegin()
  }

  /** From `<` to the end of its closing tag. */
  #element(): void {
    this.#push('mark', '<', 1)
    if (this.#tag()) return
    while (this.#position < this.#text.length) {
      if (this.#text.startsWith('</', this.#position)) {
        this.#push('mark', '<', 1)
        this.#push('mark', '/', 1)
        this.#tag()
        return
      }
      if (this.#text.startsWith('<', this.#position)) this.#element()
      else if (this.#text.startsWith('{', this.#position)) this.#braces()
      else this.#betweenTags()
    }
  }

  /** Name and attributes up to `>`; whether it closes itself. */
  #tag(): boolean {
    // `<List<Row> …`: type arguments have a `>` of their own.
    let depth = 0
    while (this.#position < this.#text.length) {
      const char = this.#text.charAt(this.#position)
      if (char === '{') this.#braces()
      else if (char === '>' && depth === 0) {
        this.#push('mark', '>', 1)
        return false
      } else if (this.#text.startsWith('/>', this.#position)) {
        this.#push('mark', '/', 1)
        this.#push('mark', '>', 1)
        return true
      } else {
        if (char === '<') depth += 1
        if (char === '>') depth -= 1
        if (char === '<' || char === '>' || char === '/') this.#push('mark', char, 1)
        else this.#next()
      }
    }
    return true
  }

  /** Code in braces, with what is nested in it. */
  #braces(): void {
    let depth = 0
    do {
      const first = this.tokens.length
      this.#next()
      for (const token of this.tokens.slice(first)) {
        if (isMark(token, '{')) depth += 1
        if (isMark(token, '}')) depth -= 1
      }
    } while (depth > 0 && this.#position < this.#text.length)
  }

  #betweenTags(): void {
    const length = Math.max(1, this.#match(textPiece))
    const text = this.#text.slice(this.#position, this.#position + length)
    if (text.trim() === '') this.#skip(length)
    else this.#push('text', text, length)
  }

  #valueMayBegin(): boolean {
    const before = this.tokens.findLast(token => token.kind !== 'comment')
    if (before === undefined) return true
    if (before.kind === 'name') return wordsBeforeValue.has(before.text)
    return before.kind === 'mark' && before.text !== ')' && before.text !== ']'
  }

  #codePoint(): string {
    return String.fromCodePoint(this.#text.codePointAt(this.#position) ?? 0)
  }

  #match(pattern: RegExp): number {
    pattern.lastIndex = this.#position
    return pattern.exec(this.#text)?.[0].length ?? 0
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#position)
    return end < 0 ? this.#text.length : end
  }

  #after(closing: string, skipped: number): number {
    const end = this.#text.indexOf(closing, this.#position + skipped)
    return end < 0 ? this.#text.length : end + closing.length
  }

  #take(kind: TokenKind, end: number): void {
    this.#push(kind, this.#text.slice(this.#position, end), end - this.#position)
  }

  #push(kind: TokenKind, text: string, length: number): void {
    this.tokens.push({ kind, text, line: this.#line })
    this.#skip(length)
  }

  #skip(length: number): void {
    const end = Math.min(this.#position + length, this.#text.length)
    for (; this.#position < end; this.#position += 1) if (this.#text[this.#position] === '\n') this.#line += 1
  }
}

/** `jsx`: it may hold elements, as a `.tsx` file. */
export function tokenize(text: string, { jsx = false } = {}): readonly Token[] {
  return new Scanner(text, jsx).scan()
}

const closingOf: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

/** For each opening bracket's index that of its closing one. What is not closed is missing. */
export function pairBrackets(tokens: readonly Token[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>()
  const open: { index: number; closing: string }[] = []
  for (const [index, token] of tokens.entries()) {
    if (token.kind !== 'mark') continue
    const closing = closingOf[token.text]
    if (closing !== undefined) open.push({ index, closing })
    else if (open.at(-1)?.closing === token.text) pairs.set(open.pop()?.index ?? 0, index)
  }
  return pairs
}

/** Is this token the given punctuation? */
export function isMark(token: Token | undefined, text: string): boolean {
  return token?.kind === 'mark' && token.text === text
}

/** Is this token the given word? */
export function isName(token: Token | undefined, text: string): boolean {
  return token?.kind === 'name' && token.text === text
}
