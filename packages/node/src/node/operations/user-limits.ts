/** What one person's mail may become, how long chat messages stay, and whether the node writes to them. */
import { unknownUser, wantsNotices } from '../people.ts'
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

/** What waits for them, when they want none, is left out. */
export async function setNotices(node: ServedNode, params: ParamsOf<'user.set'>): Promise<UserShown> {
  const { name, notices } = params
  const wanted = notices === 'default' ? null : notices === 'on'
  if (!(await node.directory.users.change(name, { notices: wanted }))) throw unknownUser(name)
  if (!wantsNotices(node.config, node.directory.users, name)) await node.notices.drop(name)
  return showUser(node, { name })
}

/** As the directory keeps it. */
function settingOf(limit: LimitParam): number | null {
  if (limit === 'default') return null
  return limit === 'none' ? 0 : limit
}
