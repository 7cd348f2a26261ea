/** Stores of which each change goes through the life of their node. */
import type { Database } from '../../packages/node/src/stores/database/database.ts'
import type { Life } from './life.ts'

/**
 * The same database for one life after the other. What a commit resolved for is there after a crash; what was still
 * queued is not: its works find their program dead and are undone.
 */
export function guardedDatabase(database: Database, life: Life): Database {
  return {
    get: (sql, ...values) => database.get(sql, ...values),
    all: (sql, ...values) => database.all(sql, ...values),
    run: (sql, ...values) => database.run(sql, ...values),
    transaction: work => database.transaction(work),
    close: () => {},
    snapshot: (path, options) => database.snapshot(path, options),
    faults: () => database.faults(),
    commit: work =>
      life.change('commit', 'needs-room', () =>
        database.commit(() => {
          if (!life.alive) throw new Error('the program was killed before the commit')
          return work()
        }),
      ),
  }
}

/** What changes something that is kept; for all else no disk is needed. */
const changing = new Set([
  ...['commit', 'copied', 'acknowledge', 'release', 'quarantine', 'assign', 'finish', 'retryLater', 'remove'],
  ...['stage', 'scratch', 'deliver', 'markWarned', 'abandon', 'forgetHandedOver', 'note'],
])

/** A store in memory, on a disk that can be full. */
export function guardedStore<T extends object>(store: T, life: Life): T {
  const known = new Map<PropertyKey, unknown>()
  return new Proxy(store, {
    get(target, key) {
      if (known.has(key)) return known.get(key)
      const value: unknown = Reflect.get(target, key)
      const guarded = guardedMember(value, target, key, life)
      known.set(key, guarded)
      return guarded
    },
  })
}

function guardedMember(value: unknown, owner: object, key: PropertyKey, life: Life): unknown {
  if (typeof value === 'function') {
    const call = (...values: unknown[]): unknown => Reflect.apply(value, owner, values)
    if (!changing.has(String(key))) return call
    return (...values: unknown[]) => life.change(String(key), 'needs-room', () => call(...values))
  }
  return typeof value === 'object' && value !== null ? guardedStore(value, life) : value
}

/** Stores are objects and classes; what is not replaced goes to the original, with its own `this`. */
export function over<T extends object>(original: T, changes: Partial<T>): T {
  return new Proxy(original, {
    get(target, key) {
      if (key in changes) return Reflect.get(changes, key)
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (...given: unknown[]) => Reflect.apply(value, target, given) : value
    },
  })
}
