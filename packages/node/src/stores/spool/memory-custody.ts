import type { NodeId, PacketId } from '@posthorn/nncp'
import { resent } from './custody.ts'
import type { Excerpt } from './envelope.ts'
import {
  type Custody,
  type KeptLetter,
  type NewCustody,
  outcomes,
  type Receipted,
  type ReceiptItem,
  type ReceiptNews,
} from './keeping.ts'
import { spoolLimits } from './limits.ts'
import type { MemoryOutbox } from './memory-outbox.ts'
import { bytesOfStaged, type MemoryState, memoryBody } from './memory-state.ts'
import { type PatiencePolicy, patienceMs, type RoadTimes, withSample } from './patience.ts'
import { latest, rangesOf } from './ranges.ts'
import { grownOutcomes, hasArrived } from './receipted.ts'
import type { NewOutbound } from './spool.ts'
import { toldByReceipt } from './told-by-receipt.ts'

export interface StoredLetter extends Omit<KeptLetter, 'roads' | 'hasBody'> {
  readonly excerpt: Excerpt | undefined
  readonly bytes: Uint8Array
  readonly day: number
  readonly number: number
  readonly tellsSuccess: boolean
  readonly roads: Map<string, { tries: number; handedTo: NodeId | null; handed: number | null }>
  hasBody: boolean
  warned: boolean
  handedOverAt: number | null
  tries: number
  due: number
}

interface Known extends ReceiptItem {
  readonly recipients: readonly string[]
  readonly destination: NodeId
  readonly batch: Uint8Array
}

const series = 'memory'

/** Letters in custody of the twin. */
export class MemoryCustody {
  readonly letters = new Map<PacketId, StoredLetter>()
  readonly receipted = new Map<PacketId, Known & { day: number }>()
  readonly news = new Map<number, ReceiptNews>()
  readonly givenUp = new Map<PacketId, Omit<ReceiptNews, 'outcomes' | 'afterAll'> & { told: boolean; day: number }>()
  onNews: () => void = () => {}
  running = 0
  readonly #policy: PatiencePolicy
  readonly #times = new Map<string, RoadTimes>()
  readonly #last = new Map<NodeId, number>()

  constructor(policy: PatiencePolicy) {
    this.#policy = policy
  }

