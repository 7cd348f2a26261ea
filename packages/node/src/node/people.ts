/** What holds for people here: what was set for one of them, or else what `posthorn.toml` says for all. */
import { OperatingError } from '../base/errors.ts'
import { Mutex } from '../base/mutex.ts'
import type { FirstLogin } from '../services/mail-server/index.ts'
import type { Directory } from '../stores/directory/index.ts'
import type { MailboxStore, Quota } from '../stores/mailbox/index.ts'
import type { Config } from './config/config.ts'

/** The user that the node itself is, for notices; nobody has its password. */
export const nodeAccountName = 'posthorn'

/** RFC 2142, and names that a stranger should not speak under. */
const namesOfTheNode: ReadonlySet<string> = new Set([
  ...['postmaster', 'abuse', 'mailer-daemon', 'root', 'hostmaster', nodeAccountName],
])
const namesOfOffices =
  /^(?:admin|administrator|webmaster|security|support|info|help|noreply|no-reply|posthorn|nobody|system|daemon)/

export function isKept(name: string): boolean {
  return namesOfTheNode.has(name)
}

export function quotaOf(config: Config, users: Directory['users'], name: string): Quota {
  const { quota_bytes_max: bytes = 0, quota_messages_max: messages = 0 } = config.users
  const settings = users.settings(name)
  const limit = (own: number | null | undefined, general: number) => (own ?? general) || null
  return {
    sizeBytesMax: limit(settings?.quotaBytes, bytes),
    messagesMax: limit(settings?.quotaMessages, messages),
  }
}

/** 0: never. */
export function chatDaysOf(config: Config, users: Directory['users'], name: string): number {
  return users.settings(name)?.chatDays ?? config.mail.chat_retention_days
}

/** Whether the node's own account writes to somebody. */
export function wantsNotices(config: Config, users: Directory['users'], name: string): boolean {
  return users.settings(name)?.notices ?? config.bot.notices
}

export interface PeopleStores {
  readonly directory: Pick<Directory, 'users' | 'aliases'>
  readonly mailbox: Pick<MailboxStore, 'create' | 'remove'>
}

/** One change of the users at a time: mail and directory are two stores. */
export const changingPeople = new Mutex()

/**
 * The mailbox first: were the disk full after the directory, there would be a user whose password nobody was told. Mail
 * that somebody of this name left behind (a removal was cut off, or a letter came during it) is not the new one's.
 */
export function makeUser(
  { directory, mailbox }: PeopleStores,
  person: { name: string; password: string; at: number; selfMade: boolean },
): Promise<boolean> {
  const { name, password, at, selfMade } = person
  return changingPeople.run(async () => {
    if (await isTaken(directory, name)) return false
    if (selfMade && (await directory.users.isFormer(name))) return false
    await mailbox.remove(name, at)
    await mailbox.create(name)
    return directory.users.add(name, password, at, { selfMade })
  })
}

async function isTaken({ users, aliases }: Pick<Directory, 'users' | 'aliases'>, name: string): Promise<boolean> {
  return (await users.get(name)) !== undefined || (await aliases.get(name)) !== undefined
}

export type JoiningStores = PeopleStores & { readonly directory: Pick<Directory, 'joinInvites'> }

/**
 * Somebody comes by an invite. A name that they choose is nobody's, was nobody's, and speaks for no office; where the
 * invite holds a name, who made it has decided. `gone`: the invite is none, or none any more.
 */
export async function joinBy(
  { directory, mailbox }: JoiningStores,
  person: { secret: string; name: string | undefined; password: string; at: number },
): Promise<{ readonly name: string } | 'gone' | 'bad-name' | 'name-taken'> {
  const { secret, password, at } = person
  const { joinInvites, users } = directory
  return changingPeople.run(async () => {
    const invite = await joinInvites.find(secret)
    if (invite === undefined) return 'gone'
    const name = invite.userName ?? person.name?.toLowerCase() ?? ''
    if (!isGoodName(name) || isKept(name)) return 'bad-name'
    if (invite.userName === null && (namesOfOffices.test(name) || (await users.isFormer(name)))) return 'name-taken'
    if (await isTaken(directory, name)) return 'name-taken'
    await mailbox.remove(name, at)
    await mailbox.create(name)
    const outcome = await joinInvites.use(secret, { name, password, at })
    return outcome === 'made' ? { name } : outcome
  })
}

/** Of somebody who is to live here: it is written in addresses. */
export function isGoodName(name: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{0,63}$/.test(name) && !name.includes('..') && !name.endsWith('.')
}

/** Undefined where people cannot make accounts. */
export function firstLoginOf(config: Config, stores: PeopleStores, now: () => number): FirstLogin | undefined {
  const { first_login: isOpen, first_login_users_max: usersMax } = config.users
  if (!isOpen) return undefined
  return {
    limits: { perPlaceMax: config.users.first_login_per_place, perDayMax: config.users.first_login_per_day },
    async make(name, password) {
      const { users } = stores.directory
      if ((await users.get(name)) !== undefined) return 'known'
      if (!isGoodName(name) || isKept(name) || namesOfOffices.test(name)) return 'refused'
      if ((await users.selfMadeCount()) >= usersMax) return 'refused'
      if (await makeUser(stores, { name, password, at: now(), selfMade: true })) return 'made'
      return (await users.get(name)) === undefined ? 'refused' : 'known'
    },
  }
}

/** Delta Chat asks nobody about the certificate of hosts whose names begin with `_`. The id in it routes as ever. */
export function openDomain(domain: string): string {
  return `_${domain}`
}

/** Delta Chat makes an account of its own by this link; null where people cannot. */
export function accountLink(config: Config, domain: string): string | null {
  const own = config.node.domains.find(name => name.startsWith('_'))
  return config.users.first_login ? `dcaccount:${own ?? openDomain(domain)}` : null
}

export function unknownUser(name: string): OperatingError {
  return refusal('unknown-user', `There is no user ${name} here. \`posthorn user list\` shows who there is.`)
}

export function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
