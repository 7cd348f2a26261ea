import type { PacketId } from '@posthorn/nncp'
import type { Station } from '../journeys/journeys.ts'
import type { Waiting, WaitingLetter } from './envelope.ts'
import { giveUpMemoryCustody, type MemoryCustody } from './memory-custody.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import type { MemoryState } from './memory-state.ts'

export function memoryWaiting(state: MemoryState, outbox: MemoryOutbox, custody: MemoryCustody): Waiting {
  const note = (letter: PacketId, station: Omit<Station, 'where'>) =>
    state.journeys?.noteStation({ letter }, { ...station, where: null })
  return {
    onHandedOver(listener) {
      outbox.onHandedOver = listener
    },

    async overdue({ warned, days, after, limit }) {
      const letters = outbox.packets().flatMap((packet): WaitingLetter[] => {
        const { id, sequence, messageId, envelope, at, copies } = packet
        const copied = copies.size > 0
        const due = packet.warned === warned && packet.day <= state.calendar.today - days && sequence > after
        const waits = due && envelope !== null && packet.custody === null
        return waits ? [{ id, sequence, messageId, envelope, at, copied, handedOver: false }] : []
      })
      for (const letter of custody.letters.values()) {
        const { id, sequence, messageId, envelope, at, handedOverAt } = letter
        const due = letter.warned === warned && letter.day <= state.calendar.today - days && sequence > after
        const copied = outbox.packets().some(packet => packet.custody === id && packet.copies.size > 0)
        if (due) letters.push({ id, sequence, messageId, envelope, at, copied, handedOver: handedOverAt !== null })
      }
      return letters.sort((one, other) => one.sequence - other.sequence).slice(0, limit)
    },

    async markWarned(ids, at) {
      for (const packet of outbox.packets()) {
        if (!ids.includes(packet.id)) continue
        packet.warned = true
        if (packet.custody === null) note(packet.letter, { kind: 'delayed', at })
      }
      for (const letter of custody.letters.values()) {
        if (!ids.includes(letter.id)) continue
        letter.warned = true
        note(letter.id, { kind: 'delayed', at })
      }
    },

    async abandon(ids, end) {
      for (const packet of outbox.packets()) {
        if (!ids.includes(packet.id)) continue
        if (packet.custody !== packet.id) note(packet.letter, end)
        outbox.drop(packet.id)
      }
      for (const { id } of custody.letters.values()) {
        if (!ids.includes(id)) continue
        note(id, end)
        giveUpMemoryCustody(state, custody, outbox, { id, told: true })
      }
    },

    excerpt: async id =>
      custody.letters.get(id as PacketId)?.excerpt ?? outbox.packets().find(packet => packet.id === id)?.excerpt,

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
