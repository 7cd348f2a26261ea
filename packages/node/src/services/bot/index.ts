/**
 * The node's own account in the chat engine: it writes to people here when something happened to a letter of theirs,
 * and tells them, when they ask, what is known of the last ones. Apps for chats hide reports; a chat they show.
 *
 * It promises: a notice is written once to somebody who wants it and whose key is known, in few messages an hour, also
 * when node or engine end in between; only people who live here are answered, about their own letters, encrypted; a
 * notice or an answer is never answered. It fails when the engine or a store fails; then what was to be told waits, and
 * is tried again. Without the engine notices wait for a month of days, and nothing else is different.
 *
 * The engine is begun when there is something to read or to write, and rests a while after.
 */
import { abortError } from '../../base/clock.ts'
import { Elapsed } from '../../base/elapsed.ts'
import { isAbort, messageOf, OperatingError } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { EngineSession } from '../chat-engine/index.ts'
import { openAccount, verifiedPeople } from './account.ts'
import { Answers } from './answers.ts'
import { botLimits } from './limits.ts'
import type { BotOptions } from './options.ts'
import { greetingText } from './words.ts'
import { Writing } from './writing.ts'

export type { BotOptions } from './options.ts'
export type { LetterState } from './words.ts'

export interface Bot extends Service {
  /** A hint: a letter came into the account's mailbox. */
  readonly arrived: () => void
  /** For people: a link that makes the chat in one step, and the account as a vCard. Begins the engine. */
  contact(): Promise<{ readonly invite: string; readonly vcard: string }>
}

/** What of the engine's events there is something to do for. */
const heeded: ReadonlySet<string> = new Set([
  ...['IncomingMsg', 'MsgDelivered', 'MsgFailed', 'SecurejoinInviterProgress'],
])

export function startBot(options: BotOptions): Bot {
  return new NodeBot(options)
}

interface Live {
  readonly session: EngineSession
  readonly account: number
  /** Whether those were looked for who came while nobody listened. */
  met: boolean
}

class NodeBot implements Bot {
  readonly #options: BotOptions
  readonly #log: Log
  readonly #hint = new Hint()
  readonly #stopping = new AbortController()
  readonly #elapsed: Elapsed
  readonly #answers: Answers
  readonly #writing: Writing
  readonly #running: Promise<void>
  readonly #unsubscribe: () => void
  #live: Live | undefined
  #opening: Promise<Live> | undefined
  #mailCame = false
  #lastWorkMs = 0
  /** Contacts who have just followed the invite. */
  readonly #joined = new Set<number>()

  constructor(options: BotOptions) {
    this.#options = options
    this.#log = options.log.with({ room: 'bot' })
    this.#elapsed = new Elapsed(options.clock)
    this.#answers = new Answers(options)
    this.#writing = new Writing(options)
    this.#unsubscribe = options.notices.onKept(() => this.#notifyAfter(botLimits.groupMs))
    // What the last run left.
    this.#hint.notify()
    this.#running = this.#run()
  }

  readonly arrived = () => {
    this.#mailCame = true
    this.#lastWorkMs = this.#elapsed.now()
    this.#hint.notify()
  }

