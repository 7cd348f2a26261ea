/** What lies in the spool: counted, read again, removed. */
import { type NodeId, type PacketId, parseNodeId, parsePacketId } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { RemovedPacket } from '../../services/postoffice/index.ts'
import type { SpoolCount } from '../../stores/spool/index.ts'
import type { ServedNode } from '../served.ts'
import { findNeighbour } from './neighbours.ts'
import type { RemoveOutcome, SpoolStat, WaitingCount } from './spool-types.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

const listedMax = 1000

export async function showStat(node: ServedNode, params: ParamsOf<'spool.stat'>): Promise<SpoolStat> {
  const names = await namesOf(node)
  const asked = params.neighbour === undefined ? undefined : await nodeOf(node, params.neighbour)
  const counts = (await node.spool.counts()).filter(count => asked === undefined || count.neighbour === asked)
  const ids = asked === undefined ? [...new Set(counts.map(({ neighbour }) => neighbour))] : [asked]
  const neighbours = ids.map(id => {
    const of = (room: SpoolCount['room']) => counts.filter(count => count.neighbour === id && count.room === room)
    return { name: names.get(id) ?? null, id, out: of('outbox').map(waiting), in: of('inbox').map(waiting) }
  })
  neighbours.sort((one, other) => (one.name ?? one.id).localeCompare(other.name ?? other.id))
  const partials = await node.spool.partials.list()
  const bytes = partials.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return {
    neighbours,
    partial: { packets: partials.length, bytes },
    quarantine: await node.spool.quarantine.count(),
  }
}

function waiting({ niceness, packets, bytes, oldestAt }: SpoolCount): WaitingCount {
  return { niceness, packets, bytes, oldest: new Date(oldestAt).toISOString() }
}

export async function removePackets(
  node: ServedNode,
  params: ParamsOf<'spool.remove'>,
  { signal, progress }: OperationContext,
): Promise<RemoveOutcome> {
  const { tx: outgoing, rx: incoming, dryRun } = params
  const packets = params.packets?.map(packetOf)
  const neighbours = packets === undefined ? await neighboursIn(node, params) : []
  const which = packets === undefined ? { neighbours } : { packets }
  const removed = node.postOffice.removePackets({ which, outgoing, incoming, until: until(params), dryRun, signal })
  const unknown = packets === undefined ? [] : await notHere(node, packets)
  const outcome = await gathered(node, removed, dryRun, step =>
    progress({ phase: 'removing', ...step, bytesTotal: null }),
  )
  return { ...outcome, unknown }
}

async function notHere({ spool }: ServedNode, packets: readonly PacketId[]): Promise<readonly PacketId[]> {
  const partials = new Set((await spool.partials.list()).map(({ id }) => id))
  const unknown: PacketId[] = []
  for (const id of packets) {
    const known = partials.has(id) || (await spool.outbox.get(id)) !== undefined
    if (!known && (await spool.inbox.get(id)) === undefined) unknown.push(id)
  }
  return unknown
}

export async function removePartials(
  node: ServedNode,
  params: ParamsOf<'spool.remove-partial'>,
): Promise<RemoveOutcome> {
  const { dryRun } = params
  return gathered(node, node.postOffice.removePartials({ until: until(params), dryRun }), dryRun)
}

export async function forgetSeen(
  node: ServedNode,
  params: ParamsOf<'spool.forget-seen'>,
): Promise<ResultOf<'spool.forget-seen'>> {
  const { neighbour, dryRun } = params
  const sender = neighbour === undefined ? null : await nodeOf(node, neighbour)
  const forgotten = await node.spool.inbox.forgetSeen({ sender, until: until(params), dryRun })
  if (!dryRun) node.log.warn('packets that were seen are forgotten, by hand', { sender, forgotten })
  return { dryRun, forgotten }
}

async function gathered(
  node: ServedNode,
  removed: AsyncIterable<RemovedPacket>,
  dryRun: boolean,
  each: (so: { packets: number; bytes: number }) => void = () => {},
): Promise<RemoveOutcome> {
  const names = await namesOf(node)
  const list: RemoveOutcome['list'][number][] = []
  let [packets, bytes, told] = [0, 0, 0]
  for await (const { id, room, neighbour, niceness, sizeBytes, at, told: isTold } of removed) {
    packets += 1
    bytes += sizeBytes
    if (isTold) told += 1
    each({ packets, bytes })
    if (list.length === listedMax) continue
    const name = neighbour === null ? null : (names.get(neighbour) ?? neighbour)
    const since = new Date(at).toISOString()
    list.push({ id, way: ways[room], neighbour: name, niceness, sizeBytes, since, told: isTold })
  }
  return { dryRun, packets, bytes, told, list, unknown: [] }
}

const ways = { outbox: 'out', inbox: 'in', partial: 'part' } as const

function until({ olderMs = 0 }: { olderMs?: number }): number {
  return olderMs === 0 ? Number.MAX_SAFE_INTEGER : Date.now() - olderMs
}

async function neighboursIn(
  node: ServedNode,
  { neighbour, all = false }: ParamsOf<'spool.remove'>,
): Promise<readonly NodeId[]> {
  if (neighbour !== undefined) return [await nodeOf(node, neighbour)]
  if (all) return [...new Set((await node.spool.counts()).map(count => count.neighbour))]
  throw refusal('bad-request', 'Say which packets: their ids, those of one neighbour, or all.')
}

/** A node by its name, or by its id, since packets of those that are no neighbours any more may lie here. */
async function nodeOf(node: ServedNode, nameOrId: string): Promise<NodeId> {
  return parseNodeId(nameOrId) ?? (await findNeighbour(node, nameOrId)).identity.id
}

function packetOf(text: string): PacketId {
  const id = parsePacketId(text)
  if (id !== undefined) return id
  throw refusal('bad-packet', `"${text.slice(0, 60)}" is not the id of a packet: 52 of A-Z and 2-7.`)
}

async function namesOf(node: ServedNode): Promise<ReadonlyMap<NodeId, string>> {
  return new Map((await node.directory.neighbours.list()).map(({ identity, name }) => [identity.id, name]))
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
