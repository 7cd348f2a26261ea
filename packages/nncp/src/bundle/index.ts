/**
 * Bundles: streams of packets as `nncp-bundle` writes and reads them (NNCP manual, "Bundles"), for tapes, discs, pipes
 * and one-way broadcast.
 *
 * It promises: constant memory; what is written is, byte for byte, what `nncp-bundle -tx` writes for the same packets;
 * and whatever is read ends well or with a `FormatError`. Nothing in a bundle is proven: who keeps a packet hashes it.
 *
 * The rule of the reader: only regular members named `NNCP/RECIPIENT/SENDER/PACKET`, all three in canonical Base32, are
 * given out. Other members are passed over. What is no header (garbage, a false checksum, a size that no packet has)
 * is searched, byte by byte, for the next header. So bundles can lie behind each other with anything between them.
 * Two things are errors: the stream ends inside a member (`truncated`), or holds bytes and no header (`bad-magic`).
 */
export type { BundleLimits } from './limits.ts'
export { type BundledPacket, readBundle } from './read.ts'
export { type PacketToBundle, writeBundle } from './write.ts'
