/**
 * `npm run harness -- [--letters 1000] [--seed N] [--minutes 5] [--heal-minutes 10] [--keep DIR]`: real daemons under
 * faults; see docs/reference/harness.md.
 */
import { spawn } from 'node:child_process'
import { ensureBuilt } from './lib/build.mjs'
import { ensureDebianPackages } from './lib/debian.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { at, root } from './lib/repository.mjs'
import { exitCodeOf } from './lib/run.mjs'

await ensureInstalled()
await ensureDebianPackages()
await ensureBuilt()
const options = ['--import', 'tsx', '--conditions=posthorn-source']
const child = spawn(process.execPath, [...options, at('tests/harness/main.ts'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['ignore', 'inherit', 'inherit'],
})
// It takes its namespaces, mounts and loop devices away before it ends.
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.on(signal, () => child.kill(signal))
child.once('exit', (code, signal) => {
  process.exitCode = exitCodeOf(code, signal)
})
