/** Header values with parameters (RFC 2045 section 5.1): Content-Type and the like. RFC 2231 forms stay as they are. */

export interface Parameterised {
  /** Lower case. */
  readonly value: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

const PARAMETERS_MAX = 100
const PARAMETER = /[ \t]*([^\s=;"()]{1,200})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"?|([^\s;"]*))/y

/** Comments (RFC 5322 section 3.2.2) are for people, and mean nothing here; strings keep what looks like one. */
export function withoutComments(text: string): string {
  if (!text.includes('(')) return text
  let kept = ''
  let open = 0
  let inString = false
  for (let at = 0; at < text.length; at += 1) {
    const sign = text.charAt(at)
    const escaped = sign === '\\' ? text.charAt(at + 1) : ''
    at += escaped.length
    if (open === 0) {
      if (sign === '"') inString = !inString
      if (sign !== '(' || inString) {
        kept += sign + escaped
        continue
      }
    }
    if (sign === '(') open += 1
    else if (sign === ')') open -= 1
  }
  return kept
}

export function parameterised(written: string): Parameterised {
  const text = withoutComments(written)
  const [value = ''] = /^[^;]*/.exec(text) ?? []
  const parameters: [string, string][] = []
  let at = value.length
  while (text[at] === ';' && parameters.length < PARAMETERS_MAX) {
    PARAMETER.lastIndex = at + 1
    const found = PARAMETER.exec(text)
    if (found !== null) {
      const [, name = '', quoted, bare = ''] = found
      parameters.push([name, quoted === undefined ? bare : quoted.replace(/\\([\s\S])/g, '$1')])
      at = PARAMETER.lastIndex
    } else at += 1
    const next = text.indexOf(';', at)
    at = next === -1 ? text.length : next
  }
  return { value: value.trim().toLowerCase(), parameters }
}

export function parameter(of: Parameterised, name: string): string | undefined {
  return of.parameters.find(each => each[0].toLowerCase() === name)?.[1]
}
