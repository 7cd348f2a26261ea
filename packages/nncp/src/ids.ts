/** Base32 (RFC 4648, upper case, no padding) of 32 bytes: 52 characters. Names a node: BLAKE2b-256 of its signing public key. */
export type NodeId = string & { readonly __brand: 'NodeId' }

/** Base32 of 32 bytes: 52 characters. Names an encrypted packet: the MTH hash of all its bytes. */
export type PacketId = string & { readonly __brand: 'PacketId' }