  async contact(): Promise<{ invite: string; vcard: string }> {
    const { state, reason } = this.#options.engine.status()
    if (state === 'pausing') {
      const message = `The chat engine ${reason ?? 'ended'}; it is begun again in a while. Try again then.`
      throw new OperatingError(message, { code: 'engine-ended', retry: 'later' })
    }
    const { session, account } = await this.#open()
    const { calls } = session
    // Whoever gets it comes soon.
    this.#lastWorkMs = this.#elapsed.now()
    this.#hint.notify()
    return { invite: await calls.invite(account), vcard: await calls.vcard(account) }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#unsubscribe()
    await this.#options.engine.rest()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    this.#mailCame = await this.#options.mail.waits().catch(() => false)
    while (!signal.aborted) {
      const pauseMs = await this.#round()
      const awake = new AbortController()
      if (pauseMs !== undefined) {
        const waiting = AbortSignal.any([signal, awake.signal])
        this.#options.clock.sleep(pauseMs, waiting).then(
          () => this.#hint.notify(),
          () => undefined,
        )
      }
      await this.#hint.wait(signal)
      awake.abort()
    }
  }

  /** Does what there is to do. Answers when to look again without a hint. */
  async #round(): Promise<number | undefined> {
    const { signal } = this.#stopping
    try {
      const dueMs = await this.#writing.dueMs()
      const isLive = this.#live !== undefined || this.#opening !== undefined
      if (!isLive && !this.#mailCame && dueMs !== 0) return dueMs
      const live = await this.#open()
      const { session, account } = live
      this.#mailCame = false
      if (!live.met || this.#joined.size > 0) await this.#meet(session, account)
      live.met = true
      await this.#answers.read(session.calls, account)
      await this.#writing.write(session.calls, account)
      return await this.#restOrWait()
    } catch (error) {
      if (isAbort(error) || signal.aborted) return undefined
      // It never will be: what is to be told waits in the store.
      if (error instanceof OperatingError && error.code === 'engine-missing') return undefined
      this.#log.warn('the account of the node could not do its work; it tries again', { reason: messageOf(error) })
      return botLimits.retryMs
    }
  }

  async #restOrWait(): Promise<number> {
    const { engine, mail } = this.#options
    const dueMs = await this.#writing.dueMs()
    const quietMs = this.#elapsed.now() - this.#lastWorkMs
    // On its way now: the engine says when it has gone, but that may have been missed.
    if (dueMs === 0) return botLimits.retryMs
    if (quietMs < botLimits.restAfterMs) return Math.min(dueMs ?? Infinity, botLimits.restAfterMs - quietMs)
    // Others need it: then this account stays awake, too.
    if (engine.held) return Math.min(dueMs ?? Infinity, botLimits.restAfterMs)
    this.#live = undefined
    await engine.rest()
    await mail.tidy()
    return dueMs ?? botLimits.restAfterMs
  }

  /** Those who have followed the invite since get a chat, and a word. */
  async #meet({ calls }: EngineSession, account: number): Promise<void> {
    const { notices, nodeName, wantsNotices } = this.#options
    for (const [user, { id }] of await verifiedPeople(this.#options, calls, account)) {
      if (notices.chats.get(user) !== undefined && !this.#joined.delete(id)) continue
      const chat = await calls.chatWith(account, id)
      if (await notices.chats.put(user, chat)) {
        await calls.sendText(account, chat, greetingText(nodeName, wantsNotices(user)))
      }
    }
    this.#joined.clear()
  }

  #open(): Promise<Live> {
    if (this.#live !== undefined) return Promise.resolve(this.#live)
    this.#opening ??= this.#begin(this.#stopping.signal).finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #begin(signal: AbortSignal): Promise<Live> {
    if (signal.aborted) throw abortError(signal)
    const session = await this.#options.engine.wake(signal)
    let own: number | undefined
    session.onEvent(({ contextId, event }) => {
      // The engine has accounts of people, too.
      if (!heeded.has(event.kind) || (own !== undefined && contextId !== own)) return
      const { contactId, progress } = event
      if (progress === 1000 && typeof contactId === 'number') this.#joined.add(contactId)
      this.#lastWorkMs = this.#elapsed.now()
      this.#hint.notify()
    })
    const account = await openAccount(session.calls, this.#options)
    own = account
    const live = { session, account, met: false }
    this.#live = live
    this.#lastWorkMs = this.#elapsed.now()
    const ended = () => {
      // When it rests, that was taken back before.
      if (this.#live !== live) return
      this.#live = undefined
      this.#mailCame = true
      this.#hint.notify()
    }
    session.ended.addEventListener('abort', ended)
    if (session.ended.aborted) ended()
    return live
  }

  #notifyAfter(delayMs: number): void {
    this.#options.clock.sleep(delayMs, this.#stopping.signal).then(
      () => this.#hint.notify(),
      () => undefined,
    )
  }
}
