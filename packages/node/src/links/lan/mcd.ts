/**
 * NNCP's MultiCast Discovery (manual, "MCD"): 40 bytes to a link-local IPv6 group. Where the sender takes calls is the
 * address and port that the datagram comes from.
 */
import { decodeAnnouncement, discoveryGroup, discoveryPort, encodeAnnouncement } from '@posthorn/nncp'
import { tcpUrl } from '../tcp/address.ts'
import type { Channel, ChannelOptions } from './channel.ts'
import { interfaceOf } from './interfaces.ts'
import { lanLimits } from './limits.ts'
import type { Datagram } from './multicast.ts'

const group = { family: 6, group: discoveryGroup, port: discoveryPort, hops: 1 } as const

/** Rejects with the system's error when there is no IPv6, or the port belongs to others alone. */
export async function mcdChannel(options: ChannelOptions): Promise<Channel> {
  const { self, port, open } = options
  const announcement = encodeAnnouncement(self)

  function hear({ bytes, address, port: takesCallsAt }: Datagram): void {
    if (bytes.length !== announcement.length || takesCallsAt === 0 || !options.admit(address)) return
    const id = decodeAnnouncement(bytes)
    const at = interfaceOf(address, options.interfaces())
    if (id === undefined || id === self || at === undefined) return
    const url = tcpUrl({ host: address, port: takesCallsAt })
    options.found({ id, name: null, url, interface: at.name, source: 'mcd', lifetimeMs: lanLimits.mcdLifetimeMs })
  }

  const ears = await open({ ...group, localPort: discoveryPort, received: hear })
  const listening = { join: ears.join.bind(ears), leave: ears.leave.bind(ears) }
  if (port === null) return { ...listening, says: [], close: () => ears.close() }
  const mouth = await open({ ...group, localPort: port, received: () => {} }).catch(async (error: unknown) => {
    await ears.close()
    throw error
  })
  const { announceFirstMs: firstMs, mcdEveryMs: everyMs } = lanLimits
  return {
    ...listening,
    says: [{ say: at => mouth.send(announcement, at), firstMs, everyMs, answers: true }],
    async close() {
      await Promise.all([ears.close(), mouth.close()])
    },
  }
}
