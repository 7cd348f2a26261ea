/**
 * The directory: who lives here, which nodes we know, and which folders carry packets. What it resolved for is durable.
 */
import type { AreaKeys, NodeId, PublicIdentity } from '@posthorn/nncp'
import type { Aliases, AppPasswords, JoinInvites, UserSettings } from './people.ts'
import type { ApiTokens, WebSessions } from './web-callers.ts'

export interface User {
  /** Local part of the address: lower case, `[a-z0-9._-]`, 1 to 64 characters, begins with a letter or digit. */
  readonly name: string
  readonly createdAt: number
  /** By logging in, where the node lets people do that; nobody added it. */
  readonly selfMade: boolean
  /** Looks after the node: may do more by the web than others. */
  readonly admin: boolean
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
  /** Relays on other roads to it, for letters that were silent on the first. */
  readonly otherRoads: readonly (readonly NodeId[])[]
  readonly custody: Custody
  /** Does it run Posthorn? Then mail to it keeps CRLF line ends. */
  readonly posthorn: boolean
  /** The card it was added by, as a `posthorn:` link; null for a neighbour from an NNCP configuration. */
  readonly card: string | null
  readonly addedAt: number
  readonly lastContactAt: number | null
}

/** What one line with a neighbour may cost; null: no bound of its own. All are whole numbers above zero. */
export interface LineBounds {
  /** The line ends when nothing was said for so long. */
  readonly onlineDeadlineMs: number | null
  /** The line ends after so long, whatever is under way. */
  readonly onlineMsMax: number | null
  /** Packets of NNCP's session protocol that carry (a piece of) a file, 64 KiB at most; in and out. */
  readonly rxPacketsPerSecond: number | null
  readonly txPacketsPerSecond: number | null
  readonly rxBytesPerSecond: number | null
  readonly txBytesPerSecond: number | null
}

/** When a neighbour is called by itself, and how. Bounds that are not null stand in the place of the neighbour's. */
export interface CallSchedule extends LineBounds {
  /** Five to seven fields, as NNCP's manual has them ("Call configuration"). Who puts it here has checked it. */
  readonly cron: string
  /** Only when something waits for the neighbour. */
  readonly whenWaiting: boolean
  /** Packets nicer than this are neither sent nor fetched; 1 to 255. */
  readonly nicenessMax: number
  readonly direction: 'both' | 'send' | 'receive'
  /** Only there, as a URL; null: at each of the neighbour's addresses. */
  readonly address: string | null
}

export interface NumberedSchedule extends CallSchedule {
  /** For people, to remove it by. */
  readonly number: number
}

