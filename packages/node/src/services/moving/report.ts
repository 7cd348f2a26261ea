import type { PacketId } from '@posthorn/nncp'

export interface Amount {
  readonly packets: number
  readonly bytes: number
}

export interface SpoolTaken {
  /** Out of `tx`, to be sent from here. */
  readonly outgoing: Amount
  /** Out of `rx`, to be opened here. */
  readonly incoming: Amount
  /** Beginnings of packets: the next call goes on with them. */
  readonly begun: Amount
  /** What NNCP remembered to have dealt with. */
  readonly seen: number
  /** Messages of areas that NNCP has dealt with. */
  readonly heard: number
  /** Here already. */
  readonly present: number
  /** Originals that were removed. */
  readonly removed: number
  /** Not what their names say: noted, and left where they are. */
  readonly bad: readonly { readonly name: PacketId; readonly reason: string }[]
  readonly left: Readonly<Record<LeftReason, number>>
}

/**
 * Why a packet stays in NNCP's spool: it lies with a node that is no neighbour; its sender is none; this node sent it
 * to itself; nobody has a mailbox here yet; it is larger than this node takes.
 */
export type LeftReason = 'unknownNeighbour' | 'unknownSender' | 'ownPacket' | 'noUsers' | 'tooLarge'

export class TakenTally {
  readonly outgoing = { packets: 0, bytes: 0 }
  readonly incoming = { packets: 0, bytes: 0 }
  readonly begun = { packets: 0, bytes: 0 }
  seen = 0
  heard = 0
  present = 0
  removed = 0
  readonly bad: { name: PacketId; reason: string }[] = []
  readonly left: Record<LeftReason, number> = {
    unknownNeighbour: 0,
    unknownSender: 0,
    ownPacket: 0,
    noUsers: 0,
    tooLarge: 0,
  }
  /** Looked at, for the progress. */
  readonly passed = { packets: 0, bytes: 0 }

  report(): SpoolTaken {
    const { outgoing, incoming, begun, seen, heard, present, removed, bad, left } = this
    return { outgoing, incoming, begun, seen, heard, present, removed, bad, left }
  }
}
