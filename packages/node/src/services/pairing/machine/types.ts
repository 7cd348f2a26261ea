/** What both machines have in common. */
import type { PrivateIdentity, Suite } from '@posthorn/nncp'
import type { Card } from '../../../stores/directory/card.ts'
import type { Pake } from '../pake.ts'

export interface MachineOptions {
  readonly suite: Suite
  readonly identity: PrivateIdentity
  readonly pake: Pake
}

/** Bytes to be sent, and what the caller has to know or to decide, in this order. */
export interface Step<Event> {
  readonly send: readonly Uint8Array[]
  readonly events: readonly Event[]
}

/** A card whose owner has just proven to be its owner. */
export interface ShownCard {
  readonly card: Card
  readonly link: string
  readonly port: number
}

/** How a pairing can end without one. The other side `refused` with a code; the rest we found out ourselves. */
export type Failure =
  | { readonly kind: 'refused'; readonly code: string; readonly proven: boolean }
  | { readonly kind: 'failed'; readonly code: 'wrong-words' | 'bad-peer' }
