/** Invites to live here, in the twin in memory. */
import { randomBytes } from 'node:crypto'
import { memoryDays } from '../database/calendar.ts'
import { hashOfSecret, makeSecret } from './joining.ts'
import { directoryLimits } from './limits.ts'
import { checkUserName } from './names.ts'
import type { JoinInvite, JoinInvites } from './people.ts'

interface Stored extends Omit<JoinInvite, 'daysLeft'> {
  readonly key: string
  readonly lastDay: number
}

export type Joining = Parameters<JoinInvites['use']>[1]

/** @param join makes a user; `false` where there is one of this name. */
export function memoryJoinInvites(
  join: (user: Joining, quotaBytes: number | null) => boolean,
  today: () => number,
): JoinInvites {
  const stored = new Map<string, Stored>()
  const keyOf = (hash: Uint8Array) => Buffer.from(hash).toString('hex')
  const isOpen = ({ uses, usesMax, lastDay }: Stored) => uses < usesMax && lastDay >= today()
  const shown = ({ id, userName, quotaBytes, uses, usesMax, madeAt, lastDay }: Stored): JoinInvite => ({
    ...{ id, userName, quotaBytes, uses, usesMax, madeAt },
    daysLeft: lastDay - today(),
  })
  const open = () => [...stored.values()].filter(isOpen)
  const openOf = (secret: string) => open().find(({ key }) => key === keyOf(hashOfSecret(secret)))
  return {
    async add({ userName, quotaBytes, usesMax, days, at }) {
      if (open().length >= directoryLimits.joinInvitesMax) return 'too-many'
      const { id, secret, hash } = makeSecret(randomBytes)
      const limits = { userName, quotaBytes, uses: 0, usesMax, madeAt: at }
      const invite = { id, ...limits, key: keyOf(hash), lastDay: today() + days }
      stored.set(id, invite)
      return { secret, invite: shown(invite) }
    },
    async find(secret) {
      const found = openOf(secret)
      return found === undefined ? undefined : shown(found)
    },
    list: async () =>
      open()
        .sort((one, other) => one.madeAt - other.madeAt || (one.id < other.id ? -1 : 1))
        .map(shown),
    remove: async id => stored.delete(id),
    async use(secret, user) {
      checkUserName(user.name)
      const found = openOf(secret)
      if (found === undefined || (found.userName !== null && found.userName !== user.name)) return 'gone'
      if (!join(user, found.quotaBytes)) return 'name-taken'
      stored.set(found.id, { ...found, uses: found.uses + 1 })
      return 'made'
    },
    async prune() {
      for (const { id, lastDay } of stored.values()) if (lastDay < today() - memoryDays) stored.delete(id)
    },
  }
}
