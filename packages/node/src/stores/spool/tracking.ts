/** What the spool tells the journeys. */
import type { PacketId } from '@posthorn/nncp'
import type { SealedLetter } from '../journeys/journeys.ts'
import type { NewOutbound } from './spool.ts'

/** How it is known that a packet was handed over. */
export interface HandedBy {
  /** The line that it went over, or the road that its ack came by. */
  readonly road?: string
  /** Its ack. */
  readonly evidence?: PacketId
}

/** Of a packet that begins a letter's journey. */
export function sealedLetter(packet: NewOutbound): SealedLetter | undefined {
  const { staged, tracked, messageId, envelope, destination, letter = staged.id, at } = packet
  if (tracked !== true || messageId === null || envelope === undefined) return undefined
  const { returnPath: sender, recipients } = envelope
  return { messageId, sender, recipients, at, letter, packet: staged.id, destination }
}
