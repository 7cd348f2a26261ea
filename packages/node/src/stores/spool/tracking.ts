/** What the spool tells the journeys. */
import type { SealedLetter } from '../journeys/journeys.ts'
import type { NewOutbound } from './spool.ts'

/** Of a packet that begins a letter's journey. */
export function sealedLetter(packet: NewOutbound): SealedLetter | undefined {
  const { staged, tracked, messageId, envelope, destination, letter = staged.id, at } = packet
  if (tracked !== true || messageId === null || envelope === undefined) return undefined
  const { returnPath: sender, recipients } = envelope
  return { messageId, sender, recipients, at, letter, packet: staged.id, destination }
}
