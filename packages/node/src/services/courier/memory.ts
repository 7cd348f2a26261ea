/**
 * What is remembered of a folder while it is there, so that a thing is not done twice. All of it may be forgotten at
 * any time: the stores hold the truth, and what is done again is harmless.
 */
import type { PacketId } from '@posthorn/nncp'
import type { CourierLimits } from './limits.ts'

/** A map that forgets its oldest entries. */
class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #sizeMax: number

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size <= this.#sizeMax) return
    const [oldest] = this.#entries.keys()
    if (oldest !== undefined) this.#entries.delete(oldest)
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }
}

/** A file that was dealt with but could not be taken off its medium. */
export type Unsettled =
  | { readonly kind: 'taken' }
  | { readonly kind: 'bad'; readonly reason: string; readonly sizeBytes: number }

interface Copy {
  /** How often this process put the packet there; 0 when it only found it there. */
  readonly times: number
  readonly at: number
}

export class FolderMemory {
  readonly #limits: CourierLimits
  readonly unsettled: BoundedMap<PacketId, Unsettled>
  /** Whole packets of nodes that are not known, of this size; a damaged one may only look like one. */
  readonly strangers: BoundedMap<PacketId, number>
  /** Packets of ours whose copy on this medium is noted in the outbox. */
  readonly #copies: BoundedMap<PacketId, Copy>
  readonly #suspects: BoundedMap<PacketId, { content: string; at: number }>

  constructor(limits: CourierLimits) {
    this.#limits = limits
    this.unsettled = new BoundedMap(limits.rememberedMax)
    this.strangers = new BoundedMap(limits.rememberedMax)
    this.#copies = new BoundedMap(limits.rememberedMax)
    this.#suspects = new BoundedMap(limits.rememberedMax)
  }

  hasCopy(id: PacketId): boolean {
    return this.#copies.get(id) !== undefined
  }

  copied(id: PacketId, outcome: 'written' | 'present', at: number): void {
    const before = this.#copies.get(id) ?? { times: 0, at }
    this.#copies.set(id, outcome === 'written' ? { times: before.times + 1, at } : before)
  }

  /** Was it put there so lately that its ack may just be on its way? A clock that jumped back ends the wait. */
  isAwaited(id: PacketId, now: number): boolean {
    const copy = this.#copies.get(id)
    if (copy === undefined || copy.times === 0) return false
    const { recopyDelayMsMin, recopyDelayMsMax } = this.#limits
    const delayMs = Math.min(recopyDelayMsMin * 2 ** Math.min(copy.times - 1, 30), recopyDelayMsMax)
    return now >= copy.at && now - copy.at < delayMs
  }

  forgetCopy(id: PacketId): void {
    this.#copies.delete(id)
  }

  /** Has a file that is not what it says stayed the same for a while? If not, it may still be being written. */
  isBadForGood(id: PacketId, content: string, now: number): boolean {
    const before = this.#suspects.get(id)
    if (before?.content !== content || now < before.at) {
      this.#suspects.set(id, { content, at: now })
      return false
    }
    return now - before.at >= this.#limits.suspectMs
  }

  /** The medium went away: another one may come in its place. */
  forget(): void {
    this.unsettled.clear()
    this.strangers.clear()
    this.#copies.clear()
    this.#suspects.clear()
  }
}
