/** Header fields (RFC 5322 section 2.2) as binary strings. Broken lines are kept where they are and have no name. */

export interface HeaderField {
  /** Lower case; empty for a line that is no field. */
  readonly name: string
  /** The field as it stands, with its line ends. */
  readonly raw: string
}

/** From and to where each field of a header block is, in order; the blank line at its end is not one. */
function eachField(header: string, field: (start: number, end: number) => void): void {
  let start = 0
  while (start < header.length) {
    let end = lineEnd(header, start)
    if (end - start === 1 || (end - start === 2 && header.charAt(start) === '\r')) break
    while (header[end] === ' ' || header[end] === '\t') end = lineEnd(header, end)
    field(start, end)
    start = end
  }
}

export function headerFields(header: string): HeaderField[] {
  const fields: HeaderField[] = []
  eachField(header, (start, end) => {
    fields.push({ name: nameOf(header, start), raw: header.slice(start, end) })
  })
  return fields
}

const TAB = 9
const SPACE = 32
const COLON = 58
const DELETE = 127
const NAME_LETTERS_MAX = 200

/** Read by hand: this is done for every field of every header that is listed. */
function nameOf(header: string, start: number): string {
  let end = start
  let code = header.charCodeAt(end)
  while (code > SPACE && code < DELETE && code !== COLON) {
    end += 1
    code = header.charCodeAt(end)
  }
  if (end === start || end - start > NAME_LETTERS_MAX) return ''
  let at = end
  while (code === SPACE || code === TAB) {
    at += 1
    code = header.charCodeAt(at)
  }
  return code === COLON ? header.slice(start, end).toLowerCase() : ''
}

function lineEnd(header: string, start: number): number {
  const at = header.indexOf('\n', start)
  return at === -1 ? header.length : at + 1
}

/** What stands after the colon, trimmed; where it was folded there is one space. */
export function fieldValue(field: HeaderField): string {
  const value = field.raw.slice(field.raw.indexOf(':') + 1).trim()
  return value.includes('\n') ? value.replace(/(?:\r?\n[ \t]*)+/g, ' ') : value
}

/** The value of the first field with this name. */
export function firstValue(fields: readonly HeaderField[], name: string): string | undefined {
  const field = fields.find(each => each.name === name)
  return field === undefined ? undefined : fieldValue(field)
}

/** HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 9051 section 6.4.5.1): the chosen fields and the blank line. */
export function chosenFields(header: string, names: ReadonlySet<string>, chosen: boolean): string {
  let text = ''
  // Fields that follow one another are taken together.
  let from = 0
  let to = 0
  eachField(header, (start, end) => {
    if (names.has(nameOf(header, start)) !== chosen) return
    if (start !== to) {
      text += header.slice(from, to)
      from = start
    }
    to = end
  })
  text += header.slice(from, to)
  return text === '' || text.endsWith('\n') ? `${text}\r\n` : `${text}\r\n\r\n`
}
