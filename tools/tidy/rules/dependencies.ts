/** Every package declares what it imports, and imports what it declares. */
import { builtinModules } from 'node:module'
import { packageOf } from '../modules.ts'
import { type Fault, type Package, type Project, packageAround, type SourceFile } from '../project.ts'

const builtins = new Set(builtinModules)

export function* dependencies(project: Project): Iterable<Fault> {
  for (const source of project.sources.values()) yield* undeclared(project, source)
  for (const item of project.packages) yield* unused(project, item)
}

function* undeclared(project: Project, source: SourceFile): Iterable<Fault> {
  const home = packageAround(project, source.path)
  for (const { specifier, line } of source.imports) {
    const name = packageOf(specifier)
    if (name === undefined || name === home.name || home.dependencies.has(name)) continue
    if (builtins.has(name)) {
      yield { path: source.path, line, rule: 'node-prefix', message: `write node:${specifier}` }
    } else if (!(isDevelopment(project, source) && mayUseInDevelopment(project, home, name))) {
      const where = home.folder === '' ? 'package.json' : `${home.folder}/package.json`
      yield { path: source.path, line, rule: 'undeclared', message: `${name} is not declared in ${where}` }
    }
  }
}

/** Tests and what only tests reach, tools, benches. */
function isDevelopment(project: Project, source: SourceFile): boolean {
  return source.isTest || packageAround(project, source.path) === project.root || isTestHelper(project, source)
}

function isTestHelper(project: Project, source: SourceFile): boolean {
  return project.live.has(source.path) && !project.shipped.has(source.path)
}

function mayUseInDevelopment(project: Project, home: Package, name: string): boolean {
  if (home.devDependencies.has(name) || project.root.devDependencies.has(name)) return true
  return home === project.root && project.packages.some(item => item.name === name)
}

function* unused(project: Project, item: Package): Iterable<Fault> {
  const used = new Set<string | undefined>()
  for (const source of project.sources.values()) {
    if (!source.path.startsWith(`${item.folder}/`) || source.isTest) continue
    for (const { specifier } of source.imports) used.add(packageOf(specifier))
  }
  const path = `${item.folder}/package.json`
  const lines = project.texts.get(path)?.split('\n') ?? []
  for (const name of item.dependencies) {
    if (used.has(name)) continue
    const line = lines.findIndex(text => text.includes(`"${name}"`)) + 1
    yield { path, line, rule: 'unused-dependency', message: `${name} is declared and never imported` }
  }
}
