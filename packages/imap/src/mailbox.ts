/**
 * What the server needs of a mail store. A store implements these interfaces; the server never sees how.
 *
 * All names are decoded Unicode strings with `/` between levels; `INBOX` is always spelt so. Operations that a person
 * can ask for in vain answer with a `Refusal` value; a rejected promise means that the store itself is in trouble.
 */

import type { NotedHead } from './message/head.ts'
import type { TextPlace } from './message/search-text.ts'
import type { MessageSummary, SummaryField } from './message/summary.ts'

/**
 * System flags are spelt as in RFC 9051 (`\Seen`, `\Answered`, `\Flagged`, `\Deleted`, `\Draft`), keywords as given.
 */
export type Flag = string

/** Why a store did not do what was asked; becomes a tagged NO with this response code. */
export interface Refusal {
  readonly refused: 'nonexistent' | 'already-exists' | 'has-children' | 'not-allowed' | 'over-quota' | 'limit'
  /** For people: what happened and what to do. One line, no line breaks. */
  readonly text: string
}

export interface FolderInfo {
  readonly name: string
  readonly subscribed: boolean
  readonly specialUse: SpecialUse | null
}

/** RFC 6154 section 2, as far as folders of ours can have one. */
export const specialUses = ['\\Archive', '\\Drafts', '\\Junk', '\\Sent', '\\Trash'] as const
export type SpecialUse = (typeof specialUses)[number]

/** Values of one folder, or of the account itself, by entry (RFC 5464). Entries are in lower case. */
export type Annotations = ReadonlyMap<string, Uint8Array>

export interface Quota {
  readonly usedBytes: number
  readonly limitBytes: number | null
  readonly usedMessages: number
  readonly limitMessages: number | null
}

export interface FolderStatus {
  readonly name: string
  /** 32-bit, never changes for the life of the folder. */
  readonly uidValidity: number
  readonly uidNext: number
  readonly messages: number
  readonly unseen: number
  /** Messages with `\Deleted`. */
  readonly deleted: number
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
  /** Of those that are there now: what came since. */
  readonly added: readonly MessageRow[]
  readonly changed: readonly MessageRow[]
  /**
   * What went since, also of what came since. A store that does not remember that far back names every uid that was
   * given out and is not there.
   */
  readonly expunged: readonly number[]
  readonly highestModseq: number
}

/** Of what `MailAccount.onChange` tells: messages in the folder of this name, or the folders and subscriptions. */
export type AccountChange = { readonly folder: string } | 'folders'

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

/** One message of an APPEND. Its source is read to the end before the next message is asked for. */
export interface AppendMessage {
  readonly source: AsyncIterable<Uint8Array>
  readonly options: AppendOptions
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
  /** The headers of some messages (at most a few hundred) by uid; of those that are noted, whole and unchanged. */
  readonly headers: (uids: readonly number[]) => Promise<ReadonlyMap<number, NotedHead>>
  /** By uid, of the messages that are noted. */
  readonly summaries: <Field extends SummaryField>(field: Field) => Promise<ReadonlyMap<number, MessageSummary[Field]>>
}

/** One open folder. Cheap: holds no copy of its messages. */
export interface Folder {
  readonly name: string
  /**
   * The same object whenever this folder is opened in this process, for as long as it exists. Sessions that have it
   * open then share what they know of its messages. Absent: nothing is shared.
   */
  readonly identity?: object
  status(): Promise<FolderStatus>
  /** All that happened after `sinceModseq`; 0 gives every message as `added`, and nothing as `expunged`. */
  changes(sinceModseq: number): Promise<FolderChanges>
  /**
   * Calls back, soon after it is durable, when something in the folder may have changed. A hint: it carries nothing.
   * Returns the way to stop.
   */
  onChange(listener: () => void): () => void
  /** The message's bytes with CRLF line ends, as a stream; `undefined` when it is gone. */
  read(uid: number, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined>
  /**
   * The first bytes of the message as `read` gives them, at most `bytesMax`; fewer only where it ends. `undefined` when
   * it is gone. For what is small: a store may do it with everybody waiting, because that is quickest.
   */
  head(uid: number, bytesMax: number): Promise<Uint8Array | undefined>
  /**
   * With `unchangedSince`, messages whose modseq is greater are left alone; looking and changing is one step. Answers
   * those, ascending.
   */
  storeFlags(
    uids: readonly number[],
    how: 'add' | 'remove' | 'replace',
    flags: readonly Flag[],
    unchangedSince?: number,
  ): Promise<readonly number[]>
  /**
   * A client was given the text of these, or parts of it, whether or not that marks them as seen. A hint, and nobody
   * waits. Absent: nobody wants to know.
   */
  fetched?(uids: readonly number[]): void
  /** Messages that carry `\Deleted`. Takes no longer than there are such messages. */
  deleted(): Promise<{ readonly messages: number; readonly sizeBytes: number }>
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
  /** `specialUse`: what the new folder is for, whatever its name says. */
  create(name: string, specialUse?: SpecialUse | null): Promise<Refusal | undefined>
  /**
   * Makes the folders that a person expects (drafts, sent, trash, junk, archive) and subscribes them, once in the life
   * of the account; does nothing (quickly) ever after, so a folder that its owner removed stays away. The server calls
   * it at the first LIST of a client that is not Delta Chat, which wants INBOX alone.
   */
  furnish(): Promise<void>
  remove(name: string): Promise<Refusal | undefined>
  rename(from: string, to: string): Promise<Refusal | undefined>
  subscribe(name: string, subscribed: boolean): Promise<Refusal | undefined>
  append(
    name: string,
    source: AsyncIterable<Uint8Array>,
    options: AppendOptions,
  ): Promise<{ uidValidity: number; uid: number } | Refusal>
  /**
   * Calls back, soon after it is durable, when something of this person's mail may have changed. A hint, as
   * `Folder.onChange`. Returns the way to stop.
   */
  onChange(listener: (change: AccountChange) => void): () => void
  /** As `append`, of several messages: all of them are there when it resolves well, and none when it does not. */
  appendAll(
    name: string,
    messages: AsyncIterable<AppendMessage>,
  ): Promise<{ uidValidity: number; uids: readonly number[] } | Refusal>
  quota(): Promise<Quota>
  /** Annotations of a folder; of the account for ''. They follow a folder that is renamed, and go with it. */
  annotations(name: string): Promise<Annotations | Refusal>
  /** Sets (or with null removes) annotations, all or none. `limit` when they would be too many or too large. */
  annotate(name: string, changes: ReadonlyMap<string, Uint8Array | null>): Promise<Refusal | undefined>
  /**
   * Mail that came before this person's first client was ready is held back; this lets it into INBOX, durable when the
   * promise resolves. Does nothing (quickly) when nothing is held. The server calls it at the first IDLE of a Delta
   * Chat client that has INBOX open, and for any other client at the first SELECT, EXAMINE or STATUS of INBOX.
   */
  releaseHeld(): Promise<void>
  /**
   * Delta Chat sits in INBOX (IDLE) and knows of all that is there. Told at each IDLE; a store may then, in time,
   * remove what the app has its own copy of.
   */
  seenByChat?(): Promise<void>
}
