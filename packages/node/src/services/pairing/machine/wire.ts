/**
 * What goes over the line while two nodes pair, in XDR (RFC 4506).
 *
 * The joiner begins with the magic; then frames of a 32-bit length and a body go to and fro:
 *
 *     joiner                                 inviter
 *     hello      invite, OPAQUE KE1   ──▶
 *                                     ◀──   challenge  OPAQUE KE2
 *     proof      OPAQUE KE3, sealed card ─▶
 *                                     ◀──   sealed card
 *     sealed accept                   ──▶   keeps the joiner, durably
 *                                     ◀──   sealed kept
 *     keeps the inviter; sealed done  ──▶
 *
 * Instead of any answer there may be a refusal: sealed as soon as there are keys.
 */
import { XdrReader, XdrWriter } from '@posthorn/nncp'
import { pairingLimits } from '../limits.ts'
import { pakeTextBytesMax } from '../pake.ts'

/** `PHPAIR`, version 1. No NNCP session begins like this. */
export const pairingMagic: Uint8Array = new Uint8Array([0x50, 0x48, 0x50, 0x41, 0x49, 0x52, 0x00, 0x01])

export type Frame =
  | { readonly kind: 'hello'; readonly invite: string; readonly request: string }
  | { readonly kind: 'challenge'; readonly response: string }
  | { readonly kind: 'proof'; readonly finish: string; readonly sealed: Uint8Array }
  | { readonly kind: 'sealed'; readonly sealed: Uint8Array }
  | { readonly kind: 'refusal'; readonly code: string }

/** What is sealed. `port`: where the sender can be called at the address it calls from; 0 when it cannot. */
export type Secret =
  | { readonly kind: 'card'; readonly card: string; readonly signature: Uint8Array; readonly port: number }
  | { readonly kind: 'accept' | 'kept' | 'done' }
  | { readonly kind: 'refusal'; readonly code: string }

const frameKinds = ['hello', 'challenge', 'proof', 'sealed', 'refusal'] as const
const secretKinds = ['card', 'accept', 'kept', 'done', 'refusal'] as const
const inviteBytesMax = 64
const codeBytesMax = 40
const signatureBytes = 64
const portMax = 65_535

export function encodeFrame(frame: Frame): Uint8Array {
  const writer = new XdrWriter().u32(frameKinds.indexOf(frame.kind))
  if (frame.kind === 'hello') writer.string(frame.invite).string(frame.request)
  else if (frame.kind === 'challenge') writer.string(frame.response)
  else if (frame.kind === 'proof') writer.string(frame.finish).variableOpaque(frame.sealed)
  else if (frame.kind === 'sealed') writer.variableOpaque(frame.sealed)
  else writer.string(frame.code)
  return new XdrWriter().variableOpaque(writer.bytes()).bytes()
}

/** @throws FormatError, and a RangeError for what is of no known kind. */
function decodeFrame(body: Uint8Array): Frame {
  const reader = new XdrReader(body)
  const frame = frameIn(reader, frameKinds[reader.u32()])
  reader.end()
  return frame
}

function frameIn(reader: XdrReader, kind: (typeof frameKinds)[number] | undefined): Frame {
  const text = () => reader.string(pakeTextBytesMax)
  const sealed = () => Uint8Array.from(reader.variableOpaque(pairingLimits.frameBytesMax))
  if (kind === 'hello') return { kind, invite: reader.string(inviteBytesMax), request: text() }
  if (kind === 'challenge') return { kind, response: text() }
  if (kind === 'proof') return { kind, finish: text(), sealed: sealed() }
  if (kind === 'sealed') return { kind, sealed: sealed() }
  if (kind === 'refusal') return { kind, code: codeIn(reader) }
  throw new RangeError('a frame of no known kind')
}

export function encodeSecret(secret: Secret): Uint8Array {
  const writer = new XdrWriter().u32(secretKinds.indexOf(secret.kind))
  if (secret.kind === 'card') writer.string(secret.card).fixedOpaque(secret.signature).u32(secret.port)
  else if (secret.kind === 'refusal') writer.string(secret.code)
  return writer.bytes()
}

/** @throws FormatError, and a RangeError for what is of no known kind. */
export function decodeSecret(bytes: Uint8Array): Secret {
  const reader = new XdrReader(bytes)
  const secret = secretIn(reader, secretKinds[reader.u32()])
  reader.end()
  return secret
}

function secretIn(reader: XdrReader, kind: (typeof secretKinds)[number] | undefined): Secret {
  if (kind === 'refusal') return { kind, code: codeIn(reader) }
  if (kind !== 'card') {
    if (kind === undefined) throw new RangeError('a message of no known kind')
    return { kind }
  }
  const card = reader.string(pairingLimits.frameBytesMax)
  const signature = Uint8Array.from(reader.fixedOpaque(signatureBytes))
  const port = reader.u32()
  if (port > portMax) throw new RangeError('a port that is none')
  return { kind, card, signature, port }
}

/** Codes of refusals are shown on terminals. */
function codeIn(reader: XdrReader): string {
  const code = reader.string(codeBytesMax)
  if (!/^[a-z]+(-[a-z]+)*$/.test(code)) throw new RangeError('a code that is none')
  return code
}

/** Frames out of bytes that come as they like. */
export class FrameReader {
  #bytes: Uint8Array = new Uint8Array(0)
  #magicLeft: number

  constructor({ magic }: { readonly magic: boolean }) {
    this.#magicLeft = magic ? pairingMagic.length : 0
  }

  /** @throws RangeError when more waits than the other side may say at once. */
  push(chunk: Uint8Array): void {
    if (this.#bytes.length + chunk.length > pairingLimits.unreadBytesMax) throw new RangeError('more than may be said')
    this.#bytes = Buffer.concat([this.#bytes, chunk])
  }

  /** The next whole frame. @throws FormatError, RangeError for bytes that are none. */
  next(): Frame | undefined {
    if (this.#magicLeft > 0 && !this.#takeMagic()) return undefined
    if (this.#bytes.length < 4) return undefined
    const sizeBytes = new XdrReader(this.#bytes).u32()
    if (sizeBytes > pairingLimits.frameBytesMax || sizeBytes % 4 !== 0) throw new RangeError('a frame of no such size')
    if (this.#bytes.length < 4 + sizeBytes) return undefined
    const body = this.#bytes.subarray(4, 4 + sizeBytes)
    this.#bytes = this.#bytes.subarray(4 + sizeBytes)
    return decodeFrame(body)
  }

  #takeMagic(): boolean {
    const have = this.#bytes.subarray(0, this.#magicLeft)
    const done = pairingMagic.length - this.#magicLeft
    if (have.some((byte, at) => byte !== pairingMagic[done + at])) throw new RangeError('another magic')
    this.#bytes = this.#bytes.subarray(have.length)
    this.#magicLeft -= have.length
    return this.#magicLeft === 0
  }
}
