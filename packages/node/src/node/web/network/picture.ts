/** The network as everybody here may see it. */

import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { MoveView, NeighbourSeen, NeighbourState, NetworkView, pictureMethods } from '@posthorn/api'
import type { NodeId } from '@posthorn/nncp'
import { cronTimes } from '../../../services/courier/cron.ts'
import { diskReserveBytes, type Flow, type Move } from '../../../services/courier/index.ts'
import type { Handlers } from '../../../services/web-server/handlers.ts'
import type { CallingRules, Neighbour } from '../../../stores/directory/index.ts'
import type { QueueSummary } from '../../../stores/spool/index.ts'
import { freeBytesAt } from '../../assemble.ts'
import type { ServedNode } from '../../served.ts'

const weekMs = 7 * 86_400_000

export function pictureHandlers(node: ServedNode): Handlers<keyof typeof pictureMethods> {
  return {
    'network.show': () => showNetwork(node),
    'network.moves': async () => ({ moves: await showMoves(node) }),
  }
}

/** Names only where the node knows some: ids, addresses and places on the machine are not for everybody. */
export async function showMoves(node: ServedNode): Promise<MoveView[]> {
  const moves = node.courier.moves()
  if (moves.length === 0) return []
  const names = new Map((await node.directory.neighbours.list()).map(({ identity, name }) => [identity.id, name]))
  const queues = new Map((await node.spool.outbox.summary()).map(queue => [queue.nextHop, queue]))
  return moves.map(({ kind, neighbour, road, active, sending, receiving }) => {
    const queue = kind === 'line' && neighbour !== null ? queues.get(neighbour) : undefined
    const left = kind === 'line' ? waitingBehind(queue, sending) : sending.left
    return {
      ...{ kind, active, neighbour: neighbour === null ? null : (names.get(neighbour) ?? null) },
      // A folder that is no road has no name but its path.
      road: kind === 'line' ? null : basename(road),
      sending: flow({ ...sending, left }),
      receiving: flow(receiving),
    }
  })
}

/** What is in the queue, less what of it has gone over the line and is not acknowledged yet. */
function waitingBehind(queue: QueueSummary | undefined, { underwayBytes }: Flow): Flow['left'] {
  return { packets: queue?.packets ?? 0, bytes: Math.max(0, (queue?.bytes ?? 0) - underwayBytes) }
}

function flow({ packets, bytes, bytesPerSecond, left }: Flow): MoveView['sending'] {
  return { packets, bytes, bytesPerSecond, left: left === null ? null : { packets: left.packets, bytes: left.bytes } }
}

async function showNetwork(node: ServedNode): Promise<NetworkView> {
  const { directory, spool, courier } = node
  const neighbours = await directory.neighbours.list()
  const folders = await directory.folders.list()
  const seen = await Promise.all(
    folders.map(async folder => ({
      name: folder.name,
      ready: await node.folderReady(pathToFileURL(folder.path)),
      released: courier.isReleased(folder),
      lastSync: momentOf(folder.lastSyncAt),
    })),
  )
  const known: Known = {
    now: Date.now(),
    names: new Map(neighbours.map(({ identity, name }) => [identity.id, name])),
    rules: await directory.calling.list(),
    queues: new Map((await spool.outbox.summary()).map(queue => [queue.nextHop, queue])),
    roads: await directory.folders.roads(),
    there: new Set(seen.filter(({ ready }) => ready).map(({ name }) => name)),
    heard: new Set(courier.nearby().map(({ id }) => id)),
    lines: courier.moves().filter(({ kind }) => kind === 'line'),
  }
  return {
    node: { name: node.name },
    now: new Date(known.now).toISOString(),
    neighbours: await Promise.all(neighbours.map(neighbour => showNeighbour(node, neighbour, known))),
    folders: seen,
    diskFull: (await freeBytesAt(node.home.spool)) < diskReserveBytes,
  }
}

interface Known {
  readonly now: number
  readonly names: ReadonlyMap<NodeId, string>
  readonly rules: ReadonlyMap<NodeId, CallingRules>
  readonly queues: ReadonlyMap<NodeId, { readonly packets: number; readonly bytes: number }>
  readonly roads: readonly { readonly folder: string; readonly neighbour: NodeId }[]
  /** Folders whose medium is there. */
  readonly there: ReadonlySet<string>
  readonly heard: ReadonlySet<NodeId>
  readonly lines: readonly Move[]
}

async function showNeighbour(node: ServedNode, neighbour: Neighbour, known: Known): Promise<NeighbourSeen> {
  const { identity, name, addresses, via, lastContactAt } = neighbour
  const { id } = identity
  const queue = known.queues.get(id)
  const folders = known.roads.filter(road => road.neighbour === id).map(({ folder }) => folder)
  return {
    name,
    state: stateOf(neighbour, folders, known),
    lastContact: momentOf(lastContactAt),
    queued: { packets: queue?.packets ?? 0, bytes: queue?.bytes ?? 0 },
    coming: comingFrom(id, known),
    lettersComing: await node.spool.receipts.onTheirWay(id),
    nextContact: nextContact(known.rules.get(id), known.now),
    via: via.flatMap(relay => known.names.get(relay) ?? []),
    folders,
    callable: addresses.length > 0 || known.heard.has(id),
  }
}

function stateOf(neighbour: Neighbour, folders: readonly string[], known: Known): NeighbourState {
  const { id } = neighbour.identity
  if ((known.rules.get(id)?.pausedAt ?? null) !== null) return 'paused'
  if (known.lines.some(line => line.neighbour === id)) return 'connected'
  if (known.heard.has(id) || folders.some(folder => known.there.has(folder))) return 'near'
  return known.now - (neighbour.lastContactAt ?? neighbour.addedAt) < weekMs ? 'quiet' : 'silent'
}

function comingFrom(id: NodeId, { lines }: Known): NeighbourSeen['coming'] {
  const line = lines.find(({ neighbour }) => neighbour === id)
  if (line === undefined) return null
  return { packets: line.receiving.left?.packets ?? 0, bytes: line.receiving.left?.bytes ?? 0 }
}

function nextContact(rules: CallingRules | undefined, now: number): string | null {
  const times = (rules?.schedules ?? []).flatMap(({ cron }) => cronTimes(cron).next(now) ?? [])
  return times.length === 0 ? null : momentOf(Math.min(...times))
}

function momentOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
