/** `npm run check` */
import { check } from './lib/check.mjs'
import { ensureInstalled } from './lib/install.mjs'

await ensureInstalled()
process.exitCode = (await check()).length === 0 ? 0 : 1
