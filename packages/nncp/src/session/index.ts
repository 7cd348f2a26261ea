/**
 * NNCP's synchronization protocol as a machine without I/O (NNCP manual, "Sync").
 *
 * It promises: what it reports came from the named peer, in order and without gaps; it holds no file, one envelope at
 * most, and one small record for each offer. It does not check that a packet is what its id says: the host hashes.
 * Whatever the other side does wrong ends the session with `closed`; nothing is lost by that, since custody passes with
 * DONE alone.
 *
 * A replayed first message makes a responder say `identified`, answer, and report old offers; whoever replays it can
 * read none of that, and `connected` never comes. So a host does nothing final before `connected`, and needs not: DONE
 * is taken only after it.
 */
import { SpSession } from './machine.ts'
import type { Session, SessionOptions } from './types.ts'

export * from './discovery.ts'
export { payloadBytesMax, type SessionLimits } from './limits.ts'
export { chunkBytesMax, pushBytesMax } from './packets.ts'
export * from './types.ts'

/**
 * One end of one line. Throws RangeError for a peer without noise key, for both or neither of `peer` and `peerOf`, and
 * for limits that are no positive whole numbers.
 */
export function session(options: SessionOptions): Session {
  return new SpSession(options)
}
