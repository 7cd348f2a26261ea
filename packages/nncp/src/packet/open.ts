import { allZero, sameBytes } from '../bytes.ts'
import { FormatError } from '../errors.ts'
import type { PrivateIdentity, PublicIdentity } from '../identity.ts'
import type { NodeId } from '../ids.ts'
import { checkedLimit, type OpenLimits, openLimits } from '../limits.ts'
import type { Suite } from '../suite.ts'
import { XdrReader } from '../xdr.ts'
import { blockBytes, derivePacketKeys, nonceOf, type PacketKeys, sizeFieldBytes, tagBytes } from './blocks.ts'
import {
  type EncryptedHeader,
  encodeUnsignedHeader,
  encryptedHeaderBytes,
  readEncryptedHeader,
  verifyEncryptedHeader,
} from './encrypted.ts'
import { decodePlainHeader, type PlainHeader, plainHeaderBytes } from './plain.ts'
import { type ByteSource, byteSource } from './source.ts'

export type SenderKeys = Pick<PublicIdentity, 'signingKey'>
type SenderVerdict = SenderKeys | 'unverified' | undefined

export interface OpenOptions {
  readonly suite: Suite
  /** A node's keys, or an area's. */
  readonly recipient: Pick<PrivateIdentity, 'id' | 'exchangePrivateKey'>
  /**
   * The keys of a sender we accept packets from; `unverified` accepts one whose keys we do not have: nothing but the
   * packet's wholeness is proven then. May look them up; its errors pass through.
   */
  readonly senderOf: (id: NodeId) => SenderVerdict | Promise<SenderVerdict>
  /** All bytes of the packet. */
  readonly source: AsyncIterable<Uint8Array>
  readonly limits?: Partial<OpenLimits>
}

export interface OpenedPacket {
  /** Verified, unless `senderOf` asked not to: the sender signed it, for this recipient. */
  readonly header: EncryptedHeader
  /** Authentic, but the packet may still turn out to be cut: see `body`. */
  readonly plain: PlainHeader
  /**
   * The content. Each piece is authentic, but **nothing may be acted upon before the stream has ended without an
   * error**: only then it is certain that nothing is missing, that sizes and padding are right, that nothing follows.
   * Can be read once. Throws FormatError; errors of the source pass through.
   */
  readonly body: AsyncIterable<Uint8Array>
  /** Lets go of the source without reading the body to its end. Not needed after the body ended or threw. */
  readonly close: () => Promise<void>
}

/**
 * Opens an encrypted packet (NNCP manual, "Encrypted packet") in constant memory: a block, its plaintext, and one chunk
 * of the source. At most two decryptions are tried per block.
 *
 * Throws FormatError `truncated`, `bad-magic`, `bad-version`, `bad-niceness`, `not-for-us`, `unknown-sender`,
 * `bad-signature`, `bad-key`, `bad-block`, `bad-size`, `bad-type`, `bad-path`, `bad-xdr`, `bad-padding`, `too-large`,
 * and lets go of the source then. The body throws those of them that concern blocks, sizes and padding, and
 * `trailing-bytes`.
 */
export async function openPacket(options: OpenOptions): Promise<OpenedPacket> {
  const limit = checkedLimit('packetBytesMax', options.limits?.packetBytesMax ?? openLimits.packetBytesMax)
  const source = byteSource(options.source, limit)
  try {
    const header = await authenticHeader(options, source)
    const blocks = openBlocks(openerOf(options, header), source)
    const first = await blocks.next()
    const start = first.done === true ? new Uint8Array(0) : first.value
    const plain = decodePlainHeader(start)
    return { header, plain, body: joined(start.subarray(plainHeaderBytes), blocks), close: source.close }
  } catch (error) {
    await source.close()
    throw error
  }
}

async function authenticHeader(options: OpenOptions, source: ByteSource): Promise<EncryptedHeader> {
  const header = readEncryptedHeader(await source.take(encryptedHeaderBytes))
  if (header.recipient !== options.recipient.id) throw new FormatError('not-for-us', 'sealed for another node')
  const sender = await options.senderOf(header.sender)
  if (sender === undefined) throw new FormatError('unknown-sender', 'sent by a node we do not know')
  if (sender !== 'unverified' && !verifyEncryptedHeader(options.suite, header, sender.signingKey)) {
    throw new FormatError('bad-signature', 'not signed by its sender')
  }
  return header
}

interface Opener {
  /** A block's plaintext, or `undefined` when it was not sealed as this block under this key. */
  open(key: 'full' | 'size', blockNumber: number, sealed: Uint8Array): Uint8Array | undefined
  readonly padding: (sizeBytes: number) => Uint8Array
}

