/**
 * Multicast DNS, over IPv4 and IPv6: for networks without IPv6, and for people who look at what there is.
 *
 * Where a node takes calls is the sender of the datagram with the port that it names; the addresses in its records are
 * not believed, so that nobody can send us to hosts of other networks.
 */
import { tcpUrl } from '../../tcp/address.ts'
import type { Channel, ChannelOptions, Saying } from '../channel.ts'
import { interfaceOf, type LanInterface } from '../interfaces.ts'
import { lanLimits } from '../limits.ts'
import type { Datagram, MulticastSocket } from '../multicast.ts'
import { HostName } from './host-name.ts'
import { announcement, asksFor, type Host, isOfInterest, probe, question, read, uniqueName } from './messages.ts'

/** RFC 6762, 3. */
const mdnsPort = 5353
const groups = [
  { family: 4, group: '224.0.0.251' },
  { family: 6, group: 'ff02::fb' },
] as const

/** Rejects with the system's error when it can be had over neither IPv4 nor IPv6. */
export async function mdnsChannel(options: ChannelOptions): Promise<Channel> {
  const host: Host | undefined =
    options.port === null ? undefined : { ...options, id: options.self, port: options.port }
  const hostName = new HostName(options.name)
  const targetName = `${uniqueName({ id: options.self, name: options.name })}.local`
  const hostNames = () => (hostName.isOurs ? [targetName, hostName.name] : [targetName])

  function hear({ bytes, address, port }: Datagram): void {
    if (!isOfInterest(bytes, hostName.name) || !options.admit(address)) return
    const at = interfaceOf(address, options.interfaces())
    const heard = at === undefined ? undefined : read(bytes)
    if (at === undefined || heard === undefined) return
    if (host !== undefined && asksFor(heard.asked, host, hostNames())) options.asked(at)
    // RFC 6762, 6: answers from elsewhere were not sent by a responder.
    if (port !== mdnsPort) return
    hostName.heard(heard.hosts, isOwn(address, options.interfaces()))
    for (const { id, name, port: takesCallsAt, lifetimeMs } of heard.nodes) {
      if (id === options.self) continue
      const url = tcpUrl({ host: address, port: takesCallsAt })
      options.found({ id, name, url, interface: at.name, source: 'mdns', lifetimeMs })
    }
  }

  const sockets = await openBoth(options, hear)
  const say = async (bytes: Uint8Array, at: LanInterface) =>
    (await Promise.all(sockets.map(socket => socket.send(bytes, at)))).every(taken => taken)
  const announce = async (at: LanInterface, seconds: number = lanLimits.mdnsLifetimeSeconds) =>
    host === undefined || say(announcement(host, at, hostNames(), seconds), at)
  return {
    says: [...sayings({ hostName, announce, say, announces: host !== undefined })],
    // Each joins where it can; the other one is asked in any case.
    join: at => sockets.map(socket => socket.join(at)).some(joined => joined),
    leave(at) {
      for (const socket of sockets) socket.leave(at)
    },
    async close() {
      await Promise.all(options.interfaces().map(at => announce(at, 0)))
      await Promise.all(sockets.map(socket => socket.close()))
    },
  }
}

function sayings(how: {
  hostName: HostName
  announces: boolean
  announce: (at: LanInterface) => Promise<boolean>
  say: (bytes: Uint8Array, at: LanInterface) => Promise<boolean>
}): Saying[] {
  const { hostName, announces, announce, say } = how
  const { announceFirstMs, askFirstMs, askEveryMs, probeFirstMs, probeAgainMs, probedMs } = lanLimits
  const ask = {
    say: (at: LanInterface) => say(question(), at),
    firstMs: askFirstMs,
    everyMs: askEveryMs,
    answers: false,
  }
  if (!announces) return [ask]
  const askForName = async (at: LanInterface) => !hostName.isAsked || say(probe(hostName.name), at)
  const tryName = (at: LanInterface) => {
    hostName.ask()
    return askForName(at)
  }
  const takeName = (at: LanInterface) => {
    hostName.take()
    return announce(at)
  }
  return [
    ask,
    { say: announce, firstMs: announceFirstMs, everyMs: null, answers: true },
    { say: tryName, firstMs: probeFirstMs, everyMs: null, answers: false },
    { say: askForName, firstMs: probeAgainMs, everyMs: null, answers: false },
    { say: takeName, firstMs: [probedMs], everyMs: null, answers: false },
  ]
}

async function openBoth(options: ChannelOptions, received: (datagram: Datagram) => void): Promise<MulticastSocket[]> {
  const common = { port: mdnsPort, localPort: mdnsPort, hops: 255, received }
  const opened = await Promise.allSettled(groups.map(group => options.open({ ...group, ...common })))
  const sockets = opened.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  const [failure] = opened.flatMap(result => (result.status === 'rejected' ? [result.reason] : []))
  if (sockets.length === 0) throw failure
  return sockets
}

function isOwn(sender: string, interfaces: readonly LanInterface[]): boolean {
  const [ip = ''] = sender.split('%')
  return interfaces.some(
    ({ ipv4, ipv6, linkLocal }) => [...ipv6, ...linkLocal].includes(ip) || ipv4.some(({ address }) => address === ip),
  )
}
