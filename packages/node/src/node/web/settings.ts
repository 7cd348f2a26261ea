/** What who looks after the node sets for all of it. */
import type { settingsMethods } from '@posthorn/api'
import type { Handlers } from '../../services/web-server/handlers.ts'
import { refusal } from '../people.ts'
import { renewSoon } from '../renewal.ts'
import type { ServedNode } from '../served.ts'

export type SettingsHandlers = Handlers<Exclude<keyof typeof settingsMethods, 'backup.prepare'>>

export function settingsHandlers(node: ServedNode): SettingsHandlers {
  const { lan, by, fault } = node.openness
  const { nodeSettings } = node.directory
  return {
    'settings.show': async () => {
      // Who has shut it since is told of no fault.
      const lanFault = nodeSettings.get().lan === true ? fault : null
      return { name: node.name, domain: node.domain, lan, lanBy: by, lanFault }
    },
    async 'settings.change'({ lan: wanted }) {
      if (by === 'file') {
        const message =
          'posthorn.toml says whether this node is open (listen.lan): who runs the machine changes it there.'
        throw refusal('set-in-file', message)
      }
      await nodeSettings.setLan(wanted)
      // Opened by the command that started it, it is open until it is started otherwise.
      const restarts = by === 'setting' && wanted !== lan
      if (restarts) renewSoon(node)
      return { restarts }
    },
  }
}
