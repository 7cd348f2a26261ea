/**
 * Somebody's profile, chats and all, for a second device of theirs: the engine offers it to whoever scans its code.
 *
 * What is handed over holds how to log in. So the profile is set up as that device will need it, with an app password
 * of its own, which a person can take back alone; when the offer ends, the account here is what it was. Meanwhile its
 * chats stand still: the engine holds them for the copy.
 */
import type { CheckedParamsOf, SecondDeviceView } from '@posthorn/api'
import { isAbort, messageOf, OperatingError } from '../../base/errors.ts'
import type { EngineEvent } from '../chat-engine/index.ts'
import type { Handlers } from '../web-server/handlers.ts'
import { type OpenAccount, syncing, syncKey } from './account.ts'
import { refuse } from './desk.ts'
import type { Desks } from './desks.ts'
import type { Ask, Transport } from './engine/calls.ts'
import { forPeople } from './for-people.ts'
import { chatServerLimits } from './limits.ts'
import type { ChatServerOptions, DeviceMethod } from './options.ts'

/** By this label a person finds the passwords of second devices among those of their apps. */
const deviceLabel = 'second device'
const whole = 1000
const resting: SecondDeviceView = { state: 'resting', done: 0, reason: null }

interface Offer {
  readonly ending: AbortController
  /** Fires when a device has begun to take the profile over. */
  readonly taken: AbortController
  readonly over: Promise<void>
}

export class SecondDevices {
  readonly #options: ChatServerOptions
  readonly #desks: Desks
  readonly #offers = new Map<string, Offer>()
  readonly #views = new Map<string, SecondDeviceView>()

  constructor(options: ChatServerOptions, desks: Desks) {
    this.#options = options
    this.#desks = desks
  }

  readonly handlers: Handlers<DeviceMethod> = {
    'second-device.show': async (_, { user }) => this.#viewOf(user),
    'second-device.start': (params, { user }) => this.#start(user, params),
    'second-device.stop': async (_, { user }) => {
      const offer = this.#offers.get(user)
      offer?.ending.abort()
      await offer?.over
      return {}
    },
  }

