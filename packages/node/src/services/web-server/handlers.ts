/** What answers the calls of the API: one function for each method, given by the rooms that know. */
import type { Readable } from 'node:stream'
import type { CallProgress, CheckedParamsOf, EventName, EventOf, MethodName, Methods, ResultOf } from '@posthorn/api'

/** Who calls; proven by a session or a token, never by what the call says. */
export interface Caller {
  readonly user: string
  readonly role: 'user' | 'admin'
  /** Which of their sessions or tokens it was. */
  readonly by: { readonly session: string } | { readonly token: string }
}

/** Null: nobody is signed in; only of methods for anyone. */
export type CallerOf<M extends MethodName> = Methods[M]['role'] extends 'anyone' ? Caller | null : Caller

export interface CallContext {
  /** Fires when the caller has gone, or wants it no more. */
  readonly signal: AbortSignal
  readonly progress: (step: CallProgress) => void
}

/** Parameters are checked by the time they come here; answers are checked on their way out. */
export type Handlers<N extends MethodName = MethodName> = {
  readonly [M in N]: (params: CheckedParamsOf<M>, caller: CallerOf<M>, context: CallContext) => Promise<ResultOf<M>>
}

/** Tells what happened to the open connections of one person; of all when `user` is null, of admins for `admins`. */
export type Publish = <N extends EventName>(to: { user: string } | 'admins' | 'all', event: N, data: EventOf<N>) => void

/** Files that people sent here for a method to use, in a private folder of the node. */
export interface Uploads {
  /**
   * Gives one over, once, to the person who sent it; who takes it deletes it, or moves it away.
   * @throws OperatingError `no-such-upload`.
   */
  take(user: string, id: string): Promise<{ readonly path: string; readonly name: string; readonly sizeBytes: number }>
}

/** A file that may be shown to somebody. Its path is the node's own choice, never a part of what was asked. */
export interface ServedFile {
  readonly path: string
  readonly mime: string
  /** As it is offered for saving. */
  readonly name: string
  /** Shown in the page; only media that cannot run anything. Others are saved. */
  readonly inline: boolean
  /** May be kept by the browser for as long as it likes. */
  readonly immutable: boolean
}

/** The same for what is in memory already: a text that is made for the one who asks. */
export interface ServedBytes extends Omit<ServedFile, 'path'> {
  readonly bytes: Uint8Array
  /** This node has written it, and no stranger a part of it: its kind is told also where it is saved. */
  readonly isOwn?: true
}

/** The same for what is made while it is read, of a size that nobody knows before: there are no ranges of it. */
export interface ServedStream extends Omit<ServedFile, 'path'> {
  /** Destroyed when the reader goes. */
  readonly stream: Readable
}

/** A page that a stranger wrote. It is answered with these headers and no other policy; it must not be able to run. */
export interface ServedPage {
  readonly page: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Looks up what somebody may read below `/api/v1/AREA/`: `key` is what stands behind that, decoded, at most
 * `webLimits.fileKeyLettersMax` letters and still only claimed. Undefined: there is nothing, or it is not theirs.
 */
export type FindFile = (
  key: string,
  caller: Caller,
  signal: AbortSignal,
) => Promise<ServedFile | ServedBytes | ServedStream | ServedPage | undefined>

/**
 * By the first part of the path: `{ blobs: find }` serves `/api/v1/blobs/…`. `once`: to look it up spends it, or begins
 * work; so it is for GET alone.
 */
export type FileAreas = Readonly<Record<string, FindFile | { readonly once: FindFile }>>