  next(destination: NodeId, day: number) {
    const number = (this.#last.get(destination) ?? 0) + 1
    this.#last.set(destination, number)
    const waiting = [...this.letters.values()]
      .filter(letter => letter.destination === destination)
      .map(letter => letter.number)
      .sort((one, other) => one - other)
    const ranges = latest(rangesOf(waiting.slice(-spoolLimits.waitingNumbersMax)), spoolLimits.waitingRangesMax)
    return { series, generation: 0, number, waiting: ranges, day }
  }

  take(
    packet: NewOutbound,
    custody: NewCustody,
    place: { sequence: number; day: number; tellsSuccess: boolean },
  ): void {
    const { staged, destination, niceness, messageId, envelope, excerpt, at } = packet
    const inner = staged.inner ?? staged
    const bytes = bytesOfStaged(inner)
    if (envelope === undefined) return
    const facts = { id: inner.id, destination, niceness, messageId, envelope, excerpt, at, bytes, ...place }
    const roads = new Map([[custody.road.join(' '), { tries: 1, handedTo: null, handed: null }]])
    const state = { hasBody: true, warned: false, handedOverAt: null, tries: 0, sizeBytes: bytes.length }
    const due = this.running + this.#policy.unsentMs
    this.letters.set(inner.id, { ...facts, ...state, due, roads, number: custody.number.number })
  }

  handedOn(id: PacketId, on: { road: string; to: NodeId; at: number; onMedium: boolean }): void {
    const letter = this.letters.get(id)
    if (letter === undefined) return
    letter.handedOverAt ??= Math.floor(on.at)
    const tried = letter.roads.get(on.road)
    if (tried !== undefined) Object.assign(tried, { handedTo: on.to, handed: this.running })
    this.waitFor(letter, on)
  }

  waitFor(letter: StoredLetter, { road, onMedium }: { road: string; onMedium: boolean }): void {
    const times = this.#times.get(`${letter.destination} ${road}`)
    const { tries } = letter
    letter.due = this.running + Math.floor(patienceMs(this.#policy, { times, tries, onMedium, isFar: road !== '' }))
  }

  again(letter: StoredLetter, road: string): void {
    const tried = letter.roads.get(road)
    letter.roads.set(road, { handedTo: null, handed: null, ...tried, tries: (tried?.tries ?? 0) + 1 })
    letter.tries += 1
    letter.due = this.running + this.#policy.unsentMs
  }

  /** A packet's bytes are no more. Whether its letter, if it has one, goes on. */
  damaged(packet: PacketId, carried: PacketId | null, waiting: readonly { custody: PacketId | null }[]): boolean {
    const letter = this.letters.get(packet) ?? (carried === null ? undefined : this.letters.get(carried))
    if (letter === undefined) return false
    letter.due = 0
    if (letter.id === packet) letter.hasBody = false
    const goesOn = letter.hasBody || letter.handedOverAt !== null || waiting.some(one => one.custody === letter.id)
    if (!goesOn) this.letters.delete(letter.id)
    return goesOn
  }

  sample(letter: StoredLetter): void {
    const handed = [...letter.roads].filter(([, { handedTo }]) => handedTo !== null)
    const [road, tried] = handed[0] ?? []
    if (letter.tries > 0 || road === undefined || tried === undefined) return
    const key = `${letter.destination} ${road}`
    this.#times.set(key, withSample(this.#times.get(key), Math.max(0, this.running - (tried.handed ?? 0))))
  }
}

type Looking = Pick<Custody, 'number' | 'get' | 'page' | 'open' | 'summary' | 'silent'>

function looking(state: MemoryState, kept: MemoryCustody, outbox: MemoryOutbox): Looking {
  const { letters } = kept
  const listed = (letter: StoredLetter): KeptLetter => {
    const { sequence, id, destination, niceness, messageId, envelope, sizeBytes, at, handedOverAt, hasBody } = letter
    const facts = { sequence, id, destination, niceness, messageId, envelope, sizeBytes, at, handedOverAt, hasBody }
    const waiting = outbox.packets().filter(packet => packet.custody === id)
    const roads = [...letter.roads]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([road, tried]) => {
        const { tries, handedTo } = tried
        const waits = waiting.some(packet => packet.road === road)
        return { road: road === '' ? [] : (road.split(' ') as NodeId[]), tries, handedTo, waits }
      })
    return { ...facts, roads }
  }
  return {
    number: async destination => kept.next(destination, state.calendar.today),
    async get(id) {
      const letter = letters.get(id)
      return letter && listed(letter)
    },
    page: async (destination, { after, limit }) =>
      [...letters.values()]
        .filter(letter => letter.destination === destination && letter.sequence > after)
        .sort((one, other) => one.sequence - other.sequence)
        .slice(0, limit)
        .map(listed),
    async open(id) {
      const letter = letters.get(id)
      return letter?.hasBody ? memoryBody(letter.bytes) : undefined
    },
    async summary() {
      const destinations = [...new Set([...letters.values()].map(({ destination }) => destination))].sort()
      return destinations.map(destination => {
        const all = [...letters.values()].filter(letter => letter.destination === destination)
        const handed = all.filter(({ handedOverAt }) => handedOverAt !== null)
        const bytes = handed.reduce((sum, { hasBody, sizeBytes }) => sum + (hasBody ? sizeBytes : 0), 0)
        return { destination, letters: all.length, handedOver: handed.length, bytes }
      })
    },
    silent: async limit =>
      [...letters.values()]
        .filter(({ due }) => due <= kept.running)
        .sort((one, other) => one.due - other.due)
        .slice(0, limit)
        .map(listed),
  }
}

export function memoryCustody(state: MemoryState, kept: MemoryCustody, outbox: MemoryOutbox): Custody {
  const { letters } = kept
  return {
    ...looking(state, kept, outbox),
    async ran(ms) {
      if (letters.size > 0) kept.running += Math.floor(ms)
    },
    async sendAgain(id, { packet, road, nextHop, at }) {
      const letter = letters.get(id)
      if (!letter?.hasBody || (await outbox.get(packet?.id ?? id)) !== undefined) return false
      const bytes = packet === null ? letter.bytes : bytesOfStaged(packet)
      state.acknowledged.delete(packet?.id ?? id)
      outbox.insertAgain(letter, { id: packet?.id ?? id, road: road.join(' '), nextHop, at, bytes })
      kept.again(letter, road.join(' '))
      state.journeys?.noteStation({ letter: id }, resent({ nextHop, packet: packet?.id ?? null, at }))
      return true
    },
    async hurry(id, destination) {
      const letter = letters.get(id)
      if (letter?.destination !== destination || !letter.hasBody) return false
      letter.due = 0
      return true
    },
    async waitOn(id) {
      const letter = letters.get(id)
      if (letter === undefined) return
      letter.tries += 1
      const [road = ''] =
        [...letter.roads].sort(([, one], [, other]) => (other.handed ?? -1) - (one.handed ?? -1))[0] ?? []
      kept.waitFor(letter, { road, onMedium: false })
    },
    async dropRoad(packet) {
      const { custody: letter } = outbox.packets().find(({ id }) => id === packet) ?? {}
      if (!letter) return
      outbox.drop(packet)
      const owner = letters.get(letter)
      if (owner !== undefined) owner.due = 0
    },
    letGo: async () => [...letters.values()].filter(({ hasBody }) => !hasBody).length,
    async limitBodies(bytesMax) {
      const held = [...letters.values()].filter(({ hasBody, handedOverAt }) => hasBody && handedOverAt !== null)
      let bytes = held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
      let dropped = 0
      for (const letter of held.sort((one, other) => one.sequence - other.sequence)) {
        if (bytes <= bytesMax) break
        letter.hasBody = false
        bytes -= letter.sizeBytes
        dropped += 1
      }
      return dropped
    },
    ...memoryReceipted(state, kept, outbox),
  }
}

function memoryReceipted(state: MemoryState, kept: MemoryCustody, outbox: MemoryOutbox): Receipted {
  const { letters, receipted, news, givenUp } = kept
  const end = (from: NodeId, item: ReceiptItem) => {
    const letter = letters.get(item.letter)
    if (letter?.destination !== from || letter.envelope.recipients.length !== item.outcomes.length) return undefined
    kept.sample(letter)
    const isTold =
      letter.tellsSuccess || item.outcomes.some(one => one === outcomes.refused || one === outcomes.expired)
    const { sequence, id, destination, messageId, envelope, at } = letter
    const more = { outcomes: item.outcomes, afterAll: false }
    if (isTold) news.set(sequence, { sequence, id, destination, messageId, envelope, at, ...more })
    endMemoryCustody(state, kept, outbox, id)
    const handedTo = [...letter.roads.values()].flatMap(tried => (tried.handedTo === null ? [] : [tried.handedTo]))
    return { isTold, ended: { id, destination, messageId, handedTo } }
  }
  const afterAll = (from: NodeId, { letter: id, outcomes: each }: ReceiptItem) => {
    const letter = givenUp.get(id)
    if (letter?.destination !== from || letter.envelope.recipients.length !== each.length) return undefined
    const { told, day: _, ...facts } = letter
    const isTold = told && each.some(hasArrived)
    if (isTold) news.set(facts.sequence, { ...facts, outcomes: each, afterAll: true })
    givenUp.delete(id)
    return { isTold }
  }
  const grown = (from: NodeId, item: ReceiptItem) => {
    const before = receipted.get(item.letter)
    if (before?.destination !== from || before.outcomes.length !== item.outcomes.length) return undefined
    return grownOutcomes(before.outcomes, item.outcomes)
  }
  return {
    async receipted({ from, items, bytes, at }) {
      const ended = []
      let [unknown, isNews] = [0, false]
      for (const item of items) {
        const { envelope } = letters.get(item.letter) ?? givenUp.get(item.letter) ?? {}
        const recipients = envelope?.recipients ?? receipted.get(item.letter)?.recipients ?? []
        const did = end(from, item)
        const late = did === undefined ? afterAll(from, item) : undefined
        const more = did === undefined && late === undefined ? grown(from, item) : item.outcomes
        if (did !== undefined) ended.push(did.ended)
        isNews ||= did?.isTold === true || late?.isTold === true
        if (more === undefined) {
          unknown += 1
          continue
        }
        const known = { ...item, outcomes: more }
        receipted.set(item.letter, { ...known, recipients, destination: from, batch: bytes, day: state.calendar.today })
        for (const told of toldByReceipt(from, known, recipients, at)) state.journeys?.noteStation(...told)
      }
      if (isNews) kept.onNews()
      return { ended, unknown }
    },
    async receipt(id) {
      const known = receipted.get(id)
      return known && { letter: id, outcomes: known.outcomes, at: known.at, batch: known.batch }
    },
    onNews(listener) {
      kept.onNews = listener
    },
    news: async limit => [...news.values()].sort((one, other) => one.sequence - other.sequence).slice(0, limit),
    async forgetNews(sequences) {
      for (const sequence of sequences) news.delete(sequence)
    },
  }
}

/** It leaves custody without a receipt. */
export function giveUpMemoryCustody(
  state: MemoryState,
  kept: MemoryCustody,
  outbox: MemoryOutbox,
  { id, told }: { id: PacketId; told: boolean },
): void {
  const letter = kept.letters.get(id)
  if (letter !== undefined) {
    const { sequence, destination, messageId, envelope, at } = letter
    const { today: day } = state.calendar
    kept.givenUp.set(id, { sequence, id, destination, messageId, envelope, at, told, day })
  }
  endMemoryCustody(state, kept, outbox, id, false)
}

/** The letter leaves custody and the outbox; its packets count as acknowledged when a receipt ended it. */
function endMemoryCustody(
  state: MemoryState,
  kept: MemoryCustody,
  outbox: MemoryOutbox,
  id: PacketId,
  acknowledged = true,
): void {
  for (const packet of outbox.packets()) {
    if (packet.custody !== id) continue
    outbox.drop(packet.id)
    if (acknowledged) state.acknowledged.set(packet.id, state.calendar.today)
  }
  kept.letters.delete(id)
}
