/** What threads are made of (RFC 5256). */

/** A message as the threading algorithms see it. */
export interface Threadable {
  /** Sequence number or uid: what the client is told. */
  readonly number: number
  /** Place in the folder. */
  readonly order: number
  /** Milliseconds since 1970; where there is no Date, when it came. */
  readonly sentAt: number
  /** The base subject, ready to be compared. */
  readonly subject: string
  readonly isReply: boolean
  /** Empty: none. */
  readonly messageId: string
  /** Ancestors, the eldest first, separated by blanks. */
  readonly references: string
}

/** A place in a thread. Without a message it stands for one that is not there, and holds its children together. */
export interface ThreadNode {
  message: Threadable | undefined
  children: ThreadNode[]
}

/** The message of a place, or of its first child: a place without a message is at the root only. */
export function firstMessage(node: ThreadNode | undefined): Threadable | undefined {
  return node?.message ?? node?.children[0]?.message
}
