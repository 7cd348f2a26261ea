/** What was left lying: marks for later, tests switched off, debugging, silenced checks. */
import type { Fault, Project, SourceFile } from '../project.ts'
import { isMark, type Token } from '../tokens.ts'

const later = /\b(TODO|FIXME|XXX|HACK)\b/
const suppressions = [
  /@ts-(ignore|expect-error|nocheck)/,
  /\b(eslint|oxlint|tslint|biome|deno-lint|prettier)-(disable|ignore)/,
  /\b(v8|c8|istanbul) ignore\b/,
]
const testWords = new Set(['test', 'it', 'describe', 'suite', 'bench'])
const contexts = new Set(['context', 'ctx', 'task', 't'])
/** People read what these print. */
const mayPrint = /^(packages\/[^/]+\/(src\/cli|bin)|tools|bench|tests)\//

export function* marks(project: Project): Iterable<Fault> {
  for (const source of project.sources.values()) {
    for (const [index, token] of source.tokens.entries()) {
      if (token.kind === 'comment') yield* inComment(source, token)
      else if (token.kind === 'name') yield* inCode(source, index)
    }
  }
}

function* inComment(source: SourceFile, token: Token): Iterable<Fault> {
  for (const [offset, text] of token.text.split('\n').entries()) {
    const at = { path: source.path, line: token.line + offset }
    const mark = later.exec(text)?.[1]
    if (mark !== undefined) yield { ...at, rule: 'leftover', message: `${mark}: do it, or open an issue` }
    const silenced = suppressions.map(pattern => pattern.exec(text)?.[0]).find(found => found !== undefined)
    if (silenced !== undefined) yield { ...at, rule: 'suppression', message: `${silenced}: mend the cause` }
  }
}

function* inCode(source: SourceFile, index: number): Iterable<Fault> {
  const { tokens } = source
  const token = tokens[index]
  const next = tokens[index + 1]
  if (token === undefined || isMark(tokens[index - 1], '.')) return
  const at = { path: source.path, line: token.line }
  if (token.text === 'debugger' && !isMark(next, ':')) yield { ...at, rule: 'leftover', message: 'debugger' }
  if (!isMark(next, '.')) return
  const call = tokens[index + 2]?.text ?? ''
  if (token.text === 'console' && !mayPrint.test(source.path)) {
    yield { ...at, rule: 'console', message: `console.${call}: use the Log that is handed in` }
  }
  if (testWords.has(token.text) && ['only', 'skip', 'todo'].includes(call) && isMark(tokens[index + 3], '(')) {
    const instead = call === 'only' ? 'remove it' : "call context.skip('reason') in the test, or skipIf"
    yield { ...at, rule: 'skipped-test', message: `${token.text}.${call}: ${instead}` }
  }
  if (contexts.has(token.text) && call === 'skip' && isMark(tokens[index + 3], '(') && !hasReason(tokens, index + 3)) {
    yield { ...at, rule: 'skipped-test', message: `${token.text}.skip without a reason` }
  }
}

/** Is there any text between the brackets? */
function hasReason(tokens: readonly Token[], open: number): boolean {
  let depth = 0
  for (const token of tokens.slice(open)) {
    if (isMark(token, '(')) depth += 1
    if (isMark(token, ')')) depth -= 1
    if (depth === 0) return false
    if ((token.kind === 'string' || token.kind === 'template') && token.text.trim() !== '') return true
  }
  return false
}
