import type { OutboxItem } from './item.ts'
import type { OutboxStore } from './store.ts'

const databaseName = 'posthorn'
const table = 'outbox'

/** The browser's own database. Each call fails where there is none, as in some private windows. */
export function indexedDbOutboxStore(): OutboxStore {
  let opening: Promise<IDBDatabase> | undefined
  const opened = () => {
    opening ??= open().catch((error: unknown) => {
      opening = undefined
      throw error
    })
    return opening
  }
  const withTable = async <T>(mode: IDBTransactionMode, use: (rows: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = (await opened()).transaction(table, mode, { durability: 'strict' })
    const request = use(transaction.objectStore(table))
    return await new Promise((done, reject) => {
      transaction.oncomplete = () => done(request.result)
      transaction.onabort = () => reject(transaction.error ?? new Error('the browser keeps nothing'))
    })
  }
  return {
    all: async user => {
      const items = await withTable<OutboxItem[]>('readonly', rows => rows.index('turn').getAll())
      return items.filter(item => item.user === user)
    },
    has: async key => (await withTable('readonly', rows => rows.count(key))) > 0,
    put: async item => {
      await withTable('readwrite', rows => rows.put(item))
    },
    remove: async key => {
      await withTable('readwrite', rows => rows.delete(key))
    },
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((done, reject) => {
    const request = indexedDB.open(databaseName, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore(table, { keyPath: 'key' }).createIndex('turn', 'writtenAt')
    }
    request.onsuccess = () => done(request.result)
    request.onerror = () => reject(request.error ?? new Error('the browser keeps nothing'))
  })
}
