/**
 * What the SMTP edge needs of the post office. Words and codes for the wire are chosen at the edge, not here.
 */
import type { Body, DeliveryWishes } from '../../stores/spool/index.ts'

/** Whether a letter to this address can be taken, asked at RCPT time. */
export type RecipientVerdict =
  /** `here`: an address of this node's own; else a letter for it goes on to another node. */
  | { readonly kind: 'ok'; readonly here: boolean }
  /** Malformed address. */
  | { readonly kind: 'bad-address'; readonly text: string }
  /** The domain is ours, the user does not exist. */
  | { readonly kind: 'unknown-user'; readonly text: string }
  /** No neighbour is known for the domain. */
  | { readonly kind: 'unknown-node'; readonly text: string }

export interface Submission {
  /** Envelope sender; empty for a bounce. */
  readonly sender: string
  /** Whoever logged in to hand it in; not given: the sender is only what somebody says. */
  readonly login?: string
  readonly recipients: readonly string[]
  readonly body: Body
  /** What the sender wants to hear of it, by the addresses of `recipients`. */
  readonly wishes?: DeliveryWishes
}

export interface SubmissionDesk {
  judge(recipient: string): Promise<RecipientVerdict>
  /** Is this address, not their own, an alias that leads to the user? */
  maySendAs(user: string, address: string): Promise<boolean>
  /**
   * Durable for every recipient when it resolves: each local mailbox has the letter, each destination node a packet in
   * the outbox. Rejects (OperatingError) when nothing may be promised; a client that then tries again makes no double.
   */
  submit(submission: Submission): Promise<{ messageId: string }>
}
