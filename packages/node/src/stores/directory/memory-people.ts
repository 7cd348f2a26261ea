/** People, their app passwords and aliases in the twin in memory. */
import { randomBytes } from 'node:crypto'
import { checkAlias } from './aliases.ts'
import { checkLabel, isWorthNoting, makeAppPassword, parseAppPassword, rightId } from './app-passwords.ts'
import type { Directory, User } from './directory.ts'
import { directoryLimits } from './limits.ts'
import { type Joining, memoryJoinInvites } from './memory-joining.ts'
import { MemoryApiTokens, MemoryWebSessions } from './memory-web.ts'
import { checkUserName } from './names.ts'
import type { Alias, Aliases, AppPassword, AppPasswords, UserSettings } from './people.ts'

type People = Pick<Directory, 'users' | 'appPasswords' | 'webSessions' | 'apiTokens' | 'aliases' | 'joinInvites'>

const unset: UserSettings = { quotaBytes: null, quotaMessages: null, chatDays: null, forward: null, notices: null }

interface StoredUser extends User {
  readonly password: string
  readonly mark: string
  readonly settings: UserSettings
}

interface StoredAppPassword extends AppPassword {
  readonly user: string
  readonly hash: Uint8Array
}

export function memoryPeople(today: () => number): People {
  const users = new Map<string, StoredUser>()
  const former = new Set<string>()
  const apps = new Map<string, StoredAppPassword>()
  const isUser = (name: string) => users.has(name)
  const webSessions = new MemoryWebSessions(name => users.get(name)?.mark)
  const apiTokens = new MemoryApiTokens(isUser)
  const removed = async (name: string) => {
    former.add(name)
    apiTokens.removeAll(name)
    await webSessions.endAll(name)
    for (const { id, user } of apps.values()) if (user === name) apps.delete(id)
  }
  const join = ({ name, password, at }: Joining, quotaBytes: number | null) => {
    if (users.has(name)) return false
    const settings = { ...unset, quotaBytes }
    users.set(name, { name, password, mark: newMark(), createdAt: at, selfMade: false, admin: false, settings })
    return true
  }
  return {
    users: {
      ...memoryUsers(users, { removed, signedOut: (name, but) => webSessions.endAll(name, but) }),
      isFormer: async name => former.has(name),
    },
    appPasswords: memoryAppPasswords(apps, isUser),
    webSessions,
    apiTokens,
    aliases: memoryAliases(),
    joinInvites: memoryJoinInvites(join, today),
  }
}

function memoryUsers(
  users: Map<string, StoredUser>,
  told: { removed: (name: string) => Promise<void>; signedOut: (name: string, but?: string) => Promise<unknown> },
): Omit<Directory['users'], 'isFormer'> {
  const shown = ({ name, createdAt, selfMade, admin }: StoredUser): User => ({ name, createdAt, selfMade, admin })
  const all = () => [...users.values()].map(shown).sort((one, other) => compare(one.name, other.name))
  const isLastAdmin = ({ admin }: StoredUser) => admin && all().filter(other => other.admin).length === 1
  return {
    async add(name, password, at, how) {
      checkUserName(name)
      if (users.has(name)) return false
      const selfMade = how?.selfMade === true
      const admin = !selfMade && !all().some(user => user.admin)
      users.set(name, { name, password, mark: newMark(), createdAt: at, selfMade, admin, settings: unset })
      return true
    },
    async get(name) {
      const user = users.get(name)
      return user === undefined ? undefined : shown(user)
    },
    list: async () => all(),
    first: async () => all().sort((one, other) => rank(one) - rank(other) || one.createdAt - other.createdAt)[0],
    selfMadeCount: async () => all().filter(user => user.selfMade).length,
    settings: name => users.get(name)?.settings,
    async change(name, settings) {
      const user = users.get(name)
      if (user !== undefined) users.set(name, { ...user, settings: { ...user.settings, ...settings } })
      return user !== undefined
    },
    verify: async (name, password) => users.get(name)?.password.normalize('NFC') === password.normalize('NFC'),
    async setPassword(name, password, keptSession) {
      const user = users.get(name)
      if (user === undefined) return false
      users.set(name, { ...user, password, mark: newMark() })
      await told.signedOut(name, keptSession)
      return true
    },
    passwordMark: async name => users.get(name)?.mark,
    async setAdmin(name, admin) {
      const user = users.get(name)
      if (user === undefined) return 'unknown'
      if (!admin && isLastAdmin(user)) return 'last'
      users.set(name, { ...user, admin })
      return 'done'
    },
    async remove(name, how) {
      const user = users.get(name)
      if (how?.keepsAdmin === true && user !== undefined && isLastAdmin(user)) return 'last'
      const known = users.delete(name)
      if (known) await told.removed(name)
      return known
    },
  }
}

const newMark = () => randomBytes(16).toString('hex')
const rank = (user: User) => (user.selfMade ? 1 : 0)
const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0)

function memoryAppPasswords(apps: Map<string, StoredAppPassword>, isUser: (name: string) => boolean): AppPasswords {
  const of = (user: string) => [...apps.values()].filter(app => app.user === user)
  return {
    async add(user, label, at) {
      checkLabel(label)
      if (!isUser(user)) return 'unknown-user'
      if (of(user).some(app => app.label === label)) return 'taken'
      if (of(user).length >= directoryLimits.appPasswordsMax) return 'too-many'
      const { id, password, hash } = makeAppPassword(randomBytes)
      apps.set(id, { id, user, label, hash, madeAt: at, lastUsedAt: null })
      return { id, password }
    },
    async list(user) {
      const own = of(user).map(({ id, label, madeAt, lastUsedAt }) => ({ id, label, madeAt, lastUsedAt }))
      return own.sort((one, other) => compare(one.label, other.label))
    },
    async remove(user, label) {
      const id = of(user).find(app => app.label === label)?.id
      if (id !== undefined) apps.delete(id)
      return id
    },
    async verify(user, password) {
      const given = parseAppPassword(password)
      return given === undefined ? undefined : rightId(apps.get(given.id), user, given)
    },
    async used(id, at) {
      const app = apps.get(id)
      if (app !== undefined && isWorthNoting(app.lastUsedAt, at)) apps.set(id, { ...app, lastUsedAt: at })
    },
  }
}

function memoryAliases(): Aliases {
  const aliases = new Map<string, Alias>()
  return {
    async put(alias) {
      checkAlias(alias)
      const outcome = aliases.has(alias.address) ? 'replaced' : 'added'
      aliases.set(alias.address, { address: alias.address, targets: [...alias.targets] })
      return outcome
    },
    get: async address => aliases.get(address),
    list: async () => [...aliases.values()].sort((one, other) => compare(one.address, other.address)),
    remove: async address => aliases.delete(address),
    async dropTarget(target) {
      const changed = [...aliases.values()].filter(({ targets }) => targets.includes(target))
      for (const { address, targets } of changed) {
        const left = targets.filter(other => other !== target)
        if (left.length === 0) aliases.delete(address)
        else aliases.set(address, { address, targets: left })
      }
      return changed.map(({ address }) => address).sort(compare)
    },
  }
}
