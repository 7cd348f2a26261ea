import type { Waiting, WaitingLetter } from './envelope.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import type { MemoryState } from './memory-state.ts'

export function memoryWaiting(state: MemoryState, outbox: MemoryOutbox): Waiting {
  return {
    onHandedOver(listener) {
      outbox.onHandedOver = listener
    },

    async overdue({ warned, days, after, limit }) {
      const letters = outbox.packets().flatMap((packet): WaitingLetter[] => {
        const { id, sequence, messageId, envelope, at, copies } = packet
        const copied = copies.size > 0
        const due = packet.warned === warned && packet.day <= state.calendar.today - days && sequence > after
        return due && envelope !== null ? [{ id, sequence, messageId, envelope, at, copied }] : []
      })
      return letters.sort((one, other) => one.sequence - other.sequence).slice(0, limit)
    },

    async markWarned(ids, at) {
      for (const packet of outbox.packets()) {
        if (!ids.includes(packet.id)) continue
        packet.warned = true
        state.journeys?.noteStation({ letter: packet.letter }, { kind: 'delayed', at, where: null })
      }
    },

    async abandon(ids, end) {
      for (const packet of outbox.packets()) {
        if (!ids.includes(packet.id)) continue
        state.journeys?.noteStation({ letter: packet.letter }, { ...end, where: null })
        outbox.drop(packet.id)
      }
    },

    excerpt: async id => outbox.packets().find(packet => packet.id === id)?.excerpt,

    handedOver: async ({ after, limit }) =>
      [...state.handedOver.values()]
        .filter(({ sequence }) => sequence > after)
        .sort((one, other) => one.sequence - other.sequence)
        .slice(0, limit),

    async forgetHandedOver(sequences) {
      for (const sequence of sequences) state.handedOver.delete(sequence)
    },
  }
}
