/** Rules for every text: no characters that hide, SQL in the stores alone, links in documents that lead somewhere. */
import { posix } from 'node:path'
import { type Fault, isText, type Project } from '../project.ts'

/** Controls but line feed and tab, soft hyphen, zero-width and bidirectional characters, separators, byte order. */
const hiddenRanges: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x061c, 0x061c],
  // 0x200d, the zero-width joiner, is not among them: emoji are made with it.
  [0x200b, 0x200c],
  [0x200e, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x2069],
  [0xfeff, 0xfeff],
]

export function* texts(project: Project): Iterable<Fault> {
  for (const [path, text] of project.texts) {
    yield* hiddenCharacters(path, text)
    if (path.endsWith('.md')) yield* brokenLinks(project, path, text)
  }
  for (const source of project.sources.values()) {
    if (source.path.startsWith('packages/node/src/stores/')) continue
    for (const { specifier, line } of source.imports) {
      if (!specifier.endsWith('.sql')) continue
      yield { path: source.path, line, rule: 'sql', message: `${specifier}: only stores/ may know SQL` }
    }
  }
}

function* hiddenCharacters(path: string, text: string): Iterable<Fault> {
  for (const [index, line] of text.split('\n').entries()) {
    const code = Array.from(line, char => char.codePointAt(0) ?? 0).find(isHidden)
    if (code === undefined) continue
    const message = `U+${code.toString(16).toUpperCase().padStart(4, '0')}: write it as an escape, or leave it out`
    yield { path, line: index + 1, rule: 'hidden-character', message }
  }
}

function isHidden(code: number): boolean {
  return hiddenRanges.some(([first, last]) => code >= first && code <= last)
}

function* brokenLinks(project: Project, path: string, text: string): Iterable<Fault> {
  let inCode = false
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(```|~~~)/.test(line)) inCode = !inCode
    if (inCode) continue
    for (const [, link = ''] of line.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^([a-z][a-z+.-]*:|#)/i.test(link)) continue
      const to = posix.join(posix.dirname(path), link.replace(/#.*$/, ''))
      if (!isThere(project, to)) yield { path, line: index + 1, rule: 'broken-link', message: `${link} leads nowhere` }
    }
  }
}

/** Of folders and of files whose endings are not read nothing is known: they pass. */
function isThere(project: Project, path: string): boolean {
  return project.texts.has(path) || !isText(path)
}
