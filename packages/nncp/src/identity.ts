import { decodeBase32, encodeBase32 } from './base32.ts'
import { sameBytes } from './bytes.ts'
import { FormatError } from './errors.ts'
import { type NodeId, nodeIdFromBytes } from './ids.ts'
import type { RandomSource, Suite } from './suite.ts'

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

/** A public identity in NNCP's words, each value in Base32. `noisepub` is left out for a node that is never called. */
export interface PublicIdentityText {
  readonly id: string
  readonly exchpub: string
  readonly signpub: string
  readonly noisepub?: string
}

/** A private identity in NNCP's words, as in the section `self` of its configuration. */
export interface PrivateIdentityText extends PublicIdentityText {
  readonly noisepub: string
  readonly exchprv: string
  readonly signprv: string
  readonly noiseprv: string
}

const keyBytes = 32

/** BLAKE2b-256 of the Ed25519 public key (also of an area's X25519 public key). */
export function nodeIdOf(suite: Suite, signingKey: Uint8Array): NodeId {
  return nodeIdFromBytes(suite.blake2b256(signingKey))
}

/** Fresh keys. Takes 96 bytes from `random`. */
export function generateIdentity(suite: Suite, random: RandomSource): PrivateIdentity {
  return identityOf(suite, random(keyBytes), random(keyBytes), random(keyBytes))
}

export function formatPublicIdentity(identity: PublicIdentity): PublicIdentityText {
  const { id, exchangeKey, signingKey, noiseKey } = identity
  const text = { id, exchpub: encodeBase32(exchangeKey), signpub: encodeBase32(signingKey) }
  return noiseKey === null ? text : { ...text, noisepub: encodeBase32(noiseKey) }
}

/** Secret: what this returns belongs into a file of mode 0600 and into no log. */
export function formatPrivateIdentity(identity: PrivateIdentity): PrivateIdentityText {
  const signingPair = new Uint8Array(2 * keyBytes)
  signingPair.set(identity.signingSeed)
  signingPair.set(identity.signingKey, keyBytes)
  return {
    ...formatPublicIdentity(identity),
    noisepub: encodeBase32(identity.noiseKey),
    exchprv: encodeBase32(identity.exchangePrivateKey),
    signprv: encodeBase32(signingPair),
    noiseprv: encodeBase32(identity.noisePrivateKey),
  }
}

/**
 * A neighbour's keys from NNCP's words; other members of `record` are ignored.
 *
 * Throws FormatError `bad-base32` for a missing or malformed member, `bad-identity` when `id` is not the hash of
 * `signpub`.
 */
export function parsePublicIdentity(suite: Suite, record: Readonly<Record<string, unknown>>): PublicIdentity {
  const signingKey = member(record, 'signpub', keyBytes)
  const exchangeKey = member(record, 'exchpub', keyBytes)
  const absent = record['noisepub'] === undefined || record['noisepub'] === null
  const noiseKey = absent ? null : member(record, 'noisepub', keyBytes)
  const id = nodeIdFromBytes(member(record, 'id', keyBytes))
  if (id !== nodeIdOf(suite, signingKey)) throw new FormatError('bad-identity', 'id is not the hash of signpub')
  return { id, exchangeKey, signingKey, noiseKey }
}

/**
 * A node's own keys from NNCP's words; other members of `record` are ignored.
 *
 * Throws FormatError `bad-base32` for a missing or malformed member, `bad-identity` when the members do not belong
 * together.
 */
export function parsePrivateIdentity(suite: Suite, record: Readonly<Record<string, unknown>>): PrivateIdentity {
  const claimed = parsePublicIdentity(suite, record)
  const signingPair = member(record, 'signprv', 2 * keyBytes)
  const exchangePrivateKey = member(record, 'exchprv', keyBytes)
  const noisePrivateKey = member(record, 'noiseprv', keyBytes)
  const identity = identityOf(suite, exchangePrivateKey, signingPair.slice(0, keyBytes), noisePrivateKey)
  const pairs = [
    ['signprv', signingPair.subarray(keyBytes), identity.signingKey],
    ['signpub', claimed.signingKey, identity.signingKey],
    ['exchpub', claimed.exchangeKey, identity.exchangeKey],
    ['noisepub', claimed.noiseKey, identity.noiseKey],
  ] as const
  for (const [name, given, derived] of pairs) {
    if (given === null || !sameBytes(given, derived)) {
      throw new FormatError('bad-identity', `${name} does not belong to the private key`)
    }
  }
  return identity
}

function identityOf(suite: Suite, exchange: Uint8Array, signingSeed: Uint8Array, noise: Uint8Array): PrivateIdentity {
  const signingKey = suite.ed25519PublicKey(signingSeed)
  return {
    id: nodeIdOf(suite, signingKey),
    exchangeKey: suite.x25519PublicKey(exchange),
    signingKey,
    noiseKey: suite.x25519PublicKey(noise),
    exchangePrivateKey: exchange,
    signingSeed,
    noisePrivateKey: noise,
  }
}

function member(record: Readonly<Record<string, unknown>>, name: string, sizeBytes: number): Uint8Array {
  const value = Object.hasOwn(record, name) ? record[name] : undefined
  const bytes = typeof value === 'string' ? decodeBase32(value) : undefined
  if (bytes?.length !== sizeBytes) throw new FormatError('bad-base32', `${name} is not Base32 of ${sizeBytes} bytes`)
  return bytes
}
