/**
 * Web accounts: which account of the chat engine belongs to which of the people here. The engine only has numbers; who
 * may use which is decided by this store alone.
 *
 * It promises: an account is one person's at most, and a person has one at most; when a person is removed their account
 * is nobody's in the same commit, and never becomes that of a later person of the same name; what is nobody's is
 * remembered until the engine has deleted it. When the database fails it rejects, and nothing changed.
 */
export interface WebAccount {
  /** Number of the engine. */
  readonly account: number
  /** Random; stands in the account's own settings too. Without it the number there is not the account that was made. */
  readonly proof: string
}

export interface WebAccounts {
  get(user: string): Promise<WebAccount | undefined>
  /** Those who live here and have one, by name. */
  list(): Promise<readonly (WebAccount & { readonly user: string })[]>
  /** This is the person's from now on; one that they had is left. `false`: there is no such user. */
  put(user: string, account: WebAccount): Promise<boolean>
  /** Nobody's any more: to be deleted. */
  left(): Promise<readonly WebAccount[]>
  /** The engine has it no more. */
  forget(account: number): Promise<void>
}
