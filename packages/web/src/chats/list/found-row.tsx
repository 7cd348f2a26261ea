import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { api } from '../../api/index.ts'
import { shortTime } from '../../i18n/index.ts'
import { makeRowStore, type RowStore, stores, useRow } from '../../stores/index.ts'
import { plainLine } from '../../text/line.ts'
import { Avatar } from '../../ui/index.ts'
import { attempt } from '../deeds.ts'
import { nameOf } from '../row-text.ts'
import { say } from '../words.ts'
import { cut } from './found-text.ts'
import css from './list.module.css'
import { Who } from './row.tsx'

interface FoundProps {
  readonly id: number
  readonly query: string
  readonly now: number
  readonly tabIndex: 0 | -1
  readonly go: (path: string) => void
}

/** The chat with a contact, made where there is none. */
export async function goToContact(contact: number, go: (path: string) => void): Promise<boolean> {
  return await attempt(async () => go(`/chat/${(await api.call('chats.with', { contact })).chat}`))
}

/** A person who was found: leads to the chat with them. */
export function ContactLine({ id, query, tabIndex, go }: FoundProps) {
  const contact = useRow(stores().contacts.rows, id)
  if (contact === undefined || contact === null) return <span className={css['row']} aria-hidden />
  const name = nameOf(contact)
  const address = plainLine(contact.address)
  return (
    <button
      type="button"
      className={css['row']}
      aria-label={`${name}, ${address}`}
      tabIndex={tabIndex}
      onClick={() => void goToContact(id, go)}
    >
      <Avatar name={name} avatar={contact.avatar} />
      <span className={css['texts']}>
        <bdi className={css['name']}>{marked(name, query)}</bdi>
        <span className={css['what']}>
          <bdi className={css['cut']}>{address}</bdi>
        </span>
      </span>
    </button>
  )
}

type FoundMessage = { id: number; chat: number; chatName: string; from: string; text: string; at: number }

/** Rows of one search: they go with it. */
export function makeFoundRows(): RowStore<FoundMessage> {
  return makeRowStore({
    idOf: row => row.id,
    fetch: ids => api.call('messages.found', { ids: [...ids] }),
  })
}

/** A message that was found: leads to its place in its chat. */
export function MessageLine({
  id,
  query,
  now,
  tabIndex,
  rows,
}: FoundProps & { readonly rows: RowStore<FoundMessage> }) {
  const row = useRow(rows, id)
  if (row === undefined || row === null) return <span className={css['row']} aria-hidden />
  return (
    <Link href={`/chat/${row.chat}?message=${row.id}`} className={css['row']} tabIndex={tabIndex} draggable={false}>
      <span className={css['texts']}>
        <span className={css['line']}>
          <bdi className={css['name']}>{plainLine(row.chatName) || say('unnamed')}</bdi>
          <span className={css['time']}>{shortTime(row.at, now)}</span>
        </span>
        <span className={css['what']}>
          <span className={css['cut']} dir="auto">
            <Who name={plainLine(row.from)} /> {marked(plainLine(row.text), query)}
          </span>
        </span>
      </span>
    </Link>
  )
}

/** The words that were looked for stand out. */
function marked(text: string, query: string): ReactNode {
  const [before, hit, after] = cut(text, query)
  if (hit === '') return text
  return (
    <>
      {before}
      <mark className={css['mark-found']}>{hit}</mark>
      {after}
    </>
  )
}
