/** Whether a node is open to the local network, and who says so. */
import type { Directory } from '../stores/directory/index.ts'
import type { Config } from './config/config.ts'

export interface Openness {
  readonly lan: boolean
  /** `--lan` at the start, `listen.lan` in posthorn.toml, or what was set in the web. */
  readonly by: 'start' | 'file' | 'setting'
}

/** What an operator wrote holds; what nobody said is no. */
export function opennessOf(
  { listen }: Config,
  { nodeSettings }: Pick<Directory, 'nodeSettings'>,
  start: { readonly lan: boolean },
): Openness {
  if (start.lan) return { lan: true, by: 'start' }
  if (listen.lan !== undefined) return { lan: listen.lan, by: 'file' }
  return { lan: nodeSettings.get().lan ?? false, by: 'setting' }
}