  /** What the engine says of somebody's account. */
  heard(user: string, event: EngineEvent['event']): void {
    const offer = this.#offers.get(user)
    const done = event['progress']
    if (offer === undefined || event.kind !== 'ImexProgress' || typeof done !== 'number' || done <= 0) return
    offer.taken.abort()
    this.#show(user, {
      state: done >= whole ? 'done' : 'sending',
      done: Math.min(whole, Math.trunc(done)),
      reason: null,
    })
  }

  /**
   * Resolves when nothing of theirs is offered: the engine holds the account until then. What is offered of somebody
   * who was removed ends at once.
   */
  async over(user: string): Promise<void> {
    const offer = this.#offers.get(user)
    if (offer === undefined) return
    if ((await this.#options.accounts.get(user)) === undefined) offer.ending.abort()
    await offer.over
  }

  async stop(): Promise<void> {
    const offers = [...this.#offers.values()]
    for (const { ending } of offers) ending.abort()
    await Promise.all(offers.map(({ over }) => over))
  }

  #viewOf(user: string): SecondDeviceView {
    return this.#views.get(user) ?? resting
  }

  #show(user: string, view: SecondDeviceView): void {
    this.#views.set(user, view)
    this.#options.publish({ user }, 'second-device.went', view)
  }

  async #start(user: string, { where }: CheckedParamsOf<'second-device.start'>): Promise<{ code: string }> {
    if (this.#offers.has(user)) refuse('offered-already', 'Your profile is offered already. Stop that first.')
    let conclude: () => void = () => undefined
    const over = new Promise<void>(resolve => {
      conclude = resolve
    })
    // From here on nobody else begins one for this person.
    const offer: Offer = { ending: new AbortController(), taken: new AbortController(), over }
    this.#offers.set(user, offer)
    const conclusion = () => {
      this.#offers.delete(user)
      conclude()
    }
    try {
      const login = await this.#loginFor(user, where)
      return await this.#offer(user, offer, login, conclusion)
    } catch (error) {
      conclusion()
      throw error
    }
  }

  /** How the other device is to log in. */
  async #loginFor(user: string, where: 'network' | 'machine'): Promise<Omit<Transport, 'password'>> {
    const { network, ports, addressOf } = this.#options
    const address = addressOf(user)
    if (where === 'machine') return { address, lanHost: null, ...ports() }
    const place = await network()
    if (place !== null) return { address, ...place }
    return refuse(
      'not-open',
      'This node is not open to the local network: a phone could not fetch its messages here. ' +
        'Who looks after the node can open it.',
    )
  }

  async #offer(
    user: string,
    offer: Offer,
    login: Omit<Transport, 'password'>,
    conclusion: () => void,
  ): Promise<{ code: string }> {
    const { account, ask, ended } = await this.#desks.openPatiently(user)
    const { calls } = account
    const [known] = (await calls.transports()).filter(({ addr }) => addr === login.address)
    if (known === undefined) refuse('not-ready', 'Your chats are not set up yet. Open them once, then try again.')
    const device = await this.#newPassword(user)
    const putBack = async (isKept: boolean) => {
      if (!isKept) await this.#options.appPasswords.remove(user, device.label)
      const { addr: address, password } = known
      await calls.login({ address, password, lanHost: null, ...this.#options.ports() })
      await calls.set({ [syncKey]: syncing.done })
      await calls.startIo()
      // It has connected so often by now that it would wait for a minute before it does again.
      await ask('maybe_network', [])
    }
    try {
      // How this side logs in is no business of the other one's.
      await calls.set({ [syncKey]: syncing.withheld })
      await calls.login({ ...login, password: device.password })
      const provided = ask('provide_backup', [account.account])
      const code = await this.#code(account, ask, provided)
      this.#show(user, { state: 'waiting', done: 0, reason: null })
      void this.#watch(user, offer, { account, provided, ended, putBack }).finally(conclusion)
      return { code }
    } catch (error) {
      await putBack(false).catch(() => undefined)
      throw error
    }
  }

  /** The engine waits with the code until there is one; and for ever where there will be none. */
  async #code(account: OpenAccount, ask: Ask, provided: Promise<unknown>): Promise<string> {
    const late = new AbortController()
    const tooLate = this.#options.clock.sleep(chatServerLimits.deviceCodeMs, late.signal).then(() => {
      throw new OperatingError('The chat engine shows no code. Try again.', { code: 'engine-slow', retry: 'later' })
    })
    const failed = provided.then(() => {
      throw new OperatingError('The chat engine ended the offer. Try again.', {
        code: 'engine-refused',
        retry: 'later',
      })
    })
    for (const one of [tooLate, failed]) one.catch(() => undefined)
    try {
      const code = await Promise.race([ask('get_backup_qr', [account.account]), tooLate, failed])
      if (typeof code !== 'string') throw new TypeError('the code is no text')
      return code
    } catch (error) {
      await account.calls.endOngoing()
      throw error
    } finally {
      late.abort()
    }
  }

  /** Until a device has it all, somebody stops it, or it was offered for long enough. */
  async #watch(
    user: string,
    { ending, taken }: Offer,
    run: {
      account: OpenAccount
      provided: Promise<unknown>
      ended: AbortSignal
      putBack: (isKept: boolean) => Promise<void>
    },
  ): Promise<void> {
    const { clock, log } = this.#options
    const over = new AbortController()
    const patience = async () => {
      await clock
        .sleep(chatServerLimits.deviceWaitsMs, AbortSignal.any([over.signal, taken.signal]))
        .catch(() => undefined)
      if (taken.signal.aborted) await clock.sleep(chatServerLimits.deviceTakesMs, over.signal)
      ending.abort()
    }
    patience().catch(() => undefined)
    const stop = () => {
      run.account.calls.endOngoing().catch(() => undefined)
    }
    ending.signal.addEventListener('abort', stop, { once: true })
    if (ending.signal.aborted) stop()
    let reason: string | null = null
    try {
      await run.provided
    } catch (error) {
      reason = messageOf(forPeople(error))
    } finally {
      over.abort()
    }
    // The engine ends an offer that was stopped as it ends one that was taken: only what it told by the way is certain.
    const isDone = this.#viewOf(user).state === 'done'
    if (!isDone) this.#show(user, { state: 'ended', done: 0, reason })
    try {
      await run.putBack(isDone)
    } catch (error) {
      // It logs in anew the next time that the engine begins.
      if (!isAbort(error) && !run.ended.aborted) {
        log.warn('a web account could not be set back after an offer to a second device', { reason: messageOf(error) })
      }
    }
  }

  /** A number is put behind a label that is used already. */
  async #newPassword(user: string): Promise<{ label: string; password: string }> {
    const { appPasswords, clock } = this.#options
    for (let number = 1; number <= chatServerLimits.devicesMax; number += 1) {
      const label = number === 1 ? deviceLabel : `${deviceLabel} ${number}`
      const made = await appPasswords.add(user, label, clock.now())
      if (typeof made !== 'string') return { label, password: made.password }
      if (made !== 'taken') break
    }
    return refuse('too-many', 'You have too many app passwords: remove those of old devices first.')
  }
}
