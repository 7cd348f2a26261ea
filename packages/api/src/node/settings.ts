/** What who looks after the node may set for all of it. */
import * as v from 'valibot'
import { asks, does } from '../method.ts'
import { nothing } from '../values.ts'

export const settingsView = v.object({
  name: v.string(),
  domain: v.string(),
  /** Whether mail and web are open to the local network now. */
  lan: v.boolean(),
  /** Who decides that: a setting made here, `listen.lan` in posthorn.toml, or `--lan` at the start. */
  lanBy: v.picklist(['setting', 'file', 'start']),
})
export type SettingsView = v.InferOutput<typeof settingsView>

/** A part of everybody's address, so it is chosen while nobody lives here yet. */
export const nodeName = v.pipe(
  v.string(),
  v.trim(),
  v.regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'must be 1 to 40 of a-z, 0-9 and -'),
)

export const settingsMethods = {
  'settings.show': asks('admin', {
    about: 'The node’s name, and whether it is open to the local network.',
    params: nothing,
    result: settingsView,
  }),
  'settings.change': does('admin', {
    about: 'Opens the node to the local network, or shuts it. When `restarts`, it begins anew: seconds without it.',
    params: v.strictObject({ lan: v.boolean() }),
    result: v.object({ restarts: v.boolean() }),
  }),
}
