import type { PacketId } from '@posthorn/nncp'
import type { MemoryInbox } from './memory-inbox.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import type { MemoryState } from './memory-state.ts'
import type { Moving } from './upkeep.ts'

export function memoryMoving(state: MemoryState, inbox: MemoryInbox, outbox: MemoryOutbox): Moving {
  const isTakenOver = async (id: PacketId) =>
    state.takenOver.has(id) || state.acknowledged.has(id) || (await outbox.get(id)) !== undefined
  return {
    isTakenOver,

    async takeOver(packet) {
      const { id } = packet.staged
      if (await isTakenOver(id)) {
        await packet.staged.discard()
        return 'duplicate'
      }
      outbox.insert([packet])
      state.takenOver.set(id, state.calendar.today)
      return 'new'
    },

    async remember(packets, at) {
      let remembered = 0
      for (const { id, sender } of packets) {
        if ((await inbox.seen(id)) !== undefined) continue
        state.seen.set(id, { sender, at, outcome: 'taken', day: state.calendar.today })
        remembered += 1
      }
      return remembered
    },

    inbox: async (after, limit) => pageOf(inbox.all(), after, limit),

    async seen(after, limit) {
      const taken = [...state.seen].filter(([, { outcome }]) => outcome === 'taken')
      const ids = taken.map(([id, { sender }]) => ({ id, sender }))
      return pageOf(ids, after, limit)
    },
  }
}

function pageOf<T extends { readonly id: PacketId }>(all: readonly T[], after: PacketId | null, limit: number): T[] {
  return all
    .filter(({ id }) => id > (after ?? ''))
    .sort((one, other) => (one.id < other.id ? -1 : 1))
    .slice(0, limit)
}
