/** The twin in memory. */
import type { NodeId } from '@posthorn/nncp'
import { memoryDays } from '../database/calendar.ts'
import type { Histories, NeighbourDay } from './histories.ts'
import { historiesLimits } from './limits.ts'

interface Stored extends NeighbourDay {
  /** Of the calendar. */
  readonly day: number
}

interface MemoryHistoriesOptions {
  readonly isNeighbour: (id: NodeId) => Promise<boolean>
  /** The day of the stores' calendar. */
  readonly today?: () => number
}

export function memoryHistories({ isNeighbour, today = () => 0 }: MemoryHistoriesOptions): Histories {
  const histories = new Map<NodeId, Map<number, Stored>>()
  return {
    async add(days) {
      for (const { neighbour, ...added } of days) {
        if (!(await isNeighbour(neighbour))) continue
        const history = histories.get(neighbour) ?? new Map<number, Stored>()
        const { date } = added
        history.set(date, { ...sum(history.get(date), added), day: today() })
        const dates = [...history.keys()].sort((one, other) => other - one)
        for (const old of dates.slice(historiesLimits.daysMax)) history.delete(old)
        histories.set(neighbour, history)
      }
    },

    async days(neighbour, limit) {
      if (!(await isNeighbour(neighbour))) histories.delete(neighbour)
      const days = [...(histories.get(neighbour)?.values() ?? [])].sort((one, other) => one.date - other.date)
      return days.slice(-limit).map(({ day: _day, ...counts }) => counts)
    },

    async prune() {
      for (const history of histories.values())
        for (const [date, { day }] of history) if (day < today() - memoryDays) history.delete(date)
    },
  }
}

function sum(before: NeighbourDay | undefined, added: NeighbourDay): NeighbourDay {
  if (before === undefined) return added
  return {
    date: added.date,
    contacts: before.contacts + added.contacts,
    sentPackets: before.sentPackets + added.sentPackets,
    sentBytes: before.sentBytes + added.sentBytes,
    receivedPackets: before.receivedPackets + added.receivedPackets,
    receivedBytes: before.receivedBytes + added.receivedBytes,
    letters: before.letters + added.letters,
    waitedMs: before.waitedMs + added.waitedMs,
    waitedMsMax: Math.max(before.waitedMsMax, added.waitedMsMax),
  }
}
