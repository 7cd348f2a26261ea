import type { MemoryState } from './memory-state.ts'
import type { AskedAgain } from './upkeep.ts'

export function memoryAsked({ asked, calendar }: MemoryState): AskedAgain {
  const sorted = () => [...asked.values()].sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1))
  return {
    async due(limit) {
      const due = [...asked.values()].filter(({ day }) => day === null || day < calendar.today)
      due.sort((one, other) => (one.day ?? -1) - (other.day ?? -1) || (one.id < other.id ? -1 : 1))
      return due.slice(0, limit).map(({ day, ...packet }) => ({ ...packet, asked: day !== null }))
    },
    async list(limit) {
      return sorted()
        .slice(0, limit)
        .map(({ day, ...packet }) => ({ ...packet, asked: day !== null }))
    },
    async markAsked(ids) {
      for (const id of ids) {
        const packet = asked.get(id)
        if (packet !== undefined) asked.set(id, { ...packet, day: calendar.today })
      }
    },
    async noteGone(ids, node) {
      return ids.filter(id => {
        const packet = asked.get(id)
        if (packet === undefined || packet.gone.includes(node)) return false
        if (packet.sender !== node && packet.handedBy !== node) return false
        asked.set(id, { ...packet, gone: [...packet.gone, node] })
        return true
      })
    },
  }
}
