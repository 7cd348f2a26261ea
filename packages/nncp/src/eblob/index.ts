/**
 * Eblobs: a configuration with its private keys, sealed with a passphrase (NNCP manual, "EBlob"; `nncp-cfgenc`).
 *
 * It promises: what a blob may cost to open is checked before anything is spent; a wrong passphrase is an answer, all
 * else that does not fit is a `FormatError`, and neither says anything of passphrase or content. The passphrase is
 * bytes: whoever asks a person for it decides how text becomes bytes (NNCP takes UTF-8 without the line end).
 */
import { FormatError } from '../errors.ts'
import type { RandomSource, Suite } from '../suite.ts'
import { XdrReader, XdrWriter } from '../xdr.ts'
import { type BalloonInput, balloon } from './balloon.ts'
import { checkCost, type EblobCost, type EblobLimits, eblobCost, eblobLimits } from './limits.ts'

export { type EblobCost, type EblobLimits, eblobCost } from './limits.ts'

/** `NNCPB\0\0` and the version. */
const magic = Uint8Array.of(0x4e, 0x4e, 0x43, 0x50, 0x42, 0, 0)
const version = 3
const saltBytes = 32
const tagBytes = 16
/** Each key is used once: its salt is new. */
const nonce = new Uint8Array(12)

export interface EblobOptions {
  readonly suite: Suite
  readonly passphrase: Uint8Array
  readonly pause?: BalloonInput['pause']
}

/** Whether bytes begin as an eblob of any version does. */
export function isEblob(bytes: Uint8Array): boolean {
  return magic.every((byte, at) => bytes[at] === byte)
}

/**
 * What was sealed, or undefined for a wrong passphrase (or a blob that was changed: nobody can tell).
 *
 * Throws FormatError `bad-magic`, `bad-version`, `truncated`, `trailing-bytes`, `bad-xdr`, `bad-size`, `too-large`.
 */
export async function openEblob(
  options: EblobOptions & { readonly bytes: Uint8Array; readonly limits?: Partial<EblobLimits> },
): Promise<Uint8Array | undefined> {
  const { suite, bytes } = options
  const limits = eblobLimits(options.limits)
  const { cost, salt, sealed } = read(bytes, limits)
  checkCost(cost, limits)
  const key = await balloon({ ...options, salt, cost })
  return suite.aeadOpen(key, nonce, head(cost, salt).variableOpaque(new Uint8Array(0)).bytes(), sealed)
}

/** Takes 32 bytes from `random`. Throws FormatError `too-large` for a cost that `openEblob` would refuse. */
export async function sealEblob(
  options: EblobOptions & { readonly random: RandomSource; readonly content: Uint8Array; readonly cost?: EblobCost },
): Promise<Uint8Array> {
  const { suite, random, content, cost = eblobCost } = options
  const limits = eblobLimits()
  checkCost(cost, limits)
  if (content.length > limits.contentBytesMax) throw new FormatError('too-large', 'the content is too large')
  const salt = random(saltBytes)
  const key = await balloon({ ...options, salt, cost })
  const associated = head(cost, salt).variableOpaque(new Uint8Array(0)).bytes()
  return head(cost, salt)
    .variableOpaque(suite.aeadSeal(key, nonce, associated, content))
    .bytes()
}

function head({ spaceBlocks, rounds, jobs }: EblobCost, salt: Uint8Array): XdrWriter {
  const start = Uint8Array.of(...magic, version)
  return new XdrWriter().fixedOpaque(start).u32(spaceBlocks).u32(rounds).u32(jobs).fixedOpaque(salt)
}

function read(bytes: Uint8Array, limits: EblobLimits): { cost: EblobCost; salt: Uint8Array; sealed: Uint8Array } {
  if (!isEblob(bytes)) throw new FormatError('bad-magic', 'not an eblob')
  const reader = new XdrReader(bytes)
  if (reader.fixedOpaque(magic.length + 1).at(-1) !== version) {
    throw new FormatError('bad-version', `not an eblob of version ${version}`)
  }
  const cost = { spaceBlocks: reader.u32(), rounds: reader.u32(), jobs: reader.u32() }
  const salt = reader.fixedOpaque(saltBytes)
  const sealed = reader.variableOpaque(limits.contentBytesMax + tagBytes)
  reader.end()
  return { cost, salt, sealed }
}
