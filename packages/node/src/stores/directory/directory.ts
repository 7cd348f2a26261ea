/**
 * The directory: who lives here, which nodes we know, and which folders carry packets. What it resolved for is durable.
 */
import type { AreaKeys, NodeId, PublicIdentity } from '@posthorn/nncp'

export interface User {
  /** Local part of the address: lower case, `[a-z0-9._-]`, 1 to 64 characters, begins with a letter or digit. */
  readonly name: string
  readonly createdAt: number
}

/** How a neighbour takes packets over: a Posthorn node answers with acks, stock NNCP may never. */
export type Custody = 'ack' | 'copy'

export interface Neighbour {
  readonly identity: PublicIdentity
  /** Our own name for it: `[a-z0-9-]`, unique. */
  readonly name: string
  /** Real domains that its card claims. */
  readonly domains: readonly string[]
  readonly addresses: readonly string[]
  /** Relays on the way to it, the nearest first; empty = direct. */
  readonly via: readonly NodeId[]
  readonly custody: Custody
  /** Does it run Posthorn? Then mail to it keeps CRLF line ends. */
  readonly posthorn: boolean
  /** The card it was added by, as a `posthorn:` link; null for a neighbour from an NNCP configuration. */
  readonly card: string | null
  readonly addedAt: number
  readonly lastContactAt: number | null
}

/** What a neighbour may do with files. */
export interface FileRules {
  /** Whether files from it are taken at all. */
  readonly takesFiles: boolean
  /** Absolute path of the folder that they come into; null: one of its own in the node's home. */
  readonly incoming: string | null
  /** Whether chunked files are put together; otherwise chunks come into the folder as they are, for `nncp-reass`. */
  readonly reassembles: boolean
  /** Absolute path of the folder that it may request files from; null: none. */
  readonly requestPath: string | null
  /** What it requested is sent in chunks of so many bytes; null: whole. */
  readonly requestChunkBytes: number | null
  /** Packets with what it requested are padded up to this size. */
  readonly requestMinimumBytes: number
  /** Larger files are not sent; null: no limit. */
  readonly requestBytesMax: number | null
}

export const defaultFileRules: FileRules = {
  takesFiles: true,
  incoming: null,
  reassembles: true,
  requestPath: null,
  requestChunkBytes: null,
  requestMinimumBytes: 0,
  requestBytesMax: null,
}

export interface PacketFolder {
  readonly name: string
  /** Absolute path. */
  readonly path: string
  readonly addedAt: number
  readonly lastSyncAt: number | null
}

/** A group of nodes that hear the same messages, as this node takes part in it (NNCP manual, "CfgAreas"). */
export interface Area extends AreaKeys {
  /** Our own name for it: `[a-z0-9._-]`, begins with a letter or digit, 1 to 64 characters; unique. */
  readonly name: string
  /** Nodes that its messages are passed on to, in no order; they need not be neighbours yet. At most 256. */
  readonly subscribers: readonly NodeId[]
  /** Whether files that come in it are taken. */
  readonly takesFiles: boolean
  /** Absolute path of the folder that they come into; null: one of its own in the node's home. */
  readonly incoming: string | null
  /** What its messages may call here; `sendmail` is mail for the people of this node. */
  readonly handles: readonly string[]
  /** Take messages of authors who are no neighbours, and whose signature thus proves nothing. */
  readonly allowUnknown: boolean
  readonly addedAt: number
}

export interface Directory {
  readonly users: {
    /** `false` when the name is taken. */
    add(name: string, password: string, at: number): Promise<boolean>
    get(name: string): Promise<User | undefined>
    list(): Promise<readonly User[]>
    /** Constant in time whether or not the user exists. */
    verify(name: string, password: string): Promise<boolean>
    setPassword(name: string, password: string): Promise<boolean>
    remove(name: string): Promise<boolean>
  }
  readonly neighbours: {
    /** Adds, or replaces the neighbour with the same id. `name-taken` when another neighbour has the name. */
    put(neighbour: Neighbour): Promise<'added' | 'replaced' | 'name-taken'>
    get(id: NodeId): Promise<Neighbour | undefined>
    byName(name: string): Promise<Neighbour | undefined>
    /** By the first 16 characters of its id, lower case. */
    byIdPrefix(prefix: string): Promise<Neighbour | undefined>
    byDomain(domain: string): Promise<Neighbour | undefined>
    list(): Promise<readonly Neighbour[]>
    remove(id: NodeId): Promise<boolean>
    contacted(id: NodeId, at: number): Promise<void>
  }
  readonly files: {
    /** `defaultFileRules` when nothing was set, also for a node that is no neighbour. */
    get(id: NodeId): Promise<FileRules>
    /** `false` when there is no such neighbour. The rules go when it goes. */
    set(id: NodeId, rules: FileRules): Promise<boolean>
  }
  readonly areas: {
    /**
     * Adds, or replaces the area with the same id, subscribers and all. `name-taken` when another area has the name.
     * @throws OperatingError `bad-name`, `too-many-subscribers`, retry `never`.
     */
    put(area: Area): Promise<'added' | 'replaced' | 'name-taken'>
    get(id: NodeId): Promise<Area | undefined>
    byName(name: string): Promise<Area | undefined>
    list(): Promise<readonly Area[]>
    remove(id: NodeId): Promise<boolean>
  }
  readonly folders: {
    add(folder: { name: string; path: string; at: number }): Promise<'added' | 'name-taken' | 'path-taken'>
    list(): Promise<readonly PacketFolder[]>
    remove(name: string): Promise<boolean>
    synced(name: string, at: number): Promise<void>
  }
}
