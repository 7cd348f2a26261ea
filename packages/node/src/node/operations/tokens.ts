/** Tokens: what scripts prove themselves with to the API. */
import type { ApiToken } from '../../stores/directory/index.ts'
import { refusal, unknownUser } from '../people.ts'
import type { ServedNode } from '../served.ts'
import type { TokenShown } from './people-types.ts'
import type { ParamsOf, ResultOf } from './types.ts'

export async function addToken(
  { directory }: ServedNode,
  { label, user, admin }: ParamsOf<'token.add'>,
): Promise<ResultOf<'token.add'>> {
  const owner = await directory.users.get(user)
  if (owner === undefined) throw unknownUser(user)
  if (admin && !owner.admin) {
    const how = `Either leave --admin out, or first: posthorn user admin ${user} on`
    throw refusal('admins-only', `${user} does not look after this node, so no token of theirs can. ${how}`)
  }
  const made = await directory.apiTokens.add({ user, label, admin }, Date.now())
  if (made === 'unknown-user') throw unknownUser(user)
  if (made === 'taken') {
    const how = `Remove it first: posthorn token remove '${label}' --user ${user}`
    throw refusal('name-taken', `${user} has a token of this name already. ${how}`)
  }
  if (made === 'too-many') throw refusal('too-many', `${user} has too many tokens: remove those of old scripts.`)
  return { user, label, role: admin ? 'admin' : 'user', token: made.secret }
}

export async function listTokens(
  { directory }: ServedNode,
  { user }: ParamsOf<'token.list'>,
): Promise<ResultOf<'token.list'>> {
  if (user !== undefined && (await directory.users.get(user)) === undefined) throw unknownUser(user)
  const users = user === undefined ? (await directory.users.list()).map(({ name }) => name) : [user]
  const tokens = await Promise.all(users.map(name => directory.apiTokens.list(name)))
  return tokens.flat().map(shown)
}

export async function removeToken(
  node: ServedNode,
  { label, user }: ParamsOf<'token.remove'>,
): Promise<ResultOf<'token.remove'>> {
  const { apiTokens } = node.directory
  const id = (await apiTokens.list(user)).find(token => token.label === label)?.id
  if (id === undefined || !(await apiTokens.remove(user, id))) {
    const how = `\`posthorn token list --user ${user}\` shows which there are.`
    throw refusal('unknown-token', `${user} has no token of this name. ${how}`)
  }
  await node.endLogins(user, { appPassword: id }, 'This token was removed.')
  return { user, label }
}

function shown({ user, label, admin, madeAt, usedAt }: ApiToken): TokenShown {
  const isoOf = (at: number) => new Date(at).toISOString()
  return {
    user,
    label,
    role: admin ? 'admin' : 'user',
    madeAt: isoOf(madeAt),
    usedAt: usedAt === null ? null : isoOf(usedAt),
  }
}
