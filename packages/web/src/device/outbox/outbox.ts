/** Keeps what was written and sends it, chat by chat in the order written. Everything outside is handed in. */
import { ApiFailure, isCancelled, localFailure, wordsOf } from '../../api/index.ts'
import type { Letter, OutboxItem } from './item.ts'
import type { OutboxStore } from './store.ts'

export interface OutboxParts {
  readonly store: OutboxStore
  /** Gives a letter to the node. `signal` ends the sending of its file; the letter itself is then not given. */
  readonly deliver: (
    item: OutboxItem,
    onSent: (sentBytes: number, totalBytes: number) => void,
    signal: AbortSignal,
  ) => Promise<void>
  readonly now: () => number
  readonly newKey: () => string
  readonly after: (delayMs: number, run: () => void) => () => void
  /** Of all pages of this browser one at a time. */
  readonly exclusively: (name: string, run: () => Promise<void>) => Promise<void>
  /** Tells the other pages of this browser that something changed. */
  readonly tell: () => void
  readonly onChange: (items: readonly OutboxItem[], sent: ReadonlyMap<string, Sent>) => void
}

/** How much of the file of an item is at the node. */
export interface Sent {
  readonly sentBytes: number
  readonly totalBytes: number
}

export interface Outbox {
  /** Keeps a letter, and sends it when its turn comes. Resolves with its key; `kept` tells whether it is safe here. */
  send(chat: number, letter: Letter): Promise<{ readonly key: string; readonly kept: boolean }>
  retry(key: string): void
  /** It is not to be sent any more. While its file is being sent that ends; too late when the node has the letter. */
  drop(key: string): Promise<void>
  /** Of whom; null: of nobody. What was kept of them before is shown again. */
  open(user: string | null): Promise<void>
  /** The node is there: what waits goes on its way. */
  go(): void
  /** Another page changed something. What it leaves goes from here, once it is not being sent there any more. */
  reread(): Promise<void>
  /** All that somebody wrote here is forgotten. */
  forget(user: string): Promise<void>
}

const againAfterMs = 15_000
/** So long after another page kept a letter this one asks for its turn to send it. */
const takeOverMs = 2000
/** Why the sending of one ends that is not to be sent any more. */
const dropped = 'dropped'

export function createOutbox(parts: OutboxParts): Outbox {
  return new KeptOutbox(parts)
}

class KeptOutbox implements Outbox {
  readonly #parts: OutboxParts
  readonly #items = new Map<string, OutboxItem>()
  /** Not stored, yet or at all: until they are they are lost with the page, and no other page knows of them. */
  readonly #unkept = new Set<string>()
  readonly #sent = new Map<string, Sent>()
  /** To end those that are being sent. */
  readonly #stops = new Map<string, AbortController>()
  readonly #busyChats = new Set<number>()
  /** Those in which something came up while they were busy. */
  readonly #askedAgain = new Set<number>()
  #user: string | null = null
  #stopWaiting = () => {}
  #stopTakingOver = () => {}

  constructor(parts: OutboxParts) {
    this.#parts = parts
  }

