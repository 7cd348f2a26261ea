/**
 * A batch of receipts: what became of letters, signed by the node that they were for. The signature is its own, besides
 * that of the packet, so that the batch proves by itself what it says, to its reader and to anybody it is shown to.
 * docs/reference/receipts.md has the format.
 */
import {
  bytesOfId,
  FormatError,
  type NodeId,
  nodeIdFromBytes,
  type PrivateIdentity,
  packetIdFromBytes,
  type Suite,
  XdrReader,
  XdrWriter,
} from '@posthorn/nncp'
import type { ReceiptItem } from '../../../stores/spool/index.ts'
import { postofficeLimits } from '../limits.ts'

/** "PHRECPT" and the version: no other thing that a node signs begins like this. */
const magic = new Uint8Array([0x50, 0x48, 0x52, 0x45, 0x43, 0x50, 0x54, 0x01])
const idBytes = 32
const signatureBytes = 64
/** NNCP's handle and arguments have 255 bytes: there cannot be more recipients. */
const recipientsMax = 255

interface Batch {
  /** Who sent the letters. */
  readonly to: NodeId
  readonly items: readonly ReceiptItem[]
}

export function sealBatch(suite: Suite, identity: PrivateIdentity, { to, items }: Batch): Uint8Array {
  const writer = new XdrWriter()
    .fixedOpaque(magic)
    .fixedOpaque(bytesOfId(identity.id))
    .fixedOpaque(bytesOfId(to))
    .u32(items.length)
  for (const { letter, outcomes, at } of items) {
    writer
      .fixedOpaque(bytesOfId(letter))
      .u64(Math.max(0, Math.floor(at)))
      .variableOpaque(outcomes)
  }
  const signed = writer.bytes()
  return Buffer.concat([signed, suite.ed25519Sign(identity.signingSeed, signed)])
}

/** @throws FormatError unless the batch is whole, signed by `from`, and about letters of `to`. */
export function readBatch(
  suite: Suite,
  bytes: Uint8Array,
  { from, to }: { from: { readonly id: NodeId; readonly signingKey: Uint8Array }; to: NodeId },
): readonly ReceiptItem[] {
  const signed = bytes.subarray(0, Math.max(0, bytes.length - signatureBytes))
  const reader = new XdrReader(signed)
  if (Buffer.compare(reader.fixedOpaque(magic.length), magic) !== 0) {
    throw new FormatError('bad-magic', 'these are no receipts, or those of a later version')
  }
  const signer = nodeIdFromBytes(reader.fixedOpaque(idBytes))
  const receiver = nodeIdFromBytes(reader.fixedOpaque(idBytes))
  if (signer !== from.id) throw new FormatError('bad-identity', 'the receipts are of another node')
  if (receiver !== to) throw new FormatError('bad-identity', "the receipts are for another node's letters")
  if (!suite.ed25519Verify(from.signingKey, signed, bytes.subarray(signed.length))) {
    throw new FormatError('bad-signature', 'the receipts were altered: their signature does not fit')
  }
  const count = reader.u32()
  if (count > postofficeLimits.receiptsAtOnceMax) throw new FormatError('too-large', 'too many receipts in one batch')
  const items = Array.from({ length: count }, (): ReceiptItem => {
    const letter = packetIdFromBytes(reader.fixedOpaque(idBytes))
    const at = reader.size()
    return { letter, at, outcomes: Uint8Array.from(reader.variableOpaque(recipientsMax)) }
  })
  reader.end()
  return items
}
