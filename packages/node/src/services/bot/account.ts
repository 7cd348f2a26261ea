/** The node's account inside the engine: found or made, and logged in. */
import type { EngineCalls, EngineContact } from '../chat-engine/index.ts'
import type { BotOptions } from './options.ts'

/** By this setting the account is known again: others of the engine belong to people. */
const mark = { key: 'ui.posthorn.account', value: 'node' }
/** Old messages of the chats leave the engine's own store. */
const keepSeconds = 30 * 24 * 3600

/** Answers its number. Its mail comes in from now on. */
export async function openAccount(
  calls: EngineCalls,
  { login, nodeName }: Pick<BotOptions, 'login' | 'nodeName'>,
): Promise<number> {
  const account = (await findAccount(calls)) ?? (await makeAccount(calls))
  const settings = {
    // Answers are no conversation: no read receipts, and contacts need no yes.
    ...{ bot: '1', mdns_enabled: '0', bcc_self: '0', delete_device_after: String(keepSeconds) },
    ...{ displayname: `Posthorn ${nodeName}`, selfstatus: '' },
  }
  for (const [key, value] of Object.entries(settings)) await calls.set(account, key, value)
  await calls.login(account, login())
  await calls.startIo(account)
  return account
}

async function findAccount(calls: EngineCalls): Promise<number | undefined> {
  for (const account of await calls.accounts()) {
    if ((await calls.setting(account, mark.key)) === mark.value) return account
  }
  return undefined
}

async function makeAccount(calls: EngineCalls): Promise<number> {
  const account = await calls.addAccount()
  await calls.set(account, mark.key, mark.value)
  return account
}

/** Is this the chat with the user alone, who still has that address? */
export async function isChatOf(
  { userOf }: Pick<BotOptions, 'userOf'>,
  calls: EngineCalls,
  { account, chat, user }: { account: number; chat: number; user: string },
): Promise<boolean> {
  const [contact, ...others] = await calls.chatContacts(account, chat)
  if (contact === undefined || others.length > 0) return false
  return (await userOf((await calls.contact(account, contact)).address)) === user
}

/** The people here who have followed the invite: their keys are known, and they know ours. */
export async function verifiedPeople(
  { userOf }: Pick<BotOptions, 'userOf'>,
  calls: EngineCalls,
  account: number,
): Promise<ReadonlyMap<string, EngineContact>> {
  const people = new Map<string, EngineContact>()
  for (const contact of await calls.contacts(account)) {
    if (!contact.isVerified) continue
    const user = await userOf(contact.address)
    // The latest of several: an app that was set up anew has another key.
    if (user !== undefined && contact.id > (people.get(user)?.id ?? 0)) people.set(user, contact)
  }
  return people
}
