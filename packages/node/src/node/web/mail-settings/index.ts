/**
 * What mail programs and devices are told of this node, so that nobody types ports.
 *
 * It promises: the same answer for everybody who asks for the node's settings, whoever lives here; a password only in a
 * profile that somebody made for themselves; every value escaped, whatever stands in it.
 */
import { accessOf } from '../../operations/access.ts'
import type { Reach } from '../../served.ts'
import type { Servers } from './autoconfig.ts'

export { mobileconfig } from './mobileconfig.ts'

/** Hosts and ports for apps on this machine, and for those in the local network where the node is open to it. */
export function serversIn({ ports, lanHost }: Reach): { readonly machine: Servers; readonly network: Servers | null } {
  const of = (host: string | null): Servers => {
    const { imap, smtp, pop3 } = accessOf({ address: '', password: '', ports, lanHost: host })
    return { imap, smtp, pop3 }
  }
  return { machine: of(null), network: lanHost === null ? null : of(lanHost) }
}
