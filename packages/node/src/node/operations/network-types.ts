/** What is told of the network, and done in it: see `types.ts`. */
import type { SyncOutcome } from './types.ts'

export interface HistoryDay {
  /** `2026-05-31`, UTC. */
  readonly date: string
  /** Lines that were made, and syncs of folders that brought something. */
  readonly contacts: number
  readonly sent: { readonly packets: number; readonly bytes: number }
  readonly received: { readonly packets: number; readonly bytes: number }
  /** Letters of people here that it took, and how long they had waited here; null: none. */
  readonly letters: { readonly count: number; readonly meanMs: number; readonly longestMs: number } | null
}

export interface NeighbourHistory {
  readonly neighbour: string
  /** Days on which there was anything, the oldest first. */
  readonly days: readonly HistoryDay[]
}

/** What of ours lies in a folder. */
export interface FolderContentsShown {
  readonly folder: string
  /** `arrived`: copies that their neighbour has had by another road; the next sync takes them off. */
  readonly neighbours: readonly {
    readonly name: string
    readonly packets: number
    readonly bytes: number
    readonly arrived: number
  }[]
  /** There may be more than was counted. */
  readonly more: boolean
}

/** `released`: all that could be put there is, nothing of it is open, and it is not touched until it has gone. */
export interface FolderReleased extends SyncOutcome {
  readonly released: boolean
}

export interface WaitingPacket {
  readonly id: string
  readonly niceness: number
  readonly sizeBytes: number
  /** ISO 8601. */
  readonly since: string
  readonly kind: 'letter' | 'ack' | 'relayed' | 'relayed-ack'
  /** The neighbour that it is for in the end; null: the one that gets it next, or nobody we know. */
  readonly destination: string | null
}

export interface WaitingPackets {
  readonly neighbour: string
  /** In the order in which they go; the first `limit`. */
  readonly packets: readonly WaitingPacket[]
  readonly more: boolean
}

export interface NetworkOperationTypes {
  /** `on`: nothing goes to it, by any road; what it brings is taken. */
  'neighbour.pause': { params: { name: string; on: boolean }; result: { name: string; paused: string | null } }
  'neighbour.history': { params: { name: string; days?: number }; result: NeighbourHistory }
  'folder.contents': { params: { name: string }; result: FolderContentsShown }
  'folder.release': { params: { name: string }; result: FolderReleased }
  'spool.packets': { params: { neighbour: string; limit?: number }; result: WaitingPackets }
  'spool.raise': {
    params: { packet: string; nice: number }
    result: { packet: string; neighbour: string | null; before: number; niceness: number }
  }
}
