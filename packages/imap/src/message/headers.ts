/** Header fields (RFC 5322 section 2.2) as binary strings. Broken lines are kept where they are and have no name. */

export interface HeaderField {
  /** Lower case; empty for a line that is no field. */
  readonly name: string
  /** The field as it stands, with its line ends. */
  readonly raw: string
}

/** The fields of a header block, in order; the blank line at its end is not one. */
export function headerFields(header: string): HeaderField[] {
  const fields: HeaderField[] = []
  let start = 0
  while (start < header.length) {
    let end = lineEnd(header, start)
    if (end - start === 1 || (end - start === 2 && header.charAt(start) === '\r')) break
    while (header[end] === ' ' || header[end] === '\t') end = lineEnd(header, end)
    const raw = header.slice(start, end)
    fields.push({ name: nameOf(raw), raw })
    start = end
  }
  return fields
}

const COLON = 58
const NAME_LETTERS_MAX = 200

/** Read by hand: this is done for every line of every header that is listed. */
function nameOf(raw: string): string {
  let end = 0
  for (let code = raw.charCodeAt(0); code > 32 && code < 127 && code !== COLON; code = raw.charCodeAt(end)) end += 1
  if (end === 0 || end > NAME_LETTERS_MAX) return ''
  let at = end
  while (raw[at] === ' ' || raw[at] === '\t') at += 1
  return raw.charCodeAt(at) === COLON ? raw.slice(0, end).toLowerCase() : ''
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
export function chosenFields(fields: readonly HeaderField[], names: ReadonlySet<string>, chosen: boolean): string {
  const kept = fields.filter(field => names.has(field.name) === chosen)
  const text = kept.map(field => field.raw).join('')
  return text === '' || text.endsWith('\n') ? `${text}\r\n` : `${text}\r\n\r\n`
}
