/** Who lives on this node. */
import { randomBytes } from 'node:crypto'
import { OperatingError } from '../../base/errors.ts'
import { Mutex } from '../../base/mutex.ts'
import type { ServedNode } from '../served.ts'
import { accessOf, newPassword } from './access.ts'
import type { ParamsOf, ResultOf, UserAccess } from './types.ts'

/** RFC 2142 and the sender of this node's own reports. */
const reservedNames = new Set(['postmaster', 'abuse', 'mailer-daemon', 'root', 'hostmaster'])

export async function addUser(node: ServedNode, params: ParamsOf<'user.add'>): Promise<UserAccess> {
  const name = params.name.toLowerCase()
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(name) || name.includes('..') || name.endsWith('.')) {
    throw refusal(
      'bad-name',
      `"${params.name}" cannot be a user: use 1 to 64 of a-z, 0-9, dot, - and _, first a letter or digit.`,
    )
  }
  if (reservedNames.has(name)) throw refusal('bad-name', `"${name}" is kept for the node itself. Choose another name.`)
  const password = checkedPassword(params.password)
  const added = await changing.run(() => settle(node, name, password))
  if (!added) {
    throw refusal('name-taken', `There is a user ${name} already. For a new password: posthorn user password ${name}`)
  }
  return access(node, name, password)
}

/** One change of the users at a time: mail and directory are two stores. */
const changing = new Mutex()

/**
 * The mailbox first: were the disk full after the directory, there would be a user whose password nobody was told. Mail
 * that somebody of this name left behind (a removal was cut off, or a letter came during it) is not the new one's.
 */
async function settle(node: ServedNode, name: string, password: string): Promise<boolean> {
  if ((await node.directory.users.get(name)) !== undefined) return false
  const at = Date.now()
  await node.mailbox.remove(name, at)
  await node.mailbox.create(name)
  return node.directory.users.add(name, password, at)
}

export async function listUsers(node: ServedNode): Promise<ResultOf<'user.list'>> {
  const users = await node.directory.users.list()
  return users.map(({ name, createdAt }) => ({
    name,
    address: `${name}@${node.domain}`,
    createdAt: new Date(createdAt).toISOString(),
  }))
}

export async function setPassword(node: ServedNode, params: ParamsOf<'user.password'>): Promise<UserAccess> {
  const password = checkedPassword(params.password)
  const known = await node.directory.users.setPassword(params.name, password)
  if (!known) throw unknownUser(params.name)
  return access(node, params.name, password)
}

export async function removeUser(node: ServedNode, params: ParamsOf<'user.remove'>): Promise<ResultOf<'user.remove'>> {
  const { name } = params
  await changing.run(async () => {
    const removed = await node.directory.users.remove(name)
    if (!removed) throw unknownUser(name)
    await node.mailbox.remove(name, Date.now())
  })
  return { name }
}

async function access(node: ServedNode, name: string, password: string): Promise<UserAccess> {
  const { ports, lanHost } = await node.reach()
  return accessOf({ address: `${name}@${node.domain}`, password, ports, lanHost })
}

function checkedPassword(given: string | undefined): string {
  if (given === undefined) return newPassword(randomBytes)
  if (given.length >= 8 && given.length <= 256 && !/\p{Cc}/u.test(given)) return given
  throw refusal('bad-password', 'A password needs 8 to 256 characters and no control characters.')
}

function unknownUser(name: string): OperatingError {
  return refusal('unknown-user', `There is no user ${name} here. \`posthorn user list\` shows who there is.`)
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
