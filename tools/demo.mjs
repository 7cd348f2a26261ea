/** `npm run demo`: the whole story, two nodes and a stick between them, told while it happens. */
import { ensureBuilt } from './lib/build.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { at } from './lib/repository.mjs'
import { run } from './lib/run.mjs'

await ensureInstalled()
await ensureBuilt()
process.exitCode = await run(process.execPath, [
  '--import',
  'tsx',
  '--conditions=posthorn-source',
  at('tests/demo/demo.ts'),
  ...process.argv.slice(2),
])
