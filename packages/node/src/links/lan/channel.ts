/** One way to find others in the local network: what it says when, and where it listens. */
import type { NodeId } from '@posthorn/nncp'
import type { LanInterface } from './interfaces.ts'
import type { OpenMulticast } from './multicast.ts'
import type { Sighting } from './sighting.ts'

/** Something that is said on each interface. */
export interface Saying {
  /** Whether the system has taken it. An IPv6 address that has just come cannot be used for a second or two. */
  say(at: LanInterface): Promise<boolean>
  /** When, after the interface or an address of it has come. */
  readonly firstMs: readonly number[]
  /** How often from then on; null: no more by itself. */
  readonly everyMs: number | null
  /** Whether it is said, too, when somebody asks or is heard for the first time. */
  readonly answers: boolean
}

export interface Channel {
  readonly says: readonly Saying[]
  /** Whether it listens on this interface now. */
  join(at: LanInterface): boolean
  leave(at: LanInterface): void
  /** Says goodbye where that is the custom. */
  close(): Promise<void>
}

export interface ChannelOptions {
  readonly self: NodeId
  readonly name: string
  /** Where this node takes calls; null: it listens for others and says nothing of itself. */
  readonly port: number | null
  readonly open: OpenMulticast
  readonly interfaces: () => readonly LanInterface[]
  /** Whether one more datagram of this sender may be looked at. */
  readonly admit: (sender: string) => boolean
  readonly found: (sighting: Sighting) => void
  /** Somebody on this interface wants to know of us. */
  readonly asked: (at: LanInterface) => void
}
