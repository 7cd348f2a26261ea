/** Makes `node_modules` right. The other tools do it by themselves; this is for doing only that. */
import { ensureInstalled } from './lib/install.mjs'

await ensureInstalled()
