/** All static checks, one after the other; each runs whatever the others said. */

import { at } from './repository.mjs'
import { run, runTool } from './run.mjs'

const steps = [
  { name: 'types (tsc)', run: () => runTool('typescript', 'tsc', ['-b']) },
  { name: 'format and lint (biome)', run: () => runTool('@biomejs/biome', 'biome', ['check', '.']) },
  { name: 'lost promises (oxlint)', run: () => runTool('oxlint', 'oxlint', ['--type-aware']) },
  { name: 'house style (tidy)', run: () => run(process.execPath, ['--import', 'tsx', at('tools', 'tidy.ts')]) },
]

/** @returns {Promise<string[]>} the names of the checks that failed */
export async function check() {
  const failed = []
  for (const step of steps) {
    process.stdout.write(`\n== ${step.name}\n`)
    if ((await step.run()) !== 0) failed.push(step.name)
  }
  process.stdout.write(failed.length === 0 ? '\nAll checks passed.\n' : `\nFailed: ${failed.join(', ')}\n`)
  return failed
}
