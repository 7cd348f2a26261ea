import { FormatError } from '../errors.ts'
import type { PrivateIdentity } from '../identity.ts'
import { type AreaMessageId, areaMessageIdFromBytes, type NodeId } from '../ids.ts'
import type { OpenLimits } from '../limits.ts'
import { type EncryptedHeader, encryptedHeaderBytes, readEncryptedHeader } from '../packet/encrypted.ts'
import { type OpenedPacket, openPacket, type SenderKeys } from '../packet/open.ts'
import { idPath } from '../packet/path.ts'
import { plainPacket } from '../packet/plain.ts'
import { sealPacket } from '../packet/seal.ts'
import type { RandomSource, Suite } from '../suite.ts'
import type { AreaKeys, PrivateArea } from './keys.ts'

export interface SealMessageOptions {
  readonly suite: Suite
  readonly random: RandomSource
  readonly author: Pick<PrivateIdentity, 'id' | 'signingSeed'>
  readonly area: { readonly id: NodeId; readonly publicKey: Uint8Array }
  /** 1 to 255, readable by everybody. */
  readonly niceness: number
  /** A whole plain packet: see `plainPacket`. */
  readonly payload: AsyncIterable<Uint8Array>
  /** Smaller messages are padded to this size. Default 0. */
  readonly minimumSizeBytes?: number
}

/** A message as a stream, in constant memory. Throws as `sealPacket` does. */
export function sealAreaMessage(options: SealMessageOptions): AsyncIterable<Uint8Array> {
  const { area, author: sender, ...rest } = options
  return sealPacket({ ...rest, sender, recipient: { id: area.id, exchangeKey: area.publicKey } })
}

/** The plain packet in which a message goes from one node to the next; NNCP writes the niceness 0 into it. */
export function areaPacket(area: NodeId, message: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return plainPacket({ type: 'area', niceness: 0, path: idPath(area) }, message)
}

/** What everybody on the way can read of a message. */
export interface AreaMessageHead {
  /** Of all messages, the same wherever it is heard: BLAKE2b-256 of the 172 bytes of its header, signature included. */
  readonly id: AreaMessageId
  /** Its sender is the author: a claim, until the signature was verified. */
  readonly header: EncryptedHeader
}

/**
 * Reads the first 172 of `bytes` and keeps no reference to them. Throws FormatError `truncated`, `bad-magic`,
 * `bad-version`, `bad-niceness`, or `not-for-us` when it is sealed for something else than the area. Nothing is proven.
 */
export function readAreaMessage(suite: Suite, area: NodeId, bytes: Uint8Array): AreaMessageHead {
  const header = readEncryptedHeader(bytes)
  if (header.recipient !== area) throw new FormatError('not-for-us', 'the message is sealed for another area')
  return { id: areaMessageIdFromBytes(suite.blake2b256(bytes.subarray(0, encryptedHeaderBytes))), header }
}

export interface OpenMessageOptions {
  readonly suite: Suite
  readonly area: PrivateArea
  /** The keys of an author, if it is known. */
  readonly authorOf: (id: NodeId) => SenderKeys | undefined | Promise<SenderKeys | undefined>
  /** All bytes of the message. */
  readonly source: AsyncIterable<Uint8Array>
  readonly limits?: Partial<OpenLimits>
}

/**
 * A message that was opened. Its body ends only if the message is whole and was made by somebody who has the area's
 * public key; see `OpenedPacket`.
 */
export interface OpenedMessage extends OpenedPacket {
  /** False: the author is not known, so that its signature could not be verified. Anybody may have claimed the name. */
  readonly proven: boolean
}

/**
 * Opens a message in constant memory. A wrong signature of a known author is refused; an author who is not known is
 * told of, and whether that will do is for the caller to decide. Throws as `openPacket` does, but for `unknown-sender`.
 */
export async function openAreaMessage(options: OpenMessageOptions): Promise<OpenedMessage> {
  const { area, authorOf, ...rest } = options
  let proven = true
  const opened = await openPacket({
    ...rest,
    recipient: { id: area.id, exchangePrivateKey: area.privateKey },
    senderOf: async id => {
      const known = await authorOf(id)
      proven = known !== undefined
      return known ?? 'unverified'
    },
  })
  return { ...opened, proven }
}

/** Whether the area can be read here. */
export function isPrivateArea(area: AreaKeys): area is PrivateArea {
  return area.publicKey !== null && area.privateKey !== null
}
