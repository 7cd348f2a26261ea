/**
 * The desks at which people are served: each is one person's account in the running engine. They are opened with the
 * engine, again after each of its ends, and whose account it is is read from the store for every call.
 */
import { abortError } from '../../base/clock.ts'
import { isAbort, messageOf, OperatingError } from '../../base/errors.ts'
import type { EngineEvent, EngineSession } from '../chat-engine/index.ts'
import { deleteLeft, type OpenAccount, openAccount } from './account.ts'
import { type AccountCalls, type Ask, accountCalls, engineAccounts } from './engine/calls.ts'
import { FairGate } from './gate.ts'
import { chatServerLimits } from './limits.ts'
import type { ChatServerOptions } from './options.ts'

interface Live {
  readonly session: EngineSession
  readonly open: Map<string, Promise<OpenAccount>>
  /** By number, for events. */
  readonly users: Map<number, string>
}

export interface DesksListener {
  /** Something happened in an account. */
  happened(user: string, event: EngineEvent['event']): void
  /** All is to be asked for again. */
  began(user: string): void
}

/** Whom the engine is asked for when it is for nobody. */
const house = ''

export class Desks {
  readonly #options: ChatServerOptions
  readonly #listener: DesksListener
  readonly #gate = new FairGate(chatServerLimits)
  readonly #stopping = new AbortController()
  #live: Live | undefined
  #beginning: Promise<Live> | undefined
  #running: Promise<void> | undefined

  constructor(options: ChatServerOptions, listener: DesksListener) {
    this.#options = options
    this.#listener = listener
  }

