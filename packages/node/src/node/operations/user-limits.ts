/** What one person's mail may become, and how long chat messages stay. */
import { unknownUser } from '../people.ts'
import type { ServedNode } from '../served.ts'
import type { LimitParam, UserShown } from './people-types.ts'
import type { ParamsOf } from './types.ts'
import { showUser } from './users.ts'

export async function setQuota(node: ServedNode, params: ParamsOf<'user.quota'>): Promise<UserShown> {
  const { name, bytes, messages } = params
  const known = await node.directory.users.change(name, {
    ...(bytes === undefined ? {} : { quotaBytes: settingOf(bytes) }),
    ...(messages === undefined ? {} : { quotaMessages: settingOf(messages) }),
  })
  if (!known) throw unknownUser(name)
  return showUser(node, { name })
}

export async function setRetention(node: ServedNode, params: ParamsOf<'user.retention'>): Promise<UserShown> {
  const { name, days } = params
  if (!(await node.directory.users.change(name, { chatDays: settingOf(days) }))) throw unknownUser(name)
  return showUser(node, { name })
}

/** As the directory keeps it. */
function settingOf(limit: LimitParam): number | null {
  if (limit === 'default') return null
  return limit === 'none' ? 0 : limit
}
