/** Who lives on this node. */
import { randomBytes } from 'node:crypto'
import type { OperatingError } from '../../base/errors.ts'
import { isAppPassword } from '../../stores/directory/index.ts'
import {
  changingPeople,
  chatDaysOf,
  isGoodName,
  isKept,
  makeUser,
  nodeAccountName,
  quotaOf,
  refusal,
  unknownUser,
  wantsNotices,
} from '../people.ts'
import type { ServedNode } from '../served.ts'
import { accessOf, newPassword } from './access.ts'
import { shownAppPassword } from './app-passwords.ts'
import type { UserAccess, UserRemoved, UserShown } from './people-types.ts'
import type { ParamsOf, ResultOf } from './types.ts'

export async function addUser(node: ServedNode, params: ParamsOf<'user.add'>): Promise<UserAccess> {
  const name = checkedName(params.name)
  const password = params.password === undefined ? newPassword(randomBytes) : checkedPassword(params.password)
  if ((await node.directory.aliases.get(name)) !== undefined) {
    throw refusal('name-taken', `${name} is an alias. To give the name to a person: posthorn alias remove ${name}`)
  }
  const added = await makeUser(node, { name, password, at: Date.now(), selfMade: false })
  if (!added) {
    throw refusal('name-taken', `There is a user ${name} already. For a new password: posthorn user password ${name}`)
  }
  if (params.admin === true) await node.directory.users.setAdmin(name, true)
  return access(node, name, password)
}

export async function setAdmin(node: ServedNode, { name, admin }: ParamsOf<'user.admin'>): Promise<UserShown> {
  const outcome = await node.directory.users.setAdmin(name, admin)
  if (outcome === 'unknown') throw unknownUser(name)
  if (outcome === 'last') throw lastAdmin()
  return showUser(node, { name })
}

function lastAdmin(): OperatingError {
  return refusal('last-admin', 'Somebody has to look after the node. Let somebody else do it too first.')
}

/** @throws OperatingError `bad-name`. */
export function checkedName(given: string): string {
  const name = given.toLowerCase()
  if (!isGoodName(name)) throw refusal('bad-name', `"${given}" cannot be a user: ${nameRule}`)
  if (isKept(name)) {
    const how = name === nodeAccountName ? '' : ` Whom its mail goes to: posthorn alias add ${name} NAME`
    throw refusal('bad-name', `"${name}" is kept for the node itself. Choose another name.${how}`)
  }
  return name
}

export const nameRule = 'use 1 to 64 of a-z, 0-9, dot, - and _, first a letter or digit.'

export async function listUsers(node: ServedNode): Promise<ResultOf<'user.list'>> {
  const users = await node.directory.users.list()
  return users.map(({ name, createdAt, selfMade, admin }) => ({
    name,
    address: `${name}@${node.domain}`,
    createdAt: new Date(createdAt).toISOString(),
    ...{ selfMade, admin },
  }))
}

export async function showUser(node: ServedNode, { name }: { name: string }): Promise<UserShown> {
  const { directory, mailbox, config, domain } = node
  const user = await directory.users.get(name)
  const settings = directory.users.settings(name)
  if (user === undefined || settings === undefined) throw unknownUser(name)
  const address = `${name}@${domain}`
  const { usedBytes } = await mailbox.account(name, address).quota()
  const { sizeBytesMax: bytes, messagesMax: messages } = quotaOf(config, directory.users, name)
  const aliases = (await directory.aliases.list()).filter(({ targets }) => targets.includes(name))
  return {
    name,
    address,
    createdAt: new Date(user.createdAt).toISOString(),
    selfMade: user.selfMade,
    admin: user.admin,
    mail: { bytes: usedBytes },
    quota: { bytes, messages },
    notices: wantsNotices(config, directory.users, name),
    chatRetentionDays: chatDaysOf(config, directory.users, name) || null,
    forward: settings.forward === null ? null : { to: settings.forward.to, keep: settings.forward.keeps },
    aliases: aliases.map(alias => alias.address),
    appPasswords: (await directory.appPasswords.list(name)).map(shownAppPassword),
  }
}

export async function setPassword(node: ServedNode, params: ParamsOf<'user.password'>): Promise<UserAccess> {
  const { name } = params
  const password = params.password ?? newPassword(randomBytes)
  await changePassword(node, { name, password })
  return access(node, name, password)
}

/** Sessions of the old password end, but `keptSession` of the web; app passwords are what they were. */
export async function changePassword(
  node: ServedNode,
  { name, password }: { readonly name: string; readonly password: string },
  keptSession?: string,
): Promise<void> {
  const known = await node.directory.users.setPassword(name, checkedPassword(password), keptSession)
  if (!known) throw unknownUser(name)
  await node.endLogins(name, 'password', 'The password was changed: log in with the new one.')
}

/**
 * First nobody can log in any more, then those who are logged in are sent away, then the mail goes: so that nothing is
 * put where it will never be seen.
 */
export async function removeUser(node: ServedNode, params: ParamsOf<'user.remove'>): Promise<UserRemoved> {
  const { name, mail = 'keep', keepsAdmin = false } = params
  const { directory, mailbox, notices } = node
  return changingPeople.run(async () => {
    const outcome = await directory.users.remove(name, { keepsAdmin })
    if (outcome === 'last') throw lastAdmin()
    if (!outcome) throw unknownUser(name)
    const sessions = await node.endLogins(name, 'all', 'This account was removed.')
    const aliases = await directory.aliases.dropTarget(name)
    await notices.drop(name)
    await notices.chats.forget(name)
    const place = await mailbox.remove(name, Date.now(), { erase: mail === 'delete' })
    return { name, mail: place, sessions, aliases }
  })
}

async function access(node: ServedNode, name: string, password: string): Promise<UserAccess> {
  const { ports, lanHost } = await node.reach()
  return accessOf({ address: `${name}@${node.domain}`, password, ports, lanHost })
}

/** @throws OperatingError `bad-password`. */
export function checkedPassword(given: string): string {
  if (isAppPassword(given)) {
    throw refusal('bad-password', 'This has the form of an app password: use `posthorn user app-password` for those.')
  }
  if (given.length >= 8 && given.length <= 256 && !/\p{Cc}/u.test(given)) return given
  throw refusal('bad-password', 'A password needs 8 to 256 characters and no control characters.')
}
