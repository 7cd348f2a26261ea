/** What the parts of the room share. */
import type { PrivateIdentity, RandomSource, Suite } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { StreamDialer } from '../../links/transport.ts'
import type { Directory, Neighbour } from '../../stores/directory/directory.ts'
import type { Pake } from './pake.ts'

/** A node that has proven to be the owner of its card, and asks to be taken in. */
export interface Introduction {
  /** Its card, as a link. */
  readonly card: string
  /** What a person here wants to call it. */
  readonly name: string | null
  /** Where it was met: it can be called there again. */
  readonly met: readonly string[]
}

/** A node that was heard of in the local network. What it says of itself is not proven. */
export interface Nearby {
  readonly id: string
  readonly url: string
}

/** This node, as it shows itself. */
export interface Self {
  /** Its card, as a link. */
  card(): Promise<string>
  /** Where it takes calls; null when it does not. */
  readonly listens: { readonly host: string; readonly port: number } | null
}

export interface PairingOptions {
  readonly directory: Directory
  readonly identity: PrivateIdentity
  readonly suite: Suite
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
  /** The first one whose scheme is that of an address calls it. */
  readonly dialers: readonly StreamDialer[]
  /**
   * The neighbour that would be kept.
   * @throws OperatingError when it cannot be, or when a person has to decide; its code goes to the other side as well.
   */
  readonly consider: (introduction: Introduction) => Promise<Neighbour>
  /** The directory's neighbours changed. */
  readonly changed: () => void
  /** The key exchange; default is the real one. */
  readonly pake?: () => Promise<Pake>
  /** Who is there in the local network; without it words need an address. */
  readonly nearby?: () => Promise<readonly Nearby[]>
}
