/**
 * Packets that a person removes. Whoever sent a letter from here is told first that it will not arrive. What is removed
 * on its way in is not taken again, until it is forgotten that it was seen.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { InboundPacket, OutboundPacket } from '../../stores/spool/spool.ts'
import { type GiveUpContext, giveUpPacket } from './give-up.ts'
import { postofficeLimits } from './limits.ts'

export interface RemoveOptions {
  /** Single packets, or all that wait for a neighbour or came from it. */
  readonly which: { readonly packets: readonly PacketId[] } | { readonly neighbours: readonly NodeId[] }
  readonly outgoing: boolean
  readonly incoming: boolean
  /** Only those that have waited since then, or longer. */
  readonly until: number
  readonly dryRun: boolean
  readonly signal: AbortSignal
}

export interface RemovedPacket {
  readonly id: PacketId
  readonly room: 'outbox' | 'inbox' | 'partial'
  /** Who was to get it next, or brought it; null for the beginning of a packet. */
  readonly neighbour: NodeId | null
  readonly niceness: number | null
  readonly sizeBytes: number
  /** Since when it waited. */
  readonly at: number
  /** Its sender is somebody here, and was told. */
  readonly told: boolean
}

/** Yields each packet when it is gone, or would be. */
export async function* removePackets(context: GiveUpContext, options: RemoveOptions): AsyncGenerator<RemovedPacket> {
  const { which } = options
  if ('packets' in which) {
    for (const id of which.packets) yield* removeOne(context, id, options)
    return
  }
  for (const neighbour of which.neighbours) {
    if (options.outgoing) yield* removeOutgoing(context, neighbour, options)
    if (options.incoming) yield* removeIncoming(context, neighbour, options)
  }
}

/** Beginnings of packets whose line was cut. */
export async function* removePartials(
  { spool, log }: GiveUpContext,
  { until, dryRun }: Pick<RemoveOptions, 'until' | 'dryRun'>,
): AsyncGenerator<RemovedPacket> {
  for (const { id, sizeBytes, at } of await spool.partials.list()) {
    if (at > until) continue
    if (!dryRun) {
      await spool.partials.forget(id)
      log.info('the beginning of a packet was removed', { packetId: id, sizeBytes })
    }
    yield { id, room: 'partial', neighbour: null, niceness: null, sizeBytes, at, told: false }
  }
}

async function* removeOne(context: GiveUpContext, id: PacketId, options: RemoveOptions): AsyncGenerator<RemovedPacket> {
  const { outbox, inbox, partials } = context.spool
  const outgoing = options.outgoing ? await outbox.get(id) : undefined
  if (outgoing !== undefined && outgoing.at <= options.until) yield await dropOutgoing(context, outgoing, options)
  const incoming = options.incoming ? await inbox.get(id) : undefined
  if (incoming !== undefined && incoming.receivedAt <= options.until) {
    yield await dropIncoming(context, incoming, options)
  }
  const partial = options.incoming ? (await partials.list()).find(kept => kept.id === id) : undefined
  if (partial === undefined || partial.at > options.until) return
  if (!options.dryRun) await partials.forget(id)
  yield { ...partial, room: 'partial', neighbour: null, niceness: null, told: false }
}

async function* removeOutgoing(
  context: GiveUpContext,
  neighbour: NodeId,
  options: RemoveOptions,
): AsyncGenerator<RemovedPacket> {
  for (let after: string | null = null; !options.signal.aborted; ) {
    const page: readonly OutboundPacket[] = await context.spool.outbox.page(neighbour, {
      after,
      limit: postofficeLimits.givenUpAtOnceMax,
    })
    for (const packet of page) if (packet.at <= options.until) yield await dropOutgoing(context, packet, options)
    after = page.at(-1)?.cursor ?? null
    if (after === null) return
  }
}

async function* removeIncoming(
  context: GiveUpContext,
  neighbour: NodeId,
  options: RemoveOptions,
): AsyncGenerator<RemovedPacket> {
  for (let after = 0; !options.signal.aborted; ) {
    const page = await context.spool.inbox.page(neighbour, { after, limit: postofficeLimits.givenUpAtOnceMax })
    for (const packet of page) {
      if (packet.receivedAt <= options.until) yield await dropIncoming(context, packet, options)
    }
    const last = page.at(-1)
    if (last === undefined) return
    after = last.cursor
  }
}

async function dropOutgoing(
  context: GiveUpContext,
  packet: OutboundPacket,
  { dryRun }: RemoveOptions,
): Promise<RemovedPacket> {
  const { id, nextHop: neighbour, niceness, sizeBytes, at, kind } = packet
  const gone = { id, room: 'outbox', neighbour, niceness, sizeBytes, at } as const
  if (dryRun) return { ...gone, told: false }
  const reason = `It was removed by hand at ${context.self.name} before its arrival was confirmed`
  const told = await giveUpPacket(context, packet, reason)
  context.log.warn('a packet was removed by hand', { packetId: id, nextHop: neighbour, kind, told })
  return { ...gone, told }
}

async function dropIncoming(
  context: GiveUpContext,
  packet: InboundPacket,
  { dryRun }: RemoveOptions,
): Promise<RemovedPacket> {
  const { id, handedBy: neighbour, niceness, sizeBytes, receivedAt: at } = packet
  if (!dryRun) {
    await context.spool.inbox.remove(id, context.now())
    context.log.warn('a packet was removed by hand', { packetId: id, handedBy: neighbour })
  }
  return { id, room: 'inbox', neighbour, niceness, sizeBytes, at, told: false }
}
