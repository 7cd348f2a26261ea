/**
 * House style as a test: layers, declared imports, sizes, dead code, things left lying.
 *
 * Prints each fault as `path:line rule message` and exits with 1 when there is any. CONTRIBUTING.md lists the rules.
 */
import { fileURLToPath } from 'node:url'
import { type Fault, makeProject, type Project, type Rule, readTree } from './tidy/project.ts'
import { dead } from './tidy/rules/dead.ts'
import { dependencies } from './tidy/rules/dependencies.ts'
import { layers } from './tidy/rules/layers.ts'
import { marks } from './tidy/rules/marks.ts'
import { pageRules } from './tidy/rules/pages.ts'
import { platform } from './tidy/rules/platform.ts'
import { size } from './tidy/rules/size.ts'
import { texts } from './tidy/rules/texts.ts'

const rules: readonly Rule[] = [layers, platform, dependencies, size, dead, marks, texts, pageRules]

/** All faults, by path and line. */
export function tidy(project: Project): readonly Fault[] {
  const faults = rules.flatMap(rule => [...rule(project)])
  return faults.sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
}

/** One line for a person or an editor. */
export function lineOf({ path, line, rule, message }: Fault): string {
  return `${path}:${line} ${rule} ${message}`
}

/** This checkout as it is on the disk. */
export function checkout(): Project {
  return makeProject(readTree(fileURLToPath(new URL('..', import.meta.url))))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const faults = tidy(checkout())
  for (const fault of faults) process.stdout.write(`${lineOf(fault)}\n`)
  process.stdout.write(faults.length === 0 ? 'Tidy.\n' : `${faults.length} faults.\n`)
  process.exitCode = faults.length === 0 ? 0 : 1
}
