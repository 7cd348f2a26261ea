/** One person's account in the engine: found and proven, or made, and logged in to this node. */
import { realpath } from 'node:fs/promises'
import { OperatingError } from '../../base/errors.ts'
import { Mutex } from '../../base/mutex.ts'
import type { WebAccount } from '../../stores/web-accounts/index.ts'
import { type AccountCalls, type Ask, accountCalls, engineAccounts } from './engine/calls.ts'
import { type ChatServerOptions, webChatLabel } from './options.ts'

export interface OpenAccount extends WebAccount {
  readonly calls: AccountCalls
  /** The real path of the folder with its files. */
  readonly blobs: string
  /** One message at a time is made of those that are made once. */
  readonly sending: Mutex
}

/** Stands in the account: one of this number without it is another. */
const proofKey = 'ui.posthorn.proof'
const proofBytes = 24

/** Whether the engine tells the person's other devices of settings; withheld only while the account is offered. */
export const syncKey = 'sync_msgs'
export const syncing = { done: '1', withheld: '0' } as const

/**
 * As people expect of a chat, and as slow roads need: nothing is fetched from anywhere else, everything that lies on
 * the node is taken at once, and letters from other mail systems, reports among them, are shown.
 */
const firstSettings = {
  ...{ mdns_enabled: '1', media_quality: '0', download_limit: '0', delete_device_after: '0' },
  // Else the engine deletes from the mailbox what it has fetched, and other apps and phones of the person never see it.
  bcc_self: '1',
  ...{ force_encryption: '0', selfstatus: '' },
}

/** What the engine tells newcomers of buttons that its own app has, and this one has not. */
const hintsOfOthers = ['core-about-device-chat', 'core-welcome-image', 'core-welcome']

/** @param ask in the name of that person. @throws OperatingError of engine and stores, `unknown-user`. */
export async function openAccount(options: ChatServerOptions, user: string, ask: Ask): Promise<OpenAccount> {
  const entry = (await provenAccount(options, user, ask)) ?? (await makeAccount(options, user, ask))
  const calls = accountCalls(entry.account, ask)
  await logIn(options, user, calls)
  await calls.startIo()
  return { ...entry, calls, blobs: await realpath((await calls.blobFolder()) ?? ''), sending: new Mutex() }
}

/** Deletes from the engine what was left by people who are gone. */
export async function deleteLeft({ accounts, log }: ChatServerOptions, ask: Ask): Promise<void> {
  const engine = engineAccounts(ask)
  for (const entry of await accounts.left()) {
    // One that does not prove itself was never ours to delete.
    if (await isProven(engine, entry)) await engine.remove(entry.account)
    await accounts.forget(entry.account)
    log.info('the web account of a removed person is deleted', { account: entry.account })
  }
}

async function provenAccount(
  { accounts, log }: ChatServerOptions,
  user: string,
  ask: Ask,
): Promise<WebAccount | undefined> {
  const entry = await accounts.get(user)
  if (entry === undefined || (await isProven(engineAccounts(ask), entry))) return entry
  log.error('the chat engine has lost a web account; the person gets a new one', { user, account: entry.account })
  return undefined
}

async function isProven(engine: ReturnType<typeof engineAccounts>, entry: WebAccount): Promise<boolean> {
  if (!(await engine.all()).includes(entry.account)) return false
  return (await engine.setting(entry.account, proofKey)) === entry.proof
}

async function makeAccount({ accounts, random, log }: ChatServerOptions, user: string, ask: Ask): Promise<WebAccount> {
  const engine = engineAccounts(ask)
  const account = await engine.add()
  const proof = Buffer.from(random(proofBytes)).toString('base64url')
  const calls = accountCalls(account, ask)
  await calls.set({ [proofKey]: proof, displayname: displayNameOf(user), ...firstSettings })
  for (const hint of hintsOfOthers) await calls.leaveOut(hint)
  if (!(await accounts.put(user, { account, proof }))) {
    await engine.remove(account)
    throw new OperatingError(`There is no user ${user} here any more.`, { code: 'unknown-user', retry: 'never' })
  }
  log.info('a person has a web account now', { user, account })
  return { account, proof }
}

/**
 * Its password is its own, and made anew when somebody took it back. An offer to a second device that a crash has ended
 * left the account with the login of that device, and cut off from it: the device may have it by now.
 */
async function logIn(options: ChatServerOptions, user: string, calls: AccountCalls): Promise<void> {
  const wanted = { address: options.addressOf(user), lanHost: null, ...options.ports() }
  const known = (await calls.transports()).find(({ addr }) => addr === wanted.address)
  const wasOffered = (await calls.setting(syncKey)) === syncing.withheld
  const isValid =
    !wasOffered && known !== undefined && (await options.appPasswords.verify(user, known.password)) !== undefined
  const isSame = known?.imapPort === wanted.imapPort && known.smtpPort === wanted.smtpPort
  if (isValid && isSame) return
  const password = isValid ? known.password : await newPassword(options, user)
  await calls.login({ ...wanted, password })
  if (wasOffered) await calls.set({ [syncKey]: syncing.done })
  // The node's name may have changed, and the address with it.
  if (known === undefined) await calls.set({ configured_addr: wanted.address })
}

async function newPassword({ appPasswords, clock }: ChatServerOptions, user: string): Promise<string> {
  await appPasswords.remove(user, webChatLabel)
  const made = await appPasswords.add(user, webChatLabel, clock.now())
  if (typeof made !== 'string') return made.password
  const message =
    made === 'too-many'
      ? 'There are too many app passwords for this account: remove those of old apps, then sign in again.'
      : `There is no user ${user} here any more.`
  throw new OperatingError(message, { code: made, retry: 'never' })
}

/** `ann.marie` is shown as “Ann Marie” until she says otherwise. */
function displayNameOf(user: string): string {
  const words = user.split(/[._-]+/).filter(word => word !== '')
  return words.map(word => `${word[0]?.toUpperCase() ?? ''}${word.slice(1)}`).join(' ')
}
