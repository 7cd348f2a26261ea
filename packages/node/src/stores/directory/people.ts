/** What the directory keeps of people beside name and password. */

/** What was set for one user; null: as the node's configuration says. */
export interface UserSettings {
  /** Bytes of mail; 0: no limit. */
  readonly quotaBytes: number | null
  /** Letters; 0: no limit. */
  readonly quotaMessages: number | null
  /** Days after which chat messages leave INBOX; 0: never. */
  readonly chatDays: number | null
  /** Where letters are sent on to; null: nowhere. */
  readonly forward: Forward | null
  /** Whether the node's own account writes to them when something happened to a letter of theirs. */
  readonly notices: boolean | null
}

export interface Forward {
  /** Full addresses, at least one, at most `forwardsMax`. */
  readonly to: readonly string[]
  /** Whether the letter comes into the user's own mailbox too. */
  readonly keeps: boolean
}

export interface AppPassword {
  readonly id: string
  /** For people, unique for the user: 1 to 64 characters without control characters. */
  readonly label: string
  readonly madeAt: number
  /** Within an hour; null: never used. */
  readonly lastUsedAt: number | null
}

export interface Alias {
  /** `name` (under every domain of the node), `name@domain`, or `@domain` for all that nobody else has; lower case. */
  readonly address: string
  /** Users, other aliases, or addresses elsewhere, in their order; at least one, at most `aliasTargetsMax`. */
  readonly targets: readonly string[]
}

/** An invite to live here, good for whoever has its secret. */
export interface JoinInvite {
  /** For people, to take it back by. */
  readonly id: string
  /** Who comes has this name; null: they choose. */
  readonly userName: string | null
  /** Of their mail; null: as the node's configuration says. */
  readonly quotaBytes: number | null
  readonly uses: number
  readonly usesMax: number
  readonly madeAt: number
  /** Of the stores' calendar; 0: today is the last. */
  readonly daysLeft: number
}

export interface JoinInvites {
  /** Makes a secret, which is in no store afterwards. */
  add(
    invite: Pick<JoinInvite, 'userName' | 'quotaBytes' | 'usesMax'> & { readonly days: number; readonly at: number },
  ): Promise<{ readonly secret: string; readonly invite: JoinInvite } | 'too-many'>
  /** Undefined when there is none, when it was used up, and when its days are over: nobody is told which. */
  find(secret: string): Promise<JoinInvite | undefined>
  /** Those that can still be used, the oldest first. */
  list(): Promise<readonly JoinInvite[]>
  remove(id: string): Promise<boolean>
  /** Makes the user and counts the use, both or neither. `gone` also when the invite is for another name. */
  use(
    secret: string,
    user: { readonly name: string; readonly password: string; readonly at: number },
  ): Promise<'made' | 'gone' | 'name-taken'>
  /** Forgets those whose days are long over. */
  prune(): Promise<void>
}

export interface AppPasswords {
  /**
   * Makes a password, which is in no store afterwards. `taken`: the user has one of this label.
   * @throws OperatingError `bad-label`, retry `never`.
   */
  add(
    user: string,
    label: string,
    at: number,
  ): Promise<{ readonly id: string; readonly password: string } | 'unknown-user' | 'taken' | 'too-many'>
  /** By label. */
  list(user: string): Promise<readonly AppPassword[]>
  /** Answers its id. */
  remove(user: string, label: string): Promise<string | undefined>
  /** The id when this is an app password of the user. One quick hash, whether or not it is. */
  verify(user: string, password: string): Promise<string | undefined>
  /** Notes that it was used; written at most once an hour. */
  used(id: string, at: number): Promise<void>
}

export interface Aliases {
  /** Adds or replaces. @throws OperatingError `bad-alias`, retry `never`. */
  put(alias: Alias): Promise<'added' | 'replaced'>
  get(address: string): Promise<Alias | undefined>
  /** By address. */
  list(): Promise<readonly Alias[]>
  remove(address: string): Promise<boolean>
  /** Takes a target out of all aliases, and away those that have none left; answers which were changed. */
  dropTarget(target: string): Promise<readonly string[]>
}
