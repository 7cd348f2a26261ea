import { decodeBase32, encodeBase32 } from '../base32.ts'
import { sameBytes } from '../bytes.ts'
import { FormatError } from '../errors.ts'
import { nodeIdOf } from '../identity.ts'
import { type NodeId, parseNodeId } from '../ids.ts'
import type { RandomSource, Suite } from '../suite.ts'

/** What a node knows of an area (NNCP manual, "Configuration areas options": `id`, `pub`, `prv`). Keys are 32 bytes. */
export interface AreaKeys {
  /** BLAKE2b-256 of the public key. */
  readonly id: NodeId
  /** X25519, messages are sealed for it; null for a node that only passes them on. */
  readonly publicKey: Uint8Array | null
  /** Secret: whoever has it reads the area. Null for a node that reads nothing. */
  readonly privateKey: Uint8Array | null
}

/** An area that can be read. */
export interface PrivateArea extends AreaKeys {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

/** An area in NNCP's words, each value in Base32. */
export interface AreaText {
  readonly id: string
  readonly pub?: string
  readonly prv?: string
}

const keyBytes = 32

/** Fresh keys, as `nncp-cfgnew -area` makes them. Takes 32 bytes from `random`. */
export function generateArea(suite: Suite, random: RandomSource): PrivateArea {
  return areaOfPrivateKey(suite, random(keyBytes))
}

/** The whole of an area out of its secret. Throws FormatError `bad-key` unless given 32 bytes. */
export function areaOfPrivateKey(suite: Suite, privateKey: Uint8Array): PrivateArea {
  if (privateKey.length !== keyBytes) throw new FormatError('bad-key', `a key of an area has ${keyBytes} bytes`)
  const publicKey = suite.x25519PublicKey(privateKey)
  return { id: nodeIdOf(suite, publicKey), publicKey, privateKey }
}

/** Secret when the area has its private key: what this returns then belongs into a file of mode 0600. */
export function formatArea({ id, publicKey, privateKey }: AreaKeys): AreaText {
  return {
    id,
    ...(publicKey === null ? {} : { pub: encodeBase32(publicKey) }),
    ...(privateKey === null ? {} : { prv: encodeBase32(privateKey) }),
  }
}

/**
 * An area from NNCP's words; other members of `record` are ignored.
 *
 * Throws FormatError `bad-base32` for a missing or malformed member, `bad-identity` when the members do not belong
 * together.
 */
export function parseArea(suite: Suite, record: Readonly<Record<string, unknown>>): AreaKeys {
  const text = own(record, 'id')
  const id = typeof text === 'string' ? parseNodeId(text) : undefined
  if (id === undefined) throw new FormatError('bad-base32', `id is not Base32 of ${keyBytes} bytes`)
  const privateKey = key(record, 'prv')
  const derived = privateKey === null ? null : suite.x25519PublicKey(privateKey)
  const publicKey = key(record, 'pub') ?? derived
  if (derived !== null && publicKey !== null && !sameBytes(derived, publicKey)) {
    throw new FormatError('bad-identity', 'pub does not belong to prv')
  }
  if (publicKey !== null && nodeIdOf(suite, publicKey) !== id) {
    throw new FormatError('bad-identity', 'id is not the hash of pub')
  }
  return { id, publicKey, privateKey }
}

function key(record: Readonly<Record<string, unknown>>, name: string): Uint8Array | null {
  const value = own(record, name)
  if (value === undefined || value === null) return null
  const bytes = typeof value === 'string' ? decodeBase32(value) : undefined
  if (bytes?.length !== keyBytes) throw new FormatError('bad-base32', `${name} is not Base32 of ${keyBytes} bytes`)
  return bytes
}

function own(record: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined
}
