/** Passwords for single apps, each of which can be taken back alone. */
import type { AppPassword } from '../../stores/directory/index.ts'
import { refusal, unknownUser } from '../people.ts'
import type { ServedNode } from '../served.ts'
import type { AppPasswordShown } from './people-types.ts'
import type { ParamsOf, ResultOf } from './types.ts'

export async function addAppPassword(
  node: ServedNode,
  { name, label }: ParamsOf<'app-password.add'>,
): Promise<ResultOf<'app-password.add'>> {
  const made = await node.directory.appPasswords.add(name, label, Date.now())
  if (made === 'unknown-user') throw unknownUser(name)
  if (made === 'taken') {
    const how = `Remove it first: posthorn user app-password remove ${name} '${label}'`
    throw refusal('name-taken', `${name} has an app password of this label already. ${how}`)
  }
  if (made === 'too-many') throw refusal('too-many', `${name} has too many app passwords: remove those of old apps.`)
  return { name, label, password: made.password }
}

export async function listAppPasswords(
  node: ServedNode,
  { name }: ParamsOf<'app-password.list'>,
): Promise<ResultOf<'app-password.list'>> {
  if ((await node.directory.users.get(name)) === undefined) throw unknownUser(name)
  return (await node.directory.appPasswords.list(name)).map(shownAppPassword)
}

export async function removeAppPassword(
  node: ServedNode,
  { name, label }: ParamsOf<'app-password.remove'>,
): Promise<ResultOf<'app-password.remove'>> {
  const id = await node.directory.appPasswords.remove(name, label)
  if (id === undefined) {
    const how = `\`posthorn user app-password list ${name}\` shows which there are.`
    throw refusal('unknown-app-password', `${name} has no app password of this label. ${how}`)
  }
  const sessions = await node.endLogins(name, { appPassword: id }, 'This app password was removed.')
  return { name, label, sessions }
}

export function shownAppPassword({ label, madeAt, lastUsedAt }: AppPassword): AppPasswordShown {
  const timeOf = (at: number | null) => (at === null ? null : new Date(at).toISOString())
  return { label, madeAt: new Date(madeAt).toISOString(), lastUsedAt: timeOf(lastUsedAt) }
}
