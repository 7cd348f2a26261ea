import type { NodeId } from './ids.ts'

/** What others know of a node (NNCP manual, "Configuration": neigh). All keys are 32 bytes. */
export interface PublicIdentity {
  readonly id: NodeId
  /** X25519, packets are sealed for it. */
  readonly exchangeKey: Uint8Array
  /** Ed25519, packets are signed by it. */
  readonly signingKey: Uint8Array
  /** X25519 of the session protocol; null for a node that is never called. */
  readonly noiseKey: Uint8Array | null
}

/** A node's own keys (NNCP manual, "Configuration": self). */
export interface PrivateIdentity extends PublicIdentity {
  readonly noiseKey: Uint8Array
  readonly exchangePrivateKey: Uint8Array
  /** 32-byte Ed25519 seed; NNCP writes it as 64 bytes, seed and public key. */
  readonly signingSeed: Uint8Array
  readonly noisePrivateKey: Uint8Array
}
