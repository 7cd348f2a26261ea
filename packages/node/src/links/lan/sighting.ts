/** What was heard of a node in the local network. Anybody can say so: only the handshake of a call proves it. */
import type { NodeId } from '@posthorn/nncp'

/** What became of this machine's own interfaces. */
export interface NetworkChange {
  /** Those that came or went, or of which an address did. */
  readonly interfaces: readonly string[]
  /** All addresses that there are now, without zones and those of the loopback interface. */
  readonly addresses: readonly string[]
}

export type SightingSource = 'mcd' | 'mdns'

export interface Sighting {
  readonly id: NodeId
  /** What it calls itself; null where it did not say, or nothing that could be a name. */
  readonly name: string | null
  /** Where it says that it takes calls; the host is the sender of the datagram. */
  readonly url: URL
  /** Our interface that heard it. */
  readonly interface: string
  readonly source: SightingSource
  /** How long it holds unless it is said again; 0: it has gone. */
  readonly lifetimeMs: number
}
