/** For tests: reads a report as strictly as the standards allow, and throws at what a report of ours never has. */
import { assert } from '../../../base/assert.ts'

export type Fields = readonly (readonly [name: string, value: string])[]

export interface ReadReport {
  readonly header: Fields
  readonly text: string
  readonly message: Fields
  readonly recipients: readonly Fields[]
  /** What came back, with the type of its part. */
  readonly original: { readonly type: string; readonly content: string } | undefined
}

/** @param letter latin1, with a `Return-Path:` line or without. */
export function readReport(letter: string): ReadReport {
  const [head, body] = cut(letter.replace(/^Return-Path: <>\r\n/, ''))
  const header = fieldsOf(head)
  assert(!/[^\x20-\x7e\r\n]/.test(head), 'the header of a report is ASCII')
  const type = valueIn(header, 'Content-Type')
  const [, boundary = ''] = /^multipart\/report; report-type=delivery-status; boundary="([^"]+)"$/.exec(type) ?? []
  assert(boundary !== '', `not a report: ${type}`)
  const parts = `\r\n${body}`.split(`\r\n--${boundary}`)
  assert(parts[0] === '' && parts.at(-1) === '--\r\n', 'a report begins and ends with its boundary')
  const [text, status, original, ...more] = parts.slice(1, -1).map(readPart)
  assert(text !== undefined && status !== undefined && more.length === 0, 'a report has two or three parts')
  assert(text.type.startsWith('text/plain;'), 'the first part is for people')
  assert(status.type === 'message/delivery-status', 'the second part is for programs')
  assert(!/[^\x20-\x7e\r\n]/.test(status.content), 'what is for programs is ASCII')
  const [message = [], ...recipients] = status.content.replace(/\r\n$/, '').split('\r\n\r\n').map(fieldsOf)
  assert(recipients.length > 0, 'a report is about somebody')
  return { header, text: text.content, message, recipients, original }
}

export function valueIn(fields: Fields, name: string): string {
  const found = fields.filter(([other]) => other === name)
  assert(found.length === 1, `${name} stands there ${found.length} times`)
  return found[0]?.[1] ?? ''
}

function readPart(part: string): { type: string; content: string } {
  assert(part.startsWith('\r\n'), 'a boundary is a line of its own')
  const [head, content] = cut(part.slice(2))
  const fields = fieldsOf(head)
  const encoding = fields.find(([name]) => name === 'Content-Transfer-Encoding')?.[1]
  const type = valueIn(fields, 'Content-Type')
  assert(encoding === '8bit' || !/[\x80-\xff]/.test(content), 'what is not ASCII says so')
  return { type, content: encoding === 'base64' ? Buffer.from(content, 'base64').toString() : content }
}

function cut(text: string): [string, string] {
  const end = text.indexOf('\r\n\r\n')
  assert(end >= 0, 'a header ends with an empty line')
  return [text.slice(0, end), text.slice(end + 4)]
}

/** RFC 5322 §2.2, folded lines joined. */
function fieldsOf(block: string): Fields {
  for (const line of block.split('\r\n')) {
    assert(line.length <= 998 && !/[\r\n]/.test(line), 'a line is at most 998 characters and ends in CR LF')
  }
  return block
    .replace(/\r\n(?=[ \t])/g, '')
    .split('\r\n')
    .map(line => {
      const match = /^([A-Z][A-Za-z-]*): (.*)$/.exec(line)
      assert(match !== null, `no field: ${JSON.stringify(line)}`)
      return [match[1] ?? '', match[2] ?? '']
    })
}
