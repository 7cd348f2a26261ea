/** Whether a node is open to the local network, and who says so. */
import { messageOf } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { type ListenPlace, tryPlace } from '../services/mail-server/index.ts'
import type { Directory } from '../stores/directory/index.ts'
import { type Config, mailListenerNames } from './config/config.ts'
import type { Ports } from './ports.ts'

export interface Openness {
  readonly lan: boolean
  /** `--lan` at the start, `listen.lan` in posthorn.toml, or what was set in the web. */
  readonly by: 'start' | 'file' | 'setting'
  /** Why it is not open although that was set in the web; null: nothing hindered it. */
  readonly fault: string | null
}

/** What an operator wrote holds; what nobody said is no. */
export function opennessOf(
  { listen }: Config,
  { nodeSettings }: Pick<Directory, 'nodeSettings'>,
  start: { readonly lan: boolean },
): Openness {
  if (start.lan) return { lan: true, by: 'start', fault: null }
  if (listen.lan !== undefined) return { lan: listen.lan, by: 'file', fault: null }
  return { lan: nodeSettings.get().lan ?? false, by: 'setting', fault: null }
}

/** Where a node listens that is open. */
export function openPlaces(host: string, ports: Ports): readonly ListenPlace[] {
  const names = [...mailListenerNames.filter(name => name.endsWith('s')), 'web'] as const
  return names.map(name => ({ host, port: ports[name] }))
}

/**
 * Who opened the node in the web has nothing but its page to shut it again, and sees no error on a terminal: where it
 * cannot be opened, it serves this machine as before, and says why. An operator's word fails at the start instead.
 */
export async function tenable(openness: Openness, places: readonly ListenPlace[], log: Log): Promise<Openness> {
  if (!openness.lan || openness.by !== 'setting') return openness
  try {
    for (const place of places) await tryPlace(place)
    return openness
  } catch (error) {
    const fault = messageOf(error)
    log.error(
      'the node could not be opened to the local network, as was set in the web: it serves this machine only. ' +
        'Mend what is said here and start it again, or shut it in the web',
      { reason: fault },
    )
    return { lan: false, by: 'setting', fault }
  }
}
