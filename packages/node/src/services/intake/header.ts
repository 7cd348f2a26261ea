/**
 * The header of a letter that a program hands over: who it is for is read from it, what a letter must have is added,
 * and what nobody but its writer may see is taken out. The body is not looked at.
 */
import { addressList } from '@posthorn/imap/message'
import { OperatingError } from '../../base/errors.ts'
import { intakeLimits } from './limits.ts'

export interface HandedLetter {
  /** The header as it is carried, with its empty line; binary string with CRLF line ends. */
  readonly header: string
  /** Where in the bytes that were read the body begins. */
  readonly bodyAt: number
  /** From `To:`, `Cc:` and `Bcc:` (or the `Resent-` fields where there are any), as written there. */
  readonly recipients: readonly string[]
  readonly hasMessageId: boolean
  /** Whom the letter itself names as its envelope's sender: UUCP's `From_` lines, or `Return-Path:`; else null. */
  readonly returnPath: string | null
}

export interface Additions {
  /** Of a `From:` field that has to be made; null: none is. */
  readonly from: { readonly name: string | null; readonly address: string } | null
  /** RFC 5322 date-time; null: none is added. */
  readonly date: string | null
  /** Whole lines with CRLF in front of everything, as `Received:`. */
  readonly trace: string
}

const fieldPattern = /^([\x21-\x39\x3b-\x7e]+)[ \t]*:/
const fromLinePattern = /^>?From[ \t]+(\S+)[ \t]/
const recipientFields = new Set(['to', 'cc', 'bcc'])
const secretFields = new Set(['bcc', 'resent-bcc', 'return-path'])

/**
 * Reads the header at the start of a letter with CRLF line ends. Text that does not begin as a header does is a letter
 * without one.
 *
 * @throws OperatingError `header-too-large`.
 */
export async function readHanded(source: AsyncIterable<Uint8Array>, additions: Additions): Promise<HandedLetter> {
  const block = await headerBlock(source)
  const { lines, fromLines, skipped } = withoutFromLines(block.lines)
  const fields = fieldsOf(lines)
  const length = lines.slice(0, fields.lines).reduce((sum, line) => sum + line.length + 2, 0)
  const blank = lines[fields.lines] === '' ? 2 : 0
  const kept = fields.fields.filter(({ name }) => !secretFields.has(name))
  const names = new Set(kept.map(({ name }) => name))
  const resent = names.has('resent-to') || names.has('resent-cc') || fields.fields.some(f => f.name === 'resent-bcc')
  const added = addedFields(names, additions)
  return {
    header: `${additions.trace}${added}${kept.map(({ text }) => text).join('')}\r\n`,
    bodyAt: skipped + length + blank,
    recipients: recipientsOf(fields.fields, resent ? 'resent-' : ''),
    hasMessageId: names.has('message-id'),
    // Each site puts its line above: the last one is that of whoever wrote the letter.
    returnPath: fromLines.at(-1) ?? returnPathOf(fields.fields),
  }
}

/** Lines up to the first that cannot belong to a header, without their ends; the last may be cut. */
async function headerBlock(source: AsyncIterable<Uint8Array>): Promise<{ lines: string[] }> {
  let text = ''
  for await (const chunk of source) {
    text += Buffer.from(chunk).toString('latin1')
    const end = /\r\n\r\n|^\r\n/.exec(text)
    if (end !== null)
      return {
        lines: text
          .slice(0, end.index + end[0].length)
          .split('\r\n')
          .slice(0, -1),
      }
    if (text.length > intakeLimits.headerBytesMax) break
  }
  const lines = text.split('\r\n')
  // The last line is cut somewhere; were all before it header, we would not know where that ends.
  if (text.length > intakeLimits.headerBytesMax && lines.every((line, at) => isHeaderLine(line) || isCut(lines, at))) {
    const message = `The header of the letter is larger than ${intakeLimits.headerBytesMax} bytes. Nothing was sent.`
    throw new OperatingError(message, { code: 'header-too-large', retry: 'never' })
  }
  return { lines: lines.at(-1) === '' ? lines.slice(0, -1) : lines }
}

