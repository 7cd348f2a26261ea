/** What was written here and is not in the list of the chat yet, as messages. */
import type { FileView, MessageView, QuoteView } from '@posthorn/api'
import { useMemo } from 'react'
import { type OutboxItem, useJustSent, useOutbox } from '../../device/index.ts'
import { quoteOf } from '../state.ts'

/** Waits in the outbox, or was taken by the node a moment ago. */
export function useOnWay(chat: number, listed: ReadonlyMap<number, number>): readonly OutboxItem[] {
  const waiting = useOutbox(chat)
  const sent = useJustSent(chat)
  return useMemo(() => {
    const keys = new Set(sent.map(({ key }) => key))
    const between = sent.flatMap(({ message, item }) => (item === null || listed.has(message) ? [] : [item]))
    return [...between, ...waiting.filter(({ key }) => !keys.has(key))]
  }, [waiting, sent, listed])
}

/** What is known of a file in this page, and not kept with it: its picture and size. */
const views = new WeakMap<Blob, FileView>()

export function rememberView(file: Blob, view: FileView): void {
  views.set(file, view)
}

const numbers = new Map<string, number>()
const made = new WeakMap<OutboxItem, MessageView>()

/** The same object as long as nothing of the item changed. */
export function messageOf(item: OutboxItem, find: (id: number) => MessageView | undefined): MessageView {
  const known = made.get(item)
  if (known !== undefined) return known
  const { key, chat, text, writtenAt, state, error, file } = item
  // No id that a node gives is negative.
  const id = numbers.get(key) ?? -1 - numbers.size
  numbers.set(key, id)
  const message: MessageView = {
    ...blank,
    id,
    chat,
    text,
    kind: file?.kind ?? 'text',
    sentAt: writtenAt,
    receivedAt: writtenAt,
    sortedAt: writtenAt,
    state: state === 'failed' ? 'failed' : 'sending',
    error: state === 'failed' ? error : '',
    file: file === undefined ? null : (views.get(file.blob) ?? plainView(file)),
    quote: quotedBy(item, find),
  }
  made.set(item, message)
  return message
}

function plainView({ blob, name }: NonNullable<OutboxItem['file']>): FileView {
  const { type, size } = blob
  return { name, mime: type, sizeBytes: size, path: null, width: null, height: null, durationMs: null }
}

function quotedBy({ quote }: OutboxItem, find: (id: number) => MessageView | undefined): QuoteView | null {
  const message = quote === undefined ? undefined : find(quote)
  return message === undefined ? null : quoteOf(message)
}

const blank = {
  info: false,
  from: { id: 1, name: '', color: '#000000', avatar: { path: null, color: '#000000', initials: '' } },
  mine: true,
  unread: false,
  edited: false,
  forwarded: false,
  saved: false,
  sealed: true,
  disappearSeconds: 0,
  rest: 'here',
  reactions: [],
  card: null,
  html: false,
} as const satisfies Partial<MessageView>
