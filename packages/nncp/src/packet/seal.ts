import type { PrivateIdentity, PublicIdentity } from '../identity.ts'
import type { RandomSource, Suite } from '../suite.ts'
import { XdrWriter } from '../xdr.ts'
import { blockBytes, derivePacketKeys, nonceOf, type PacketKeys, sizeFieldBytes, tagBytes } from './blocks.ts'
import { encodeEncryptedHeader, encodeUnsignedHeader, encryptedHeaderBytes } from './encrypted.ts'
import { byteSource } from './source.ts'

export interface SealOptions {
  readonly suite: Suite
  readonly random: RandomSource
  readonly sender: Pick<PrivateIdentity, 'id' | 'signingSeed'>
  /** A node, or an area. */
  readonly recipient: Pick<PublicIdentity, 'id' | 'exchangeKey'>
  /** 1 to 255, readable by everybody. */
  readonly niceness: number
  /** A whole plain packet: see `plainPacket`. */
  readonly payload: AsyncIterable<Uint8Array>
  /** Smaller packets are padded to this size, to hide their own (NNCP's `-minsize`, but in bytes). Default 0. */
  readonly minimumSizeBytes?: number
  /**
   * Each chunk is valid until the next one is asked for, then its memory is used again: for consumers that hash, write
   * or copy at once. Without it chunks may be kept.
   */
  readonly lent?: boolean
}

/**
 * An encrypted packet as a stream, in constant memory (NNCP manual, "Encrypted packet"). Takes 32 bytes from `random`.
 *
 * Throws at its first step FormatError `bad-niceness` or `bad-key` and RangeError for a bad `minimumSizeBytes`; errors
 * of the payload pass through, and what was yielded before them is no packet. A payload that was begun is let go of in
 * every case.
 */
export async function* sealPacket(options: SealOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { minimumSizeBytes = 0 } = options
  if (!Number.isSafeInteger(minimumSizeBytes) || minimumSizeBytes < 0) {
    throw new RangeError('minimumSizeBytes must be a whole number')
  }
  const source = byteSource(options.payload)
  try {
    const { header, sealer } = begin(options)
    yield header
    let payloadBytes = 0
    for (;;) {
      const block = await source.take(blockBytes)
      payloadBytes += block.length
      if (block.length === blockBytes) {
        yield sealer.seal('full', block)
      } else {
        yield* sealEnd(sealer, block, payloadBytes, minimumSizeBytes)
        return
      }
    }
  } finally {
    await source.close()
  }
}

/** How large the encrypted packet of a plain packet of `payloadBytes` (its header included) becomes. */
export function sealedSizeBytes(payloadBytes: number, minimumSizeBytes = 0): number {
  const fullBlocks = Math.floor(payloadBytes / blockBytes)
  const endBlocks = (payloadBytes % blockBytes) + sizeFieldBytes > blockBytes ? 2 : 1
  const unpadded = encryptedHeaderBytes + payloadBytes + sizeFieldBytes + (fullBlocks + endBlocks) * tagBytes
  return Math.max(unpadded, minimumSizeBytes)
}

interface Sealer {
  /** The next block, under the named key. */
  seal(key: 'full' | 'size', plaintext: Uint8Array): Uint8Array
  /** Padding outside the blocks; each call yields the next bytes. */
  readonly padding: (sizeBytes: number) => Uint8Array
}

function begin(options: SealOptions): { header: Uint8Array; sealer: Sealer } {
  const { suite, sender, recipient, niceness } = options
  const ephemeralKey = options.random(32)
  const fields = {
    niceness,
    sender: sender.id,
    recipient: recipient.id,
    exchangeKey: suite.x25519PublicKey(ephemeralKey),
  }
  const unsigned = encodeUnsignedHeader(fields)
  const header = encodeEncryptedHeader({ ...fields, signature: suite.ed25519Sign(sender.signingSeed, unsigned) })
  const keys: PacketKeys = derivePacketKeys(suite, ephemeralKey, recipient.exchangeKey)
  const associated = suite.blake3(unsigned)
  let blockNumber = 0
  let room: Uint8Array = new Uint8Array(0)
  function roomFor(sizeBytes: number): Uint8Array {
    if (options.lent !== true) return new Uint8Array(sizeBytes)
    if (room.length < sizeBytes) room = new Uint8Array(sizeBytes)
    return room.subarray(0, sizeBytes)
  }
  return {
    header,
    sealer: {
      seal(key, plaintext) {
        const sealed = roomFor(plaintext.length + tagBytes)
        const place = { target: sealed, offset: 0 }
        suite.aeadSealInto(place, keys[key], nonceOf(blockNumber++), [plaintext], associated)
        return sealed
      },
      padding: suite.blake3Xof(keys.padding),
    },
  }
}

/**
 * The last, not full piece of the payload: a SIZE block, perhaps a block for what the SIZE structure displaced from it,
 * padding inside the last block up to its end, the remaining padding behind it.
 */
function* sealEnd(sealer: Sealer, tail: Uint8Array, payloadBytes: number, minimumSizeBytes: number) {
  const padBytes = sealedSizeBytes(payloadBytes, minimumSizeBytes) - sealedSizeBytes(payloadBytes)
  const first = tail.subarray(0, blockBytes - sizeFieldBytes)
  const displaced = tail.subarray(first.length)
  const lastBytes = displaced.length > 0 ? displaced.length : sizeFieldBytes + first.length
  const innerPadBytes = Math.min(padBytes, blockBytes - lastBytes)

  const sizeBlock = new Uint8Array(sizeFieldBytes + first.length + (displaced.length > 0 ? 0 : innerPadBytes))
  sizeBlock.set(new XdrWriter().u64(payloadBytes).u64(padBytes).bytes())
  sizeBlock.set(first, sizeFieldBytes)
  // Copied before the first yield: `tail` lives in a buffer of the source.
  const lastBlock = new Uint8Array(displaced.length > 0 ? displaced.length + innerPadBytes : 0)
  lastBlock.set(displaced)
  yield sealer.seal('size', sizeBlock)
  if (lastBlock.length > 0) yield sealer.seal('full', lastBlock)

  for (let left = padBytes - innerPadBytes; left > 0; left -= blockBytes) {
    yield sealer.padding(Math.min(left, blockBytes))
  }
}
