/** What proves to the web who calls: sessions of browsers, and tokens of scripts. */

export interface WebSession {
  /** For lists; it proves nothing. */
  readonly id: string
  readonly user: string
  /** What the browser says of itself: for people. */
  readonly label: string
  /** Also when the browser was closed. */
  readonly stays: boolean
  readonly madeAt: number
  /** Within an hour. */
  readonly usedAt: number
}

export interface WebSessions {
  /**
   * Makes a session; its secret is in no store afterwards. Of too many of one user that one ends
   * which was not used the longest. `changed`: the password is another one now, or the user is gone.
   */
  add(
    session: Pick<WebSession, 'user' | 'label' | 'stays'> & {
      /** Of the password that was right: from before it was looked at. */
      readonly passwordMark: string
    },
    at: number,
  ): Promise<{ readonly id: string; readonly secret: string } | 'changed'>
  /** Undefined: there never was such a session, or it has ended: by somebody, with its user, or by age. */
  find(secret: string): Promise<WebSession | undefined>
  /** Notes that it was used, and which day it is; written at most once an hour. */
  used(id: string, at: number): Promise<void>
  /** The latest used first. */
  list(user: string): Promise<readonly WebSession[]>
  /** `false` when the user has none of this id. */
  end(user: string, id: string): Promise<boolean>
  /** All of a user but one; answers which. */
  endAll(user: string, but?: string): Promise<readonly string[]>
  /** Forgets those that have ended by age, by the stores' own count of days. */
  prune(now: number): Promise<void>
}

export interface ApiToken {
  readonly id: string
  readonly user: string
  /** For people, unique for the user: as of app passwords. */
  readonly label: string
  /** It may do what its user may as admin, as long as they are one. */
  readonly admin: boolean
  readonly madeAt: number
  /** Within an hour; null: never. */
  readonly usedAt: number | null
}

export interface ApiTokens {
  /**
   * Makes a token; its secret is in no store afterwards. `taken`: the user has one of this label.
   * @throws OperatingError `bad-label`, retry `never`.
   */
  add(
    token: Pick<ApiToken, 'user' | 'label' | 'admin'>,
    at: number,
  ): Promise<{ readonly id: string; readonly secret: string } | 'unknown-user' | 'taken' | 'too-many'>
  find(secret: string): Promise<ApiToken | undefined>
  /** Notes that it was used; written at most once an hour. */
  used(id: string, at: number): Promise<void>
  /** By label. */
  list(user: string): Promise<readonly ApiToken[]>
  remove(user: string, id: string): Promise<boolean>
}
