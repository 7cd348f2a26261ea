/** What who looks after the node may set for all of it. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { count, filePath, nothing } from '../values.ts'

export const settingsView = v.object({
  name: v.string(),
  domain: v.string(),
  /** Whether mail and web are open to the local network now. */
  lan: v.boolean(),
  /** Who decides that: a setting made here, `listen.lan` in posthorn.toml, or `--lan` at the start. */
  lanBy: v.picklist(['setting', 'file', 'start']),
  /** Why it is not open although that was set here: the next start tries again. */
  lanFault: v.nullable(v.string()),
})
export type SettingsView = v.InferOutput<typeof settingsView>

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
  'backup.prepare': does('admin', {
    about:
      'Where to fetch a backup of the whole node, sealed with this passphrase: once, within minutes. ' +
      'It is made while it is fetched.',
    params: v.strictObject({
      passphrase: v.pipe(v.string(), v.minLength(1), v.maxLength(apiLimits.passwordLettersMax)),
    }),
    result: v.object({
      path: filePath,
      /** About how large it becomes. */
      sizeBytes: count,
    }),
  }),
}
