/** Packets on their way out, one by one. */
import { parsePacketId } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { ServedNode } from '../served.ts'
import { findNeighbour } from './neighbours.ts'
import type { ParamsOf, ResultOf } from './types.ts'

const listedDefault = 100

export async function listPackets(
  node: ServedNode,
  { neighbour: given, limit = listedDefault }: ParamsOf<'spool.packets'>,
): Promise<ResultOf<'spool.packets'>> {
  const neighbour = await findNeighbour(node, given)
  const { id: nextHop } = neighbour.identity
  const page = await node.spool.outbox.page(nextHop, { after: null, limit: limit + 1 })
  const names = new Map((await node.directory.neighbours.list()).map(({ identity, name }) => [identity.id, name]))
  const packets = page.slice(0, limit).map(({ id, niceness, sizeBytes, at, kind, destination }) => ({
    ...{ id, niceness, sizeBytes, kind, since: new Date(at).toISOString() },
    destination: destination === nextHop ? null : (names.get(destination) ?? null),
  }))
  return { neighbour: neighbour.name, packets, more: page.length > limit }
}

/** It goes before, or behind, others for the same neighbour. */
export async function raisePacket(
  node: ServedNode,
  { packet: given, nice }: ParamsOf<'spool.raise'>,
): Promise<ResultOf<'spool.raise'>> {
  const id = parsePacketId(given)
  const packet = id === undefined ? undefined : await node.spool.outbox.get(id)
  if (id === undefined || packet === undefined || !(await node.spool.outbox.setNiceness(id, nice))) {
    const message =
      'There is no such packet on its way out: it has left, or was removed. `posthorn stat` shows which wait.'
    throw new OperatingError(message, { code: 'no-such-packet', retry: 'never' })
  }
  node.courier.raised(id, nice)
  node.log.info('a packet has another niceness', { packetId: id, before: packet.niceness, niceness: nice })
  const neighbour = await node.directory.neighbours.get(packet.nextHop)
  return { packet: id, neighbour: neighbour?.name ?? null, before: packet.niceness, niceness: nice }
}
