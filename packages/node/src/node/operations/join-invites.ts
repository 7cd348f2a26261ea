/** Links by which people make an account here in a browser. */
import type { JoinInvite } from '../../stores/directory/index.ts'
import { refusal } from '../people.ts'
import type { ServedNode } from '../served.ts'
import type { JoinInviteMade, JoinInviteShown } from './people-types.ts'
import type { ParamsOf, ResultOf } from './types.ts'
import { checkedName } from './users.ts'

export async function inviteUser(node: ServedNode, params: ParamsOf<'user.invite'>): Promise<JoinInviteMade> {
  const { name, quotaBytes = null, days, uses } = params
  const userName = name === undefined ? null : checkedName(name)
  if (userName !== null && uses !== 1) {
    throw refusal('bad-invite', 'An invite for one name is good for one person. Leave the name out, or the number.')
  }
  if (userName !== null && (await node.directory.users.get(userName)) !== undefined) {
    throw refusal('name-taken', `There is a user ${userName} already. Choose another name.`)
  }
  const made = await node.directory.joinInvites.add({ userName, quotaBytes, usesMax: uses, days, at: Date.now() })
  if (made === 'too-many') {
    throw refusal('too-many', 'There are too many open invites. Take some back first: posthorn user uninvite ID')
  }
  const { secret } = made
  const { http } = node.listeners
  // What stands behind # is not sent to any server, and is in no log.
  const links = http?.url === undefined ? [] : [`${http.url}#/join/${secret}`]
  return { invite: shown(made.invite), secret, links }
}

export async function listJoinInvites(node: ServedNode): Promise<ResultOf<'user.invites'>> {
  return (await node.directory.joinInvites.list()).map(shown)
}

export async function uninviteUser(
  node: ServedNode,
  { id }: ParamsOf<'user.uninvite'>,
): Promise<ResultOf<'user.uninvite'>> {
  if (await node.directory.joinInvites.remove(id)) return { id }
  throw refusal('unknown-invite', `There is no invite ${id}. \`posthorn user invites\` shows which there are.`)
}

function shown({ userName, madeAt, ...invite }: JoinInvite): JoinInviteShown {
  return { ...invite, name: userName, madeAt: new Date(madeAt).toISOString() }
}
