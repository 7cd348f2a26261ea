/** People whom somebody knows: their rows, fetched as they come in sight. */
import type { ContactView } from '@posthorn/api'
import { makeRowStore, type RowStore } from './rows.ts'
import type { Source } from './source.ts'

export interface Contacts {
  readonly rows: RowStore<ContactView>
  /** No events any more. */
  close(): void
}

export function makeContacts(source: Source): Contacts {
  const rows = makeRowStore<ContactView>({
    idOf: contact => contact.id,
    fetch: ids => source.call('contacts.get', { ids: [...ids] }),
  })
  const ends = [
    source.on('contacts.changed', ({ contact }) => rows.stale(contact)),
    source.on('chats.all', () => rows.stale(null)),
    source.onReady(() => rows.stale(null)),
  ]
  return {
    rows,
    close() {
      for (const end of ends) end()
    },
  }
}