/** How a neighbour is called, and how long and fast it may talk. */
export interface CallingRules {
  readonly bounds: LineBounds
  /** By number. None: a line is kept open with Posthorn nodes, others are called now and then. */
  readonly schedules: readonly NumberedSchedule[]
  /** Since when nothing goes to it, by any road; null: it is not paused. */
  readonly pausedAt: number | null
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

/** An offer to become neighbours, open to whoever proves its secret first. */
export interface Invite {
  readonly id: string
  /** `live`: proven over a line; `file`: by a file that comes back. */
  readonly kind: 'live' | 'file'
  /** What the secret is proven with. */
  readonly verifier: Uint8Array
  /** What to call who joins; null: as it calls itself. */
  readonly neighbourName: string | null
  readonly madeAt: number
  readonly expiresAt: number
  /** Attempts that did not prove the secret. */
  readonly tries: number
  /** Who joined. */
  readonly usedBy: NodeId | null
  /** Who joined has said that it keeps us as well: nothing has to be repeated any more. */
  readonly confirmed: boolean
}

/** A program that one neighbour may run here, by `name`. */
export interface NeighbourHandle {
  /** 1 to 255 bytes; `sendmail` is the node's own mail and cannot be a program. */
  readonly name: string
  /** The program and its own arguments, at least the program; the sender's follow. */
  readonly command: readonly string[]
  /** Address that letters about it come from; null: the node's own. */
  readonly resultFrom: string | null
  /** Who gets a letter with what came of it. */
  readonly resultTo: readonly string[]
}

/** What a neighbour may do here, and how it is called. */
export interface NeighbourRules {
  readonly files: FileRules
  readonly bounds: LineBounds
  /** At most `schedulesMax`. */
  readonly schedules: readonly CallSchedule[]
  readonly handles: readonly NeighbourHandle[]
}

export interface PacketFolder {
  readonly name: string
  /** Absolute path. */
  readonly path: string
  readonly addedAt: number
  readonly lastSyncAt: number | null
}

export interface FolderRoad {
  readonly folder: string
  readonly neighbour: NodeId
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

/** What was set for the whole node; null: as its configuration says. */
export interface NodeSettings {
  /** Whether mail and web are open to the local network. */
  readonly lan: boolean | null
}

export interface NodeSettingsStore {
  get(): NodeSettings
  setLan(lan: boolean | null): Promise<void>
}

export interface Directory {
  readonly users: {
    /** `false` when the name is taken. Who is added while nobody is admin becomes it, unless they are self-made. */
    add(name: string, password: string, at: number, how?: { readonly selfMade: boolean }): Promise<boolean>
    get(name: string): Promise<User | undefined>
    list(): Promise<readonly User[]>
    /** Who was added first; of those that nobody added, only when there are no others. */
    first(): Promise<User | undefined>
    selfMadeCount(): Promise<number>
    /** Was there ever a user of this name who was removed? */
    isFormer(name: string): Promise<boolean>
    /** At once: what the mailbox asks at every letter. `undefined` when there is no such user. */
    settings(name: string): UserSettings | undefined
    /** What is not named stays. `false` when there is no such user. */
    change(name: string, settings: Partial<UserSettings>): Promise<boolean>
    /** Constant in time whether or not the user exists. */
    verify(name: string, password: string): Promise<boolean>
    /** Sessions of the web end with the old one, but the one of this id. */
    setPassword(name: string, password: string, keptSession?: string): Promise<boolean>
    /**
     * Another one after each change of the password: who was let in by a password that has been changed meanwhile shows
     * by it. Undefined when there is no such user. It is told to nobody.
     */
    passwordMark(name: string): Promise<string | undefined>
    /** `last`: somebody must be; nothing was changed. */
    setAdmin(name: string, admin: boolean): Promise<'done' | 'unknown' | 'last'>
    /**
     * App passwords, tokens, sessions and settings go with it; aliases stay as they are. `last`: nobody would look
     * after the node, and `keepsAdmin` was asked for; nothing was changed.
     */
    remove(name: string, how?: { readonly keepsAdmin: boolean }): Promise<boolean | 'last'>
  }
  readonly appPasswords: AppPasswords
  readonly webSessions: WebSessions
  readonly apiTokens: ApiTokens
  readonly aliases: Aliases
  readonly joinInvites: JoinInvites
  readonly nodeSettings: NodeSettingsStore
  readonly neighbours: {
    /** Adds, or replaces the neighbour with the same id. `name-taken` when another neighbour has the name. */
    put(neighbour: Neighbour): Promise<'added' | 'replaced' | 'name-taken'>
    /** Adds it with its rules, both or neither. `known`: it was here, and stays as it is. */
    moveIn(neighbour: Neighbour, rules: NeighbourRules): Promise<'added' | 'known' | 'name-taken'>
    get(id: NodeId): Promise<Neighbour | undefined>
    byName(name: string): Promise<Neighbour | undefined>
    /** By the first 16 characters of its id, lower case. */
    byIdPrefix(prefix: string): Promise<Neighbour | undefined>
    byDomain(domain: string): Promise<Neighbour | undefined>
    list(): Promise<readonly Neighbour[]>
    /** Invites that it has used go with it. */
    remove(id: NodeId): Promise<boolean>
    contacted(id: NodeId, at: number): Promise<void>
  }
  readonly calling: {
    /** Of those neighbours for which something was set. */
    list(): Promise<ReadonlyMap<NodeId, CallingRules>>
    /** `noRules` when nothing was set. */
    get(id: NodeId): Promise<CallingRules>
    /** Replaces the bounds. `false` when there is no such neighbour. */
    bound(id: NodeId, bounds: LineBounds): Promise<boolean>
    /** Adds a schedule and answers its number. `too-many` when the neighbour has `schedulesMax` already. */
    schedule(id: NodeId, schedule: CallSchedule): Promise<number | 'unknown' | 'too-many'>
    unschedule(id: NodeId, number: number): Promise<boolean>
    /** Since when, or null to go on. `false` when there is no such neighbour. */
    pause(id: NodeId, at: number | null): Promise<boolean>
    /** Those to whom nothing goes now. */
    paused(): Promise<ReadonlySet<NodeId>>
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
  readonly handles: {
    /** Adds or replaces. `false` when there is no such neighbour. They go with their neighbour. */
    put(neighbour: NodeId, handle: NeighbourHandle): Promise<boolean>
    get(neighbour: NodeId, name: string): Promise<NeighbourHandle | undefined>
    /** By name. */
    list(neighbour: NodeId): Promise<readonly NeighbourHandle[]>
    remove(neighbour: NodeId, name: string): Promise<boolean>
  }
  readonly folders: {
    add(folder: { name: string; path: string; at: number }): Promise<'added' | 'name-taken' | 'path-taken'>
    list(): Promise<readonly PacketFolder[]>
    remove(name: string): Promise<boolean>
    synced(name: string, at: number): Promise<void>
    /** Packets of this neighbour came by the folder. Known until one of the two is removed. */
    leadsTo(name: string, neighbour: NodeId): Promise<void>
    roads(): Promise<readonly FolderRoad[]>
  }
  readonly invites: {
    /** `false` when there is one of this id. */
    add(invite: Pick<Invite, 'id' | 'kind' | 'verifier' | 'neighbourName' | 'madeAt' | 'expiresAt'>): Promise<boolean>
    get(id: string): Promise<Invite | undefined>
    /** The oldest first. */
    list(): Promise<readonly Invite[]>
    remove(id: string): Promise<boolean>
    setTries(id: string, tries: number): Promise<void>
    /**
     * Puts the neighbour and marks the invite as used by it, both or neither. The same node may come again until it is
     * confirmed; `used` for all others, `gone` when there is no such invite.
     */
    use(id: string, neighbour: Neighbour): Promise<'added' | 'replaced' | 'name-taken' | 'used' | 'gone'>
    confirm(id: string): Promise<void>
  }
}
