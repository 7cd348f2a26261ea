/**
 * The mailbox: each person's letters, in Maildirs that any tool can read, with an index for speed.
 *
 * It promises: a letter that `deliver` resolved for is on the disk and survives a power cut; the same letter delivered
 * twice is there once; UIDVALIDITY and UIDs survive the loss of the index. When the disk is full or broken the
 * operation
 * rejects with an OperatingError (`disk-full`, `disk-failed`, retry `later`) and nothing of it is seen. When a user's
 * Maildir is not where the index says (its disk is not mounted) every operation on it rejects with `maildir-missing`
 * (`later`) rather than forget the mail.
 *
 * Only in the index, and lost with it: keywords (flags that are not IMAP's own), subscriptions, the memory of what was
 * delivered and since deleted.
 */
import type { MailAccount } from '@posthorn/imap'
import type { Body } from '../spool/spool.ts'
import type { RetentionOptions } from './retention.ts'

export interface Delivery {
  /** Local user, as in the directory. */
  readonly user: string
  readonly body: Body
  /** Written before the body as `Return-Path: <…>`; empty string for bounces; null = none known. */
  readonly returnPath: string | null
  /** Names this act of delivery: a packet id, or for local mail an id of the submission. */
  readonly deliveryId: string
  /** Of the letter, without angle brackets; null when it has none. */
  readonly messageId: string | null
  readonly at: number
  /** What the user's mail may become by it; not given: anything. */
  readonly quota?: Quota
}

export interface Quota {
  /** null: no limit. What is held back counts too. */
  readonly sizeBytesMax: number | null
  readonly messagesMax: number | null
}

export interface MailboxStore {
  /**
   * Puts the letter into the user's INBOX, or holds it while the user's first client is not ready (see
   * `MailAccount.releaseHeld`). `duplicate` when the same deliveryId, or the same messageId, was delivered to this user
   * within the last year. A year has 366 dates told to `prune`, so that a wrong clock makes no double. `full` when the
   * quota has no room for it, and nothing was done; letters that come at the same moment may go beyond it together.
   */
  deliver(delivery: Delivery): Promise<'delivered' | 'held' | 'duplicate' | 'full'>
  /** The user's mail. The user need not have any yet. */
  account(user: string, address: string): MailAccount
  /** Makes the Maildir of a new user; harmless when it is there. */
  create(user: string): Promise<void>
  /**
   * Moves the user's mail out of the way (into `.removed/` beside the Maildirs, with the time in its name) and forgets
   * its index. `erase`: the mail is then deleted. Answers where it lies: an absolute path, null when nowhere.
   */
  remove(user: string, at: number, how?: { readonly erase: boolean }): Promise<string | null>
  /**
   * Throws the index away and makes it anew from the Maildirs; UIDs stay. Folders that are open then see every message
   * as added.
   */
  rebuild(): Promise<void>
  /**
   * Removes chat messages that Delta Chat has left in INBOX, so many days after they came: see `retention.ts`. By the
   * calendar that `prune` turns. Costs as much as there is to remove. Answers how many.
   */
  expireChat(options: RetentionOptions): Promise<number>
  /** Forgets deliveries older than a year. Bounded work per call; call it daily. */
  prune(now: number): Promise<void>
}
