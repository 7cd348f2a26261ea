/** An IMAP answer as values, so that two servers can be compared that write the same in other ways. */

export type Value = string | null | Value[]

/** Text of an answer (a binary string) as lists and strings; quoted strings, literals and atoms are all strings. */
export function valuesOf(text: string): Value[] {
  let at = 0
  const literal = () => {
    const [head, size] = /^~?\{(\d+)\}\r\n/.exec(text.slice(at, at + 30)) ?? []
    if (head === undefined) return undefined
    const start = at + head.length
    at = start + Number(size)
    return text.slice(start, at)
  }
  const quoted = () => {
    const [whole = '', inner = ''] = /^"((?:[^"\\]|\\.)*)"/.exec(text.slice(at)) ?? []
    at += whole.length
    return inner.replace(/\\(.)/g, '$1')
  }
  /** An atom goes on through brackets: `BODY[HEADER.FIELDS (FROM)]<0>`. */
  const atom = () => {
    const [whole = ''] = /^(?:[^[\]() \r\n]|\[[^\]]*\])+/.exec(text.slice(at)) ?? []
    at += Math.max(1, whole.length)
    return whole === 'NIL' ? null : whole
  }
  const list = (): Value[] => {
    const values: Value[] = []
    for (;;) {
      while (/[ \r\n]/.test(text.charAt(at))) at += 1
      if (at >= text.length) return values
      if (text.charAt(at) === ')') {
        at += 1
        return values
      }
      if (text.charAt(at) === '(') {
        at += 1
        values.push(list())
      } else values.push(text.charAt(at) === '"' ? quoted() : (literal() ?? atom()))
    }
  }
  return list()
}
