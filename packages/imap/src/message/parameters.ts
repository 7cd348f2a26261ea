/** Header values with parameters (RFC 2045 section 5.1): Content-Type and the like. RFC 2231 forms stay as they are. */

export interface Parameterised {
  /** Lower case. */
  readonly value: string
  readonly parameters: readonly (readonly [name: string, value: string])[]
}

const PARAMETERS_MAX = 100
const PARAMETER = /[ \t]*([^\s=;"()]{1,200})[ \t]*=[ \t]*(?:"((?:[^"\\]|\\[\s\S])*)"|([^\s;"]*))/y

export function parameterised(text: string): Parameterised {
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
  return { value: value.replace(/\(.*$/, '').trim().toLowerCase(), parameters }
}

export function parameter(of: Parameterised, name: string): string | undefined {
  return of.parameters.find(each => each[0].toLowerCase() === name)?.[1]
}
