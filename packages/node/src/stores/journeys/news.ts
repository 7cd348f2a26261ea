/** Hints that a database has new stations; the rows are the truth. */
import type { Database } from '../database/database.ts'

const listenersOf = new WeakMap<Database, Set<() => void>>()

/** Inside a commit. Whoever listens looks later: what was noted may be undone yet. */
export function tellNews(database: Database): void {
  for (const listener of listenersOf.get(database) ?? []) setImmediate(listener)
}

/** Returns the way to stop. */
export function listenForNews(database: Database, listener: () => void): () => void {
  const listeners = listenersOf.get(database) ?? new Set()
  listenersOf.set(database, listeners.add(listener))
  return () => {
    listeners.delete(listener)
  }
}
