/**
 * Writing notices, each in one message: what is about to be sent is remembered first, and after a crash the chat is
 * looked at to see whether it went. Told is what this node's own mail server has taken for the person.
 */

import { Allowance } from '../../base/allowance.ts'
import type { NoticeMessage } from '../../stores/notices/index.ts'
import { type EngineCalls, selfContact, sentStates } from '../chat-engine/index.ts'
import { isChatOf } from './account.ts'
import { botLimits } from './limits.ts'
import type { BotOptions } from './options.ts'
import { noticeText } from './words.ts'

export class Writing {
  readonly #options: BotOptions
  readonly #allowance: Allowance

  constructor(options: BotOptions) {
    this.#options = options
    this.#allowance = new Allowance(options.clock, botLimits.noticesPerHourMax)
  }

  /** Who can be written to: milliseconds until the next may be; undefined when there is nobody. */
  async dueMs(): Promise<number | undefined> {
    const { notices } = this.#options
    if ((await notices.summary()).unfinished > 0) return 0
    const waits = (await this.#people()).map(user => this.#allowance.waitMs(user))
    return waits.length === 0 ? undefined : Math.min(...waits)
  }

  /** Learns what became of messages that were begun, and writes what is due. */
  async write(calls: EngineCalls, account: number): Promise<void> {
    const { notices } = this.#options
    const busy = new Set<string>()
    for (const message of await notices.unfinished()) {
      if (await this.#settle(calls, account, message)) busy.add(message.user)
    }
    for (const user of await this.#people()) {
      // One at a time for each, so that a chat is looked at for one message only.
      if (!busy.has(user) && this.#allowance.take(user)) await this.#writeTo(calls, account, user)
    }
  }

  /** Those with notices, who want them and have a chat. */
  async #people(): Promise<string[]> {
    const { notices, wantsNotices } = this.#options
    const people: string[] = []
    for (const user of await notices.waitingUsers()) {
      if (!wantsNotices(user)) await notices.drop(user)
      else if (notices.chats.get(user) !== undefined) people.push(user)
    }
    return people
  }

  async #writeTo(calls: EngineCalls, account: number, user: string): Promise<void> {
    const { notices, log } = this.#options
    const chat = notices.chats.get(user)
    if (chat === undefined) return
    if (!(await isChatOf(this.#options, calls, { account, chat, user }))) {
      await notices.chats.forget(user)
      return
    }
    const waiting = await notices.waiting(user, botLimits.noticesPerMessageMax + 100)
    const told = waiting.slice(0, botLimits.noticesPerMessageMax)
    const text = noticeText(told, waiting.length - told.length)
    const after = Math.max(0, ...(await calls.messages(account, chat)))
    const sequences = told.map(({ sequence }) => sequence)
    const number = await notices.begin({ user, text, chat, after }, sequences)
    await calls.sendText(account, chat, text)
    log.info('a person is told of their letters', { user, message: number, notices: told.length })
  }

  /** Whether it is still on its way. */
  async #settle(calls: EngineCalls, account: number, message: NoticeMessage): Promise<boolean> {
    const { notices } = this.#options
    const { number, user, chat } = message
    if (!(await isChatOf(this.#options, calls, { account, chat, user }))) {
      await notices.takeBack(number)
      if (notices.chats.get(user) === chat) await notices.chats.forget(user)
      return false
    }
    const state = await this.#sentState(calls, account, message)
    if (state === undefined) {
      await calls.sendText(account, chat, message.text)
      return true
    }
    if (state === sentStates.delivered || state === sentStates.read) {
      await notices.told(number)
      return false
    }
    if (state === sentStates.failed) {
      // A full mailbox, for one: it is tried again when the next one may be written.
      await notices.takeBack(number)
      return true
    }
    return true
  }

  /** Undefined: it was never sent. */
  async #sentState(
    calls: EngineCalls,
    account: number,
    { chat, after, text }: NoticeMessage,
  ): Promise<number | undefined> {
    for (const id of await calls.messages(account, chat)) {
      if (id <= after) continue
      const sent = await calls.message(account, id)
      if (sent.fromId === selfContact && sent.text.trim() === text.trim()) return sent.state
    }
    return undefined
  }
}
