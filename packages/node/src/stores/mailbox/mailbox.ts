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
}

export interface MailboxStore {
  /**
   * Puts the letter into the user's INBOX, or holds it while the user's first client is not ready (see
   * `MailAccount.releaseHeld`). `duplicate` when the same deliveryId, or the same messageId, was delivered to this user
   * within the last year. A year has 366 dates told to `prune`, so that a wrong clock makes no double.
   */
  deliver(delivery: Delivery): Promise<'delivered' | 'held' | 'duplicate'>
  /** The user's mail. The user need not have any yet. */
  account(user: string, address: string): MailAccount
  /** Makes the Maildir of a new user; harmless when it is there. */
  create(user: string): Promise<void>
  /**
   * Moves the user's mail out of the way (into `.removed/` beside the Maildirs, with the time in its name) and forgets
   * its index.
   */
  remove(user: string, at: number): Promise<void>
  /**
   * Throws the index away, with all that is noted for searches, and makes it anew from the Maildirs; UIDs stay.
   * Folders that are open then see every message as added.
   */
  rebuild(): Promise<void>
  /**
   * Notes what searches need to know of letters that came, some at a time; `true` when there are more. What is not
   * noted is found all the same, but has to be read for every search. One call at a time.
   */
  noteLetters(): Promise<boolean>
  /** Calls back after changes of anybody's mail. Returns the way to stop. */
  onChange(listener: () => void): () => void
  /** Forgets deliveries older than a year. Bounded work per call; call it daily. */
  prune(now: number): Promise<void>
}