function openerOf(options: OpenOptions, header: EncryptedHeader): Opener {
  const { suite, recipient } = options
  const keys: PacketKeys = derivePacketKeys(suite, recipient.exchangePrivateKey, header.exchangeKey)
  const associated = suite.blake3(encodeUnsignedHeader(header))
  return {
    open: (key, blockNumber, sealed) => suite.aeadOpen(keys[key], nonceOf(blockNumber), associated, sealed),
    padding: suite.blake3Xof(keys.padding),
  }
}

/** The payload in pieces; ends only if the packet does, exactly as its SIZE structure says. */
async function* openBlocks(opener: Opener, source: ByteSource): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    let blockNumber = 0
    let passedBytes = 0
    let sizeBlock: Uint8Array | undefined
    for (; sizeBlock === undefined; blockNumber += 1) {
      const block = openUnknown(opener, blockNumber, await source.take(blockBytes + tagBytes))
      if (block.key === 'size') {
        sizeBlock = block.plaintext
      } else {
        passedBytes += block.plaintext.length
        yield block.plaintext
      }
    }
    const reader = new XdrReader(sizeBlock)
    let payloadLeft = reader.size() - passedBytes
    let padLeft = reader.size()
    let room = blockBytes - sizeFieldBytes
    let plaintext = sizeBlock.subarray(sizeFieldBytes)
    for (; ; blockNumber += 1) {
      const payload = payloadOf(plaintext, payloadLeft, padLeft, room)
      payloadLeft -= payload.length
      padLeft -= plaintext.length - payload.length
      if (payload.length > 0) yield payload
      if (payloadLeft === 0) break
      room = blockBytes
      plaintext = await openFull(opener, blockNumber, source, Math.min(room, payloadLeft + padLeft))
    }
    await checkOuterPadding(opener, source, padLeft)
    if ((await source.take(1)).length > 0) throw new FormatError('trailing-bytes', 'bytes after the packet')
  } finally {
    await source.close()
  }
}

/** A block before SIZE was seen: a whole one is rarely the SIZE block, a short one nearly always. */
function openUnknown(opener: Opener, blockNumber: number, sealed: Uint8Array) {
  if (sealed.length <= tagBytes) throw new FormatError('truncated', 'the packet ends before its size is told')
  const whole = sealed.length === blockBytes + tagBytes
  for (const key of whole ? (['full', 'size'] as const) : (['size', 'full'] as const)) {
    const plaintext = opener.open(key, blockNumber, sealed)
    if (plaintext === undefined) continue
    if (key === 'full' && !whole) throw new FormatError('bad-size', 'a short block where the size should be')
    return { key, plaintext }
  }
  throw new FormatError('bad-block', `block ${blockNumber} does not open`)
}

/** A block behind SIZE, whose length is known. */
async function openFull(opener: Opener, blockNumber: number, source: ByteSource, sizeBytes: number) {
  const sealed = await source.take(sizeBytes + tagBytes)
  if (sealed.length < sizeBytes + tagBytes) throw new FormatError('truncated', 'the packet ends inside its payload')
  const plaintext = opener.open('full', blockNumber, sealed)
  if (plaintext === undefined) throw new FormatError('bad-block', `block ${blockNumber} does not open`)
  return plaintext
}

/** The payload in a block at or behind SIZE with `room` for both: what follows it is padding, or nothing. */
function payloadOf(plaintext: Uint8Array, payloadLeft: number, padLeft: number, room: number): Uint8Array {
  if (payloadLeft < 0) throw new FormatError('bad-size', 'more payload than the size says')
  const payload = plaintext.subarray(0, Math.min(room, payloadLeft))
  const padding = plaintext.subarray(payload.length)
  if (padding.length !== Math.min(padLeft, room - payload.length)) {
    throw new FormatError('bad-size', 'not as much padding as the size says')
  }
  if (!allZero(padding)) throw new FormatError('bad-padding', 'padding inside a block is not zero')
  return payload
}

async function checkOuterPadding(opener: Opener, source: ByteSource, padBytes: number): Promise<void> {
  for (let left = padBytes; left > 0; ) {
    const wantedBytes = Math.min(left, blockBytes)
    const found = await source.take(wantedBytes)
    if (found.length < wantedBytes) throw new FormatError('truncated', 'the packet ends inside its padding')
    if (!sameBytes(found, opener.padding(wantedBytes)))
      throw new FormatError('bad-padding', 'padding is not the derived one')
    left -= wantedBytes
  }
}

/** `start`, then the rest of `blocks`; giving up before or in between lets go of them. */
function joined(start: Uint8Array, blocks: AsyncGenerator<Uint8Array, void, undefined>): AsyncIterable<Uint8Array> {
  let pending: Uint8Array | undefined = start.length > 0 ? start : undefined
  const iterator: AsyncIterableIterator<Uint8Array> = {
    async next() {
      if (pending === undefined) return blocks.next()
      const value = pending
      pending = undefined
      return { done: false, value }
    },
    async return() {
      pending = undefined
      await blocks.return()
      return { done: true, value: undefined }
    },
    [Symbol.asyncIterator]: () => iterator,
  }
  return iterator
}
