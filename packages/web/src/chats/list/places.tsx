import type { Place } from '../../actions/index.ts'
import { api } from '../../api/index.ts'
import { stores } from '../../stores/index.ts'
import { plainLine } from '../../text/line.ts'
import { Avatar } from '../../ui/index.ts'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import { goToContact } from './found-row.tsx'

const chatsMax = 8
const contactsMax = 4
const pictureRem = 1.75

/** Chats, and people without one, for the palette. With nothing written: the chats on top. */
export async function findChats(query: string, go: (path: string) => void): Promise<readonly Place[]> {
  const text = query.trim()
  const [chats, contacts] = await Promise.all([
    api.call('chats.ids', { query: text }),
    text === '' ? { ids: [] } : api.call('contacts.ids', { query: text }),
  ])
  const rows = await api.call('chats.rows', { ids: chats.ids.slice(0, chatsMax) })
  for (const row of rows) stores().chats.rows.put(row)
  const people = await api.call('contacts.get', { ids: contacts.ids.slice(0, contactsMax) })
  const names = new Set(rows.filter(row => row.kind === 'single').map(row => row.name))
  return [
    ...rows.map(row => ({
      id: `chat-${row.id}`,
      label: nameOf(row),
      about: row.request ? say('requestBadge') : plainLine(row.last.what),
      picture: <Avatar name={nameOf(row)} avatar={row.avatar} size={pictureRem} square={row.kind !== 'single'} />,
      go: () => go(`/chat/${row.id}`),
    })),
    ...people
      .filter(contact => !names.has(contact.name))
      .map(contact => ({
        id: `contact-${contact.id}`,
        label: nameOf(contact),
        about: plainLine(contact.address),
        picture: <Avatar name={nameOf(contact)} avatar={contact.avatar} size={pictureRem} />,
        go: () => void goToContact(contact.id, go),
      })),
  ]
}
