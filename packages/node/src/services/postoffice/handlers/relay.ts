/**
 * Packets of others: a `trns` packet names the next node and holds a whole encrypted packet for it, which is put into
 * the outbox as it is, wrapped once more when we reach that node through relays of our own.
 *
 * It promises: only what the operator allowed is passed on; what is in the outbox is kept until the next node has it;
 * what is not passed on is set aside unacknowledged, so that whoever handed it over keeps it. A packet that went
 * through here before does not go the same way again.
 */
import {
  encryptedHeaderBytes,
  type NodeId,
  type OpenedPacket,
  type PlainHeader,
  parseNodePath,
  readEncryptedHeader,
  wrapOnion,
} from '@posthorn/nncp'
import { Mutex } from '../../../base/mutex.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import type { InboundPacket, NewOutbound, Staged } from '../../../stores/spool/spool.ts'
import { wantsPassing } from '../passing/passing.ts'
import type { DropContext } from '../recall/drop.ts'
import { dropUnpassed } from '../recall/unless-dropped.ts'
import { ackInsideNiceness, relaysOf, type SealContext } from '../seal.ts'
import type { TossOutcome } from './outcome.ts'

/** Who may relay through this node, to whom, and how much. `*` is everybody. */
export interface RelayPolicy {
  /** Names of neighbours whose packets are passed on. */
  readonly from: readonly string[]
  /** Names of neighbours that packets are passed on to. */
  readonly to: readonly string[]
  /** What may wait for others at a time. */
  readonly bytesMax: number
  /** Whether senders whose cards ask are told that their letters passed. Default false. */
  readonly tellsPassing?: boolean
}

export interface RelayContext {
  readonly policy: RelayPolicy
  readonly seal: SealContext
  readonly now: () => number
  readonly drops: DropContext
  /** Relayed packets are dealt with one after another, so that together they stay within `bytesMax`. */
  readonly turns: Mutex
}

export function relayContext(options: Omit<RelayContext, 'turns'>): RelayContext {
  return { ...options, turns: new Mutex() }
}

export interface PacketToRelay {
  readonly packet: InboundPacket
  /** Whose `trns` packet it is. */
  readonly from: Neighbour
  readonly opened: OpenedPacket
}

export async function handleRelay(
  context: RelayContext,
  incoming: PacketToRelay,
  signal: AbortSignal,
): Promise<TossOutcome> {
  const { directory } = context.seal
  const next = parseNodePath(incoming.opened.plain.path)
  const to = await directory.neighbours.get(next)
  const relays = to === undefined ? [] : await relaysOf(directory, to)
  const nextHop = relays[0]?.id ?? next
  const forbidden = await forbids(context, incoming, { next, to, nextHop })
  if (to === undefined || forbidden !== undefined) {
    // To its end, so that what is said of it is said of a packet that its sender really made.
    for await (const _ of incoming.opened.body);
    return refused(forbidden ?? 'the next node is not known here')
  }
  const { spool, packetBytesMax, identity, suite, random } = context.seal
  const inner = await spool.stage(incoming.opened.body, { signal, sizeBytesMax: packetBytesMax })
  let kept = false
  try {
    const header = readEncryptedHeader(await beginningOf(inner))
    if (header.recipient !== next) return refused('the packet inside is sealed for another node than the one it is for')
    const { niceness } = header
    const before = await beenHere(context, { inner, sender: header.sender, from: incoming.from, nextHop })
    if (before !== undefined) return before
    const dropped = await dropUnpassed(context.drops, incoming, inner.id, signal)
    if (dropped !== undefined) return { kind: 'done', outbound: dropped, fields: { dropped: inner.id } }
    const innerNiceness = incoming.opened.plain.niceness
    const wrap = { suite, random, sender: identity, niceness, innerNiceness, relays, destination: next }
    const staged =
      relays.length === 0
        ? inner
        : await spool.stage(wrapOnion({ ...wrap, packet: inner.read() }), { signal, sizeBytesMax: packetBytesMax })
    kept = staged === inner
    const common = { staged, nextHop, destination: next, niceness, messageId: null } as const
    const kind = holdsAck(incoming.opened.plain) ? 'relayed-ack' : 'relayed'
    const tells = context.policy.tellsPassing === true && kind === 'relayed' && wantsPassing(incoming.from)
    const relayed = { id: inner.id, from: incoming.from.identity.id, tells }
    const outbound: NewOutbound[] = [{ ...common, kind, acknowledges: null, relays: relayed, at: context.now() }]
    return { kind: 'done', outbound, fields: { relayed: staged.id, nextHop, destination: next } }
  } finally {
    if (!kept) await inner.discard()
  }
}

