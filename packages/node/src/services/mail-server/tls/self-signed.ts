/** Makes the certificate of a node that has no other: self-signed, P-256, for the names it is called by. */
import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { isIP } from 'node:net'
import * as der from './der.ts'

const oids = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
}

const dayMs = 86_400_000
const lifetimeMs = 3652 * dayMs
/** A clock that is behind this is wrong: no node is older than its program. */
const earliestNowMs = Date.UTC(2025, 0, 1)
/** RFC 5280 Appendix A, ub-common-name. */
const commonNameCharactersMax = 64

export interface SelfSignedOptions {
  /** A P-256 key. */
  readonly privateKey: KeyObject
  /** DNS names and IP addresses, the most telling first; they become the subjectAltNames. */
  readonly names: readonly string[]
  readonly now: number
  readonly random: (length: number) => Uint8Array
}

/**
 * An X.509 v3 certificate (RFC 5280) in PEM: CA:FALSE, serverAuth, ten years from `now`. It is valid from 2025 on, so
 * that a node set up with a clock that runs ahead is not refused by clients whose clocks are right.
 */
export function selfSigned(options: SelfSignedOptions): string {
  const { privateKey, names, now, random } = options
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  const algorithm = der.sequence(der.objectIdentifier(oids.ecdsaWithSha256))
  const name = distinguishedName(names)
  const until = Math.max(now, earliestNowMs) + lifetimeMs
  const serial = Buffer.from(random(16))
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  const toBeSigned = der.sequence(
    der.explicit(0, der.unsigned(Buffer.from([2]))),
    der.unsigned(serial),
    algorithm,
    name,
    der.sequence(der.time(Math.min(now, earliestNowMs)), der.time(until)),
    name,
    spki,
    der.explicit(3, extensions(spki, names)),
  )
  const signature = sign('sha256', toBeSigned, privateKey)
  return pem(der.sequence(toBeSigned, algorithm, der.bitString(signature)))
}

function distinguishedName(names: readonly string[]): Buffer {
  const common = names.find(name => name.length <= commonNameCharactersMax) ?? 'Posthorn'
  const attribute = der.sequence(der.objectIdentifier(oids.commonName), der.utf8String(common))
  return der.sequence(der.set(attribute))
}

/** RFC 5280 §4.2. */
function extensions(spki: Uint8Array, names: readonly string[]): Buffer {
  const digitalSignature = der.bitString(Buffer.from([0x80]), 7)
  const keyIdentifier = createHash('sha1').update(spki).digest()
  return der.sequence(
    extension(oids.basicConstraints, true, der.sequence()),
    extension(oids.keyUsage, true, digitalSignature),
    extension(oids.extendedKeyUsage, false, der.sequence(der.objectIdentifier(oids.serverAuth))),
    extension(oids.subjectAltName, false, der.sequence(...names.map(generalName))),
    extension(oids.subjectKeyIdentifier, false, der.octetString(keyIdentifier)),
  )
}

function extension(oid: string, critical: boolean, value: Uint8Array): Buffer {
  const flag = critical ? [der.boolean(true)] : []
  return der.sequence(der.objectIdentifier(oid), ...flag, der.octetString(value))
}

/** RFC 5280 §4.2.1.6: `dNSName [2]`, `iPAddress [7]`. */
function generalName(name: string): Buffer {
  return isIP(name) === 0 ? der.implicit(2, Buffer.from(name, 'ascii')) : der.implicit(7, addressBytes(name))
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split('.').map(Number))
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const front = groupBytes(head)
  const back = groupBytes(tail ?? '')
  return Buffer.concat([front, Buffer.alloc(16 - front.length - back.length), back])
}

function groupBytes(groups: string): Buffer {
  if (groups === '') return Buffer.alloc(0)
  return Buffer.concat(
    groups.split(':').map(group => {
      if (group.includes('.')) return Buffer.from(group.split('.').map(Number))
      return Buffer.from(group.padStart(4, '0'), 'hex')
    }),
  )
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