  /** Begins the engine when somebody has an account here: their mail comes in also when nobody looks. */
  async start(): Promise<void> {
    const { accounts } = this.#options
    if ((await accounts.list()).length > 0 || (await accounts.left()).length > 0) this.#keepRunning()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  /** @throws OperatingError `engine-missing`, `engine-ended`, `unknown-user`, … */
  async open(user: string): Promise<OpenAccount> {
    const { engine, accounts } = this.#options
    if (this.#live === undefined && engine.status().state === 'pausing') {
      const message = 'The chat has to begin anew, which takes a moment. Try again then.'
      throw new OperatingError(message, { code: 'engine-ended', retry: 'later' })
    }
    const live = await this.#begin()
    this.#keepRunning()
    const known = live.open.get(user)
    if (known !== undefined) {
      const account = await known
      const entry = await accounts.get(user)
      if (entry?.account === account.account && entry.proof === account.proof) return account
      if (live.open.get(user) === known) this.#close(live, user, account.account)
    }
    return this.#openIn(live, user)
  }

  /** Somebody's account, asked in turn with all else that another person asks: it costs who wants to know. */
  async openFor(user: string, asking: string): Promise<AccountCalls> {
    const { account } = await this.open(user)
    return accountCalls(account, this.#askFor(await this.#begin(), asking))
  }

  /** An account, and a way to ask the engine what may take for ever, out of turn. */
  async openPatiently(user: string): Promise<{ account: OpenAccount; ask: Ask; ended: AbortSignal }> {
    const account = await this.open(user)
    const { session } = await this.#begin()
    const ask: Ask = (method, params) => session.rpc.call(method, params, { patient: true })
    return { account, ask, ended: session.ended }
  }

  /** See `ChatServer.changed`. Never rejects: what could not be done is done when the engine begins again. */
  async recheck(user: string): Promise<void> {
    const live = this.#live
    if (live === undefined) return
    try {
      // One that could not be opened, perhaps for what just happened, is not open.
      const known = await live.open.get(user)?.catch(() => undefined)
      if (known !== undefined) this.#close(live, user, known.account)
      await deleteLeft(this.#options, this.#askFor(live, house))
      if ((await this.#options.accounts.get(user)) !== undefined) await this.#openIn(live, user)
    } catch (error) {
      this.#options.log.warn('a web account could not be looked after', { user, reason: messageOf(error) })
    }
  }

  #close(live: Live, user: string, account: number): void {
    live.open.delete(user)
    live.users.delete(account)
  }

  #openIn(live: Live, user: string): Promise<OpenAccount> {
    const other = live.open.get(user)
    if (other !== undefined) return other
    const opening = openAccount(this.#options, user, this.#askFor(live, user))
    live.open.set(user, opening)
    opening.then(
      ({ account }) => live.users.set(account, user),
      () => live.open.delete(user),
    )
    return opening
  }

  #keepRunning(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    const { engine, log, clock } = this.#options
    const { signal } = this.#stopping
    const release = engine.hold()
    try {
      while (!signal.aborted) {
        try {
          const live = await this.#begin()
          await this.#furnish(live)
          await ended(live.session.ended, signal)
        } catch (error) {
          if (isAbort(error) || signal.aborted) return
          if (error instanceof OperatingError && error.code === 'engine-missing') return
          log.warn('the chats on the web could not begin; it is tried again', { reason: messageOf(error) })
          await clock.sleep(chatServerLimits.retryMs, signal).catch(() => undefined)
        }
      }
    } finally {
      release()
    }
  }

  /** All accounts take in their mail from now on. */
  async #furnish(live: Live): Promise<void> {
    const { accounts, log } = this.#options
    const ask = this.#askFor(live, house)
    await deleteLeft(this.#options, ask)
    for (const { user } of await accounts.list()) {
      try {
        await this.open(user)
      } catch (error) {
        if (live.session.ended.aborted) throw error
        log.warn('a web account could not be opened', { user, reason: messageOf(error) })
      }
    }
    await engineAccounts(ask).maybeNetwork()
  }

  #begin(): Promise<Live> {
    if (this.#live !== undefined) return Promise.resolve(this.#live)
    this.#beginning ??= this.#wake().finally(() => {
      this.#beginning = undefined
    })
    return this.#beginning
  }

  async #wake(): Promise<Live> {
    const { signal } = this.#stopping
    if (signal.aborted) throw abortError(signal)
    const session = await this.#options.engine.wake(signal)
    const live: Live = { session, open: new Map(), users: new Map() }
    this.#live = live
    session.onEvent(({ contextId, event }) => {
      if (event.kind === 'EventChannelOverflow') {
        for (const user of live.users.values()) this.#listener.began(user)
        return
      }
      const user = live.users.get(contextId)
      if (user !== undefined) this.#listener.happened(user, event)
    })
    const over = () => {
      if (this.#live === live) this.#live = undefined
      for (const user of live.users.values()) this.#listener.began(user)
    }
    session.ended.addEventListener('abort', over)
    if (session.ended.aborted) over()
    return live
  }

  #askFor({ session }: Live, user: string): Ask {
    const call = (method: string, params: readonly unknown[]) => session.rpc.call(method, params, { patient: true })
    return (method, params) =>
      this.#inTime(
        session,
        this.#gate.run(user, () => call(method, params)),
      )
  }

  /** Slow work of one person ends nobody else's: only an engine that answers nothing at all is ended. */
  async #inTime(session: EngineSession, done: Promise<unknown>): Promise<unknown> {
    const answered = new AbortController()
    const late = this.#options.clock.sleep(chatServerLimits.callTimeoutMs, answered.signal).then(() => {
      session.rpc.call('get_all_account_ids', []).catch(() => undefined)
      throw new OperatingError('The chat engine is still busy with this. Look again later.', {
        code: 'engine-slow',
        retry: 'later',
      })
    })
    try {
      return await Promise.race([done, late])
    } finally {
      answered.abort()
      late.catch(() => undefined)
    }
  }
}

/** Resolves when one of them fires. */
function ended(...signals: readonly AbortSignal[]): Promise<void> {
  const any = AbortSignal.any([...signals])
  if (any.aborted) return Promise.resolve()
  return new Promise(resolve => any.addEventListener('abort', () => resolve(), { once: true }))
}
