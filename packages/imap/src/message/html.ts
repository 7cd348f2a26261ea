/**
 * The text of an HTML part as a person sees it: without tags, comments, styles and scripts, with its character
 * references resolved. Piece by piece, in flat memory; broken HTML gives some text, never a failure.
 */

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

/** Between these and what stands beside them there is no blank. */
const INLINE = new Set(
  words(`
    a abbr b bdi bdo big cite code del dfn em font i ins kbd mark q s samp small span strike strong sub sup tt u var
    wbr
  `),
)
const HIDDEN = new Set(['style', 'script', 'head', 'title'])
const TAG_START = /^<(\/?)([A-Za-z][A-Za-z0-9:-]{0,30}|[!?])/
const REFERENCE = /&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{1,8}\d{0,2}));?/gi
/** Longest beginning of something that has to be seen whole. */
const LOOK_AHEAD = 40

/** Of the characters from U+00A0 on. */
const latinNames = `
  nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro
  para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil
  Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave
  Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml
  igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute
  thorn yuml
`
const named = new Map<string, string>([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['euro', '€'],
  ['ndash', '–'],
  ['mdash', '—'],
  ['hellip', '…'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['bdquo', '„'],
  ['bull', '•'],
  ['trade', '™'],
  ...words(latinNames).map((name, at) => [name, String.fromCharCode(160 + at)] as const),
])

function character(code: number): string {
  return code > 0x10_ffff || (code >= 0xd800 && code <= 0xdfff) ? '\ufffd' : String.fromCodePoint(code)
}

function resolved(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(REFERENCE, (whole, decimal?: string, hex?: string, name?: string) => {
    if (decimal !== undefined) return character(Number(decimal))
    if (hex !== undefined) return character(Number.parseInt(hex, 16))
    return (name === undefined ? undefined : named.get(name)) ?? whole
  })
}

type Mode =
  | { readonly kind: 'text' | 'comment' | 'tag' }
  /** Text that is not shown, up to the tag that ends it. */
  | { readonly kind: 'hidden'; readonly name: string }

export class HtmlText {
  #mode: Mode = { kind: 'text' }
  /** After the tag. */
  #next: Mode = { kind: 'text' }
  #rest = ''
  /** In what quotes within a tag. */
  #quote = ''
  /** After an equals sign within a tag. */
  #valueNext = false

  push(text: string): string {
    this.#rest += text
    return this.#take(false)
  }

  finish(): string {
    return this.#take(true)
  }

  #take(last: boolean): string {
    let out = ''
    let at = 0
    for (;;) {
      const before = at
      const mode = this.#mode
      if (mode.kind === 'text') {
        const step = this.#text(at, last)
        out += step.text
        at = step.at
      } else if (mode.kind === 'tag') at = this.#tag(at)
      else at = this.#until(at, mode.kind === 'hidden' ? `</${mode.name}` : '-->')
      if (at >= this.#rest.length || (at === before && mode === this.#mode)) break
    }
    this.#rest = this.#rest.slice(at)
    return out
  }

  /** Text up to the next tag; what could be cut off in its middle waits. */
  #text(from: number, last: boolean): { text: string; at: number } {
    const rest = this.#rest
    const open = rest.indexOf('<', from)
    if (open === -1) {
      const and = rest.lastIndexOf('&')
      const end = !last && and >= from && rest.length - and < LOOK_AHEAD && !rest.includes(';', and) ? and : rest.length
      return { text: resolved(rest.slice(from, end)), at: end }
    }
    const text = resolved(rest.slice(from, open))
    const start = TAG_START.exec(rest.slice(open, open + LOOK_AHEAD))
    if (!last && rest.length - open < LOOK_AHEAD && !rest.includes('>', open)) return { text, at: open }
    if (start === null) return { text: `${text}<`, at: open + 1 }
    const [whole, closes = '', word = ''] = start
    const name = word.toLowerCase()
    if (rest.startsWith('<!--', open)) {
      this.#mode = { kind: 'comment' }
      return { text, at: open + 4 }
    }
    this.#mode = { kind: 'tag' }
    this.#next = closes === '' && HIDDEN.has(name) ? { kind: 'hidden', name } : { kind: 'text' }
    this.#quote = ''
    this.#valueNext = false
    return { text: INLINE.has(name) ? text : `${text} `, at: open + whole.length }
  }

  /** After the tag. A quote counts where a value begins. */
  #tag(from: number): number {
    const rest = this.#rest
    for (let at = from; at < rest.length; at += 1) {
      if (this.#quote !== '') {
        at = rest.indexOf(this.#quote, at)
        if (at === -1) return rest.length
        this.#quote = ''
        continue
      }
      const sign = rest[at] ?? ''
      if (sign === '>') {
        this.#mode = this.#next
        return at + 1
      }
      if (this.#valueNext && (sign === '"' || sign === "'")) this.#quote = sign
      this.#valueNext = sign === '=' || (this.#valueNext && sign.trim() === '')
    }
    return rest.length
  }

  /** After `end`, in any case; keeps what may be its beginning. */
  #until(from: number, end: string): number {
    const pattern = end === '-->' ? /-->/g : new RegExp(end, 'gi')
    pattern.lastIndex = from
    const found = pattern.exec(this.#rest)
    if (found === null) return Math.max(from, this.#rest.length - end.length + 1)
    this.#mode = end === '-->' ? { kind: 'text' } : { kind: 'tag' }
    this.#next = { kind: 'text' }
    return pattern.lastIndex
  }
}
