/**
 * The tables of promises and of threats name the tests that would fail without them. Here those tests are looked up, so
 * that a table cannot go on naming what is gone.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Row {
  readonly line: number
  /** Paths from the root. */
  readonly files: readonly string[]
  /** Names of tests, `…` for what was left out. */
  readonly names: readonly string[]
}

/**
 * Rows of tables: paths stand in backquotes, names of tests in quotation marks. What a part of the page names before
 * its table counts for all rows of it.
 */
function rowsOf(page: string, column: number): Row[] {
  const rows: Row[] = []
  let before: readonly string[] = []
  let ofPart: readonly string[] = []
  for (const [index, text] of readFileSync(`${root}${page}`, 'utf8').split('\n').entries()) {
    if (text.startsWith('#')) ofPart = []
    if (!text.startsWith('| ')) {
      ofPart = [...ofPart, ...filesIn(text)]
      continue
    }
    const cell = text.split(/(?<!\\)\|/)[column] ?? ''
    const names = [...cell.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name)
    const named = filesIn(cell)
    if (named.length + names.length === 0) continue
    const files = [...named, ...ofPart, ...(/\bsame\b/.test(cell) ? before : [])]
    rows.push({ line: index + 1, files, names })
    before = files
  }
  return rows
}

function filesIn(text: string): string[] {
  return [...text.matchAll(/`([^`\s]+\.tsx?)`/g)].flatMap(([, path = '']) => {
    const found = tests.filter(file => file === path || file.endsWith(`/${path}`))
    return found.length === 0 ? [path] : found
  })
}

const tests: readonly string[] = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], {
  cwd: root,
  encoding: 'utf8',
}).split('\n')

const sources = new Map<string, string>()

function sourceOf(path: string): string {
  const known = sources.get(path)
  if (known !== undefined) return known
  const source = existsSync(`${root}${path}`) ? readFileSync(`${root}${path}`, 'utf8').replace(/\s+/g, ' ') : ''
  sources.set(path, source)
  return source
}

function has(path: string, name: string): boolean {
  let from = 0
  return name.split('…').every(part => {
    const at = sourceOf(path).indexOf(part.trim(), from)
    from = at + part.length
    return at >= 0
  })
}

function faultsOf(page: string, column: number): string[] {
  return rowsOf(page, column).flatMap(({ line, files, names }) => [
    ...files.filter(file => sourceOf(file) === '').map(file => `${page}:${line} there is no ${file}`),
    ...names.filter(name => !files.some(file => has(file, name))).map(name => `${page}:${line} no test "${name}"`),
  ])
}

describe('tables that name tests', () => {
  it('find the rows, and miss what is not there', () => {
    expect(rowsOf('docs/reference/threats.md', 2).length).toBeGreaterThan(50)
    expect(has('tools/shown-in.test.ts', 'find the … what is not there')).toBe(true)
    expect(has('tools/shown-in.test.ts', ['find', 'the', 'tows'].join(' '))).toBe(false)
  })

  it.each([
    ['docs/reference/threats.md', 2],
    ['docs/reference/guarantees.md', 3],
  ] as const)('%s names only tests that there are', (page, column) => {
    expect(faultsOf(page, column)).toEqual([])
  })
})
