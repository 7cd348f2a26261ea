import type { NodeId, PacketId } from '@posthorn/nncp'
import { spoolLimits } from './limits.ts'
import type { MemoryInbox } from './memory-inbox.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import type { MemoryState } from './memory-state.ts'
import type { Tombstone, Tombstones } from './tombstone.ts'

export interface MemoryTombstone extends Tombstone {
  readonly letter: PacketId
  readonly sender: NodeId
  readonly day: number
}

export function memoryTombstones(state: MemoryState, inbox: MemoryInbox, outbox: MemoryOutbox): Tombstones {
  const { tombstones } = state
  const keyOf = (letter: PacketId, sender: NodeId, recipient: string) => `${letter} ${sender} ${recipient}`
  return {
    async put({ letter, sender, reason, recipients }) {
      const fresh = [...new Set(recipients)].filter(recipient => !tombstones.has(keyOf(letter, sender, recipient)))
      const count = [...tombstones.values()].filter(one => one.sender === sender).length
      if (fresh.length > 0 && count + fresh.length > spoolLimits.tombstonesPerSenderMax) return 'full'
      const wasHere = (await inbox.seen(letter))?.sender === sender
      const facts = { letter, sender, reason, wasHere, outcome: null, day: state.calendar.today }
      for (const recipient of fresh) tombstones.set(keyOf(letter, sender, recipient), { ...facts, recipient })
      return 'kept'
    },

    async get(letter, sender) {
      return [...tombstones.values()]
        .filter(one => one.letter === letter && one.sender === sender)
        .sort((one, other) => (one.recipient < other.recipient ? -1 : 1))
        .map(({ recipient, reason, wasHere, outcome }) => ({ recipient, reason, wasHere, outcome }))
    },

    async conclude({ letter, sender, recipients }, outcome) {
      for (const recipient of recipients) {
        const key = keyOf(letter, sender, recipient)
        const known = tombstones.get(key)
        if (known !== undefined && known.outcome === null) tombstones.set(key, { ...known, outcome })
      }
    },

    async dropRelayed(letter, sender) {
      const relayed = state.relayed.get(letter)
      if (relayed === undefined || relayed.from !== sender) return 'unknown'
      const { nextHop, packet } = relayed
      if ((await outbox.get(packet))?.kind !== 'relayed') return { nextHop, wrapped: packet !== letter }
      outbox.drop(packet)
      state.acknowledged.set(packet, state.calendar.today)
      return 'dropped'
    },

    async exhume(letter, sender, at) {
      const seen = state.seen.get(letter)
      const entry = [...state.quarantine.values()].find(({ name, packet }) => name === letter && packet !== null)
      if (seen?.sender !== sender || seen.outcome !== 'taken' || entry?.packet == null) return false
      state.quarantine.delete(entry.number)
      entry.packet.goBack(at)
      return true
    },
  }
}
