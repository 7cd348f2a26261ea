import type { PrivateIdentity, PublicIdentity } from '../identity.ts'
import type { NodeId } from '../ids.ts'

/** A command line: the program and its first arguments. */
export type NncpCommand = readonly string[]

/** NNCP manual, "Configuration options", all its sections. Absent options are null, false or empty. */
export interface NncpConfig extends NncpGeneral {
  /** Null in a stripped configuration (`nncp-cfgmin`). */
  readonly self: PrivateIdentity | null
  /** `neigh.self`: what is done with packets of the node to itself. */
  readonly own: NncpNodeOptions | null
  /** Without `neigh.self`. */
  readonly neighbours: readonly NncpNeighbour[]
  readonly areas: readonly NncpArea[]
  readonly notify: NncpNotify
}

/** "CfgGeneral". */
export interface NncpGeneral {
  readonly spool: string | null
  readonly log: string | null
  /** Octal digits. */
  readonly umask: string | null
  readonly noProgress: boolean
  readonly noHeaders: boolean
  /** Regular expressions of interfaces. */
  readonly discoveryListen: readonly string[]
  readonly discoverySend: readonly { readonly interfaces: string; readonly everySeconds: number }[]
  /** Some hold private keys. */
  readonly yggdrasilAliases: readonly { readonly name: string; readonly value: string }[]
}

/** What a node may do here: files, requests, commands. */
export interface NncpNodeOptions {
  readonly exec: Readonly<Record<string, NncpCommand>>
  /** A directory. */
  readonly incoming: string | null
  readonly freq: NncpFreq | null
}

export interface NncpFreq {
  /** Without it nothing may be requested. */
  readonly path: string | null
  readonly chunkKib: number | null
  readonly sizeKibMin: number | null
  readonly sizeKibMax: number | null
}

/** "CfgNeigh". */
export interface NncpNeighbour extends NncpNodeOptions, NncpLineOptions {
  readonly name: string
  readonly identity: PublicIdentity
  /** Names or ids of neighbours, the nearest first. */
  readonly via: readonly string[]
  readonly addresses: readonly { readonly name: string; readonly address: string }[]
  readonly calls: readonly NncpCall[]
}

/** Null where the default of NNCP holds; rates are packets a second. */
export interface NncpLineOptions {
  readonly rxRate: number | null
  readonly txRate: number | null
  readonly onlineDeadlineSeconds: number | null
  readonly onlineSecondsMax: number | null
}

/** "CfgCalls". */
export interface NncpCall extends NncpLineOptions {
  readonly cron: string
  readonly nicenessMax: number | null
  /** Only this direction. */
  readonly only: 'rx' | 'tx' | null
  /** The name of an address of the neighbour, or an address. */
  readonly address: string | null
  /** The flags that are set, as NNCP names them: `when-tx-exists`, `autotoss`. */
  readonly flags: readonly NncpCallFlag[]
}

export const nncpCallFlags = [
  'autotoss',
  'autotoss-doseen',
  'autotoss-nofile',
  'autotoss-nofreq',
  'autotoss-noexec',
  'autotoss-notrns',
  'autotoss-noarea',
  'autotoss-noack',
  'when-tx-exists',
  'nock',
  'mcd-ignore',
] as const

export type NncpCallFlag = (typeof nncpCallFlags)[number]

/** "CfgAreas". */
export interface NncpArea {
  readonly name: string
  readonly id: NodeId
  /** X25519; null where its packets are only passed on. */
  readonly publicKey: Uint8Array | null
  readonly privateKey: Uint8Array | null
  /** Names or ids of neighbours. */
  readonly subscribers: readonly string[]
  readonly incoming: string | null
  readonly exec: Readonly<Record<string, NncpCommand>>
  readonly allowUnknown: boolean
}

export interface NncpNotice {
  readonly from: string
  readonly to: string
}

/** "CfgNotify". */
export interface NncpNotify {
  readonly file: NncpNotice | null
  readonly freq: NncpNotice | null
  /** By `NODE.HANDLE` or `*.HANDLE`. */
  readonly exec: Readonly<Record<string, NncpNotice>>
}

/** One thing that is wrong: `path` as in `neigh.alice.addrs.lan`; empty for the whole. Holds no values. */
export interface NncpConfigFault {
  readonly path: string
  readonly message: string
}
