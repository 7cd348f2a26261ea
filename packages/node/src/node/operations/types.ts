/**
 * What can be asked of a node, by the command line and later by web and API: each operation with its parameters and its
 * answer. Answers are plain JSON: they travel over the admin socket.
 */
import type { LineBounds, NumberedSchedule } from '../../stores/directory/index.ts'
import type { AreaMessageSent, AreaShown, AreaStatus } from './area-types.ts'
import type { BackupOperationTypes } from './backup-types.ts'
import type { BotOperationTypes, BotStatus } from './bot-types.ts'
import type { BundleRead, BundleWritten } from './bundle-types.ts'
import type { HandleShown } from './handle-types.ts'
import type { InviteCourse, InviteMade, InviteStatus } from './invite-types.ts'
import type { LetterOperationTypes } from './letter-types.ts'
import type { MailOperationTypes } from './mail-types.ts'
import type { MovingOperationTypes } from './moving-types.ts'
import type { NearbyStatus } from './nearby.ts'
import type { NetworkOperationTypes } from './network-types.ts'
import type { PeopleOperationTypes } from './people-types.ts'
import type { GatewayStatus, QueueOperationTypes } from './queue-types.ts'
import type {
  CheckOutcome,
  CustodyStatus,
  QuarantineItem,
  RemoveOutcome,
  RepairShown,
  RetryOutcome,
  SpoolStat,
} from './spool-types.ts'
import type { TrackingOperationTypes } from './tracking-types.ts'

/** A port, or the path of a Unix socket. */
export type ListenerStatus = ({ readonly host: string; readonly port: number } | { readonly path: string }) & {
  /** Of mail; calls of nodes are always sealed. */
  readonly security?: 'plain' | 'starttls' | 'tls'
  /** Of the web: what to open in a browser. */
  readonly url?: string
}

export interface NeighbourStatus {
  readonly name: string
  readonly id: string
  readonly domain: string
  readonly custody: 'ack' | 'copy'
  readonly via: readonly string[]
  /** Relays on its other roads. */
  readonly otherRoads: readonly (readonly string[])[]
  readonly addresses: readonly string[]
  readonly queued: { readonly packets: number; readonly bytes: number }
  /** Letters for it whose receipts have not come; those that were handed over, and what is kept of them. */
  readonly unreceipted: { readonly letters: number; readonly handedOver: number; readonly bytes: number }
  /** Its letters that are still on their way here, as far as the newest that came tells. */
  readonly lettersOnTheirWay: number
  /** ISO 8601, or null. */
  readonly lastContact: string | null
  /** Since when nothing goes to it; null: it is not paused. */
  readonly paused: string | null
}

export interface FolderStatus {
  readonly name: string
  readonly path: string
  /** Is the medium there now? */
  readonly ready: boolean
  /** A person is about to pull it out: it is not touched until it has gone. */
  readonly released: boolean
  readonly lastSync: string | null
}

export interface Status {
  readonly node: { readonly id: string; readonly name: string; readonly domain: string }
  readonly running: boolean
  /** null unless this home was brought back from a backup: when, and when that was made. ISO 8601. */
  readonly restored: { readonly at: string; readonly backupOf: string } | null
  readonly listeners: Readonly<Record<string, ListenerStatus>>
  /** Why the node is not open to the local network although that was set in the web; null: nothing hindered it. */
  readonly lanFault: string | null
  readonly users: readonly { readonly name: string; readonly address: string; readonly admin: boolean }[]
  /** How people may make accounts by themselves, with Delta Chat's link for it; null: they may not. */
  readonly firstLogin: { readonly link: string; readonly users: number; readonly usersMax: number } | null
  readonly neighbours: readonly NeighbourStatus[]
  readonly folders: readonly FolderStatus[]
  readonly gateways: readonly GatewayStatus[]
  readonly bot: BotStatus
  readonly inbox: { readonly packets: number; readonly bytes: number }
  readonly quarantine: number
  readonly custody: CustodyStatus
  /** Of the spool; null where there is room. Below the reserve no packets are taken in: they wait where they are. */
  readonly diskFull: { readonly freeBytes: number; readonly reserveBytes: number } | null
  /** When the database had to be repaired last; null: not for a month. */
  readonly repair: RepairShown | null
}

export interface CardShown {
  readonly link: string
  readonly id: string
  readonly name: string
  readonly domain: string
  readonly domains: readonly string[]
  /** The same keys as NNCP writes them, for the `neigh` section of a stock NNCP node. */
  readonly nncp: Readonly<Record<string, string>>
}

export interface SyncOutcome {
  readonly folder: string
  readonly taken: { readonly packets: number; readonly bytes: number }
  readonly duplicates: number
  readonly bad: readonly { readonly name: string; readonly reason: string }[]
  readonly written: { readonly packets: number; readonly bytes: number }
  readonly present: number
  /** Taken by the neighbour, not acknowledged yet. */
  readonly awaited: number
  readonly retired: number
  readonly left: number
  readonly leftReasons: Readonly<Record<'unknownSender' | 'tooLarge' | 'noRoom' | 'unfinished', number>>
  readonly waiting: { readonly packets: number; readonly bytes: number }
  /** For neighbours that are paused. */
  readonly held: { readonly packets: number; readonly bytes: number }
  readonly error?: { readonly code: string; readonly message: string }
}

