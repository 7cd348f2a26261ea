/** Import this before anything of the stores: their `.sql` files are text, as in the built program. */
import { register } from 'node:module'

const hooks = `
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
export async function load(url, context, next) {
  if (!url.endsWith('.sql')) return next(url, context)
  const text = await readFile(fileURLToPath(url), 'utf8')
  return { format: 'module', shortCircuit: true, source: 'export default ' + JSON.stringify(text) }
}`

register(`data:text/javascript,${encodeURIComponent(hooks)}`)
