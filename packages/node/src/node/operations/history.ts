/** What passed between us and a neighbour, and stopping what passes. */
import type { NeighbourDay } from '../../stores/histories/index.ts'
import type { ServedNode } from '../served.ts'
import { findNeighbour } from './neighbours.ts'
import type { HistoryDay } from './network-types.ts'
import type { ParamsOf, ResultOf } from './types.ts'

const daysDefault = 30
const dayMs = 86_400_000

export async function showHistory(
  node: ServedNode,
  { name, days = daysDefault }: ParamsOf<'neighbour.history'>,
): Promise<ResultOf<'neighbour.history'>> {
  const neighbour = await findNeighbour(node, name)
  await node.recorder.flush()
  const known = await node.histories.days(neighbour.identity.id, days)
  return { neighbour: neighbour.name, days: known.map(shown) }
}

function shown(day: NeighbourDay): HistoryDay {
  const { date, contacts, letters: count, waitedMs, waitedMsMax } = day
  return {
    date: new Date(date * dayMs).toISOString().slice(0, 10),
    contacts,
    sent: { packets: day.sentPackets, bytes: day.sentBytes },
    received: { packets: day.receivedPackets, bytes: day.receivedBytes },
    letters: count === 0 ? null : { count, meanMs: Math.round(waitedMs / count), longestMs: waitedMsMax },
  }
}

export async function pauseNeighbour(
  node: ServedNode,
  { name: given, on }: ParamsOf<'neighbour.pause'>,
): Promise<ResultOf<'neighbour.pause'>> {
  const { identity, name } = await findNeighbour(node, given)
  const { pausedAt: before } = await node.directory.calling.get(identity.id)
  const pausedAt = on ? (before ?? Date.now()) : null
  await node.directory.calling.pause(identity.id, pausedAt)
  node.courier.refresh()
  // What was held goes now, by whatever road is there.
  if (!on) node.courier.departed()
  node.log.info(on ? 'a neighbour is paused' : 'a neighbour is paused no more', { neighbour: name })
  return { name, paused: pausedAt === null ? null : new Date(pausedAt).toISOString() }
}
