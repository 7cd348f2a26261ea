/**
 * What the server needs of a mail store. A store implements these interfaces; the server never sees how.
 *
 * All names are decoded Unicode strings with `/` between levels; `INBOX` is always spelt so. Operations that a person
 * can ask for in vain answer with a `Refusal` value; a rejected promise means that the store itself is in trouble.
 */

import type { Head } from './message/head.ts'
import type { TextPlace } from './message/search-text.ts'
import type { MessageSummary, SummaryField } from './message/summary.ts'

/**
 * System flags are spelt as in RFC 9051 (`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`), keywords as given.
 */
export type Flag = string

/** Why a store did not do what was asked; becomes a tagged NO with this response code. */
export interface Refusal {
  readonly refused: 'nonexistent' | 'already-exists' | 'not-allowed' | 'over-quota' | 'limit'
  /** For people: what happened and what to do. One line, no line breaks. */
  readonly text: string
}

export interface FolderInfo {
  readonly name: string
  readonly subscribed: boolean
  /** RFC 6154: `\Drafts`, `\Sent`, `\Trash`, `\Junk`, `\Archive`, or null. */
  readonly specialUse: string | null
}

export interface FolderStatus {
  readonly name: string
  /** 32-bit, never changes for the life of the folder. */
  readonly uidValidity: number
  readonly uidNext: number
  readonly messages: number
  readonly unseen: number
  readonly sizeBytes: number
  /** The greatest modification sequence of the folder (RFC 7162); 1 when nothing ever happened. */
  readonly highestModseq: number
}

export interface MessageRow {
  readonly uid: number
  readonly flags: readonly Flag[]
  /** RFC822.SIZE: with CRLF line ends. */
  readonly sizeBytes: number
  /** INTERNALDATE, in milliseconds since 1970. */
  readonly internalDate: number
  readonly modseq: number
}

/** What happened in a folder after a modification sequence. Rows are in order of uid; each uid is in one list only. */
export interface FolderChanges {
  readonly added: readonly MessageRow[]
  readonly changed: readonly MessageRow[]
  readonly expunged: readonly number[]
  readonly highestModseq: number
}

/** Part of a message in bytes, `end` exclusive. Absent = whole message. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface AppendOptions {
  readonly flags: readonly Flag[]
  /** Milliseconds since 1970; null = now. */
  readonly internalDate: number | null
  /** Bytes that `source` will yield; the store refuses or fails if it yields another number. */
  readonly sizeBytes: number
}

export interface UidPair {
  readonly from: number
  readonly to: number
}

/** A text that is looked for in the messages of a folder. */
export interface TextQuery {
  readonly place: TextPlace
  /** Folded as `messageNote` folds texts. Not empty, except for a header field: is there one? */
  readonly needle: string
  /** Only messages from this uid to that are asked for. */
  readonly fromUid: number
  readonly toUid: number
}

/** Messages that are in neither list do not hold the text. */
export interface TextMatches {
  readonly found: Iterable<number>
  /** Of these the store does not know: they have to be read. */
  readonly unknown: Iterable<number>
}

/**
 * What a store has noted of the messages of a folder, with `messageNote`, so that a search need not read them. Answers
 * are exact: of what is not noted, or not wholly, it says so.
 */
export interface FolderNotes {
  readonly find: (query: TextQuery) => Promise<TextMatches>
  /** The header of a message, where it is noted. */
  readonly header: (uid: number) => Promise<Head | undefined>
  /** By uid, of the messages that are noted. */
  readonly summaries: <Field extends SummaryField>(field: Field) => Promise<ReadonlyMap<number, MessageSummary[Field]>>
}

/** One open folder. Cheap: holds no copy of its messages. */
export interface Folder {
  readonly name: string
  status(): Promise<FolderStatus>
  /**
   * All that happened after `sinceModseq`; 0 gives every message as `added`. Messages added and expunged since are in
   * neither list.
   */
  changes(sinceModseq: number): Promise<FolderChanges>
  /**
   * Calls back, soon after it is durable, when something in the folder may have changed. A hint: it carries nothing.
   * Returns the way to stop.
   */
  onChange(listener: () => void): () => void
  /** The message's bytes with CRLF line ends, as a stream; `undefined` when it is gone. */
  read(uid: number, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined>
  storeFlags(uids: readonly number[], how: 'add' | 'remove' | 'replace', flags: readonly Flag[]): Promise<void>
  /** Removes those of `uids` (or of all) that carry `\Deleted`; answers what was removed, ascending. */
  expunge(uids: readonly number[] | 'all'): Promise<readonly number[]>
  copy(uids: readonly number[], to: string): Promise<{ uidValidity: number; pairs: readonly UidPair[] } | Refusal>
  move(uids: readonly number[], to: string): Promise<{ uidValidity: number; pairs: readonly UidPair[] } | Refusal>
  /** Absent: SEARCH, SORT and THREAD read the messages. */
  readonly notes?: FolderNotes
}

/** Everything of one logged-in person. No name or uid given to it can reach another person's mail. */
export interface MailAccount {
  readonly address: string
  folders(): Promise<readonly FolderInfo[]>
  status(name: string): Promise<FolderStatus | Refusal>
  open(name: string): Promise<Folder | Refusal>
  create(name: string): Promise<Refusal | undefined>
  remove(name: string): Promise<Refusal | undefined>
  rename(from: string, to: string): Promise<Refusal | undefined>
  subscribe(name: string, subscribed: boolean): Promise<Refusal | undefined>
  append(
    name: string,
    source: AsyncIterable<Uint8Array>,
    options: AppendOptions,
  ): Promise<{ uidValidity: number; uid: number } | Refusal>
  quota(): Promise<{ usedBytes: number; limitBytes: number | null }>
  /**
   * Mail that came before this person's first client was ready is held back; this lets it into INBOX, durable when the
   * promise resolves. Does nothing (quickly) when nothing is held. The server calls it at the first IDLE of a Delta
   * Chat client that has INBOX open, and for any other client at the first SELECT, EXAMINE or STATUS of INBOX.
   */
  releaseHeld(): Promise<void>
}