export interface CallOutcome {
  readonly neighbour: string
  /** That answered, or was tried last; null when there was none. */
  readonly address: string | null
  readonly sent: { readonly packets: number; readonly bytes: number }
  readonly received: { readonly packets: number; readonly bytes: number }
  /** What the neighbour keeps because it is not taken here. */
  readonly left: number
  readonly error?: { readonly code: string; readonly message: string }
}

export interface ScheduleStatus extends NumberedSchedule {
  readonly neighbour: string
  /** ISO 8601; null: never again. */
  readonly next: string | null
}

/** What a neighbour may do with files. */
export interface FileRulesShown {
  readonly name: string
  /** Where its files come in: an absolute path; null: they are not taken. */
  readonly incoming: string | null
  /** Whether chunked files are put together. */
  readonly reassemble: boolean
  /** The folder that it may request files from; null: none. */
  readonly freq: string | null
  /** Bytes; null: in one packet. */
  readonly freqChunk: number | null
  readonly freqMinSize: number
  /** Bytes; null: no limit. */
  readonly freqMaxSize: number | null
}

/** What is not given stays as it is; null takes a bound or a folder away. */
export interface FileRulesChange {
  readonly name: string
  /** An absolute path, `default` for a folder in the node's home, or null: files are not taken. */
  readonly incoming?: string | null
  readonly reassemble?: boolean
  readonly freq?: string | null
  readonly freqChunk?: number | null
  readonly freqMinSize?: number
  readonly freqMaxSize?: number | null
}

export interface FileSent {
  readonly neighbour: string
  /** What it is to be called there. */
  readonly file: string
  readonly bytes: number
  readonly packets: number
  /** Of the packet that makes it whole. */
  readonly packetId: string
}

export interface FileList {
  /** The latest first. */
  readonly files: readonly {
    readonly path: string
    /** Name of the neighbour, or its id when it is none any more. */
    readonly from: string
    readonly sizeBytes: number
    readonly at: string
  }[]
  readonly unfinished: readonly {
    readonly file: string
    readonly from: string
    readonly chunks: number
    /** null while it is not known. */
    readonly chunksTotal: number | null
    readonly sizeBytes: number
  }[]
}

export interface Paired extends NeighbourStatus {
  readonly outcome: 'added' | 'replaced'
  /** Where it was called; null by file. */
  readonly address: string | null
}

type Empty = Readonly<Record<string, never>>

