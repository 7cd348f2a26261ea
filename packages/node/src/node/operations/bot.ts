/** The node's own account, for people who want to write to it. */
import { refusal } from '../people.ts'
import type { ServedNode } from '../served.ts'
import type { BotShown, BotStatus } from './bot-types.ts'

export async function showBot({ account, chat }: ServedNode): Promise<BotShown> {
  if ('why' in account) throw refusal('no-account', `This node has no account of its own: ${account.why}.`)
  if (chat === null) {
    throw refusal('not-running', 'The node does not run, and its account only lives while it does: posthorn start')
  }
  return { address: account.address, ...(await chat.bot.contact()) }
}

export async function botStatus({ account, chat, notices }: ServedNode): Promise<BotStatus> {
  const { waiting: untold, unfinished } = await notices.summary()
  const waiting = untold + unfinished
  const engine = chat?.engine.status() ?? null
  if ('why' in account) return { address: null, why: account.why, engine, waiting }
  return { address: account.address, why: null, engine, waiting }
}
