/** Address lists (RFC 5322 section 3.4), read leniently, for ENVELOPE. Binary strings in, binary strings out. */
import { withoutComments } from './parameters.ts'

/** As in ENVELOPE: `host` null begins a group (`mailbox` is its name) or ends one (`mailbox` null). */
interface Address {
  readonly name: string | null
  /** The domains of an obsolete source route, `@a,@b`. */
  readonly route: string | null
  readonly mailbox: string | null
  readonly host: string | null
}

const groupEnd: Address = { name: null, route: null, mailbox: null, host: null }

/** Signs that mean nothing but themselves. */
const PLAIN = /[^"(<,:;]+/y

class AddressReader {
  readonly #text: string
  readonly #addressesMax: number
  #at = 0
  /** Words before `<`, for people. */
  #phrase = ''
  /** The same characters as they would stand in an address. */
  #bare = ''
  #angle: string | undefined
  #comment = ''
  #route = ''
  #inGroup = false
  readonly addresses: Address[] = []

  constructor(text: string, addressesMax: number) {
    this.#text = text
    this.#addressesMax = addressesMax
  }

  read(): void {
    while (this.#at < this.#text.length && this.addresses.length < this.#addressesMax) this.#next()
    this.#flush()
    if (this.#inGroup) this.addresses.push(groupEnd)
  }

  #next(): void {
    PLAIN.lastIndex = this.#at
    const [run] = PLAIN.exec(this.#text) ?? []
    if (run !== undefined) {
      this.#at += run.length
      this.#word({ shown: run, raw: run.replace(/\s+/g, '') })
      return
    }
    const sign = this.#text.charAt(this.#at)
    if (sign === '"') this.#word(this.#quoted())
    else if (sign === '(') this.#comment = this.#commentText()
    else {
      this.#at += 1
      if (sign === '<') this.#angleAddress()
      else if (sign === ',') this.#flush()
      else if (sign === ':' && !this.#inGroup) this.#beginGroup()
      else if (sign === ';' && this.#inGroup) this.#endGroup()
      else this.#word({ shown: sign, raw: sign.trim() })
    }
  }

  #word(word: { shown: string; raw: string }): void {
    this.#phrase += word.shown
    this.#bare += word.raw
  }

  #quoted(): { shown: string; raw: string } {
    const pattern = /"((?:[^"\\]|\\[\s\S])*)"?/y
    pattern.lastIndex = this.#at
    const [raw = '"', inner = ''] = pattern.exec(this.#text) ?? []
    this.#at += raw.length
    return { shown: inner.replace(/\\([\s\S])/g, '$1'), raw }
  }

  #commentText(): string {
    const start = this.#at + 1
    let open = 0
    for (; this.#at < this.#text.length; this.#at += 1) {
      const sign = this.#text[this.#at]
      if (sign === '\\') this.#at += 1
      else if (sign === '(') open += 1
      else if (sign === ')') open -= 1
      if (open === 0) break
    }
    const comment = this.#text.slice(start, this.#at)
    this.#at += 1
    return comment
  }

  #angleAddress(): void {
    const close = this.#text.indexOf('>', this.#at)
    const end = close === -1 ? this.#text.length : close
    const within = this.#text.slice(this.#at, end)
    const [route = ''] = /^\s*@[^:]*:/.exec(within) ?? []
    this.#route = route.replace(/[\s:]/g, '')
    this.#angle = withoutComments(within.slice(route.length))
    this.#at = end + 1
  }

  #beginGroup(): void {
    this.addresses.push({ name: null, route: null, mailbox: this.#phrase.trim(), host: null })
    this.#inGroup = true
    this.#clear()
  }

  #endGroup(): void {
    this.#flush()
    this.addresses.push(groupEnd)
    this.#inGroup = false
  }

  #clear(): void {
    this.#phrase = ''
    this.#bare = ''
    this.#angle = undefined
    this.#comment = ''
    this.#route = ''
  }

  #flush(): void {
    const address = withoutBlanks(this.#angle ?? this.#bare)
    const name = (this.#angle === undefined ? this.#comment : this.#phrase || this.#comment).replace(/\s+/g, ' ').trim()
    const route = this.#route || null
    this.#clear()
    if (address === '' && name === '') return
    const split = address.lastIndexOf('@')
    const mailbox = unquoted(split === -1 ? address : address.slice(0, split))
    this.addresses.push({ name: name || null, route, mailbox, host: split === -1 ? '' : address.slice(split + 1) })
  }
}

/** Blanks count within strings only. */
function withoutBlanks(address: string): string {
  return address.replace(/"(?:[^"\\]|\\[\s\S])*"?|\s+/g, piece => (piece.startsWith('"') ? piece : ''))
}

/** ENVELOPE has the local part as it is meant, not as it is written (RFC 9051 section 7.5.2). */
function unquoted(mailbox: string): string {
  return mailbox.replace(/"((?:[^"\\]|\\[\s\S])*)"?/g, (_, inner: string) => inner.replace(/\\([\s\S])/g, '$1'))
}

/** One address as nearly all are written: `a@b`, `Name <a@b>`, `"Name" <a@b>`. */
const SIMPLE = /^(?:(?:"([^"\\]*)"\s*|([^"\\()<>,:;@]*))<([\w.+=-]+)@([\w.-]+)>|([\w.+=-]+)@([\w.-]+))$/

function simpleAddress(value: string): Address | undefined {
  const [found, quoted, bare, mailbox, host, onlyMailbox = '', onlyHost = ''] = SIMPLE.exec(value) ?? []
  if (found === undefined) return undefined
  if (mailbox === undefined || host === undefined) {
    return { name: null, route: null, mailbox: onlyMailbox, host: onlyHost }
  }
  const name = (quoted ?? bare ?? '').replace(/\s+/g, ' ').trim()
  return { name: name || null, route: null, mailbox, host }
}

export function addressList(value: string, addressesMax: number): readonly Address[] {
  const simple = simpleAddress(value)
  if (simple !== undefined) return [simple]
  const reader = new AddressReader(value, addressesMax)
  reader.read()
  return reader.addresses
}
