import { FormatError } from '../errors.ts'
import type { PrivateIdentity, PublicIdentity } from '../identity.ts'
import type { NodeId } from '../ids.ts'
import { onionRelaysMax } from '../limits.ts'
import type { RandomSource, Suite } from '../suite.ts'
import { idPath } from './path.ts'
import { plainPacket } from './plain.ts'
import { sealPacket } from './seal.ts'

export interface OnionOptions {
  readonly suite: Suite
  readonly random: RandomSource
  readonly sender: Pick<PrivateIdentity, 'id' | 'signingSeed'>
  /** In the order of travel, the nearest first, as NNCP's `via`. */
  readonly relays: readonly Pick<PublicIdentity, 'id' | 'exchangeKey'>[]
  readonly destination: NodeId
  /** Of every layer; as a rule that of the packet. */
  readonly niceness: number
  /** Niceness in the plain header of the `trns` packets; 0, as NNCP writes it, unless told otherwise. */
  readonly innerNiceness?: number
  /** An encrypted packet for the destination. */
  readonly packet: AsyncIterable<Uint8Array>
}

/**
 * Wraps an encrypted packet in one `trns` packet per relay, in constant memory per layer: each relay learns the next
 * stop and the size, no more. The result is for the nearest relay, or with no relays the packet itself.
 *
 * Layers are not padded; pad the packet inside. Throws FormatError `too-many-relays` at once; the stream throws as
 * `sealPacket` does.
 */
export function wrapOnion(options: OnionOptions): AsyncIterable<Uint8Array> {
  const { suite, random, sender, relays, niceness, innerNiceness = 0 } = options
  if (relays.length > onionRelaysMax) throw new FormatError('too-many-relays', `more than ${onionRelaysMax} relays`)
  let packet = options.packet
  let next = options.destination
  for (const relay of relays.toReversed()) {
    // The relay goes by the wrapped packet's own niceness.
    const payload = plainPacket({ type: 'trns', niceness: innerNiceness, path: idPath(next) }, packet)
    packet = sealPacket({ suite, random, sender, recipient: relay, niceness, payload })
    next = relay.id
  }
  return packet
}