/** Whether a `trns` packet says that it holds an acknowledgement, which nobody waits for. */
export function holdsAck(plain: PlainHeader): boolean {
  return plain.type === 'trns' && plain.niceness === ackInsideNiceness
}

function refused(reason: string): TossOutcome {
  return { kind: 'set-aside', reason: `not passed on: ${reason}`, refused: true }
}

interface Onward {
  readonly next: NodeId
  readonly to: Neighbour | undefined
  readonly nextHop: NodeId
}

/** Why the packet must not be passed on, in words that say what to do about it. */
async function forbids(
  { policy, seal }: RelayContext,
  { packet, from }: PacketToRelay,
  { next, to, nextHop }: Onward,
): Promise<string | undefined> {
  if (!allows(policy.from, from.name)) {
    const { name } = from
    return `${name} may not relay through this node; to allow it, name it in posthorn.toml: [relay] from = ["${name}"]`
  }
  if (next === seal.identity.id) return 'the next node on its way is this one itself'
  if (to === undefined) return `the next node is not known here; add its card: ${next}`
  if (!allows(policy.to, to.name)) {
    return `nothing is relayed to ${to.name}; to allow it, name it in posthorn.toml: [relay] to = ["${to.name}"]`
  }
  if (nextHop === from.identity.id || nextHop === packet.handedBy) return 'it would go back to where it came from'
  const waiting = await seal.spool.outbox.relayedSummary()
  if (waiting.bytes + packet.sizeBytes > policy.bytesMax) {
    return `no more than ${policy.bytesMax} bytes may wait for others ([relay] bytes_max in posthorn.toml)`
  }
  return undefined
}

function allows(names: readonly string[], name: string): boolean {
  return names.includes('*') || names.includes(name)
}

/**
 * NNCP counts no hops, so what went through here is remembered. The same from the same node is a copy, and done. The
 * same from another, about to go the same way again, runs in a circle of relays: taking it would lose it.
 */
async function beenHere(
  { seal }: RelayContext,
  packet: { inner: Staged; sender: NodeId; from: Neighbour; nextHop: NodeId },
): Promise<TossOutcome | undefined> {
  const { inner, sender, from, nextHop } = packet
  if (sender === seal.identity.id) return refused('it is our own packet, sent back to us: the relays run in a circle')
  const before = await seal.spool.outbox.relayed(inner.id)
  if (before?.from === from.identity.id) {
    // Wrapped anew by its sender, who has heard nothing of it: it goes on again, unless it still waits here.
    const waits = await seal.spool.outbox.ofLetter(inner.id)
    return waits.length > 0 ? { kind: 'done', outbound: [], fields: { relayedBefore: inner.id } } : undefined
  }
  if (before?.nextHop === nextHop) return refused('it went through here before: the relays run in a circle')
  return undefined
}

/** The first bytes of a packet, enough for its header if it has one. */
export async function beginningOf(staged: Staged): Promise<Uint8Array> {
  for await (const chunk of staged.read()) return chunk.subarray(0, encryptedHeaderBytes)
  return new Uint8Array(0)
}
