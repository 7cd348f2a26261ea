/** What a row of the list says, in pieces to be shown and in one sentence to be read aloud. */
import type { ChatRow } from '@posthorn/api'
import { shortTime } from '../i18n/index.ts'
import { plainLine } from '../text/line.ts'
import { say } from './words.ts'

/** How the last message stands, when it is one's own. */
const states = { sending: 'sending', sent: 'sent', failed: 'failed', read: 'read' } as const

export interface RowText {
  readonly name: string
  /** Who wrote it; empty when it goes without saying. */
  readonly who: string
  readonly what: string
  readonly time: string
  /** All of it that matters, for who does not see the row. */
  readonly aloud: string
}

export function nameOf(row: { readonly name: string }): string {
  return plainLine(row.name) || say('unnamed')
}

/** Only of one's own messages a state is known. */
function whoOf({ last }: ChatRow): string {
  const who = plainLine(last.who)
  return who === '' || last.state === null ? who : say('you')
}

export function textOf(row: ChatRow, now: number): RowText {
  const name = nameOf(row)
  const who = row.last.draft ? '' : whoOf(row)
  const before = row.last.draft ? say('draft') : who === '' ? '' : say('who', { who })
  const what = row.last.id === null && !row.last.draft ? say('noMessages') : plainLine(row.last.what)
  const time = row.at === null ? '' : shortTime(row.at, now)
  const aloud = [
    name,
    row.request && say('request'),
    row.unread > 0 && say('unread', { count: row.unread }),
    [before, what].filter(part => part !== '').join(' '),
    row.last.state !== null && say(states[row.last.state]),
    time,
    row.verified && !row.self && say('verified'),
    row.pinned && say('pinned'),
    row.muted && say('muted'),
  ]
  return { name, who, what, time, aloud: aloud.filter(part => part !== false && part !== '').join(', ') }
}
