/** What nodes say by multicast DNS (RFC 6762) and DNS-SD (RFC 6763): the service `_nncp._tcp`, bytes and meaning. */
import { type NodeId, parseNodeId } from '@posthorn/nncp'
import { type Answer, decode, encode, type Packet, type Question } from 'dns-packet'
import type { LanInterface } from '../interfaces.ts'
import { lanLimits } from '../limits.ts'

const serviceName = '_nncp._tcp.local'
const allServices = '_services._dns-sd._udp.local'
/** RFC 6762, 18.4: a multicast response is authoritative. */
const authoritative = 0x0400

export interface Host {
  readonly id: NodeId
  readonly name: string
  readonly port: number
}

/** A node that speaks of itself. */
export interface HeardNode {
  readonly id: NodeId
  readonly name: string | null
  readonly port: number
  /** 0: it has gone. */
  readonly lifetimeMs: number
}

export interface Heard {
  readonly nodes: readonly HeardNode[]
  /** Names that are asked for, in lower case. */
  readonly asked: readonly string[]
  /** Names that the sender has addresses for, in lower case. */
  readonly hosts: readonly string[]
}

/** Nobody else has it: the id is in it. */
export function uniqueName({ id, name }: Pick<Host, 'id' | 'name'>): string {
  return `${name}-${id.slice(0, 16).toLowerCase()}`
}

function instanceName(host: Pick<Host, 'id' | 'name'>): string {
  return `${uniqueName(host)}.${serviceName}`
}

/** Who else is here? */
export function question(): Uint8Array {
  return query([{ name: serviceName, type: 'PTR' }])
}

/** Has anybody this name? (RFC 6762, 8.1) */
export function probe(hostName: string): Uint8Array {
  return query([
    { name: hostName, type: 'A' },
    { name: hostName, type: 'AAAA' },
  ])
}

function query(questions: Question[]): Uint8Array {
  return encode({ type: 'query', id: 0, flags: 0, questions })
}

/** All about this node, with the addresses of one interface under each of `hostNames`. The first is the target. */
export function announcement(host: Host, at: LanInterface, hostNames: readonly string[], seconds: number): Uint8Array {
  const { id, name, port } = host
  const instance = instanceName(host)
  const target = hostNames[0] ?? ''
  const own = { ttl: seconds, class: 'IN', flush: true } as const
  const shared = { ttl: seconds, class: 'IN', flush: false } as const
  const answers: Answer[] = [
    { ...shared, type: 'PTR', name: serviceName, data: instance },
    { ...shared, type: 'PTR', name: allServices, data: serviceName },
    { ...own, type: 'SRV', name: instance, data: { port, target, priority: 0, weight: 0 } },
    { ...own, type: 'TXT', name: instance, data: [`id=${id}`, `name=${name}`] },
    ...hostNames.flatMap((hostName): Answer[] => [
      ...at.ipv4.map(({ address }): Answer => ({ ...own, type: 'A', name: hostName, data: address })),
      ...[...at.linkLocal, ...at.ipv6].map((data): Answer => ({ ...own, type: 'AAAA', name: hostName, data })),
    ]),
  ]
  return encode({ type: 'response', id: 0, flags: authoritative, answers })
}

/** Whether a datagram may concern us, before anything of it is parsed. */
export function isOfInterest(bytes: Uint8Array, hostName: string): boolean {
  if (bytes.length > lanLimits.datagramBytesMax) return false
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const label = hostName.split('.')[0] ?? ''
  return ['_nncp', '_dns-sd', label].some(word => buffer.includes(word))
}

/** What a datagram says; undefined when it is no DNS. */
export function read(bytes: Uint8Array): Heard | undefined {
  let packet: Packet
  try {
    packet = decode(Buffer.from(bytes))
  } catch {
    return undefined
  }
  const answers = [...(packet.answers ?? []), ...(packet.additionals ?? [])].slice(0, lanLimits.recordsMax)
  const isQuery = packet.type === 'query'
  return {
    asked: isQuery ? askedIn(packet.questions ?? [], answers) : [],
    nodes: isQuery ? [] : nodesIn(answers),
    hosts: isQuery ? [] : answers.filter(({ type }) => type === 'A' || type === 'AAAA').map(({ name }) => lower(name)),
  }
}

/** Without those whose asker knows the answer (RFC 6762, 7.1): an instance is then named instead of the service. */
function askedIn(questions: readonly Question[], known: readonly Answer[]): string[] {
  const asked = questions.slice(0, lanLimits.recordsMax).map(({ name }) => lower(name))
  const fresh = known.flatMap(answer =>
    answer.type === 'PTR' && (answer.ttl ?? 0) * 2 >= lanLimits.mdnsLifetimeSeconds ? [`!${lower(answer.data)}`] : [],
  )
  return [...asked, ...fresh]
}

/** Whether the names that are asked for (see `Heard.asked`) are of this node. */
export function asksFor(asked: readonly string[], host: Host, hostNames: readonly string[]): boolean {
  const instance = lower(instanceName(host))
  const knows = asked.includes(`!${instance}`)
  return asked.some(
    name => (!knows && name === serviceName) || [allServices, instance, ...hostNames].map(lower).includes(name),
  )
}

function nodesIn(answers: readonly Answer[]): HeardNode[] {
  return answers.flatMap(answer => {
    if (answer.type !== 'SRV' || !lower(answer.name).endsWith(`.${serviceName}`)) return []
    const text = textOf(answers.find(({ type, name }) => type === 'TXT' && lower(name) === lower(answer.name)))
    const id = parseNodeId(text.get('id') ?? '')
    const { port } = answer.data
    if (id === undefined || port === 0) return []
    const seconds = Math.min(answer.ttl ?? 0, lanLimits.mdnsLifetimeSeconds)
    return [{ id, name: nameIn(text.get('name')), port, lifetimeMs: seconds * 1000 }]
  })
}

/** RFC 6763, 6.4: `key=value`, of which the first counts. */
function textOf(answer: Answer | undefined): Map<string, string> {
  const pairs = new Map<string, string>()
  if (answer?.type !== 'TXT') return pairs
  for (const item of [answer.data].flat()) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(item.toString('utf8')) ?? []
    if (key !== undefined && value !== undefined && !pairs.has(lower(key))) pairs.set(lower(key), value)
  }
  return pairs
}

/** Names are shown on terminals. */
function nameIn(text: string | undefined): string | null {
  return text !== undefined && /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/.test(text) ? text : null
}

function lower(name: string): string {
  return name.toLowerCase()
}
