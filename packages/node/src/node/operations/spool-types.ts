/** What is told of the spool, and of the database it stands in: see `types.ts`. */

export interface RepairShown {
  /** ISO 8601. */
  readonly at: string
  readonly cause: string
  /** What was done, what is missing, what to do: sentences. */
  readonly words: readonly string[]
}

export interface DatabaseChecked {
  /** In SQLite's words; empty: it is whole. */
  readonly problems: readonly string[]
  /** ISO 8601: when the last good copy was made; null: there is none. */
  readonly snapshot: string | null
  /** The last repair; null: none for a month. */
  readonly repair: RepairShown | null
}

export interface MailChecked {
  readonly people: number
  readonly messages: number
  /** Whose mail could not be compared with its index. */
  readonly problems: readonly { readonly user: string; readonly reason: string }[]
}

export interface AskedShown {
  readonly id: string
  /** The node that made it; its name, or its id. */
  readonly from: string
  readonly sizeBytes: number
  /** ISO 8601. */
  readonly since: string
  /** `gone`: all who were asked have it no more. `waiting`: nobody who could be asked was. */
  readonly state: 'waiting' | 'asked' | 'gone'
}

export interface CheckOutcome {
  readonly database: DatabaseChecked
  readonly mail: MailChecked
  /** Packets that were lost on their way in, until they come: the oldest first, at most a thousand. */
  readonly asked: readonly AskedShown[]
  readonly packets: number
  readonly bytes: number
  /** What the disk would not read now. */
  readonly unreadable: number
  readonly damaged: readonly {
    readonly id: string
    readonly state: 'damaged' | 'missing'
    readonly sizeBytes: number
    readonly room: 'outbox' | 'inbox' | 'quarantine'
    /** Its sender is somebody here, and was told. */
    readonly told: boolean
  }[]
}

export interface WaitingCount {
  readonly niceness: number
  readonly packets: number
  readonly bytes: number
  /** ISO 8601: since when the oldest waits. */
  readonly oldest: string
}

export interface NeighbourStat {
  /** null: it is no neighbour any more. */
  readonly name: string | null
  readonly id: string
  /** What goes to it next, by niceness. */
  readonly out: readonly WaitingCount[]
  /** What it brought and is not opened yet. */
  readonly in: readonly WaitingCount[]
}

export interface SpoolStat {
  readonly neighbours: readonly NeighbourStat[]
  /** Beginnings of packets whose line was cut. */
  readonly partial: { readonly packets: number; readonly bytes: number }
  readonly quarantine: number
}

export interface RemoveOutcome {
  readonly dryRun: boolean
  readonly packets: number
  readonly bytes: number
  /** Letters whose senders here were told. */
  readonly told: number
  /** The first thousand. */
  readonly list: readonly {
    readonly id: string
    readonly way: 'out' | 'in' | 'part'
    readonly neighbour: string | null
    readonly niceness: number | null
    readonly sizeBytes: number
    readonly since: string
    readonly told: boolean
  }[]
  /** Packets that were asked for and are not here. */
  readonly unknown: readonly string[]
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

/** Letters that were handed over, and whose receipts have not come. */
export interface CustodyStatus {
  readonly letters: number
  /** What is kept of them, so that they can be sent again, and what may be. */
  readonly bytes: number
  readonly bytesMax: number
  /** Those without receipt that cannot be sent again: too much was kept, or the disk has damaged them. */
  readonly letGo: number
}
