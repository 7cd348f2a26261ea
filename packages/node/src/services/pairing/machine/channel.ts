/**
 * The sealed part of a pairing. Its keys come out of the PAKE's key and of all that was said before, so that nothing of
 * it can be altered; each direction has its own key, each message the next nonce.
 */
import { createHash, hkdfSync } from 'node:crypto'
import { type PrivateIdentity, type PublicIdentity, type Suite, XdrWriter } from '@posthorn/nncp'
import { decodeSecret, encodeSecret, pairingMagic, type Secret } from './wire.ts'

export type Side = 'joiner' | 'inviter'

const keyBytes = 32
const nonceBytes = 12
const nothing = new Uint8Array(0)

export class Channel {
  readonly #suite: Suite
  readonly #out: { readonly key: Uint8Array; count: number }
  readonly #in: { readonly key: Uint8Array; count: number }
  readonly #binding: Uint8Array

  /** @param said the texts of the PAKE's three messages and the invite, in their order. */
  constructor(suite: Suite, side: Side, { key, said }: { readonly key: Uint8Array; readonly said: readonly string[] }) {
    const writer = new XdrWriter().fixedOpaque(pairingMagic)
    for (const text of said) writer.string(text)
    const transcript = createHash('sha512').update(writer.bytes()).digest()
    const made = new Uint8Array(hkdfSync('sha512', key, transcript, 'posthorn pairing keys', 3 * keyBytes))
    const joiner = { key: made.subarray(0, keyBytes), count: 0 }
    const inviter = { key: made.subarray(keyBytes, 2 * keyBytes), count: 0 }
    this.#suite = suite
    this.#out = side === 'joiner' ? joiner : inviter
    this.#in = side === 'joiner' ? inviter : joiner
    this.#binding = made.subarray(2 * keyBytes)
  }

  seal(secret: Secret): Uint8Array {
    return this.#suite.aeadSeal(this.#out.key, nonce(this.#out.count++), nothing, encodeSecret(secret))
  }

  /**
   * Undefined when it was altered, or sealed with other keys.
   * @throws FormatError, RangeError for what is no message.
   */
  open(sealed: Uint8Array): Secret | undefined {
    const opened = this.#suite.aeadOpen(this.#in.key, nonce(this.#in.count++), nothing, sealed)
    return opened && decodeSecret(opened)
  }

  /** Proves, for this conversation only, that the sender has the private key of the card that it shows. */
  sign(identity: PrivateIdentity, side: Side, card: string): Uint8Array {
    return this.#suite.ed25519Sign(identity.signingSeed, this.#toSign(side, card))
  }

  isSigned(
    identity: PublicIdentity,
    side: Side,
    { card, signature }: { card: string; signature: Uint8Array },
  ): boolean {
    return this.#suite.ed25519Verify(identity.signingKey, this.#toSign(side, card), signature)
  }

  #toSign(side: Side, card: string): Uint8Array {
    return new XdrWriter().string(`posthorn pairing ${side}`).fixedOpaque(this.#binding).string(card).bytes()
  }
}

function nonce(count: number): Uint8Array {
  const bytes = new Uint8Array(nonceBytes)
  new DataView(bytes.buffer).setUint32(nonceBytes - 4, count)
  return bytes
}
