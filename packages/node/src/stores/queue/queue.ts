/**
 * The queue: letters on their way to other mail systems, kept until those have taken them.
 *
 * It promises: what a resolved `put` or `conclude` said is on the disk and survives a power cut; a letter is there for
 * all its recipients or for none; the same letter from the same sender is not queued for a recipient again within a
 * year, unless it could not be delivered. A kept letter has CR LF at the end of every line and no CR or LF besides.
 * When the disk is full or broken it rejects with `disk-full` or `disk-failed` (retry `later`), and nothing is kept.
 */
import type { Envelope } from '../spool/envelope.ts'
import type { Body } from '../spool/spool.ts'

export interface LetterToQueue {
  /** Without its recipients. */
  readonly envelope: Omit<Envelope, 'recipients'>
  /** Names the letter, whatever its bytes are; without it they do. */
  readonly once: string | null
  readonly messageId: string | null
  readonly body: AsyncIterable<Uint8Array>
  readonly handovers: readonly HandoverToQueue[]
  /** A letter of somebody here, with Message-ID: its journey begins with the commit. Default false. */
  readonly tracked?: boolean
  readonly at: number
}

export interface HandoverToQueue {
  readonly gateway: string
  readonly recipients: readonly string[]
  /** At a time, if fewer than a server takes. */
  readonly recipientsMax?: number
}

/** A letter for a few recipients, by one gateway. */
export interface Handover {
  readonly id: number
  readonly gateway: string
  /** With the recipients that are left. */
  readonly envelope: Envelope
  readonly messageId: string | null
  readonly sizeBytes: number
  readonly queuedAt: number
  /** Whole days of the stores' calendar since then. */
  readonly ageDays: number
  readonly attempts: number
  /** When it is tried again; null: now. */
  readonly dueAt: number | null
  /** Why the last try failed. */
  readonly reason: string | null
  /** Whether the sender was told that it waits. */
  readonly warned: boolean
  /** A hand-over began, and how it ended is not known: the other side may have it. */
  readonly begun: boolean
}

export interface Conclusion {
  /** Addresses that the other side has taken. */
  readonly done: readonly string[]
  /** Addresses that it never will take: their senders know. The same letter may be queued for them again. */
  readonly failed: readonly string[]
  /** Why, for people, and whether they were given up or taken back here. */
  readonly end?: { readonly kind: 'failed' | 'returned' | 'recalled' | 'expired'; readonly reason: string }
  /** For the others, if any are left. At most a day ahead: a later time is taken for that of a clock that was wrong. */
  readonly later: { readonly dueAt: number; readonly reason: string } | null
  readonly at: number
}

export interface GatewayQueue {
  readonly gateway: string
  readonly letters: number
  readonly bytes: number
}

/** Whether it has waited for more whole days than its sender gave it to live. */
export function isOutlived({ envelope, ageDays }: Pick<Handover, 'envelope' | 'ageDays'>): boolean {
  const { lifetimeDays } = envelope.wishes ?? {}
  return lifetimeDays !== undefined && ageDays > lifetimeDays
}

export interface QueueStore {
  /** Answers for how many recipients it was queued now; the others had it before. */
  put(letter: LetterToQueue): Promise<number>
  /** The oldest first. One that was due once stays due until it is put off again. */
  due(gateway: string, now: number, limit: number): Promise<readonly Handover[]>
  /** When the next that waits for another try is due; null when none waits. */
  nextDueAt(gateway: string): Promise<number | null>
  get(id: number): Promise<Handover | undefined>
  /** What waits of a message. */
  ofMessage(messageId: string): Promise<readonly Handover[]>
  /** The bytes of its letter; undefined when it has left. */
  open(id: number): Promise<Body | undefined>
  /** On the disk before a hand-over begins; the next conclusion that puts it off ends that, unless one was cut off. */
  begin(id: number): Promise<void>
  /** One transaction. Recipients that are named nowhere stay: for `later`, or else as they are. */
  conclude(id: number, conclusion: Conclusion): Promise<void>
  /** In the order of `id`. @param after the id of the last one known. */
  page(options: { gateway: string | null; after: number; limit: number }): Promise<readonly Handover[]>
  /** Those that have waited this many days or longer, the oldest first; of `silent` ones the sender knows nothing. */
  aged(days: number, options: { silent: boolean; limit: number }): Promise<readonly Handover[]>
  /** Those that have waited for more whole days than the lifetime in their wishes has. */
  outlived(limit: number): Promise<readonly Handover[]>
  /** Its sender was told that it waits. */
  warned(id: number, at: number): Promise<void>
  /** Due now: this one, or all of a gateway, or all. Answers how many waited. */
  hurry(which: { readonly id: number } | { readonly gateway: string } | 'all'): Promise<number>
  /** Per gateway; kept up to date, not counted. */
  summary(): Promise<readonly GatewayQueue[]>
  /** As `Spool.keepFiles`. */
  keepFiles(): () => Promise<void>
  /** Forgets what was known for a year. Bounded work per call. */
  prune(): Promise<void>
}
