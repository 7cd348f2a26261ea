/** Moving in from NNCP and out to it: what can be asked, and the answers. */

/** Something that could not be taken over as it is: where it stands, and why. */
export interface MovingNote {
  readonly what: string
  readonly why: string
}

export interface Amount {
  readonly packets: number
  readonly bytes: number
}

export interface NncpImported {
  readonly neighbours: readonly {
    /** Its name in NNCP's configuration, and here. */
    readonly was: string
    readonly name: string
    readonly id: string
    readonly addresses: readonly string[]
    readonly via: readonly string[]
    /** Programs that it may call from now on. */
    readonly handles: readonly string[]
    readonly outcome: 'added' | 'known'
  }[]
  readonly areas: readonly {
    readonly was: string
    readonly name: string
    readonly id: string
    /** Ids of nodes. */
    readonly subscribers: readonly string[]
    readonly outcome: 'added' | 'known'
  }[]
  readonly notes: readonly MovingNote[]
}

export interface NncpSpoolTaken {
  readonly outgoing: Amount
  readonly incoming: Amount
  readonly begun: Amount
  readonly seen: number
  readonly heard: number
  readonly present: number
  readonly removed: number
  readonly bad: readonly { readonly name: string; readonly reason: string }[]
  readonly left: Readonly<Record<'unknownNeighbour' | 'unknownSender' | 'ownPacket' | 'noUsers' | 'tooLarge', number>>
}

export interface NncpSpoolPut {
  readonly outgoing: Amount
  readonly incoming: Amount
  readonly seen: number
  readonly present: number
}

export interface MovingOperationTypes {
  /** `config`: as a parser of Hjson gave it, without the private keys of the node. */
  'nncp.import': { params: { config: unknown; dryRun?: boolean }; result: NncpImported }
  'nncp.take-spool': { params: { path: string; move?: boolean; dryRun?: boolean }; result: NncpSpoolTaken }
  /** The answer is without the private keys of the node; those of areas are in it. */
  'nncp.export': {
    params: { spool: string; log: string }
    result: { config: Readonly<Record<string, unknown>>; notes: readonly MovingNote[] }
  }
  'nncp.put-spool': { params: { path: string }; result: NncpSpoolPut }
}
