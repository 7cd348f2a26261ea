/**
 * The whole tree as the rules see it: texts, packages, and who imports whom. Made of a map of texts, so that tests need
 * no disk.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { type Export, exportsOf, type Import, importsOf } from './modules.ts'
import { type Token, tokenize } from './tokens.ts'

export interface Fault {
  readonly path: string
  readonly line: number
  readonly rule: string
  readonly message: string
}

export type Rule = (project: Project) => Iterable<Fault>

export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string
  readonly lines: readonly string[]
  readonly isTest: boolean
  readonly tokens: readonly Token[]
  /** Tokens without comments. */
  readonly code: readonly Token[]
  readonly imports: readonly Import[]
  readonly exports: readonly Export[]
}

export interface Package {
  /** `packages/nncp`; empty for the root. */
  readonly folder: string
  readonly name: string
  readonly dependencies: ReadonlySet<string>
  readonly devDependencies: ReadonlySet<string>
  /** Files that others may import or run. */
  readonly entries: ReadonlySet<string>
}

export interface Project {
  readonly texts: ReadonlyMap<string, string>
  readonly sources: ReadonlyMap<string, SourceFile>
  readonly root: Package
  readonly packages: readonly Package[]
  /** What each source file refers to inside the tree. */
  readonly edges: ReadonlyMap<string, ReadonlySet<string>>
  /** Reached from what is shipped: package entries, bins, command lines. */
  readonly shipped: ReadonlySet<string>
  /** Reached from anything that is run: the above, tests, tools, benches. */
  readonly live: ReadonlySet<string>
}

const foldersPassedOver = new Set(['node_modules', 'dist', 'coverage'])
const textEndings = /\.(ts|mts|tsx|mjs|js|sql|json|md|css|html|toml|yml)$/
const sourceEnding = /\.(ts|mts|tsx|mjs|js)$/

/** Is it a kind of file that `readTree` reads? */
export function isText(path: string): boolean {
  return textEndings.test(path)
}

/** Reads every text of a checkout that could be somebody's work. Links are not followed. */
export function readTree(root: string): ReadonlyMap<string, string> {
  const texts = new Map<string, string>()
  const visit = (folder: string): void => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = posix.join(folder, entry.name)
      if (entry.isDirectory() && !entry.name.startsWith('.') && !foldersPassedOver.has(entry.name)) visit(path)
      if (entry.isFile() && textEndings.test(entry.name)) texts.set(path, readFileSync(join(root, path), 'utf8'))
    }
  }
  visit('')
  return texts
}

export function makeProject(texts: ReadonlyMap<string, string>): Project {
  const sources = new Map<string, SourceFile>()
  for (const [path, text] of texts) if (sourceEnding.test(path)) sources.set(path, readSource(path, text))
  const root = readPackage('', texts)
  const packages = [...texts.keys()]
    .filter(path => /^packages\/[^/]+\/package\.json$/.test(path))
    .map(path => readPackage(posix.dirname(path), texts))
  const resolve = (from: string, specifier: string) => resolveImport(from, specifier, texts, packages)
  const edges = new Map([...sources.values()].map(source => [source.path, edgesOf(source, resolve, texts)]))
  const entries = packages.flatMap(item => [...item.entries])
  const isRun = (source: SourceFile) => source.isTest || isProgram(source.path)
  const programs = [...sources.values()].filter(isRun).map(source => source.path)
  const shipped = reach(entries, edges)
  return { texts, sources, root, packages, edges, shipped, live: reach([...entries, ...programs], edges) }
}

/** The package that a file belongs to. */
export function packageAround(project: Project, path: string): Package {
  return project.packages.find(item => path.startsWith(`${item.folder}/`)) ?? project.root
}

/** Which file of the tree an import means, if any. */
export function target(project: Project, from: string, specifier: string): string | undefined {
  return resolveImport(from, specifier, project.texts, project.packages)
}

function readSource(path: string, text: string): SourceFile {
  const tokens = tokenize(text, { jsx: path.endsWith('.tsx') })
  const code = tokens.filter(token => token.kind !== 'comment')
  const isTest = /\.test\.(ts|mts|tsx|mjs)$/.test(path)
  return { path, lines: text.split('\n'), isTest, tokens, code, imports: importsOf(code), exports: exportsOf(code) }
}

/** Files that people or package scripts start by their names. */
function isProgram(path: string): boolean {
  if (/^tests\/(demo\/demo|simulation\/soak)\.ts$/.test(path)) return true
  return /^(tools\/[^/]+|bench\/([^/]+\/)?[^/]+|(packages\/[^/]+\/)?[^/]+\.config\.\w+)$/.test(path)
}

function readPackage(folder: string, texts: ReadonlyMap<string, string>): Package {
  const manifest: unknown = JSON.parse(texts.get(posix.join(folder, 'package.json')) ?? '{}')
  const names = (...keys: string[]) => new Set(keys.flatMap(key => Object.keys(objectOf(objectOf(manifest)[key]))))
  const name = objectOf(manifest)['name']
  const given = [...stringsIn(objectOf(manifest)['exports']), ...stringsIn(objectOf(manifest)['bin'])]
  const entries = new Set(given.map(path => posix.join(folder, path)).filter(path => texts.has(path)))
  // The bundle that `bin` loads, and the page that a browser loads, are made of these.
  for (const name of ['src/cli/main.ts', 'src/main.tsx']) {
    const main = posix.join(folder, name)
    if (texts.has(main)) entries.add(main)
  }
  return {
    folder,
    name: typeof name === 'string' ? name : folder,
    dependencies: names('dependencies', 'peerDependencies'),
    devDependencies: names('devDependencies', 'optionalDependencies'),
    entries,
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function stringsIn(value: unknown): readonly string[] {
  return typeof value === 'string' ? [value] : Object.values(objectOf(value)).flatMap(stringsIn)
}

function resolveImport(
  from: string,
  specifier: string,
  texts: ReadonlyMap<string, string>,
  packages: readonly Package[],
): string | undefined {
  if (specifier.startsWith('.')) {
    const path = posix.join(posix.dirname(from), specifier)
    return texts.has(path) ? path : undefined
  }
  const owner = packages.find(item => specifier === item.name || specifier.startsWith(`${item.name}/`))
  if (owner === undefined) return undefined
  const rest = specifier.slice(owner.name.length + 1)
  const choices = rest === '' ? ['src/index.ts'] : [`src/${rest}.ts`, `src/${rest}/index.ts`]
  return choices.map(choice => `${owner.folder}/${choice}`).find(path => texts.has(path))
}

/** Imports, and strings that name a file beside this one or from the root: children that are started. */
function edgesOf(
  source: SourceFile,
  resolve: (from: string, specifier: string) => string | undefined,
  texts: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const found = new Set<string>()
  for (const item of source.imports) {
    const path = resolve(source.path, item.specifier)
    if (path !== undefined) found.add(path)
  }
  for (const token of source.code) {
    if (token.kind !== 'string' || !textEndings.test(token.text)) continue
    const beside = posix.join(posix.dirname(source.path), token.text)
    for (const path of [beside, token.text]) if (texts.has(path)) found.add(path)
  }
  return found
}

function reach(from: readonly string[], edges: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting = [...from]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue
    reached.add(path)
    waiting.push(...(edges.get(path) ?? []))
  }
  return reached
}
