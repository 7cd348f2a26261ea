/**
 * Rows of the node by their ids, fetched when somebody looks at them.
 *
 * Whoever shows rows says which (`want`); what is not here, or is stale, is asked for in as few calls as can be: all
 * that is wanted in one moment goes together, and while a call is under way the next ones wait for each other. An event
 * makes rows stale (`stale`): they stay to be seen, `revision` grows, and those in sight are wanted again.
 * A call that fails leaves all as it was; the rows are asked for again when they are wanted again.
 */
import { apiLimits } from '@posthorn/api'
import { createStore, type StoreApi } from 'zustand/vanilla'

export interface Rows<Row> {
  /** Null: the node has no such row any more. */
  readonly held: ReadonlyMap<number, Row | null>
  /** Grows when rows became stale. */
  readonly revision: number
}

export interface RowStore<Row> {
  readonly store: StoreApi<Rows<Row>>
  /** Fetches those that are not here, or are stale. */
  want(ids: readonly number[]): void
  /** Takes in a row that an answer brought along. */
  put(row: Row): void
  /** Something happened to this row; to all when null. */
  stale(id: number | null): void
}

export interface RowSource<Row> {
  readonly idOf: (row: Row) => number
  readonly fetch: (ids: readonly number[]) => Promise<readonly Row[]>
  /** Rows of one call; the limit of the API when left out. */
  readonly atOnce?: number
}

/** Rows that nobody looked at for long are let go, the oldest first. */
const heldMax = 4000

export function makeRowStore<Row>(source: RowSource<Row>): RowStore<Row> {
  const store = createStore<Rows<Row>>(() => ({ held: new Map(), revision: 0 }))
  const stale = new Set<number>()
  const waiting = new Set<number>()
  const flying = new Set<number>()
  let isBusy = false
  let isPlanned = false

  const settle = (asked: readonly number[], rows: readonly Row[]) => {
    const held = new Map(store.getState().held)
    const byId = new Map(rows.map(row => [source.idOf(row), row]))
    for (const id of asked) {
      held.delete(id)
      held.set(id, byId.get(id) ?? null)
    }
    for (const id of held.keys()) {
      if (held.size <= heldMax) break
      held.delete(id)
    }
    store.setState({ held })
  }

  const run = async () => {
    isBusy = true
    while (waiting.size > 0) {
      const asked = [...waiting].slice(0, source.atOnce ?? apiLimits.rowsMax)
      for (const id of asked) {
        waiting.delete(id)
        stale.delete(id)
        flying.add(id)
      }
      const rows = await source.fetch(asked).catch(() => undefined)
      for (const id of asked) flying.delete(id)
      if (rows === undefined) for (const id of asked) stale.add(id)
      else settle(asked, rows)
    }
    isBusy = false
  }

  return {
    store,
    want(ids) {
      const { held } = store.getState()
      for (const id of ids) if (stale.has(id) || (!held.has(id) && !flying.has(id))) waiting.add(id)
      if (waiting.size === 0 || isBusy || isPlanned) return
      isPlanned = true
      queueMicrotask(() => {
        isPlanned = false
        if (!isBusy) void run()
      })
    },
    put(row) {
      const id = source.idOf(row)
      stale.delete(id)
      waiting.delete(id)
      store.setState({ held: new Map(store.getState().held).set(id, row) })
    },
    stale(id) {
      const { held, revision } = store.getState()
      const isKnown = (one: number) => held.has(one) || flying.has(one) || stale.has(one)
      const gone = id === null ? [...held.keys(), ...flying] : isKnown(id) ? [id] : []
      for (const each of gone) stale.add(each)
      // With a new connection also those that could not be had are wanted again.
      if (gone.length > 0 || id === null) store.setState({ revision: revision + 1 })
    },
  }
}
