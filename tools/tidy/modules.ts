/** What a module takes from others and gives to them, read off its tokens. */
import { isMark, isName, type Token } from './tokens.ts'

export interface Import {
  readonly specifier: string
  readonly line: number
  /** Gone after compilation. */
  readonly typeOnly: boolean
  /** Names as the other module exports them; `*` for all of them. Empty for an import for its effect. */
  readonly names: readonly string[]
  /** `export … from`: the names under which they go on. */
  readonly passedOn: readonly Export[]
}

export interface Export {
  readonly name: string
  readonly line: number
  readonly isType: boolean
}

interface Named {
  readonly from: string
  readonly to: string
  readonly line: number
  readonly typeOnly: boolean
}

const valueWords = new Set(['function', 'class', 'const', 'let', 'var'])
const typeWords = new Set(['interface', 'type', 'enum', 'namespace'])
const modifiers = new Set(['declare', 'abstract', 'async'])

/** Every `import` and `export … from` of a module, `import()` and `new URL('…', import.meta.url)` too. */
export function importsOf(code: readonly Token[]): readonly Import[] {
  const found: Import[] = []
  for (const [index, token] of code.entries()) {
    if (token.kind !== 'name' || isMark(code[index - 1], '.')) continue
    if (token.text === 'import') found.push(...readImport(code, index))
    else if (token.text === 'export') found.push(...readPassOn(code, index))
    else if (token.text === 'require') found.push(...readRequire(code, index))
    else if (token.text === 'URL' && isName(code[index - 1], 'new')) found.push(...readUrl(code, index))
  }
  return found
}

/** Every name that a module declares for others; not what it passes on. */
export function exportsOf(code: readonly Token[]): readonly Export[] {
  const found: Export[] = []
  for (const [index, token] of code.entries()) {
    if (isName(token, 'export') && !isMark(code[index - 1], '.')) found.push(...readExport(code, index + 1))
  }
  return found
}

/** `@scope/name` or `name` of a bare import; undefined for paths and Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|node:|data:|file:|https?:)/.test(specifier)) return undefined
  const parts = specifier.split('/')
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0]
}

function readImport(code: readonly Token[], index: number): readonly Import[] {
  const line = code[index]?.line ?? 0
  const isMetaResolve = isName(code[index + 2], 'meta') && isName(code[index + 4], 'resolve')
  if (isMark(code[index + 1], '.')) return isMetaResolve ? readCall(code, index + 5, line) : []
  if (isMark(code[index + 1], '(')) return readCall(code, index + 1, line)
  const { names, typeOnly, end } = readClause(code, index + 1)
  const source = isName(code[end], 'from') ? code[end + 1] : code[end]
  if (source?.kind !== 'string') return []
  return [{ specifier: source.text, line, typeOnly, names: names.map(name => name.from), passedOn: [] }]
}

function readPassOn(code: readonly Token[], index: number): readonly Import[] {
  const { names, typeOnly, end } = readClause(code, index + 1)
  const source = code[end + 1]
  if (!isName(code[end], 'from') || source?.kind !== 'string') return []
  const line = code[index]?.line ?? 0
  const passedOn = names.map(name => exported(name, typeOnly || name.typeOnly))
  return [{ specifier: source.text, line, typeOnly, names: names.map(name => name.from), passedOn }]
}

/** The part between `import` or `export` and `from`. */
function readClause(code: readonly Token[], start: number): { names: Named[]; typeOnly: boolean; end: number } {
  const names: Named[] = []
  let index = start
  const typeWord = isName(code[index], 'type') && !isMark(code[index + 1], ',') && !isName(code[index + 1], 'from')
  if (typeWord) index += 1
  for (let token = code[index]; token !== undefined; token = code[index]) {
    if (isMark(token, '{')) {
      const end = pairEnd(code, index)
      names.push(...readNames(code.slice(index + 1, end)))
      index = end + 1
    } else if (isMark(token, '*')) {
      names.push({ from: '*', to: isName(code[index + 1], 'as') ? (code[index + 2]?.text ?? '*') : '*', ...at(token) })
      index += isName(code[index + 1], 'as') ? 3 : 1
    } else if (token.kind === 'name' && token.text !== 'from') {
      names.push({ from: 'default', to: token.text, ...at(token) })
      index += 1
    } else if (isMark(token, ',')) index += 1
    else break
  }
  const typeOnly = typeWord || (names.length > 0 && names.every(name => name.typeOnly))
  return { names, typeOnly, end: index }
}