export interface OperationTypes
  extends BackupOperationTypes,
    MovingOperationTypes,
    NetworkOperationTypes,
    LetterOperationTypes,
    MailOperationTypes,
    PeopleOperationTypes,
    BotOperationTypes,
    QueueOperationTypes,
    TrackingOperationTypes {
  status: { params: Empty; result: Status }
  'card.show': { params: Empty; result: CardShown }
  'neighbour.add': {
    params: {
      card: string
      name?: string
      via?: readonly string[]
      /** Other roads, in the place of those that are known. */
      orVia?: readonly (readonly string[])[]
      addr?: readonly string[]
      custody?: 'ack' | 'copy'
    }
    result: NeighbourStatus & { readonly outcome: 'added' | 'replaced' }
  }
  'neighbour.list': { params: Empty; result: readonly NeighbourStatus[] }
  'neighbour.nearby': { params: Empty; result: readonly NearbyStatus[] }
  'neighbour.show': { params: { name: string }; result: NeighbourStatus }
  'neighbour.remove': { params: { name: string }; result: { name: string; packetsDropped: number } }
  'neighbour.set': { params: FileRulesChange; result: FileRulesShown }
  'neighbour.call': {
    params: { name: string; onlineDeadlineMs?: number; nicenessMax?: number }
    result: CallOutcome
  }
  /** What is not named stays; null takes a bound away. */
  'neighbour.limit': { params: { name: string } & Partial<LineBounds>; result: LineBounds & { neighbour: string } }
  'schedule.add': {
    params: {
      neighbour: string
      cron: string
      whenWaiting?: boolean
      nicenessMax?: number
      direction?: 'both' | 'send' | 'receive'
      address?: string
    } & Partial<LineBounds>
    result: ScheduleStatus
  }
  'schedule.list': { params: { neighbour?: string }; result: readonly ScheduleStatus[] }
  'schedule.remove': { params: { neighbour: string; number: number }; result: { neighbour: string; number: number } }
  'invite.add': {
    params: { kind: 'live' | 'file'; name?: string; addr?: readonly string[]; lifeMs?: number }
    result: InviteMade
  }
  'invite.list': { params: Empty; result: readonly InviteStatus[] }
  'invite.cancel': { params: { id: string }; result: { id: string } }
  /** Answers as soon as there is more than the first `seen` notices. */
  'invite.follow': { params: { id: string; seen: number }; result: InviteCourse }
  'invite.accept': { params: { reply: string; name?: string }; result: Paired }
  'pairing.join': { params: { invite: string; name?: string; addr?: readonly string[] }; result: Paired }
  'pairing.reply': {
    params: { invitation: string; name?: string }
    result: Paired & { readonly reply: string; readonly expiresAt: string }
  }
  'folder.add': { params: { path: string; name?: string }; result: FolderStatus }
  'folder.list': { params: Empty; result: readonly FolderStatus[] }
  'folder.remove': { params: { name: string }; result: { name: string } }
  'folder.sync': { params: { folder?: string }; result: readonly SyncOutcome[] }
  /** `hold`: nothing counts as copied before `bundle.confirm`. */
  'bundle.write': {
    params: { path: string; name?: string; to?: readonly string[]; nice?: number; hold?: boolean }
    result: BundleWritten
  }
  'bundle.confirm': {
    params: { path: string; name: string; release: boolean }
    result: { packets: number; released: number }
  }
  'bundle.read': { params: { path: string; name?: string }; result: BundleRead }
  'file.send': {
    params: { path: string; to: string; as: string; nice?: number; chunkBytes?: number; minimumSizeBytes?: number }
    result: FileSent
  }
  'file.request': {
    params: { to: string; source: string; as?: string; nice?: number; replyNice?: number }
    result: { neighbour: string; file: string; packetId: string }
  }
  'file.forget': { params: { from: string; file: string }; result: { from: string; file: string; chunks: number } }
  'file.list': { params: { limit?: number }; result: FileList }
  'area.create': { params: { name: string }; result: AreaStatus }
  /** `source`: a link, or a text that holds one, or NNCP's own words. `relay`: its keys are left out. */
  'area.join': {
    params: { source: string; name?: string; relay?: boolean }
    result: AreaStatus & { readonly outcome: 'added' | 'replaced' }
  }
  'area.list': { params: Empty; result: readonly AreaStatus[] }
  'area.show': { params: { name: string; secret?: boolean }; result: AreaShown }
  'area.subscribe': { params: { name: string; nodes: readonly string[] }; result: AreaStatus }
  'area.unsubscribe': { params: { name: string; nodes: readonly string[] }; result: AreaStatus }
  /** `files`: a folder, true for one of its own in the home, false for none. */
  'area.set': {
    params: {
      name: string
      rename?: string
      files?: string | boolean
      handles?: readonly string[]
      allowUnknown?: boolean
    }
    result: AreaStatus
  }
  'area.remove': { params: { name: string }; result: { name: string } }
  /** `path`: the file, or what the handle reads. */
  'area.send': {
    params: { name: string; path: string; as: string; nice?: number; minimumSizeBytes?: number }
    result: AreaMessageSent
  }
  'area.exec': {
    params: {
      name: string
      handle: string
      args: readonly string[]
      path: string
      nice?: number
      replyNice?: number
      compress: boolean
    }
    result: AreaMessageSent
  }
  /** `path`: a file that holds the input; it is only read. */
  'exec.send': {
    params: {
      neighbour: string
      handle: string
      args: readonly string[]
      path: string
      nice?: number
      replyNice?: number
      compress: boolean
    }
    result: { neighbour: string; handle: string; packet: string; sizeBytes: number }
  }
  'handle.add': {
    params: {
      neighbour: string
      name: string
      command: readonly string[]
      resultFrom?: string
      resultTo?: readonly string[]
    }
    result: HandleShown
  }
  'handle.list': { params: Empty; result: readonly HandleShown[] }
  'handle.remove': { params: { neighbour: string; name: string }; result: { neighbour: string; name: string } }
  'spool.check': { params: { anyway?: boolean }; result: CheckOutcome }
  'spool.stat': { params: { neighbour?: string }; result: SpoolStat }
  /** One of `packets`, `neighbour` and `all`; `olderMs`: only what waits as long. */
  'spool.remove': {
    params: {
      packets?: readonly string[]
      neighbour?: string
      all?: boolean
      tx: boolean
      rx: boolean
      olderMs?: number
      dryRun: boolean
    }
    result: RemoveOutcome
  }
  'spool.remove-partial': { params: { olderMs?: number; dryRun: boolean }; result: RemoveOutcome }
  'spool.forget-seen': {
    params: { neighbour?: string; olderMs?: number; dryRun: boolean }
    result: { dryRun: boolean; forgotten: number }
  }
  toss: { params: Empty; result: { inbox: number; quarantine: number } }
  'quarantine.list': { params: Empty; result: readonly QuarantineItem[] }
  'quarantine.remove': { params: { number: number }; result: { number: number } }
  'quarantine.retry': { params: { number: number }; result: RetryOutcome }
}

export type OperationName = keyof OperationTypes
export type ParamsOf<N extends OperationName> = OperationTypes[N]['params']
export type ResultOf<N extends OperationName> = OperationTypes[N]['result']

/** How far a long operation is. */
export interface Progress {
  readonly phase: string
  readonly packets: number
  readonly unit?: 'messages' | 'files' // where they are no packets
  readonly bytes: number
  /** null when it is not known how much there is. */
  readonly bytesTotal: number | null
}

export interface OperationContext {
  readonly signal: AbortSignal
  readonly progress: (step: Progress) => void
}
