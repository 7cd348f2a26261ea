/** How long a file, a function and a line may be. */
import { functionsOf } from '../functions.ts'
import type { Fault, Project, SourceFile } from '../project.ts'
import { isMark, type Token } from '../tokens.ts'

const fileLinesMax = 400
const testFileLinesMax = 800
const functionLinesMax = 70
const lineCharactersMax = 120

const testWords = new Set(['describe', 'suite', 'test', 'it'])

export function* size(project: Project): Iterable<Fault> {
  for (const source of project.sources.values()) {
    yield* fileLength(project, source)
    yield* functionLength(source)
    yield* lineLength(source)
  }
}

function* fileLength(project: Project, source: SourceFile): Iterable<Fault> {
  const isHelper = project.live.has(source.path) && !project.shipped.has(source.path)
  const max = source.isTest || (isHelper && holdsTests(source.code)) ? testFileLinesMax : fileLinesMax
  const count = source.lines.at(-1) === '' ? source.lines.length - 1 : source.lines.length
  if (count <= max) return
  yield { path: source.path, line: max + 1, rule: 'file-length', message: `${count} lines, at most ${max}` }
}

function* functionLength(source: SourceFile): Iterable<Fault> {
  for (const { name, firstLine, lastLine, body } of functionsOf(source.code)) {
    const count = lastLine - firstLine + 1
    // What groups tests is no function to be understood as a whole; each test in it is.
    if (count <= functionLinesMax || holdsTests(body)) continue
    const message = `${name === '' ? 'a function' : name} of ${count} lines, at most ${functionLinesMax}`
    yield { path: source.path, line: firstLine, rule: 'function-length', message }
  }
}

function* lineLength(source: SourceFile): Iterable<Fault> {
  for (const [index, text] of source.lines.entries()) {
    if (text.length <= lineCharactersMax || /\bhttps?:\/\//.test(text)) continue
    const count = Array.from(text).length
    if (count <= lineCharactersMax) continue
    const message = `${count} characters, at most ${lineCharactersMax}`
    yield { path: source.path, line: index + 1, rule: 'line-length', message }
  }
}

/** `test('…`, `describe.each(…`, `it(`: is this the body of a suite? */
function holdsTests(code: readonly Token[]): boolean {
  return code.some((token, index) => {
    if (token.kind !== 'name' || !testWords.has(token.text) || isMark(code[index - 1], '.')) return false
    return isMark(code[index + 1], '(') || isMark(code[index + 1], '.')
  })
}