function isCut(lines: readonly string[], at: number): boolean {
  return at > 0 && at === lines.length - 1
}

function isHeaderLine(line: string): boolean {
  return fieldPattern.test(line) || /^[ \t]/.test(line) || fromLinePattern.test(line)
}

/** An mbox or UUCP envelope before the header (`From alice Sat Jan 3 …`, `>From bob … remote from site`). */
function withoutFromLines(lines: readonly string[]): {
  lines: readonly string[]
  fromLines: string[]
  skipped: number
} {
  const fromLines: string[] = []
  let skipped = 0
  let at = 0
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const sender = fromLinePattern.exec(line)?.[1]
    if (sender === undefined) break
    const remote = /[ \t]remote from[ \t]+(\S+)[ \t]*$/.exec(line)?.[1]
    fromLines.push(remote === undefined ? sender : `${remote}!${sender}`)
    skipped += line.length + 2
  }
  return { lines: lines.slice(at), fromLines, skipped }
}

interface Field {
  /** Lower case. */
  readonly name: string
  /** With its line ends. */
  readonly text: string
}

function fieldsOf(lines: readonly string[]): { fields: Field[]; lines: number } {
  const fields: { name: string; text: string }[] = []
  let at = 0
  for (; at < lines.length; at += 1) {
    const line = lines[at] ?? ''
    const last = fields.at(-1)
    const name = fieldPattern.exec(line)?.[1]
    if (name !== undefined) fields.push({ name: name.toLowerCase(), text: `${line}\r\n` })
    else if (last !== undefined && /^[ \t]/.test(line)) last.text += `${line}\r\n`
    else break
  }
  return { fields, lines: at }
}

function returnPathOf(fields: readonly Field[]): string | null {
  const field = fields.find(({ name }) => name === 'return-path')
  return field === undefined ? null : contentOf(field).trim()
}

function contentOf({ text }: Field): string {
  return text.slice(text.indexOf(':') + 1).replace(/\r\n/g, '')
}

function recipientsOf(fields: readonly Field[], prefix: string): string[] {
  const found = new Set<string>()
  for (const field of fields) {
    if (!field.name.startsWith(prefix) || !recipientFields.has(field.name.slice(prefix.length))) continue
    for (const { mailbox, host } of addressList(contentOf(field), intakeLimits.recipientsMax + 1)) {
      // A name without a host is a group or somebody here.
      if (mailbox !== null && host !== null) found.add(host === '' ? mailbox : `${mailbox}@${host}`)
    }
  }
  return [...found]
}

function addedFields(names: ReadonlySet<string>, { from, date }: Additions): string {
  const lines: string[] = []
  if (from !== null && !names.has('from')) lines.push(`From: ${namedAddress(from)}\r\n`)
  if (date !== null && !names.has('date')) lines.push(`Date: ${date}\r\n`)
  return lines.join('')
}

/** A name from outside can be anything: it becomes one quoted or encoded word (RFC 5322 §3.2.4, RFC 2047). */
function namedAddress({ name, address }: { readonly name: string | null; readonly address: string }): string {
  const plain = (name ?? '')
    .replace(/[\r\n\0]+/g, ' ')
    .trim()
    .slice(0, 100)
  if (plain === '') return `<${address}>`
  if (/^[\x20-\x7e]*$/.test(plain)) return `"${plain.replace(/["\\]/g, '\\$&')}" <${address}>`
  return `${encodedWords(plain)} <${address}>`
}

/** An encoded word has 75 characters at most, and holds whole letters. */
const wordBytesMax = 45

function encodedWords(text: string): string {
  const words = ['']
  for (const letter of text) {
    const last = words.at(-1) ?? ''
    if (Buffer.byteLength(last + letter) > wordBytesMax) words.push(letter)
    else words[words.length - 1] = last + letter
  }
  return words.map(word => `=?utf-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ')
}
