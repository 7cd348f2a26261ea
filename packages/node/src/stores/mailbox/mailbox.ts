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
 * Other programs may read, add, flag, move and remove letters and folders in a Maildir at any time. What they did is
 * seen when a folder is asked for and, while it is watched, at once. What is no letter is left alone, not followed.
 *
 * Only in the index, and lost with it: keywords (flags that no file name holds), subscriptions, the memory of what was
 * delivered and since deleted. `rebuild` keeps them.
 */
import type { MailAccount, Refusal } from '@posthorn/imap'
import type { NodeId } from '@posthorn/nncp'
import type { Service } from '../../base/lifecycle.ts'
import type { Body } from '../spool/spool.ts'
import type { FetchedLetters, Traced } from './fetched.ts'
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
  /** Whose journey it is, when somebody wants to hear that it was delivered, and fetched. */
  readonly traced?: Traced
  /** By which way it came, when the one who gets it may know: noted with the delivery, where it has a Message-ID. */
  readonly came?: Came
  /** What the user's mail may become by it; not given: anything. */
  readonly quota?: Quota
}

/** See `Arrival` of the journeys. */
export interface Came {
  readonly road: string | null
  readonly broughtBy: NodeId | null
  readonly takenInAt: number
}

export interface Quota {
  /** null: no limit. What is held back counts too. */
  readonly sizeBytesMax: number | null
  readonly messagesMax: number | null
}

export interface ImportedLetter {
  /** Whole; bare line ends become CRLF. What it throws, `take` throws, and nothing of the batch is there then. */
  readonly source: AsyncIterable<Uint8Array>
  readonly flags: readonly string[]
  /** Milliseconds since 1970; null = now. */
  readonly internalDate: number | null
}

/** Brings letters of another mailbox into one folder. */
export interface MailImporter {
  /** Durable, all of them, when it resolves. `present`: it was there when the importer was opened, byte for byte. */
  readonly take: (letters: readonly ImportedLetter[]) => Promise<readonly ('taken' | 'present')[] | Refusal>
}

export interface MailboxStore {
  /**
   * Puts the letter into the user's INBOX, or holds it while the user's first client is not ready (see
   * `MailAccount.releaseHeld`). `duplicate` when the same deliveryId, or the same messageId, was delivered to this user
   * within the last year. A year has 366 dates told to `prune`, so that a wrong clock makes no double. `full` when the
   * quota has no room for it, and nothing was done; letters that come at the same moment may go beyond it together.
   */
  deliver(delivery: Delivery): Promise<'delivered' | 'held' | 'duplicate' | 'full'>
  /** Whether this act of delivery has brought this user their letter, within the last year. */
  wasDelivered(user: string, deliveryId: string): Promise<boolean>
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
   * Throws the index away, with all that is noted for searches, and makes it anew from the Maildirs, of one user or of
   * all; UIDs, flags and dates stay, and what only the index knows. Folders that are open then see every message as
   * added.
   */
  rebuild(user?: string): Promise<void>
  /**
   * The user's apps remember more of this mail than it does itself, since it was brought back from a backup: what is
   * numbered from now on, in all folders that are there, gets UIDs and modification sequences far beyond those that may
   * have been given out since. UIDVALIDITY and the UIDs of all letters stay.
   */
  leap(user: string): Promise<void>
  /** From now on what other programs do in folders in use is noticed at once, until it is stopped. */
  watch(): Service
  /** Of one user and folder, one at a time; letters that come by other ways meanwhile are not compared. */
  importer(user: string, folder: string): Promise<MailImporter | Refusal>
  /**
   * Notes what searches need to know of letters that came, some at a time; `true` when there are more. What is not
   * noted is found all the same, but has to be read for every search. One call at a time.
   */
  noteLetters(): Promise<boolean>
  readonly fetched: FetchedLetters
  /** Calls back after changes of anybody's mail. Returns the way to stop. */
  onChange(listener: () => void): () => void
  /**
   * Removes chat messages that Delta Chat has left in INBOX, so many days after they came: see `retention.ts`. By the
   * calendar that `prune` turns. Costs as much as there is to remove. Answers how many.
   */
  expireChat(options: RetentionOptions): Promise<number>
  /** Forgets deliveries older than a year. Bounded work per call; call it daily. */
  prune(now: number): Promise<void>
}
