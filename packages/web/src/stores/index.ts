/**
 * What the page holds of somebody's chats and contacts, shared by all its rooms: asked for when it is looked at, kept
 * true by events, never more than a copy.
 */
import { useEffect } from 'react'
import { useStore } from 'zustand'
import { api, type Client } from '../api/index.ts'
import { type Chats, makeChats } from './chats.ts'
import { type Contacts, makeContacts } from './contacts.ts'
import type { RowStore } from './rows.ts'

export type { ListStore } from './chats.ts'
export { makeRowStore, type RowStore } from './rows.ts'
export { useAsked } from './use-asked.ts'

interface Stores {
  readonly chats: Chats
  readonly contacts: Contacts
}

let made: { readonly client: Client; readonly stores: Stores } | undefined

/** Of whoever is signed in. */
export function stores(): Stores {
  if (made?.client !== api) {
    made?.stores.chats.close()
    made?.stores.contacts.close()
    made = { client: api, stores: { chats: makeChats(api), contacts: makeContacts(api) } }
  }
  return made.stores
}

/** One row, kept true while it is shown: undefined until it is here, null when it is gone. No id, no row. */
export function useRow<Row>(rows: RowStore<Row>, id: number | undefined): Row | null | undefined {
  useEffect(() => (id === undefined ? undefined : keepTrue(rows, [id])), [rows, id])
  return useStore(rows.store, state => (id === undefined ? undefined : state.held.get(id)))
}

/** All rows that are here, with these kept true while they are shown. Give the same list as long as it is the same. */
export function useRows<Row>(rows: RowStore<Row>, ids: readonly number[]): ReadonlyMap<number, Row | null> {
  useEffect(() => keepTrue(rows, ids), [rows, ids])
  return useStore(rows.store, state => state.held)
}

/** Wants them now, and again whenever something happened to rows: what is true already is not asked for. */
function keepTrue<Row>(rows: RowStore<Row>, ids: readonly number[]): () => void {
  rows.want(ids)
  return rows.store.subscribe(() => rows.want(ids))
}
