/** `npm run screenshots`: the pictures of the guide, made anew by the test that looks at each main view. */
import { ensureBuilt } from './lib/build.mjs'
import { ensureInstalled } from './lib/install.mjs'
import { at } from './lib/repository.mjs'
import { run } from './lib/run.mjs'

await ensureInstalled()
await ensureBuilt()
process.env['POSTHORN_SCREENSHOTS'] = '1'
const vitest = at('node_modules', 'vitest', 'vitest.mjs')
process.exitCode = await run(process.execPath, [vitest, 'run', '--project', 'whole', 'tests/e2e/views.test.ts'])
