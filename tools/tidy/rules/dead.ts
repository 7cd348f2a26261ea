/** What nothing uses: files that nobody reaches, exports that nobody imports. */
import { type Fault, type Project, type SourceFile, target } from '../project.ts'

export function* dead(project: Project): Iterable<Fault> {
  const used = usedNames(project)
  const open = packageFaces(project)
  for (const path of project.texts.keys()) {
    if (isPart(path) && !project.live.has(path)) {
      yield { path, line: 1, rule: 'dead-file', message: 'nothing imports it: no entry point, no test' }
    }
  }
  for (const source of project.sources.values()) {
    if (open.has(source.path) || !project.live.has(source.path)) continue
    const names = used.get(source.path)
    for (const { name, line, isType } of source.exports) {
      if (names?.has(name) || names?.has('*') || (isType && mentions(source, name) > 1)) continue
      yield { path: source.path, line, rule: 'dead-export', message: `${name}: no other file imports it` }
    }
    for (const { name, line, isType } of source.imports.flatMap(item => item.passedOn)) {
      if (name === '*' || isType || names?.has(name) || names?.has('*')) continue
      yield { path: source.path, line, rule: 'dead-export', message: `${name}: passed on, and no file imports it here` }
    }
  }
}

function isPart(path: string): boolean {
  return (
    /^(packages\/[^/]+\/src|tests|tools|bench)\/.*\.(ts|mts|tsx|mjs|js|sql|css)$/.test(path) && !path.endsWith('.d.ts')
  )
}

/** Entry points, with all files that they pass on whole: their names are for others. */
function packageFaces(project: Project): ReadonlySet<string> {
  const open = new Set(project.packages.flatMap(item => [...item.entries]))
  for (const path of open) {
    for (const item of project.sources.get(path)?.imports ?? []) {
      const to = item.passedOn.some(({ name }) => name === '*') ? target(project, path, item.specifier) : undefined
      if (to !== undefined) open.add(to)
    }
  }
  for (const path of project.sources.keys()) if (/\.config\.\w+$|\.d\.ts$/.test(path)) open.add(path)
  return open
}

/** For each file the names that others take from it. */
function usedNames(project: Project): ReadonlyMap<string, ReadonlySet<string>> {
  const used = new Map<string, Set<string>>()
  for (const source of project.sources.values()) {
    for (const item of source.imports) {
      const to = target(project, source.path, item.specifier)
      if (to === undefined) continue
      const names = used.get(to) ?? new Set()
      used.set(to, names)
      for (const name of item.names) names.add(name)
    }
  }
  return used
}

/** A type that only its own file uses may still be the shape of something exported. */
function mentions(source: SourceFile, name: string): number {
  return source.code.filter(token => token.kind === 'name' && token.text === name).length
}
