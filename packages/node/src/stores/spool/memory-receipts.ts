import type { NodeId, PacketId } from '@posthorn/nncp'
import { type LetterNumber, type OwedReceipt, type ReceiptItem, type Receipts, withFetched } from './keeping.ts'
import { spoolLimits } from './limits.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import { ageDaysMin, type Numbered, numbered, onTheirWay } from './numbered.ts'

interface Given extends ReceiptItem {
  readonly node: NodeId
  owed: boolean
  readonly day: number
}

interface Series {
  readonly generation: number
  readonly since: number
  numbers: Numbered
}

/** What the twin owes others, and what their numbers told. */
export class MemoryReceipts {
  readonly given = new Map<PacketId, Given>()
  /** By packet of the outbox. */
  readonly packets = new Map<PacketId, readonly PacketId[]>()
  readonly #from = new Map<NodeId, Map<string, Series>>()
  onOwed: () => void = () => {}

  owe(letter: { id: PacketId; sender: NodeId; at: number; day: number }, receipt: OwedReceipt): void {
    const { id, sender: node, at, day } = letter
    this.given.set(id, { letter: id, node, at: Math.floor(at), outcomes: receipt.outcomes, owed: true, day })
    this.#note(node, receipt.number, day)
    this.onOwed()
  }

  #note(sender: NodeId, letter: LetterNumber, today: number): void {
    const all = this.#from.get(sender) ?? new Map<string, Series>()
    const before = all.get(letter.series)
    const since = before?.since ?? Math.max(0, ...[...all.values()].map(one => one.since)) + 1
    const { generation } = before ?? letter
    all.set(letter.series, { generation, since, numbers: numbered(before?.numbers, letter, today) })
    for (const [series] of this.#ordered(all).slice(spoolLimits.seriesMax)) all.delete(series)
    this.#from.set(sender, all)
  }

  #ordered(all: ReadonlyMap<string, Series>) {
    return [...all].sort(([, one], [, other]) => other.generation - one.generation || other.since - one.since)
  }

  onTheirWay(sender: NodeId): number {
    const [, newest] = this.#ordered(this.#from.get(sender) ?? new Map())[0] ?? []
    return newest === undefined ? 0 : onTheirWay(newest.numbers)
  }

  ageDaysMin(sender: NodeId, letter: Pick<LetterNumber, 'series' | 'day'>, today: number): number {
    return ageDaysMin(this.#from.get(sender)?.get(letter.series)?.numbers, letter, today)
  }
}

export function memoryReceipts(kept: MemoryReceipts, outbox: MemoryOutbox, today: () => number): Receipts {
  const { given, packets } = kept
  const owedTo = (node: NodeId) => [...given.values()].filter(one => one.owed && one.node === node)
  const itemOf = ({ letter, outcomes, at }: Given): ReceiptItem => ({ letter, outcomes, at })
  return {
    onOwed(listener) {
      kept.onOwed = listener
    },
    async owed() {
      const nodes = new Set([...given.values()].filter(one => one.owed).map(({ node }) => node))
      return [...nodes].sort().map(node => ({ node, letters: owedTo(node).length }))
    },
    async next(node, limit) {
      const items = owedTo(node).slice(0, limit).map(itemOf)
      const room = Math.min(limit - items.length, spoolLimits.receiptsMovedMax)
      const waiting = outbox.packets().filter(({ destination }) => destination === node)
      const fitting = waiting.map(({ id }) => packets.get(id) ?? []).find(({ length }) => length > 0 && length <= room)
      if (fitting === undefined || items.length === 0) return items
      const said = fitting.map(id => given.get(id)).filter(one => one !== undefined && !one.owed)
      return [...items, ...said.map(one => itemOf(one as Given))]
    },
    async commit(packet, items) {
      const letters = new Set(items.map(({ letter }) => letter))
      const before = outbox
        .packets()
        .filter(({ id, destination }) => destination === packet.destination && packets.has(id))
      outbox.insert([packet])
      for (const { letter, outcomes } of items) {
        const one = given.get(letter)
        if (one !== undefined && Buffer.compare(one.outcomes, outcomes) === 0) one.owed = false
      }
      for (const { id } of before) if (packets.get(id)?.every(letter => letters.has(letter))) outbox.drop(id)
      packets.set(packet.staged.id, [...letters])
      for (const id of packets.keys()) if ((await outbox.get(id)) === undefined) packets.delete(id)
    },
    async again(id) {
      const one = given.get(id)
      if (one === undefined) return false
      one.owed = true
      kept.onOwed()
      return true
    },
    async fetched(letters) {
      for (const { letter, node, place, at } of letters) {
        const one = given.get(letter)
        const outcomes = one?.node === node ? withFetched(one.outcomes, place) : undefined
        if (one === undefined || outcomes === undefined) continue
        given.set(letter, { ...one, outcomes, at: Math.floor(at), owed: true })
        kept.onOwed()
      }
    },
    async letGo(node) {
      for (const one of owedTo(node)) one.owed = false
    },
    onTheirWay: async sender => kept.onTheirWay(sender),
    ageDaysMin: async (sender, letter) => kept.ageDaysMin(sender, letter, today()),
  }
}
