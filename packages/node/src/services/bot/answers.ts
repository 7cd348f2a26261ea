/** Letters to the account: commands of people who live here, and their answers. */

import { Allowance } from '../../base/allowance.ts'
import type { EngineCalls } from '../chat-engine/index.ts'
import { selfContact } from '../chat-engine/index.ts'
import { botLimits } from './limits.ts'
import type { BotOptions } from './options.ts'
import { helpText, quietText, tellText, whereText } from './words.ts'

/** Chats of two, as the engine calls them. */
const single: readonly (string | number)[] = ['Single', 100]

export class Answers {
  readonly #options: BotOptions
  readonly #answers: Allowance
  readonly #help: Allowance

  constructor(options: BotOptions) {
    this.#options = options
    this.#answers = new Allowance(options.clock, botLimits.answersPerHourMax)
    this.#help = new Allowance(options.clock, botLimits.helpPerHourMax)
  }

  /** Reads what came, to its end. Cut off by a crash, the last one is answered again. */
  async read(calls: EngineCalls, account: number): Promise<void> {
    for (;;) {
      const messages = await calls.nextMessages(account)
      if (messages.length === 0) return
      for (const message of messages) {
        await this.#answer(calls, account, message)
        await calls.seen(account, [message])
      }
    }
  }

  async #answer(calls: EngineCalls, account: number, id: number): Promise<void> {
    const { notices, userOf, log } = this.#options
    const message = await calls.message(account, id)
    const { fromId, isInfo, isBot, showPadlock, chatId, sender } = message
    // Never an answer to an answer; and who it is, is known by the key alone.
    if (fromId === selfContact || isInfo || isBot || !showPadlock) return
    const user = await userOf(sender.address)
    const { chatType } = await calls.chat(account, chatId)
    if (user === undefined || !single.includes(chatType)) return
    await notices.chats.put(user, chatId)
    const text = await this.#reply(user, message.text.slice(0, botLimits.commandLettersMax).trim())
    if (text === undefined) return
    await calls.sendText(account, chatId, text)
    log.debug('the account answered', { user })
  }

  /** Undefined: nothing is said. */
  async #reply(user: string, text: string): Promise<string | undefined> {
    const { lettersOf, setNotices, wantsNotices, notices, nodeName } = this.#options
    const [command = '', ...rest] = text.split(/\s+/)
    const to = rest.join(' ')
    const known = ['/where', '/quiet', '/tell', '/help'].includes(command.toLowerCase())
    if (!(known ? this.#answers : this.#help).take(user)) return undefined
    switch (command.toLowerCase()) {
      case '/where': {
        const asked = { limit: botLimits.lettersShownMax, ...(to === '' ? {} : { to }) }
        return whereText(await lettersOf(user, asked), asked.to)
      }
      case '/quiet':
        await setNotices(user, false)
        await notices.drop(user)
        return quietText
      case '/tell':
        await setNotices(user, true)
        return tellText
      default:
        return helpText(nodeName, wantsNotices(user))
    }
  }
}
