/** Where the functions of a module begin and end. */
import { isMark, isName, pairBrackets, type Token } from './tokens.ts'

export interface FunctionSpan {
  /** Empty for one without a name. */
  readonly name: string
  readonly firstLine: number
  readonly lastLine: number
  /** Its body without comments. */
  readonly body: readonly Token[]
}

/** What looks like `name(…) {` and is no function. */
const controlWords = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'return', 'await', 'import', 'super'])
/** No type goes on past these, so what follows `):` was not a return type. */
const statementWords = new Set(
  'if for while do switch case return throw const let var new await yield break continue try class function'.split(' '),
)

const typeOperators = new Set('is keyof readonly extends asserts infer unique typeof'.split(' '))

/** Functions with a body, methods and arrow functions with braces, outer ones before those inside them. */
export function functionsOf(code: readonly Token[]): readonly FunctionSpan[] {
  const pairs = pairBrackets(code)
  const found: FunctionSpan[] = []
  for (const [index, token] of code.entries()) {
    const open = isMark(token, '=>') ? index + 1 : isMark(token, '(') ? bodyAfter(code, pairs, index) : undefined
    const close = open === undefined || !isMark(code[open], '{') ? undefined : pairs.get(open)
    if (open === undefined || close === undefined) continue
    found.push({
      name: isMark(token, '(') ? nameBefore(code, index) : '',
      firstLine: token.line,
      lastLine: code[close]?.line ?? 0,
      body: code.slice(open + 1, close),
    })
  }
  return found
}

/** The index of the brace that opens the body of a function whose parameters begin at `open`. */
function bodyAfter(code: readonly Token[], pairs: ReadonlyMap<number, number>, open: number): number | undefined {
  const before = code[open - 1]
  if (before?.kind === 'name' && controlWords.has(before.text) && !isMark(code[open - 2], '.')) return undefined
  const close = pairs.get(open)
  if (close === undefined) return undefined
  if (isMark(code[close + 1], '{')) return close + 1
  return isMark(code[close + 1], ':') ? afterType(code, pairs, close + 2) : undefined
}

/** The first brace that is not part of the type beginning at `start`. */
function afterType(code: readonly Token[], pairs: ReadonlyMap<number, number>, start: number): number | undefined {
  let typeExpected = true
  for (let index = start; index < code.length; index += 1) {
    const token = code[index]
    if (token === undefined || endsType(token, code[index + 1], typeExpected)) return undefined
    if (isMark(token, ',') && !insideAngles(code, start, index)) return undefined
    if (isMark(token, '{') && !typeExpected) return index
    typeExpected = endsOpen(token)
    if (isMark(token, '(') || isMark(token, '[') || isMark(token, '{')) {
      index = pairs.get(index) ?? code.length
      typeExpected = false
    }
  }
  return undefined
}

/** Does the type end here, without a body behind it? */
function endsType(token: Token, next: Token | undefined, typeExpected: boolean): boolean {
  if (isMark(token, '=>')) return isMark(next, '{')
  if (token.kind === 'mark') return [';', ')', ']', '}', '='].includes(token.text)
  if (token.kind !== 'name') return false
  // Two names in a row: a signature without a body, and the next member.
  return statementWords.has(token.text) || !(typeExpected || typeOperators.has(token.text))
}

/** Must a type follow this token? */
function endsOpen(token: Token): boolean {
  if (token.kind === 'mark') return ['|', '&', '<', ',', '=>', ':', '?', '.'].includes(token.text)
  return token.kind === 'name' && typeOperators.has(token.text)
}

function insideAngles(code: readonly Token[], start: number, end: number): boolean {
  let depth = 0
  for (const token of code.slice(start, end)) {
    if (isMark(token, '<')) depth += 1
    if (isMark(token, '>')) depth -= 1
  }
  return depth > 0
}

/** The name before a parameter list, past type parameters. */
function nameBefore(code: readonly Token[], open: number): string {
  let index = open - 1
  if (isMark(code[index], '>')) {
    for (let depth = 0; index >= 0; index -= 1) {
      if (isMark(code[index], '>')) depth += 1
      if (isMark(code[index], '<')) depth -= 1
      if (depth === 0) break
    }
    index -= 1
  }
  const token = code[index]
  return token?.kind === 'name' && !isName(token, 'function') && !isName(token, 'async') ? token.text : ''
}
