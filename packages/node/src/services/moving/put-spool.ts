/**
 * Writes what waits here into a spool of NNCP: the other way of `take-spool`. Nothing leaves this node's own spool;
 * done again, it passes over what is there.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { abortError } from '../../base/clock.ts'
import type { NncpSpoolWriter, SpoolRoom } from '../../links/nncp-spool/index.ts'
import type { Body, Spool } from '../../stores/spool/spool.ts'
import { atOnce } from './at-once.ts'
import { movingLimits } from './limits.ts'
import type { Amount } from './report.ts'

export interface PutSpoolOptions {
  readonly to: NncpSpoolWriter
  readonly spool: Spool
  readonly signal: AbortSignal
  readonly onProgress?: (progress: { packets: number; bytes: number; bytesTotal: number }) => void
}

export interface SpoolPut {
  readonly outgoing: Amount
  readonly incoming: Amount
  readonly seen: number
  readonly present: number
}

interface Waiting {
  readonly id: PacketId
  readonly neighbour: NodeId
  readonly room: SpoolRoom
  readonly sizeBytes: number
}

export async function putSpool(options: PutSpoolOptions): Promise<SpoolPut> {
  const { spool, to, signal, onProgress } = options
  const outgoing = { packets: 0, bytes: 0 }
  const incoming = { packets: 0, bytes: 0 }
  let present = 0
  const bytesTotal = await waitingBytes(spool)
  const bounds = { ...movingLimits.atOnce, sizeOf: ({ sizeBytes }: Waiting) => sizeBytes }
  await atOnce(allWaiting(spool), bounds, async ({ id, neighbour, room }) => {
    if (signal.aborted) throw abortError(signal)
    const body = await bodyOf(spool, room, id)
    // It has left meanwhile.
    if (body === undefined) return
    const { sizeBytes } = body
    const outcome = await to.put({ id, neighbour, room, sizeBytes, read: () => body.read() }, signal)
    if (outcome === 'present') {
      present += 1
      return
    }
    const amount = room === 'tx' ? outgoing : incoming
    amount.packets += 1
    amount.bytes += sizeBytes
    const packets = outgoing.packets + incoming.packets
    if (packets % movingLimits.progressEveryPackets === 0) {
      onProgress?.({ packets, bytes: outgoing.bytes + incoming.bytes, bytesTotal })
    }
  })
  const seen = await putSeen(options)
  await to.flush()
  return { outgoing, incoming, seen, present }
}

async function waitingBytes(spool: Spool): Promise<number> {
  const queues = await spool.outbox.summary()
  const { bytes } = await spool.inbox.summary()
  return queues.reduce((sum, queue) => sum + queue.bytes, bytes)
}

function bodyOf(spool: Spool, room: SpoolRoom, id: PacketId): Promise<Body | undefined> {
  return room === 'tx' ? spool.outbox.open(id) : spool.inbox.open(id)
}

async function* allWaiting(spool: Spool): AsyncGenerator<Waiting> {
  const limit = movingLimits.pageSize
  for (const { nextHop } of await spool.outbox.summary()) {
    for (let after: string | null = null; ; ) {
      const page = await spool.outbox.page(nextHop, { after, limit })
      for (const { id, sizeBytes } of page) yield { id, neighbour: nextHop, room: 'tx', sizeBytes }
      const last = page.at(-1)
      if (last === undefined) break
      after = last.cursor
    }
  }
  for (let after: PacketId | null = null; ; ) {
    const page = await spool.moving.inbox(after, limit)
    for (const { id, handedBy, sizeBytes } of page) yield { id, neighbour: handedBy, room: 'rx', sizeBytes }
    const last = page.at(-1)
    if (last === undefined) return
    after = last.id
  }
}

async function putSeen({ spool, to, signal }: PutSpoolOptions): Promise<number> {
  let seen = 0
  for (let after: PacketId | null = null; ; ) {
    const page = await spool.moving.seen(after, movingLimits.pageSize)
    for (const { id, sender } of page) {
      if (signal.aborted) throw abortError(signal)
      await to.putSeen(sender, id)
      seen += 1
    }
    const last = page.at(-1)
    if (last === undefined) return seen
    after = last.id
  }
}
