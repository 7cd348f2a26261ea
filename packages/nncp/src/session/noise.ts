/**
 * Noise_IK_25519_ChaChaPoly_BLAKE2b (Noise Protocol Framework, revision 34), as far as the session needs it.
 *
 * Both ends learn that they spoke with the owner of a static key, and nobody else learns whose. The first message may
 * be a replay: only what comes after the second proves to the responder that the initiator is there (section 7.7).
 * Everything from outside that does not fit answers `undefined`; such a handshake must not be used further.
 */
import { joined } from '../bytes.ts'
import type { RandomSource, SealPlace, Suite } from '../suite.ts'
import { hashBytes, hkdf2 } from './hkdf.ts'

const protocolName = 'Noise_IK_25519_ChaChaPoly_BLAKE2b'
const keyBytes = 32
const tagBytes = 16
const nonceBytes = 12
/** Section 5.1: the counter, little-endian, behind four zeros (section 12.3). */
const counterAt = 4

/** What the first message has beside its payload: `e`, sealed `s`, tag. */
export const firstMessageOverheadBytes = keyBytes + keyBytes + tagBytes + tagBytes
/** What every message after the handshake has beside its payload. */
export const transportOverheadBytes = tagBytes

/** One direction after the handshake (section 5.1). Messages open only in the order in which they were sealed. */
class CipherState {
  readonly #suite: Suite
  readonly #key: Uint8Array
  #counter = 0

  constructor(suite: Suite, key: Uint8Array) {
    this.#suite = suite
    this.#key = key
  }

  seal(associated: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return this.#suite.aeadSeal(this.#key, this.#nonce(), associated, plaintext)
  }

  /** The same without associated data, of parts that stand one behind another. */
  sealInto(place: SealPlace, parts: readonly Uint8Array[]): void {
    this.#suite.aeadSealInto(place, this.#key, this.#nonce(), parts)
  }

