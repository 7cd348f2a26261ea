/**
 * Files that neighbours sent, on their way into the folders of people.
 *
 * It promises: a file appears in its folder whole or not at all, never in the place of another, and never outside of
 * the folder; a packet that is taken again, after a crash at any moment, leaves no second file. Chunks lie apart, in
 * `.posthorn-parts` in the folder, until all are there and each is what its description says. It fails with
 * `disk-full`, `disk-failed` and `no-such-folder` (retry `later`); then nothing is seen of the file, and the packet is
 * to be taken again. What the source of the bytes throws passes as it is.
 *
 * Only this node's own user can make the folder hold links; those are not followed when files are placed.
 */
import type { NodeId } from '@posthorn/nncp'

export interface ArrivingFile {
  /** What it is known by when it is taken again: 52 letters of Base32, of its packet or of its message in an area. */
  readonly id: string
  readonly sender: NodeId
  /** The neighbour or area whose file it is: chunks of one origin belong together. */
  readonly origin: NodeId
  /** Absolute path of the folder that it is to come into. */
  readonly folder: string
  /** Whether the folder is made when it is not there; one that a person named may be on a disk that is not mounted. */
  readonly makeFolder: boolean
  /** The name as its sender gave it; `/` leads into folders inside. */
  readonly path: string
  /** Whether a name of a chunk makes it one. */
  readonly reassembles: boolean
  /** About the size, to not begin what has no room. */
  readonly sizeBytes: number
  /** Nothing is done with its bytes before it has ended well. */
  readonly body: AsyncIterable<Uint8Array>
  readonly at: number
}

export type TakenFile =
  /** It lies in its folder. `chunked`: with this packet all chunks of it were there. */
  | { readonly kind: 'placed'; readonly path: string; readonly sizeBytes: number; readonly chunked: boolean }
  /** A chunk, or the description of them; more is to come. */
  | { readonly kind: 'part'; readonly name: string }
  /** It cannot come into the folder under its name: why, in words. The body may not have been read. */
  | { readonly kind: 'refused'; readonly reason: string }

export interface ArrivedFile {
  readonly sender: NodeId
  readonly path: string
  readonly sizeBytes: number
  readonly at: number
}

/** A chunked file of which something is missing. */
export interface UnfinishedFile {
  readonly origin: NodeId
  readonly name: string
  /** How many chunks are here. */
  readonly chunks: number
  /** How many it has; null while nothing describes it. */
  readonly chunksTotal: number | null
  readonly sizeBytes: number
}

export interface IncomingFiles {
  take(file: ArrivingFile, options: { readonly signal: AbortSignal }): Promise<TakenFile>
  /** The latest first. */
  list(limit: number): Promise<readonly ArrivedFile[]>
  /** By origin and name. */
  unfinished(limit: number): Promise<readonly UnfinishedFile[]>
  /** Nothing more of this file will come: removes what is here of it. Answers how many chunks. */
  forget(origin: NodeId, name: string): Promise<number>
  /** Forgets files that came more than a year ago; the files stay. Bounded work per call. */
  prune(): Promise<void>
}
