/**
 * Notices: what people here are still to hear of their letters, in a chat of the node's own account.
 *
 * It promises: what a resolved `keep` kept survives a power cut, and is kept once by its id within a year; a notice is
 * in one message at most, and its message is remembered from before it is sent until it is known to have gone, so that
 * after a crash somebody can look whether it went. When the database fails it rejects, and nothing is kept.
 *
 * Bounded: of too many for one user the oldest go, and after a month nobody waits for somebody who never came.
 */
export interface NewNotice {
  /** The same when it is given again. */
  readonly id: string
  /** Whose letter it was. */
  readonly user: string
  readonly kind: 'failed' | 'returned' | 'expired' | 'delayed' | 'arrived'
  /** When the letter was handed in here. */
  readonly handedInAt: number
  /** Of more than `recipientsMax` the first are kept. */
  readonly recipients: readonly { readonly address: string; readonly reason: string }[]
}

export interface Notice extends NewNotice {
  /** Ascends in the order they were kept. */
  readonly sequence: number
}

/** What is about to be written, or was: nobody knows until somebody looks. */
export interface NoticeMessage {
  readonly number: number
  readonly user: string
  readonly text: string
  /** The chat it goes into, and the last message that was there before. */
  readonly chat: number
  readonly after: number
}

export interface NoticeStore {
  /** `false`: it was kept before, or has been told. */
  keep(notice: NewNotice): Promise<boolean>
  /** Those for whom notices wait, who waits longest first. */
  waitingUsers(): Promise<readonly string[]>
  /** In the order they were kept. */
  waiting(user: string, limit: number): Promise<readonly Notice[]>
  /** How many wait, and of how many messages it is not known whether they went. */
  summary(): Promise<{ readonly waiting: number; readonly unfinished: number }>
  /** Puts notices into a message, before it is sent. Answers its number. */
  begin(message: Omit<NoticeMessage, 'number'>, sequences: readonly number[]): Promise<number>
  /** Messages of which it is not known whether they went, in their order. */
  unfinished(): Promise<readonly NoticeMessage[]>
  /** It went: its notices are told. */
  told(number: number): Promise<void>
  /** It did not go, and will not: its notices wait again. */
  takeBack(number: number): Promise<void>
  /** What waits for the user is left out. */
  drop(user: string): Promise<void>
  /** The chat by which a user can be written to. */
  readonly chats: {
    /** `false`: it was this one already. */
    put(user: string, chat: number): Promise<boolean>
    get(user: string): number | undefined
    forget(user: string): Promise<void>
  }
  /** Calls back after something was kept. Returns the way to stop. */
  onKept(listener: () => void): () => void
  /** Forgets what is too old. Bounded work per call; call it daily. */
  prune(): Promise<void>
}