  /** `undefined` for what was altered, moved or repeated. */
  open(associated: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length < tagBytes) return undefined
    return this.#suite.aeadOpen(this.#key, this.#nonce(), associated, sealed)
  }

  // 2^53 messages are beyond the age of any line; a repeated nonce would be fatal, so it is an error all the same.
  #nonce(): Uint8Array {
    if (this.#counter >= Number.MAX_SAFE_INTEGER) throw new RangeError('all nonces are used')
    const nonce = new Uint8Array(nonceBytes)
    new DataView(nonce.buffer).setBigUint64(counterAt, BigInt(this.#counter), true)
    this.#counter += 1
    return nonce
  }
}

/** The two directions of an established line. */
export interface Ciphers {
  readonly outgoing: CipherState
  readonly incoming: CipherState
}

export interface NoiseKeys {
  readonly suite: Suite
  readonly random: RandomSource
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}

/** What both sides keep while they shake hands: chaining key and transcript hash (section 5.2). */
class SymmetricState {
  readonly #suite: Suite
  #chainingKey: Uint8Array
  #hash: Uint8Array
  #cipher: CipherState | undefined

  constructor(suite: Suite, prologue: Uint8Array) {
    this.#suite = suite
    this.#hash = new Uint8Array(hashBytes)
    this.#hash.set(new TextEncoder().encode(protocolName))
    this.#chainingKey = this.#hash
    this.mixHash(prologue)
  }

  mixHash(data: Uint8Array): void {
    this.#hash = this.#suite.blake2b512(joined([this.#hash, data]))
  }

  /** False for a key of low order, with which there is no secret. */
  mixSecret(privateKey: Uint8Array, publicKey: Uint8Array): boolean {
    const secret = this.#suite.x25519(privateKey, publicKey)
    if (secret === undefined) return false
    const [chainingKey, key] = hkdf2(this.#suite, this.#chainingKey, secret)
    this.#chainingKey = chainingKey
    this.#cipher = new CipherState(this.#suite, key.slice(0, keyBytes))
    return true
  }

  sealAndMix(plaintext: Uint8Array): Uint8Array {
    if (this.#cipher === undefined) throw new Error('nothing is sealed before the first secret')
    const sealed = this.#cipher.seal(this.#hash, plaintext)
    this.mixHash(sealed)
    return sealed
  }

  openAndMix(sealed: Uint8Array): Uint8Array | undefined {
    const plaintext = this.#cipher?.open(this.#hash, sealed)
    this.mixHash(sealed)
    return plaintext
  }

  /** Section 5.2, Split(): the initiator's direction first. */
  split(): [CipherState, CipherState] {
    const [first, second] = hkdf2(this.#suite, this.#chainingKey, new Uint8Array(0))
    return [
      new CipherState(this.#suite, first.slice(0, keyBytes)),
      new CipherState(this.#suite, second.slice(0, keyBytes)),
    ]
  }
}

export interface InitiatorHandshake {
  readonly message: Uint8Array
  /** `undefined` unless the owner of the called key answered this very message. */
  readAnswer(message: Uint8Array): { payload: Uint8Array; ciphers: Ciphers } | undefined
}

/** `-> e, es, s, ss`. `undefined` when the called key is of low order. */
export function initiate(
  keys: NoiseKeys,
  prologue: Uint8Array,
  remoteKey: Uint8Array,
  payload: Uint8Array,
): InitiatorHandshake | undefined {
  const { suite, privateKey, publicKey } = keys
  const state = new SymmetricState(suite, prologue)
  state.mixHash(remoteKey)
  const ephemeral = keys.random(keyBytes)
  const ephemeralKey = suite.x25519PublicKey(ephemeral)
  state.mixHash(ephemeralKey)
  if (!state.mixSecret(ephemeral, remoteKey)) return undefined
  const sealedKey = state.sealAndMix(publicKey)
  if (!state.mixSecret(privateKey, remoteKey)) return undefined
  const sealedPayload = state.sealAndMix(payload)
  return {
    message: joined([ephemeralKey, sealedKey, sealedPayload]),
    readAnswer(message) {
      if (message.length < keyBytes + tagBytes) return undefined
      const remoteEphemeral = message.slice(0, keyBytes)
      state.mixHash(remoteEphemeral)
      if (!state.mixSecret(ephemeral, remoteEphemeral) || !state.mixSecret(privateKey, remoteEphemeral)) {
        return undefined
      }
      const answer = state.openAndMix(message.subarray(keyBytes))
      if (answer === undefined) return undefined
      const [outgoing, incoming] = state.split()
      return { payload: answer, ciphers: { outgoing, incoming } }
    },
  }
}

export interface ResponderHandshake {
  /** Its owner made the message, though perhaps long ago. */
  readonly remoteKey: Uint8Array
  readonly payload: Uint8Array
  /** `<- e, ee, se`. */
  answer(payload: Uint8Array): { message: Uint8Array; ciphers: Ciphers }
}

/** Reads `-> e, es, s, ss`. `undefined` when it was not made for our key, by the owner of the key it names. */
export function respond(keys: NoiseKeys, prologue: Uint8Array, message: Uint8Array): ResponderHandshake | undefined {
  const { suite, privateKey, publicKey } = keys
  if (message.length < firstMessageOverheadBytes) return undefined
  const state = new SymmetricState(suite, prologue)
  state.mixHash(publicKey)
  const remoteEphemeral = message.slice(0, keyBytes)
  state.mixHash(remoteEphemeral)
  if (!state.mixSecret(privateKey, remoteEphemeral)) return undefined
  const keyEnd = keyBytes + keyBytes + tagBytes
  const remoteKey = state.openAndMix(message.subarray(keyBytes, keyEnd))?.slice()
  if (remoteKey === undefined || !state.mixSecret(privateKey, remoteKey)) return undefined
  const payload = state.openAndMix(message.subarray(keyEnd))
  if (payload === undefined) return undefined
  return {
    remoteKey,
    payload,
    answer(answerPayload) {
      const ephemeral = keys.random(keyBytes)
      const ephemeralKey = suite.x25519PublicKey(ephemeral)
      state.mixHash(ephemeralKey)
      // Both keys gave a secret already, and a fresh scalar gives one with them too.
      if (!state.mixSecret(ephemeral, remoteEphemeral) || !state.mixSecret(ephemeral, remoteKey)) {
        throw new Error('a key that was good is of low order')
      }
      const sealed = state.sealAndMix(answerPayload)
      const [incoming, outgoing] = state.split()
      return { message: joined([ephemeralKey, sealed]), ciphers: { outgoing, incoming } }
    },
  }
}
