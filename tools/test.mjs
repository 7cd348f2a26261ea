/**
 * `npm test [-- arguments of vitest]`: does all its own set-up, then the static checks, then every test.
 * A failed check does not keep the tests from running: one run shows everything that is wrong.
 */
import { ensureBuilt } from './lib/build.mjs'
import { check } from './lib/check.mjs'
import { ensureDebianPackages } from './lib/debian.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { runAllTests } from './lib/lanes.mjs'
import { runTool } from './lib/run.mjs'

await ensureInstalled()
await ensureDebianPackages()
await ensureBuilt()
const failed = await check()
process.stdout.write('\n== tests (vitest)\n')
const asked = process.argv.slice(2)
const code = asked.length === 0 ? await runAllTests() : await runTool('vitest', 'vitest', ['run', ...asked])
if (failed.length > 0) process.stdout.write(`\nChecks that failed before the tests: ${failed.join(', ')}\n`)
process.exitCode = code === 0 && failed.length > 0 ? 1 : code
