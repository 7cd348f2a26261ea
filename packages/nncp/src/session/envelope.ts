/** The XDR envelope around each Noise message: magic, then variable opaque data (NNCP manual, "Sync"). */
import { FormatError } from '../errors.ts'
import { bytesOfMagic, checkMagic, type Magic } from '../packet/magic.ts'
import type { SealPlace } from '../suite.ts'

const sessionMagic: Magic = { letters: 'NNCPS', version: 1 }
const magicBytes = bytesOfMagic(sessionMagic)
/** Magic 8, length 4. */
const headBytes = 12
const unitBytes = 4
const surelyBytes = 8 * 1024

/** `message` as it goes to the wire. */
export function encodeEnvelope(message: Uint8Array): Uint8Array {
  const { target, offset } = emptyEnvelope(message.length)
  target.set(message, offset)
  return target
}

/** An envelope for a message of that size, and where in it the message goes. */
export function emptyEnvelope(messageBytes: number): SealPlace {
  const target = new Uint8Array(headBytes + filled(messageBytes))
  target.set(magicBytes)
  new DataView(target.buffer).setUint32(magicBytes.length, messageBytes)
  return { target, offset: headBytes }
}

/**
 * Cuts a stream into the messages of its envelopes, however the stream was cut before.
 *
 * It holds one envelope at most, and only as much of it as has come: a length that is announced costs nothing.
 */
export class EnvelopeReader {
  #held = new Uint8Array(0)
  #heldBytes = 0

  /**
   * Takes bytes from the front of `chunk` until an envelope is whole. `usedBytes` is how many; `message` is absent
   * when the chunk ended first. Throws FormatError `bad-magic`, `bad-version`, `too-large` or `bad-xdr`; it is of no
   * use then.
   */
  take(chunk: Uint8Array, messageBytesMax: number): { usedBytes: number; message?: Uint8Array } {
    let usedBytes = 0
    while (usedBytes < chunk.length) {
      const piece = chunk.subarray(usedBytes, usedBytes + this.#missingBytes(messageBytesMax))
      this.#hold(piece)
      usedBytes += piece.length
      if (this.#missingBytes(messageBytesMax) === 0) return { usedBytes, message: this.#message() }
    }
    return { usedBytes }
  }

  /** Of the head, then of the rest. Checks the head as soon as it is there. */
  #missingBytes(messageBytesMax: number): number {
    if (this.#heldBytes < headBytes) return headBytes - this.#heldBytes
    if (this.#heldBytes === headBytes) checkMagic(this.#held.subarray(0, magicBytes.length), sessionMagic)
    const sizeBytes = this.#messageBytes()
    if (sizeBytes > messageBytesMax) throw new FormatError('too-large', `a message above ${messageBytesMax} bytes`)
    return headBytes + filled(sizeBytes) - this.#heldBytes
  }

  #messageBytes(): number {
    return new DataView(this.#held.buffer).getUint32(magicBytes.length)
  }

  #hold(piece: Uint8Array): void {
    const sizeBytes = this.#heldBytes + piece.length
    if (sizeBytes > this.#held.length) {
      // Once much of it has come, the rest will; before that an envelope costs no more than twice what came.
      const whole = piece.length >= surelyBytes ? headBytes + filled(this.#messageBytes()) : 0
      const larger = new Uint8Array(Math.max(sizeBytes, whole, 2 * this.#held.length))
      larger.set(this.#held.subarray(0, this.#heldBytes))
      this.#held = larger
    }
    this.#held.set(piece, this.#heldBytes)
    this.#heldBytes = sizeBytes
  }

  #message(): Uint8Array {
    const end = headBytes + this.#messageBytes()
    const [message, filler] = [this.#held.subarray(headBytes, end), this.#held.subarray(end, this.#heldBytes)]
    if (filler.some(byte => byte !== 0)) throw new FormatError('bad-xdr', 'filler is not zero')
    this.#held = new Uint8Array(0)
    this.#heldBytes = 0
    return message
  }
}

function filled(sizeBytes: number): number {
  return Math.ceil(sizeBytes / unitBytes) * unitBytes
}
