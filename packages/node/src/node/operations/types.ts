/**
 * What can be asked of a node, by the command line and later by web and API: each operation with its parameters and its
 * answer. Answers are plain JSON: they travel over the admin socket.
 */
import type { Ending, Notice } from '../../services/pairing/index.ts'
import type { LineBounds, NumberedSchedule } from '../../stores/directory/index.ts'

export interface UserAccess {
  readonly address: string
  readonly password: string
  /** Logs Delta Chat in, as link or QR. */
  readonly dclogin: string
  readonly imap: ServerAccess
  readonly smtp: ServerAccess
}

export interface ServerAccess {
  readonly host: string
  readonly port: number
  readonly security: 'plain' | 'starttls' | 'tls'
}

export interface ListenerStatus {
  readonly host: string
  readonly port: number
  /** Of mail; calls of nodes are always sealed. */
  readonly security?: 'plain' | 'starttls' | 'tls'
}

export interface NeighbourStatus {
  readonly name: string
  readonly id: string
  readonly domain: string
  readonly custody: 'ack' | 'copy'
  readonly via: readonly string[]
  readonly addresses: readonly string[]
  readonly queued: { readonly packets: number; readonly bytes: number }
  /** ISO 8601, or null. */
  readonly lastContact: string | null
}

export interface FolderStatus {
  readonly name: string
  readonly path: string
  /** Is the medium there now? */
  readonly ready: boolean
  readonly lastSync: string | null
}

export interface Status {
  readonly node: { readonly id: string; readonly name: string; readonly domain: string }
  readonly running: boolean
  readonly listeners: Readonly<Record<string, ListenerStatus>>
  readonly users: readonly { readonly name: string; readonly address: string }[]
  readonly neighbours: readonly NeighbourStatus[]
  readonly folders: readonly FolderStatus[]
  readonly inbox: { readonly packets: number; readonly bytes: number }
  readonly quarantine: number
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

export interface BundleWritten {
  readonly bundle: string
  readonly written: { readonly packets: number; readonly bytes: number }
  readonly waiting: { readonly packets: number; readonly bytes: number }
}

export interface BundleRead
  extends Pick<SyncOutcome, 'taken' | 'duplicates' | 'bad' | 'left' | 'leftReasons' | 'error'> {
  readonly bundle: string
  /** Packets for other nodes. */
  readonly others: { readonly packets: number; readonly bytes: number }
}

export interface QuarantineItem {
  readonly number: number
  readonly name: string
  readonly reason: string
  readonly source: string
  readonly sizeBytes: number
  readonly at: string
  readonly kept: boolean
}

export interface RetryOutcome {
  readonly number: number
  readonly name: string
  /** `queued`: it waits for its next node again; `waiting`: it will be tried once more; `set-aside`: it was, anew. */
  readonly outcome: 'done' | 'queued' | 'waiting' | 'set-aside'
  readonly reason?: string
}

export interface InviteMade {
  readonly id: string
  /** Null of an invitation by file. */
  readonly words: string | null
  /** Secret: whoever has it first can join. */
  readonly link: string
  /** ISO 8601. */
  readonly expiresAt: string
  /** Where who joins can call. */
  readonly addresses: readonly string[]
}

export interface InviteStatus {
  readonly id: string
  readonly kind: 'live' | 'file'
  readonly state: 'open' | 'used' | 'over'
  readonly expiresAt: string
  readonly triesLeft: number
  /** The neighbour that has joined with it, by its name here. */
  readonly usedBy: string | null
}

/** What happened to an invite; `ending` is null as long as it is open. */
export interface InviteCourse {
  readonly notices: readonly Notice[]
  readonly ending: Ending | null
}

export interface Paired extends NeighbourStatus {
  readonly outcome: 'added' | 'replaced'
  /** Where it was called; null by file. */
  readonly address: string | null
}

type Empty = Readonly<Record<string, never>>

export interface OperationTypes {
  status: { params: Empty; result: Status }
  'user.add': { params: { name: string; password?: string }; result: UserAccess }
  'user.list': { params: Empty; result: readonly { name: string; address: string; createdAt: string }[] }
  'user.password': { params: { name: string; password?: string }; result: UserAccess }
  'user.remove': { params: { name: string }; result: { name: string } }
  'card.show': { params: Empty; result: CardShown }
  'neighbour.add': {
    params: { card: string; name?: string; via?: readonly string[]; addr?: readonly string[]; custody?: 'ack' | 'copy' }
    result: NeighbourStatus & { readonly outcome: 'added' | 'replaced' }
  }
  'neighbour.list': { params: Empty; result: readonly NeighbourStatus[] }
  'neighbour.show': { params: { name: string }; result: NeighbourStatus }
  'neighbour.remove': { params: { name: string }; result: { name: string; packetsDropped: number } }
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
  readonly bytes: number
  /** null when it is not known how much there is. */
  readonly bytesTotal: number | null
}

export interface OperationContext {
  readonly signal: AbortSignal
  readonly progress: (step: Progress) => void
}
