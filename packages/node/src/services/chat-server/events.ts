/**
 * What the engine says happened, as the area's events, to the one person it happened to: gathered for a moment, each
 * thing once, and of too much of one kind only that it is much.
 */
import type { EventName, EventOf } from '@posthorn/api'
import type { Clock } from '../../base/clock.ts'
import type { EngineEvent } from '../chat-engine/index.ts'
import type { Publish } from '../web-server/handlers.ts'
import { chatServerLimits } from './limits.ts'

export interface News {
  readonly event: EventName
  readonly data: unknown
}

function news<N extends EventName>(event: N, data: EventOf<N>): News {
  return { event, data }
}

const many: News = news('chats.all', {})

/** Ids of the engine's own chats, and of nobody. */
const specialMax = 9

const id = (value: unknown): number | null => (typeof value === 'number' && value > specialMax ? value : null)
const contactId = (value: unknown): number | null => (typeof value === 'number' && value > 0 ? value : null)

/** Empty: nobody needs to know. */
export function newsOf(event: EngineEvent['event']): readonly News[] {
  const { kind } = event
  const chat = id(event['chatId'] ?? event['chat_id'])
  const message = id(event['msgId'] ?? event['msg_id'])
  const row = news('chats.row', { chat })
  const listed = news('messages.listed', { chat, message: chat === null ? null : message })
  const changed = chat === null || message === null ? [] : [news('messages.changed', { chat, message })]
  switch (kind) {
    case 'IncomingMsg':
      return chat === null || message === null ? [] : [news('messages.came', { chat, message }), listed, row]
    case 'MsgsChanged':
      return [listed, ...changed, row]
    case 'MsgDeleted':
      return [listed, row]
    case 'MsgsNoticed':
      return [row, ...(chat === null ? [] : [listed])]
    case 'MsgDelivered':
    case 'MsgFailed':
    case 'MsgRead':
    case 'MsgReadCountChanged':
      return [...changed, row]
    case 'ReactionsChanged':
    case 'IncomingReaction':
      return changed
    case 'ChatModified':
    case 'ChatEphemeralTimerModified':
      return chat === null ? [] : [news('chats.changed', { chat }), row]
    case 'ChatDeleted':
    case 'ChatlistChanged':
      return [news('chats.listed', {})]
    case 'ChatlistItemChanged':
      return [row]
    case 'ContactsChanged':
      return [news('contacts.changed', { contact: contactId(event['contactId']) })]
    case 'SelfavatarChanged':
    case 'ConfigSynced':
      return [news('profile.changed', {})]
    case 'SecurejoinInviterProgress':
    case 'SecurejoinJoinerProgress':
      return inviteNews(event)
    default:
      return []
  }
}

function inviteNews(event: EngineEvent['event']): readonly News[] {
  const contact = contactId(event['contactId'])
  const done = event['progress']
  if (contact === null || typeof done !== 'number' || done < 0) return []
  return [news('invites.went', { contact, done: Math.trunc(done) })]
}

/** The word for many of a kind, where there is one. */
const manyOf: Partial<Record<EventName, News>> = {
  'chats.row': news('chats.row', { chat: null }),
  'contacts.changed': news('contacts.changed', { contact: null }),
  'messages.listed': news('messages.listed', { chat: null, message: null }),
}

export class Teller {
  readonly #publish: Publish
  readonly #clock: Clock
  readonly #stopping = new AbortController()
  readonly #waiting = new Map<string, Map<string, News>>()
  /** Who was told something a moment ago. */
  readonly #told = new Set<string>()

  constructor(publish: Publish, clock: Clock) {
    this.#publish = publish
    this.#clock = clock
  }

  tell(user: string, told: readonly News[]): void {
    if (told.length === 0) return
    const waiting = this.#waiting.get(user) ?? new Map<string, News>()
    for (const one of told) {
      const key = `${one.event} ${JSON.stringify(one.data)}`
      // The latest place: what is told last is what holds.
      waiting.delete(key)
      waiting.set(key, one)
    }
    if (this.#waiting.has(user)) return
    this.#waiting.set(user, waiting)
    const { tellMs, tellSoonMs } = chatServerLimits
    this.#after(this.#told.has(user) ? tellMs : tellSoonMs, () => this.#send(user))
  }

  tellAll(user: string): void {
    this.tell(user, [many])
  }

  stop(): void {
    this.#stopping.abort()
  }

  #after(delayMs: number, work: () => void): void {
    this.#clock.sleep(delayMs, this.#stopping.signal).then(work, () => undefined)
  }

  #send(user: string): void {
    this.#told.add(user)
    this.#after(chatServerLimits.tellMs, () => void this.#told.delete(user))
    const waiting = [...(this.#waiting.get(user)?.values() ?? [])]
    this.#waiting.delete(user)
    for (const { event, data } of inShort(waiting)) this.#publish({ user }, event, data as never)
  }
}

function inShort(waiting: readonly News[]): readonly News[] {
  const counts = new Map<EventName, number>()
  for (const { event } of waiting) counts.set(event, (counts.get(event) ?? 0) + 1)
  const tooMany = [...counts].filter(([, count]) => count > chatServerLimits.newsMax).map(([event]) => event)
  if (waiting.includes(many) || tooMany.some(event => manyOf[event] === undefined && event !== 'messages.came')) {
    return [...waiting.filter(({ event }) => event === 'messages.came').slice(-chatServerLimits.newsMax), many]
  }
  const kept = waiting.filter(({ event }) => !tooMany.includes(event))
  return [...kept, ...tooMany.flatMap(event => manyOf[event] ?? [])]
}