  async send(chat: number, letter: Letter): Promise<{ key: string; kept: boolean }> {
    if (this.#user === null) throw localFailure('signed-out')
    const { text, quote, file } = letter
    const newest = Math.max(0, ...[...this.#items.values()].map(item => item.writtenAt))
    const item: OutboxItem = {
      ...{ key: this.#parts.newKey(), user: this.#user, chat, text, quote, file },
      // Two in the same millisecond, and a clock that was set back, keep their order.
      ...{ writtenAt: Math.max(this.#parts.now(), newest + 1), state: 'waits', error: '' },
    }
    this.#unkept.add(item.key)
    this.#show(item)
    const kept = await this.#parts.store.put(item).then(
      () => true,
      () => false,
    )
    if (kept) this.#unkept.delete(item.key)
    this.#parts.tell()
    this.#sendNext(chat)
    return { key: item.key, kept }
  }

  retry(key: string): void {
    const item = this.#items.get(key)
    if (item?.state !== 'failed') return
    this.#change(item, { state: 'waits', error: '' })
    this.#sendNext(item.chat)
  }

  async drop(key: string): Promise<void> {
    if (this.#items.get(key)?.state === 'sending') this.#stops.get(key)?.abort(dropped)
    else await this.#remove(key)
  }

  async open(user: string | null): Promise<void> {
    this.#stopWaiting()
    this.#stopTakingOver()
    // What is half sent of the one before ends, and waits for them: nothing of theirs goes by another's connection.
    for (const stop of this.#stops.values()) stop.abort()
    this.#user = user
    this.#items.clear()
    this.#unkept.clear()
    this.#changed()
    await this.reread()
    this.go()
  }

  go(): void {
    this.#stopWaiting()
    for (const chat of new Set([...this.#items.values()].map(item => item.chat))) this.#sendNext(chat)
  }

  async reread(): Promise<void> {
    const user = this.#user
    if (user === null) return
    const stored = await this.#parts.store.all(user).catch(() => [])
    if (user !== this.#user) return
    const keys = new Set(stored.map(item => item.key))
    for (const [key, item] of this.#items) {
      if (!keys.has(key) && !this.#unkept.has(key) && item.state !== 'sending') this.#items.delete(key)
    }
    const found = stored.filter(item => !this.#items.has(item.key))
    for (const item of found) {
      this.#items.set(item.key, item.state === 'sending' ? { ...item, state: 'waits' } : item)
    }
    this.#changed()
    if (found.length > 0) this.#takeOverLater()
  }

  /** The page that sends them may be closed before it has: this one's turn is behind it. */
  #takeOverLater(): void {
    this.#stopTakingOver()
    this.#stopTakingOver = this.#parts.after(takeOverMs, () => this.go())
  }

  async forget(user: string): Promise<void> {
    // First of all nothing of theirs may be put there any more.
    if (user === this.#user) await this.open(null)
    const stored = await this.#parts.store.all(user).catch(() => [])
    for (const item of stored) await this.#parts.store.remove(item.key).catch(() => undefined)
    this.#parts.tell()
  }

  #sendNext(chat: number): void {
    const item = this.#nextOf(chat)
    if (this.#busyChats.has(chat)) this.#askedAgain.add(chat)
    if (item === undefined || this.#busyChats.has(chat)) return
    this.#busyChats.add(chat)
    this.#parts
      .exclusively(`posthorn.outbox.${item.user}.${chat}`, () => this.#sendOne(item))
      .catch((error: unknown) => this.#failed(item, error))
      .finally(() => {
        this.#busyChats.delete(chat)
        // One that still waits holds up those behind it: they are to arrive in the order written.
        const isThrough = this.#items.get(item.key)?.state !== 'waits'
        if (this.#askedAgain.delete(chat) || isThrough) this.#sendNext(chat)
      })
  }

  #nextOf(chat: number): OutboxItem | undefined {
    return [...this.#items.values()]
      .filter(item => item.chat === chat && item.state === 'waits')
      .sort((a, b) => a.writtenAt - b.writtenAt)[0]
  }

  async #sendOne(item: OutboxItem): Promise<void> {
    // Another page may have sent it while this one waited for its turn.
    if (!this.#unkept.has(item.key) && !(await this.#parts.store.has(item.key).catch(() => true))) {
      this.#items.delete(item.key)
      this.#changed()
      return
    }
    // It was dropped, or somebody else came, meanwhile.
    if (item.user !== this.#user || !this.#items.has(item.key)) return
    this.#show({ ...item, state: 'sending', error: '' })
    const stop = new AbortController()
    this.#stops.set(item.key, stop)
    const onSent = (sentBytes: number, totalBytes: number) => {
      this.#sent.set(item.key, { sentBytes, totalBytes })
      this.#changed()
    }
    try {
      await this.#parts.deliver(item, onSent, stop.signal)
    } catch (error) {
      if (stop.signal.reason !== dropped || !isCancelled(error)) throw error
    } finally {
      this.#stops.delete(item.key)
    }
    await this.#remove(item.key)
  }

  #failed(item: OutboxItem, error: unknown): void {
    this.#sent.delete(item.key)
    if (!(error instanceof ApiFailure) || error.retry === 'never') {
      this.#change(item, { state: 'failed', error: wordsOf(error) })
      return
    }
    // Without a connection nothing is wrong with the letter: the banner says why it waits.
    const away = ['offline', 'lost', 'signed-out', 'cancelled'].includes(error.code)
    this.#change(item, { state: 'waits', error: away ? '' : error.message })
    if (away) return
    this.#stopWaiting()
    this.#stopWaiting = this.#parts.after(againAfterMs, () => this.go())
  }

  async #remove(key: string): Promise<void> {
    this.#items.delete(key)
    this.#unkept.delete(key)
    this.#sent.delete(key)
    await this.#parts.store.remove(key).catch(() => undefined)
    this.#changed()
    this.#parts.tell()
  }

  #change(item: OutboxItem, changes: Partial<OutboxItem>): void {
    if (item.user !== this.#user || !this.#items.has(item.key)) return
    const changed = { ...item, ...changes }
    this.#show(changed)
    if (!this.#unkept.has(item.key)) this.#parts.store.put(changed).catch(() => this.#unkept.add(item.key))
    this.#parts.tell()
  }

  #show(item: OutboxItem): void {
    this.#items.set(item.key, item)
    this.#changed()
  }

  #changed(): void {
    const items = [...this.#items.values()].sort((a, b) => a.writtenAt - b.writtenAt)
    this.#parts.onChange(items, new Map(this.#sent))
  }
}
