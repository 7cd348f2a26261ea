/**
 * The cryptography that NNCP is made of, as a parameter.
 *
 * The formats in this package name no platform: a node hands in native code, a browser or a test the pure one
 * (`@posthorn/nncp/pure`). All functions are synchronous, keep no reference to their arguments and return fresh arrays.
 */
export interface Suite {
  /** BLAKE3-256 of `data`: 32 bytes. */
  blake3(data: Uint8Array): Uint8Array
  /** BLAKE3-256 keyed with 32 bytes: 32 bytes. */
  blake3Keyed(key: Uint8Array, data: Uint8Array): Uint8Array
  /** BLAKE3 derive_key: 32 bytes out of `material` for the given context string (as bytes). */
  blake3DeriveKey(context: Uint8Array, material: Uint8Array): Uint8Array
  /** BLAKE3 in extendable-output mode, keyed with 32 bytes, over the empty message; each call yields the next bytes. */
  blake3Xof(key: Uint8Array): (sizeBytes: number) => Uint8Array
  /** BLAKE2b with 32 bytes of output. */
  blake2b256(data: Uint8Array): Uint8Array
  /** BLAKE2b with 64 bytes of output, unkeyed: what Noise hashes with. */
  blake2b512(data: Uint8Array): Uint8Array
  /** ChaCha20-Poly1305 (RFC 8439): ciphertext followed by its 16-byte tag. `nonce` is 12 bytes. */
  aeadSeal(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, plaintext: Uint8Array): Uint8Array
  /** The same of `parts`, one behind another, into a place that the caller has. Default: nothing is associated. */
  aeadSealInto(
    place: SealPlace,
    key: Uint8Array,
    nonce: Uint8Array,
    parts: readonly Uint8Array[],
    associated?: Uint8Array,
  ): void
  /** The plaintext, or `undefined` when the tag does not fit. */
  aeadOpen(key: Uint8Array, nonce: Uint8Array, associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined
  /** X25519 (RFC 7748): 32-byte shared secret, or `undefined` for a low-order public key. */
  x25519(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined
  x25519PublicKey(privateKey: Uint8Array): Uint8Array
  /** Ed25519 (RFC 8032) over a 32-byte seed: 64-byte signature. */
  ed25519Sign(seed: Uint8Array, message: Uint8Array): Uint8Array
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  ed25519PublicKey(seed: Uint8Array): Uint8Array
}

/** Where sealed bytes go: all of `parts` and 16 more fit into `target` from `offset` on. */
export interface SealPlace {
  readonly target: Uint8Array
  readonly offset: number
}

/** A source of unpredictable bytes. A parameter, so that a simulation can be repeated from its seed. */
export type RandomSource = (sizeBytes: number) => Uint8Array
