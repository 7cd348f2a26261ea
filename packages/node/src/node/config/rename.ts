/** Another name for a node on which nobody lives yet: one line of the operator's file, and nothing else of it. */
import { readFile } from 'node:fs/promises'
import { OperatingError } from '../../base/errors.ts'
import { writePrivateFile } from '../home.ts'
import { parseConfig } from './config.ts'

/**
 * Durable when it resolves.
 * @throws OperatingError `cannot-rename`: the file is written otherwise; it stays as it is.
 */
export async function renameNode(path: string, name: string): Promise<void> {
  const text = renamed(await readFile(path, 'utf8'), name)
  if (text === undefined) {
    const message =
      'The name in posthorn.toml cannot be changed from here. Change node.name there, and start the node again.'
    throw new OperatingError(message, { code: 'cannot-rename', retry: 'never' })
  }
  await writePrivateFile(path, text)
}

/** Undefined where another text would not say the same but for the name. */
export function renamed(text: string, name: string): string | undefined {
  const changed = text.replace(/^(\[node\][^[]*?^name *= *)"[^"\\\n]*"/m, (_, before: string) => `${before}"${name}"`)
  const [old, fresh] = [parseConfig(text), parseConfig(changed)]
  if (!('config' in old) || !('config' in fresh) || fresh.config.node.name !== name) return undefined
  const wanted = { ...old.config, node: { ...old.config.node, name } }
  return JSON.stringify(wanted) === JSON.stringify(fresh.config) ? changed : undefined
}
