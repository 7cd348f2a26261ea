/** What the keys and the palette can do with the list and with the chat that is open. */
import { Archive, ArrowDown, ArrowUp, Search } from 'lucide-react'
import { type RefObject, useEffect, useMemo } from 'react'
import { type Action, addPlaces, useActions } from '../../actions/index.ts'
import { stores } from '../../stores/index.ts'
import { runDeed } from '../deeds.ts'
import { chatBeside, requestsFirst } from '../order.ts'
import { possibleWith, type RowDeed } from '../possible.ts'
import { say } from '../words.ts'
import { beginnings } from './beginnings.ts'
import { findChats } from './places.tsx'
import { iconOf, labelOf } from './row-menu.ts'

interface Parts {
  readonly chosen: number | undefined
  readonly archived: boolean
  readonly go: (path: string) => void
  readonly field: RefObject<HTMLInputElement | null>
}

export function useListActions({ chosen, archived, go, field }: Parts): void {
  const walking = useMemo(() => walks(chosen, archived, go), [chosen, archived, go])
  const ofChat = useMemo(() => (chosen === undefined ? [] : deedsOf(chosen, go)), [chosen, go])
  const general = useMemo<readonly Action[]>(
    () => [
      {
        id: 'chats.search',
        words: () => say('focusSearch'),
        icon: Search,
        keys: ['Mod+Shift+f'],
        isPossible: () => field.current !== null,
        run: () => field.current?.focus(),
      },
      { id: 'chats.archive', words: () => say('showArchive'), icon: Archive, run: () => go('/archive') },
    ],
    [go, field],
  )
  useActions(beginnings)
  useActions(general)
  useActions(walking)
  useActions(ofChat)
  useEffect(() => addPlaces(query => findChats(query, go)), [go])
}

/** From chat to chat, in the order of the list. */
function walks(chosen: number | undefined, archived: boolean, go: (path: string) => void): readonly Action[] {
  const step = (steps: 1 | -1) => () => {
    const { list, archive, rows } = stores().chats
    const ids = (archived ? archive : list).store.getState().ids ?? []
    const next = chatBeside(requestsFirst(ids, rows.store.getState().held), chosen, steps)
    if (next !== undefined) go(`/chat/${next}`)
  }
  return [
    { id: 'chats.next', words: () => say('nextChat'), icon: ArrowDown, keys: ['Alt+ArrowDown'], run: step(1) },
    { id: 'chats.previous', words: () => say('previousChat'), icon: ArrowUp, keys: ['Alt+ArrowUp'], run: step(-1) },
  ]
}

const keys: Partial<Readonly<Record<RowDeed, readonly string[]>>> = {
  archive: ['Alt+e'],
  pin: ['Alt+p'],
  unpin: ['Alt+p'],
  mute: ['Alt+m'],
  unmute: ['Alt+m'],
  info: ['Alt+i'],
}

/** The deeds of the menu, for the chat that is open. */
function deedsOf(chat: number, go: (path: string) => void): readonly Action[] {
  const row = () => stores().chats.rows.store.getState().held.get(chat) ?? undefined
  const offered: readonly RowDeed[] = ['pin', 'unpin', 'mute', 'unmute', 'archive', 'unarchive', 'info', 'delete']
  return offered.map(deed => ({
    id: `chat.${deed}`,
    words: () => labelOf(deed),
    icon: iconOf(deed),
    ...(keys[deed] === undefined ? {} : { keys: keys[deed] }),
    danger: deed === 'delete',
    isPossible: () => {
      const now = row()
      return now !== undefined && possibleWith(now).includes(deed)
    },
    run: () => {
      const now = row()
      if (now !== undefined) runDeed(deed, { row: now, go })
    },
  }))
}
