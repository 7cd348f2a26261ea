/** What is told of packets that come and go, to who counts them. */
import type { NodeId } from '@posthorn/nncp'
import type { OutboundKind } from './spool.ts'

/** Its next hop has it, or a copy that stands for that. */
export interface PacketLeft {
  readonly nextHop: NodeId
  readonly kind: OutboundKind
  readonly sizeBytes: number
  /** When it was committed, and when it left. */
  readonly since: number
  readonly at: number
}

/** A new packet is in the inbox. */
export interface PacketCame {
  readonly handedBy: NodeId
  readonly sizeBytes: number
  readonly at: number
}