function at(token: Token): { line: number; typeOnly: boolean } {
  return { line: token.line, typeOnly: false }
}

/** `a, type b, c as d`. */
function readNames(inside: readonly Token[]): readonly Named[] {
  const found: Named[] = []
  let entry: Token[] = []
  for (const token of [...inside, { kind: 'mark', text: ',', line: 0 } as const]) {
    if (!isMark(token, ',')) {
      entry.push(token)
      continue
    }
    const typeOnly = isName(entry[0], 'type') && entry.length > 1 && !isName(entry[1], 'as')
    const [from, , to] = typeOnly ? entry.slice(1) : entry
    if (from !== undefined) found.push({ from: from.text, to: (to ?? from).text, line: from.line, typeOnly })
    entry = []
  }
  return found
}

/** `require(…)` and `require.resolve(…)`. */
function readRequire(code: readonly Token[], index: number): readonly Import[] {
  const isResolve = isMark(code[index + 1], '.') && isName(code[index + 2], 'resolve')
  return readCall(code, isResolve ? index + 3 : index + 1, code[index]?.line ?? 0)
}

/** A call with one string, whose bracket is at `open`. */
function readCall(code: readonly Token[], open: number, line: number): readonly Import[] {
  const argument = code[open + 1]
  return isMark(code[open], '(') && argument?.kind === 'string' ? [everything(argument.text, line)] : []
}

function readUrl(code: readonly Token[], index: number): readonly Import[] {
  const argument = code[index + 2]
  const isRelative = argument?.kind === 'string' && argument.text.startsWith('.') && isName(code[index + 4], 'import')
  return isRelative ? [everything(argument.text, argument.line)] : []
}

function everything(specifier: string, line: number): Import {
  return { specifier, line, typeOnly: false, names: ['*'], passedOn: [] }
}

function readExport(code: readonly Token[], start: number): readonly Export[] {
  let index = start
  while (modifiers.has(code[index]?.text ?? '')) index += 1
  const word = code[index]
  if (word === undefined) return []
  if (isName(word, 'default')) return [{ name: 'default', line: word.line, isType: false }]
  if (isMark(word, '{') || (isName(word, 'type') && isMark(code[index + 1], '{'))) {
    return readExportList(code, isMark(word, '{') ? index : index + 1, isName(word, 'type'))
  }
  const isType = typeWords.has(word.text)
  if (!isType && !valueWords.has(word.text)) return []
  index += isMark(code[index + 1], '*') || isName(code[index + 1], 'enum') ? 2 : 1
  const name = code[index]
  if (isMark(name, '{')) return readNames(code.slice(index + 1, pairEnd(code, index))).map(n => exported(n, false))
  return name?.kind === 'name' ? [{ name: name.text, line: name.line, isType }] : []
}

function readExportList(code: readonly Token[], open: number, isType: boolean): readonly Export[] {
  const end = pairEnd(code, open)
  if (isName(code[end + 1], 'from')) return []
  return readNames(code.slice(open + 1, end)).map(name => exported(name, isType || name.typeOnly))
}

function exported(name: Named, isType: boolean): Export {
  return { name: name.to, line: name.line, isType }
}

/** The index of the brace that closes the one at `open`. */
function pairEnd(code: readonly Token[], open: number): number {
  let depth = 0
  for (let index = open; index < code.length; index += 1) {
    if (isMark(code[index], '{')) depth += 1
    if (isMark(code[index], '}')) depth -= 1
    if (depth === 0) return index
  }
  return code.length
}
