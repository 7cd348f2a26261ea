/** The lines before the sealed part of an age file (C2SP age, "Header"), with one recipient: a passphrase. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  hkdfSync,
  scrypt as scryptWithCallback,
  timingSafeEqual,
} from 'node:crypto'
import { promisify } from 'node:util'
import type { RandomSource } from '@posthorn/nncp'
import { brokenBackup, notABackup, wrongPassphrase } from './errors.ts'
import { backupLimits } from './limits.ts'

const scrypt = promisify<Uint8Array, Uint8Array, number, object, Buffer>(scryptWithCallback)

const version = 'age-encryption.org/v1'
const pattern =
  /^age-encryption\.org\/v1\n-> scrypt ([A-Za-z0-9+/]{22}) ([1-9]\d?)\n([A-Za-z0-9+/]{43})\n--- ([A-Za-z0-9+/]{43})\n/
const fileKeyBytes = 16
const tagBytes = 16
const saltBytes = 16
const noNonce = new Uint8Array(12)

export interface Header {
  readonly text: string
  /** All that follows is sealed with it. */
  readonly fileKey: Uint8Array
}

/** @param costLog of the passphrase's key; see `backupLimits`. */
export async function makeHeader(passphrase: Uint8Array, costLog: number, random: RandomSource): Promise<Header> {
  const fileKey = random(fileKeyBytes)
  const salt = random(saltBytes)
  const key = await passphraseKey(passphrase, salt, costLog)
  const cipher = createCipheriv('chacha20-poly1305', key, noNonce, { authTagLength: tagBytes })
  const wrapped = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()])
  const stanza = `-> scrypt ${base64(salt)} ${costLog}\n${base64(wrapped)}\n`
  const signed = `${version}\n${stanza}---`
  return { text: `${signed} ${base64(macOf(fileKey, signed))}\n`, fileKey }
}

/**
 * The header at the begin of `bytes`, as many of them as it may have or as there are.
 * @throws OperatingError `not-a-backup`, `wrong-passphrase`, `backup-broken`.
 */
export async function openHeader(bytes: Uint8Array, passphrase: Uint8Array): Promise<Header> {
  const text = Buffer.from(bytes.subarray(0, backupLimits.headerBytesMax)).toString('latin1')
  const match = pattern.exec(text)
  if (match === null) {
    // Cut, or sealed in a way that none of ours is.
    throw notABackup(text.startsWith(version) ? 'it is an age file, but none with one passphrase' : undefined)
  }
  const [whole, salt = '', costText = '', wrapped = '', mac = ''] = match
  const costLog = Number(costText)
  if (costLog > backupLimits.costLogMax) {
    throw notABackup(`to try its passphrase would take more memory than is allowed (2^${costLog})`)
  }
  const key = await passphraseKey(passphrase, decoded(salt), costLog)
  const fileKey = unwrapped(decoded(wrapped), key)
  if (fileKey === undefined) throw wrongPassphrase()
  const signed = whole.slice(0, whole.lastIndexOf(' '))
  if (!timingSafeEqual(macOf(fileKey, signed), decoded(mac))) throw brokenBackup('its first lines were changed')
  return { text: whole, fileKey }
}

/** Of what follows the header; `nonce` stands in front of it. */
export function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', fileKey, nonce, 'payload', 32))
}

function passphraseKey(passphrase: Uint8Array, salt: Uint8Array, costLog: number): Promise<Buffer> {
  const whole = Buffer.concat([Buffer.from(`${version}/scrypt`), salt])
  const cost = 2 ** costLog
  // Node refuses what needs more than it was told to expect: 128 * N * r bytes, and a little.
  return scrypt(passphrase, whole, 32, { N: cost, r: 8, p: 1, maxmem: 128 * cost * 8 + 1024 * 1024 })
}

function unwrapped(bytes: Uint8Array, key: Uint8Array): Uint8Array | undefined {
  const decipher = createDecipheriv('chacha20-poly1305', key, noNonce, { authTagLength: tagBytes })
  decipher.setAuthTag(bytes.subarray(fileKeyBytes))
  const fileKey = decipher.update(bytes.subarray(0, fileKeyBytes))
  try {
    decipher.final()
    return fileKey
  } catch {
    return undefined
  }
}

function macOf(fileKey: Uint8Array, signed: string): Uint8Array {
  const key = new Uint8Array(hkdfSync('sha256', fileKey, new Uint8Array(0), 'header', 32))
  return createHmac('sha256', key).update(signed, 'latin1').digest()
}

/** Without the `=` at the end, as age has it. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64').replace(/=+$/, '')
}

function decoded(text: string): Buffer {
  return Buffer.from(text, 'base64')
}
