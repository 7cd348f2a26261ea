/**
 * What mail programs and devices are told of this node, so that nobody types ports.
 *
 * It promises: the same answer for everybody who asks for the node's settings, whoever lives here; a password only in a
 * profile that somebody made for themselves; every value escaped, whatever stands in it.
 */
import type { MailSettings } from '../../../services/web-server/index.ts'
import { accessOf } from '../../operations/access.ts'
import type { Reach, ServedNode } from '../../served.ts'
import { askedAddress, autoconfig, autodiscover, type Servers } from './autoconfig.ts'

export { mobileconfig } from './mobileconfig.ts'

/** Hosts and ports for apps on this machine, and for those in the local network where the node is open to it. */
export function serversIn({ ports, lanHost }: Reach): { readonly machine: Servers; readonly network: Servers | null } {
  const of = (host: string | null): Servers => {
    const { imap, smtp, pop3 } = accessOf({ address: '', password: '', ports, lanHost: host })
    return { imap, smtp, pop3 }
  }
  return { machine: of(null), network: lanHost === null ? null : of(lanHost) }
}

export function mailSettings(node: ServedNode): MailSettings {
  const settingsFor = async (address: string | undefined, isLocal: boolean) => {
    const { name, domain, config } = node
    const asked = address?.slice(address.lastIndexOf('@') + 1).toLowerCase() ?? domain
    if (asked !== domain && !config.node.domains.includes(asked)) return undefined
    const { machine, network } = serversIn(await node.reach())
    return { domain: asked, nodeName: name, ...(isLocal ? machine : (network ?? machine)) }
  }
  return {
    async autoconfig(address, isLocal) {
      const settings = await settingsFor(address, isLocal)
      return settings === undefined ? undefined : autoconfig(settings)
    },
    async autodiscover(body, isLocal) {
      const address = askedAddress(body)
      const settings = address === undefined ? undefined : await settingsFor(address, isLocal)
      return address === undefined || settings === undefined ? undefined : autodiscover(address, settings)
    },
  }
}
