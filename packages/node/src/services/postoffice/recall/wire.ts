/**
 * What nodes tell each other about packets that are taken back: XDR (RFC 4506), in control packets.
 *
 * `drop`: a list of packets, each with its id (32 bytes), the reason, and the recipients that it is about; none: all of
 * the packet. `dropped`: the same with what came of it in the place of the reason. Read as hostile: see the limits.
 */
import { bytesOfId, FormatError, type PacketId, packetIdFromBytes, XdrReader, XdrWriter } from '@posthorn/nncp'
import type { DropReason } from '../../../stores/spool/index.ts'
import { postofficeLimits } from '../limits.ts'

/** The numbers on the wire. */
const reasons = { recalled: 1, expired: 2, arrived: 3 } as const satisfies Record<DropReason, number>

/**
 * - `dropped`: it was here, and is not delivered or passed on;
 * - `awaited`: it has not come by, and will be dropped when it does;
 * - `late`: it had been taken in before;
 * - `gone-on`: it had been passed on to the next node before;
 * - `full`: nothing was done, since too many packets of this sender are taken back already.
 */
export type DropAnswer = 'dropped' | 'awaited' | 'late' | 'gone-on' | 'full'
const answers = { dropped: 1, awaited: 2, late: 3, 'gone-on': 4, full: 5 } as const satisfies Record<DropAnswer, number>

interface About {
  readonly letter: PacketId
  /** As they stand in the packet; none: all of it. */
  readonly recipients: readonly string[]
}

export interface DropRequest extends About {
  readonly reason: DropReason
}

export interface DropReport extends About {
  readonly answer: DropAnswer
}

export function dropMessage(requests: readonly DropRequest[]): Uint8Array {
  return write(requests.map(({ reason, ...about }) => ({ ...about, code: reasons[reason] })))
}

export function droppedMessage(reports: readonly DropReport[]): Uint8Array {
  return write(reports.map(({ answer, ...about }) => ({ ...about, code: answers[answer] })))
}

/** @throws FormatError. Reasons that a later version may have count as `recalled`. */
export function readDropMessage(bytes: Uint8Array): readonly DropRequest[] {
  return read(bytes).map(({ code, ...about }) => ({ ...about, reason: nameOf(reasons, code) ?? 'recalled' }))
}

/** @throws FormatError. Answers that a later version may have are left out. */
export function readDroppedMessage(bytes: Uint8Array): readonly DropReport[] {
  return read(bytes).flatMap(({ code, ...about }) => {
    const answer = nameOf(answers, code)
    return answer === undefined ? [] : [{ ...about, answer }]
  })
}

interface Entry extends About {
  readonly code: number
}

function write(entries: readonly Entry[]): Uint8Array {
  const writer = new XdrWriter().u32(entries.length)
  for (const { letter, code, recipients } of entries) {
    writer.fixedOpaque(bytesOfId(letter)).u32(code).u32(recipients.length)
    for (const recipient of recipients) writer.string(recipient)
  }
  return writer.bytes()
}

const idBytes = 32
const recipientBytesMax = 255

function read(bytes: Uint8Array): Entry[] {
  const { droppedAtOnceMax, droppedRecipientsMax } = postofficeLimits
  const reader = new XdrReader(bytes)
  const entries = Array.from({ length: countOf(reader, droppedAtOnceMax) }, () => {
    const letter = packetIdFromBytes(reader.fixedOpaque(idBytes))
    const code = reader.u32()
    const recipients = Array.from({ length: countOf(reader, droppedRecipientsMax) }, () =>
      reader.string(recipientBytesMax),
    )
    // The empty one stands for all of a packet, and is no recipient.
    if (recipients.includes('')) throw new FormatError('bad-path', 'a recipient without a name')
    return { letter, code, recipients: [...new Set(recipients)] }
  })
  reader.end()
  return entries
}

function countOf(reader: XdrReader, countMax: number): number {
  const count = reader.u32()
  if (count > countMax) throw new FormatError('too-large', `more than ${countMax} entries`)
  return count
}

function nameOf<Name extends string>(codes: Readonly<Record<Name, number>>, code: number): Name | undefined {
  return (Object.keys(codes) as Name[]).find(name => codes[name] === code)
}
