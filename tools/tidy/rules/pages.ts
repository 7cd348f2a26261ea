/** The pages of packages/web: words are in words.ts, styles are used and turn with the direction of writing. */
import { posix } from 'node:path'
import type { Fault, Project, SourceFile } from '../project.ts'
import { isMark, isName } from '../tokens.ts'

const pages = 'packages/web/src/'
/** Ways by which a text of somebody else could become a part of the page. */
const unsafe = new Set('dangerouslySetInnerHTML innerHTML outerHTML insertAdjacentHTML srcdoc srcDoc'.split(' '))
/** What is left or right stays so where one writes from right to left. */
const physical =
  /(?:^|[;{\s])((?:margin|padding|border)-(?:left|right)|left|right|(?:text-align|float):\s*(?:left|right))\b\s*[:;]/

export function* pageRules(project: Project): Iterable<Fault> {
  for (const source of project.sources.values()) {
    if (!source.path.startsWith(pages) || source.isTest) continue
    yield* words(source)
    yield* classes(project, source)
  }
  for (const [path, text] of project.texts) {
    if (path.startsWith(pages) && path.endsWith('.css')) yield* directions(path, text)
  }
}

function* words(source: SourceFile): Iterable<Fault> {
  for (const { kind, text, line } of source.code) {
    if (kind === 'text' && /\p{Letter}/u.test(text)) {
      const message = `${text.trim().slice(0, 30)}: write it in words.ts, so that it can be translated`
      yield { path: source.path, line, rule: 'literal-text', message }
    }
    if (kind === 'name' && unsafe.has(text)) {
      const message = `${text}: a text becomes part of the page. Make elements of it`
      yield { path: source.path, line, rule: 'unsafe-html', message }
    }
  }
}

/** Each class that is asked for is there, and each that is there is asked for. */
function* classes(project: Project, source: SourceFile): Iterable<Fault> {
  for (const { specifier, line } of source.imports.filter(item => item.specifier.endsWith('.module.css'))) {
    const path = posix.join(posix.dirname(source.path), specifier)
    const text = project.texts.get(path)
    if (text === undefined) {
      yield { path: source.path, line, rule: 'styles', message: `${specifier} is not there` }
      continue
    }
    const defined = classesOf(text)
    const { names, any } = askedFor(source)
    for (const [name, at] of names) {
      if (defined.has(name)) continue
      yield { path: source.path, line: at, rule: 'styles', message: `.${name} is not in ${specifier}` }
    }
    for (const [name, at] of any ? [] : defined) {
      if (names.has(name) || isSharedBy(project, path) > 1) continue
      yield { path, line: at, rule: 'styles', message: `.${name} is not used by ${posix.basename(source.path)}` }
    }
  }
}

/** `css['row']`; `any` when a name is computed, so that nobody knows which are used. */
function askedFor({ code }: SourceFile): { names: ReadonlyMap<string, number>; any: boolean } {
  const names = new Map<string, number>()
  let any = false
  for (const [index, token] of code.entries()) {
    if (!isName(token, 'css') || !isMark(code[index + 1], '[')) continue
    const name = code[index + 2]
    if (name?.kind === 'string' && isMark(code[index + 3], ']')) names.set(name.text, name.line)
    else any = true
  }
  return { names, any }
}

function classesOf(text: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  const plain = text.replace(/\/\*[\s\S]*?\*\/|"[^"]*"|url\([^)]*\)/g, part => part.replace(/[^\n]/g, ' '))
  for (const [index, line] of plain.split('\n').entries()) {
    for (const [, name = ''] of line.matchAll(/\.(-?[A-Za-z_][\w-]*)/g))
      if (!found.has(name)) found.set(name, index + 1)
  }
  return found
}

function isSharedBy(project: Project, path: string): number {
  return [...project.edges.values()].filter(edges => edges.has(path)).length
}

function* directions(path: string, text: string): Iterable<Fault> {
  for (const [index, line] of text.split('\n').entries()) {
    const found = physical.exec(line)?.[1]
    if (found === undefined) continue
    const message = `${found}: write inline-start or inline-end, for those who write from right to left`
    yield { path, line: index + 1, rule: 'styles', message }
  }
}
