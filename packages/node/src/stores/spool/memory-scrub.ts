import { mthHasher, type NodeId, type PacketId, packetIdFromBytes, type Suite } from '@posthorn/nncp'
import { spoolLimits } from './limits.ts'
import type { MemoryCustody } from './memory-custody.ts'
import type { MemoryInbox } from './memory-inbox.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import type { MemoryState } from './memory-state.ts'
import type { Scrub, SpoolCount } from './upkeep.ts'
import { kept } from './words.ts'

interface Rooms {
  readonly state: MemoryState
  readonly outbox: MemoryOutbox
  readonly inbox: MemoryInbox
  readonly custody: MemoryCustody
}

export function memoryScrub({ state, outbox, inbox, custody }: Rooms, suite: Suite): Scrub {
  const bodies = () => {
    const found = new Map<PacketId, { bytes: Uint8Array; source: string; reason?: string }>()
    for (const { name, packet, source, reason } of state.quarantine.values()) {
      if (packet !== null) found.set(name as PacketId, { bytes: packet.bytes, source, reason })
    }
    for (const { id, bytes, hasBody } of custody.letters.values())
      if (hasBody) found.set(id, { bytes, source: 'outbox' })
    for (const { id, bytes } of outbox.packets()) found.set(id, { ...found.get(id), bytes, source: 'outbox' })
    for (const { id, bytes, source } of inbox.packets()) found.set(id, { ...found.get(id), bytes, source })
    return found
  }
  let round: { after: PacketId | null; day: number } | undefined
  return {
    async round() {
      return round === undefined ? undefined : { after: round.after, days: state.calendar.today - round.day }
    },
    async beginRound() {
      round = { after: '' as PacketId, day: state.calendar.today }
    },
    async noteRound(after) {
      if (round !== undefined) round = { ...round, after }
    },
    async total() {
      const sizes = [...bodies().values()].map(({ bytes }) => bytes.length)
      return { packets: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) }
    },
    async page(after, limit) {
      const found = [...bodies()].map(([id, { bytes }]) => ({ id, sizeBytes: bytes.length }))
      const rest = found.filter(({ id }) => after === null || id > after)
      return rest.sort((one, other) => (one.id < other.id ? -1 : 1)).slice(0, limit)
    },
    async verify(id, { pace }) {
      const body = bodies().get(id)
      if (body === undefined) return 'gone'
      await pace(body.bytes.length)
      const hasher = mthHasher(suite)
      hasher.update(body.bytes)
      return packetIdFromBytes(hasher.digest()) === id ? 'sound' : 'damaged'
    },
    async setAside(id, { reason, at, lost }) {
      const body = bodies().get(id)
      if (body === undefined) return false
      outbox.damaged(id, { reason, at })
      inbox.drop(id)
      state.seen.delete(id)
      state.relayed.delete(id)
      for (const [message, { heldBy }] of state.heard) if (heldBy === id) state.heard.delete(message)
      for (const [number, entry] of state.quarantine)
        if (entry.name === id && entry.kept) state.quarantine.delete(number)
      const { bytes, source, reason: before } = body
      const words = kept(
        before === undefined ? reason : `${reason}; before that: ${before}`,
        spoolLimits.reasonLettersMax,
      )
      const number = state.quarantineNext
      const facts = { sizeBytes: bytes.length, at, kept: false, packet: null }
      state.quarantine.set(number, { number, name: id, reason: words, source, ...facts })
      state.quarantineNext += 1
      if (lost !== undefined) state.asked.set(id, { ...lost, gone: [], day: null })
      return true
    },
  }
}

export function memoryCounts({ outbox, inbox }: Rooms): readonly SpoolCount[] {
  const counts = new Map<string, SpoolCount>()
  const add = (count: SpoolCount) => {
    const key = `${count.neighbour} ${count.room} ${String(count.niceness).padStart(3)}`
    const known = counts.get(key)
    const sum = known && {
      packets: known.packets + 1,
      bytes: known.bytes + count.bytes,
      oldestAt: Math.min(known.oldestAt, count.oldestAt),
    }
    counts.set(key, { ...count, ...sum })
  }
  const one = (room: SpoolCount['room'], neighbour: NodeId, niceness: number, bytes: number, oldestAt: number) =>
    add({ room, neighbour, niceness, packets: 1, bytes, oldestAt })
  for (const packet of outbox.packets()) one('outbox', packet.nextHop, packet.niceness, packet.sizeBytes, packet.at)
  for (const packet of inbox.packets()) {
    one('inbox', packet.handedBy, packet.niceness, packet.sizeBytes, packet.receivedAt)
  }
  return [...counts].sort(([key], [other]) => (key < other ? -1 : 1)).map(([, count]) => count)
}
