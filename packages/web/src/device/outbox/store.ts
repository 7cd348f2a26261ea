/** Where items are kept while the page is closed. */
import type { OutboxItem } from './item.ts'

export interface OutboxStore {
  /** All of somebody's, in the order in which they were first put. */
  all(user: string): Promise<readonly OutboxItem[]>
  has(key: string): Promise<boolean>
  /** Resolves when it survives the closing of the page. One with the same key is replaced and keeps its turn. */
  put(item: OutboxItem): Promise<void>
  remove(key: string): Promise<void>
}

/** For browsers that keep nothing, and for tests. */
export function memoryOutboxStore(): OutboxStore {
  const items = new Map<string, OutboxItem>()
  return {
    all: async user => [...items.values()].filter(item => item.user === user),
    has: async key => items.has(key),
    put: async item => {
      items.set(item.key, item)
    },
    remove: async key => {
      items.delete(key)
    },
  }
}
