/**
 * What was written and the node does not have yet.
 *
 * Every message goes through here, also while the node answers: it is kept by the browser first, then sent, by chat in
 * the order written, and forgotten when the node has it. A broken connection, a closed page or a second page of the
 * same browser neither loses nor doubles one: it is sent again with the same key. What the node refuses for good stays
 * with its words until somebody sends it again or drops it. Each person's items are theirs; signing out forgets them.
 */
import { create } from 'zustand'
import { useShallow } from 'zustand/react/shallow'
import { ApiFailure, api, localFailure, upload } from '../../api/index.ts'
import { indexedDbOutboxStore } from './indexed-db.ts'
import type { OutboxItem } from './item.ts'
import { forgetSent, noteSent } from './just-sent.ts'
import { createOutbox, type Outbox, type Sent } from './outbox.ts'
import { memoryOutboxStore } from './store.ts'

export type { Letter, OutboxItem } from './item.ts'
export { noteListed, outboxKeyOf, sendingAnswered, useJustSent } from './just-sent.ts'
export type { Outbox } from './outbox.ts'

interface State {
  readonly items: readonly OutboxItem[]
  readonly sent: ReadonlyMap<string, Sent>
}

const useState = create<State>(() => ({ items: [], sent: new Map() }))
const channel = 'BroadcastChannel' in globalThis ? new BroadcastChannel('posthorn.outbox') : null

/** Of this browser. */
export const outbox: Outbox = createOutbox({
  store: 'indexedDB' in globalThis ? indexedDbOutboxStore() : memoryOutboxStore(),
  deliver,
  now: Date.now,
  newKey,
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  exclusively,
  tell: () => channel?.postMessage('changed'),
  onChange: (items, sent) => useState.setState({ items, sent }),
})

/** What waits in a chat, in the order written. */
export function useOutbox(chat: number): readonly OutboxItem[] {
  return useState(useShallow(state => state.items.filter(item => item.chat === chat)))
}

/** How much of the file of an item was sent; null while none is. */
export function useSent(key: string): Sent | null {
  return useState(state => state.sent.get(key) ?? null)
}

/** How many wait in all chats. */
export function useOutboxCount(): number {
  return useState(state => state.items.length)
}

/** Sends for somebody while they are signed in, until the function that comes back is called. */
export function runOutbox(user: string): () => void {
  const reread = () => void outbox.reread()
  channel?.addEventListener('message', reread)
  void outbox.open(user)
  const stop = api.onReady(() => outbox.go())
  return () => {
    stop()
    channel?.removeEventListener('message', reread)
    void outbox.open(null)
    forgetSent()
  }
}

async function deliver(
  item: OutboxItem,
  onProgress: (sentBytes: number, totalBytes: number) => void,
  signal: AbortSignal,
): Promise<void> {
  // Nobody waits here for the connection: what waits can still be taken back, and goes when it is there (`onReady`).
  if (api.phase() !== 'ready') throw localFailure('offline')
  const { key, file } = item
  const there = uploads.get(key)
  uploads.delete(key)
  if (there !== undefined && (await isTaken(give(item, there)))) return
  await give(item, file === undefined ? undefined : await upload(file.blob, file.name, { onProgress, signal }))
}

/** Of letters whose answer was lost: a file that is at the node already is not sent a second time. */
const uploads = new Map<string, string>()

async function give(item: OutboxItem, upload: string | undefined): Promise<void> {
  const { key, chat, text, quote, file } = item
  const content = { chat, key, text, ...(quote === undefined ? {} : { quote }) }
  const attached =
    file === undefined || upload === undefined ? {} : { file: { upload, name: file.name, kind: file.kind } }
  try {
    await noteSent(item, api.call('messages.send', { ...content, ...attached }))
  } catch (error) {
    if (upload !== undefined && error instanceof ApiFailure && error.code === 'lost') uploads.set(key, upload)
    throw error
  }
}

/** False: the node has the file no more, as after a new start. */
async function isTaken(giving: Promise<void>): Promise<boolean> {
  try {
    await giving
    return true
  } catch (error) {
    if (error instanceof ApiFailure && error.code === 'no-such-upload') return false
    throw error
  }
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const letters = btoa(String.fromCharCode(...bytes))
  return letters.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** Pages without TLS (but on this machine) have no locks; there the node's memory of keys is enough. */
async function exclusively(name: string, run: () => Promise<void>): Promise<void> {
  if (!('locks' in navigator)) return await run()
  await navigator.locks.request(name, run)
}
