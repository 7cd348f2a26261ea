/** The queue in memory, for tests. Nothing of it is durable; days pass when a test says so. */
import { createHash } from 'node:crypto'
import { withCrlfEnds } from '../../base/line-ends.ts'
import type { JourneyNotes } from '../journeys/journeys.ts'
import { chunksOfBytes } from '../spool/staged.ts'
import { kept } from '../spool/words.ts'
import { knownKey, letterHash, newHandovers } from './keys.ts'
import { queueLimits } from './limits.ts'
import {
  type Conclusion,
  type GatewayQueue,
  type Handover,
  isOutlived,
  type LetterToQueue,
  type QueueStore,
} from './queue.ts'
import { noteConcluded, noteQueued, noteWarned } from './tracking.ts'

interface Entry {
  handover: Omit<Handover, 'ageDays'>
  cutOff: boolean
  readonly day: number
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
}

export interface MemoryQueue extends QueueStore {
  passDays(days: number): void
}

/** @param journeys told of what happens to letters. */
export function memoryQueue(journeys?: JourneyNotes): MemoryQueue {
  return new Memory(journeys)
}

class Memory implements MemoryQueue {
  readonly #entries = new Map<number, Entry>()
  readonly #known = new Set<string>()
  #today = 0
  #lastId = 0
  readonly #journeys: JourneyNotes | undefined

  constructor(journeys: JourneyNotes | undefined) {
    this.#journeys = journeys
  }

  passDays(days: number): void {
    this.#today += days
  }

  async put(letter: LetterToQueue): Promise<number> {
    const chunks: Uint8Array[] = []
    for await (const chunk of withCrlfEnds(letter.body)) chunks.push(Uint8Array.from(chunk))
    const bytes = Buffer.concat(chunks)
    const hash = letterHash(letter.once, createHash('sha256').update(bytes).digest())
    const { envelope, messageId, at } = letter
    const handovers = newHandovers(letter, recipient => {
      const key = keyOf(hash, envelope.returnPath, recipient)
      if (this.#known.has(key)) return false
      this.#known.add(key)
      return true
    })
    if (this.#journeys !== undefined && handovers.length > 0) noteQueued(this.#journeys, letter, handovers)
    for (const { gateway, recipients } of handovers) {
      this.#lastId += 1
      const facts = { gateway, envelope: { ...envelope, recipients }, messageId, sizeBytes: bytes.length, queuedAt: at }
      const fresh = { attempts: 0, dueAt: null, reason: null, warned: false, begun: false }
      const handover = { id: this.#lastId, ...facts, ...fresh }
      this.#entries.set(handover.id, { handover, cutOff: false, day: this.#today, hash, bytes })
    }
    return handovers.reduce((sum, { recipients }) => sum + recipients.length, 0)
  }

  async due(gateway: string, now: number, limit: number): Promise<readonly Handover[]> {
    for (const entry of this.#entries.values()) {
      const { dueAt } = entry.handover
      const isDue = dueAt !== null && (dueAt <= now || dueAt > now + queueLimits.retryDelayMsMax)
      if (isDue && entry.handover.gateway === gateway) entry.handover = { ...entry.handover, dueAt: null }
    }
    return this.#all(({ handover }) => handover.gateway === gateway && handover.dueAt === null).slice(0, limit)
  }

  async nextDueAt(gateway: string): Promise<number | null> {
    const waiting = this.#all(({ handover }) => handover.gateway === gateway && handover.dueAt !== null)
    return waiting.length === 0 ? null : Math.min(...waiting.map(({ dueAt }) => dueAt ?? 0))
  }

  async ofMessage(messageId: string): Promise<readonly Handover[]> {
    return this.#all(({ handover }) => handover.messageId === messageId)
  }

  async get(id: number): Promise<Handover | undefined> {
    return this.#all(({ handover }) => handover.id === id)[0]
  }

  async open(id: number) {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    return { sizeBytes: entry.bytes.length, read: (startBytes = 0) => chunksOfBytes(entry.bytes, startBytes) }
  }

  async begin(id: number): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.cutOff = entry.handover.begun
    entry.handover = { ...entry.handover, begun: true }
  }

  async conclude(id: number, conclusion: Conclusion): Promise<void> {
    const { done, failed, later } = conclusion
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    const { handover } = entry
    const { envelope } = handover
    if (this.#journeys !== undefined) noteConcluded(this.#journeys, { ...handover, ageDays: 0 }, conclusion)
    for (const recipient of failed) this.#known.delete(keyOf(entry.hash, envelope.returnPath, recipient))
    const ended = new Set([...done, ...failed])
    const recipients = envelope.recipients.filter(address => !ended.has(address))
    if (recipients.length === 0) {
      this.#entries.delete(id)
      return
    }
    entry.handover = { ...handover, envelope: { ...envelope, recipients } }
    if (later === null) return
    const reason = kept(later.reason, queueLimits.reasonLettersMax)
    const attempts = handover.attempts + 1
    entry.handover = { ...entry.handover, dueAt: Math.floor(later.dueAt), reason, attempts, begun: entry.cutOff }
  }

  async page({ gateway, after, limit }: { gateway: string | null; after: number; limit: number }) {
    const isIn = ({ handover }: Entry) => handover.id > after && (gateway === null || handover.gateway === gateway)
    return this.#all(isIn).slice(0, limit)
  }

  async aged(days: number, { silent, limit }: { silent: boolean; limit: number }) {
    const isOld = ({ day, handover }: Entry) => this.#today - day >= days && !(silent && handover.warned)
    return this.#all(isOld).slice(0, limit)
  }

  async outlived(limit: number) {
    return this.#all(() => true)
      .filter(isOutlived)
      .slice(0, limit)
  }

  async warned(id: number, at: number): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.handover = { ...entry.handover, warned: true }
    if (this.#journeys !== undefined) noteWarned(this.#journeys, { ...entry.handover, ageDays: 0 }, at)
  }

  async hurry(which: { readonly id: number } | { readonly gateway: string } | 'all'): Promise<number> {
    let hurried = 0
    for (const entry of this.#entries.values()) {
      const { id, gateway, dueAt } = entry.handover
      const isMeant = which === 'all' || ('id' in which ? which.id === id : which.gateway === gateway)
      if (!isMeant || dueAt === null) continue
      entry.handover = { ...entry.handover, dueAt: null }
      hurried += 1
    }
    return hurried
  }

  async summary(): Promise<readonly GatewayQueue[]> {
    const queues = new Map<string, GatewayQueue>()
    for (const { handover } of this.#entries.values()) {
      const { gateway, sizeBytes } = handover
      const { letters, bytes } = queues.get(gateway) ?? { letters: 0, bytes: 0 }
      queues.set(gateway, { gateway, letters: letters + 1, bytes: bytes + sizeBytes })
    }
    return [...queues.values()].sort((one, other) => (one.gateway < other.gateway ? -1 : 1))
  }

  keepFiles(): () => Promise<void> {
    return async () => {}
  }

  async prune(): Promise<void> {}

  #all(isMeant: (entry: Entry) => boolean): Handover[] {
    const found = [...this.#entries.values()].filter(isMeant)
    return found.map(({ handover, day }) => ({ ...handover, ageDays: this.#today - day }))
  }
}

function keyOf(hash: Uint8Array, sender: string, recipient: string): string {
  return Buffer.from(knownKey({ hash, sender }, recipient)).toString('hex')
}
