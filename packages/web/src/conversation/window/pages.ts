/** Messages of a chat by the page, asked for as they are looked at, and let go when they are far away. */
import type { MessageView, MethodName, ParamsOf, ResultOf } from '@posthorn/api'
import type { StoreApi } from 'zustand/vanilla'
import { type Range, tooFar, wanted } from './paging.ts'
import type { WindowState } from './store.ts'

export type Call = <N extends MethodName>(name: N, params: ParamsOf<N>) => Promise<ResultOf<N>>

const callsAtOnceMax = 2
const changesWaitMs = 40
const askedMax = 200

export class Pages {
  readonly #call: Call
  readonly #state: StoreApi<WindowState>
  readonly #coming = new Set<number>()
  /** Asked for, and not answered: they are gone. Asked for again only when the ids are. */
  readonly #gone = new Set<number>()
  readonly #stale = new Set<number>()
  #willAskStale = false
  /** Nothing is asked for before somebody looks. */
  #shown: Range | null = null
  #asking = 0

  constructor(call: Call, state: StoreApi<WindowState>) {
    this.#call = call
    this.#state = state
  }

  show(range: Range): void {
    this.#shown = range
    this.pump()
  }

  /** Ends when what is in the range is here or known to be gone, or cannot be had now. */
  load(range: Range): Promise<void> {
    const isHere = ({ listing, loaded, trouble }: WindowState) =>
      trouble !== null ||
      listing.ids.slice(range.first, range.last + 1).every(id => loaded.has(id) || this.#gone.has(id))
    this.show(range)
    if (isHere(this.#state.getState())) return Promise.resolve()
    return new Promise(resolve => {
      const stop = this.#state.subscribe(now => {
        if (!isHere(now)) return
        stop()
        resolve()
      })
    })
  }

  /** Asks for what is looked at and not here yet, a page at a time. */
  pump(): void {
    while (this.#shown !== null && this.#asking < callsAtOnceMax) {
      const { listing, loaded } = this.#state.getState()
      const isKnown = (id: number) => loaded.has(id) || this.#coming.has(id) || this.#gone.has(id)
      const ids = wanted(listing.ids, this.#shown, isKnown)
      if (ids.length === 0) return
      void this.#askPage(ids)
    }
  }

  /** These changed, or may have: those that are here are asked for again, together. */
  again(ids: Iterable<number>): void {
    for (const id of ids) this.#stale.add(id)
    if (this.#willAskStale) return
    this.#willAskStale = true
    setTimeout(() => this.#askStale(), changesWaitMs)
  }

  /** The ids are asked for again: perhaps what was gone is not. */
  forget(): void {
    this.#gone.clear()
  }

  async #askPage(ids: readonly number[]): Promise<void> {
    this.#asking += 1
    const isAnswered = await this.#ask(ids)
    this.#asking -= 1
    // What failed would fail again: the next look tries it.
    if (isAnswered) this.pump()
  }

  #askStale(): void {
    this.#willAskStale = false
    const { loaded } = this.#state.getState()
    const asked = [...this.#stale].filter(id => loaded.has(id))
    this.#stale.clear()
    for (let at = 0; at < asked.length; at += askedMax) void this.#ask(asked.slice(at, at + askedMax))
  }

  async #ask(ids: readonly number[]): Promise<boolean> {
    for (const id of ids) this.#coming.add(id)
    try {
      this.#take(ids, await this.#call('messages.get', { ids: [...ids] }))
      return true
    } catch (trouble) {
      this.#state.setState({ trouble })
      return false
    } finally {
      for (const id of ids) this.#coming.delete(id)
    }
  }

  #take(asked: readonly number[], messages: readonly MessageView[]): void {
    const { listing, loaded } = this.#state.getState()
    const next = new Map(loaded)
    for (const id of asked) if (!next.has(id)) this.#gone.add(id)
    for (const message of messages) {
      this.#gone.delete(message.id)
      next.set(message.id, message)
    }
    if (this.#shown !== null) for (const id of tooFar(listing.places, next.keys(), this.#shown)) next.delete(id)
    this.#state.setState({ loaded: next, trouble: null })
  }
}
