/**
 * What a person passes on, so that another node can take part in an area: one `posthorn-area:` link, or a file that
 * holds it. There are two: one with the area's secret key, for those who may read and write it, and one without any
 * key, for those who only pass its messages on.
 *
 * Bytes, in XDR (RFC 4506): magic, name, 1 and the private key or 0 and the id, and the first 8 bytes of BLAKE2b-256 of
 * all that, against links that were cut or mistyped. A link proves nothing about who made it.
 */

import type { Suite } from '@posthorn/nncp'
import {
  type AreaKeys,
  areaOfPrivateKey,
  bytesOfId,
  FormatError,
  nodeIdFromBytes,
  XdrReader,
  XdrWriter,
} from '@posthorn/nncp'

export interface AreaInvitation {
  readonly keys: AreaKeys
  readonly name: string
}

const limits = { linkCharactersMax: 1024, nameBytesMax: 64 } as const
const magic = new Uint8Array([0x50, 0x48, 0x41, 0x52, 0x45, 0x41, 0x00, 0x01])
const keyBytes = 32
const checkBytes = 8
const scheme = 'posthorn-area:'
const [withoutKeys, withSecret] = [0, 1] as const
/** As of `Area.name`. */
const areaName = /^[a-z0-9][a-z0-9._-]{0,63}$/

/** The link for nodes that only pass messages on. */
export function areaRelayLink(suite: Suite, { keys, name }: AreaInvitation): string {
  return link(suite, name, withoutKeys, bytesOfId(keys.id))
}

/** Secret: whoever has this link reads the area. */
export function areaSecretLink(suite: Suite, name: string, privateKey: Uint8Array): string {
  return link(suite, name, withSecret, privateKey)
}

function link(suite: Suite, name: string, kind: number, content: Uint8Array): string {
  const bytes = new XdrWriter().fixedOpaque(magic).string(name).u32(kind).fixedOpaque(content).bytes()
  const check = suite.blake2b256(bytes).subarray(0, checkBytes)
  return scheme + Buffer.concat([bytes, check]).toString('base64url')
}

/**
 * The area in a link.
 * @throws FormatError codes of the XDR reader, `bad-magic`, `bad-identity`, `truncated`, `too-large`. The message never
 *   holds any of the link.
 */
export function parseAreaLink(suite: Suite, text: string): AreaInvitation {
  if (text.length > limits.linkCharactersMax) throw new FormatError('too-large', 'the link is too long for an area')
  if (!text.startsWith(scheme)) throw new FormatError('bad-magic', `a link of an area begins with ${scheme}`)
  const encoded = text.slice(scheme.length)
  const bytes = Buffer.from(encoded, 'base64url')
  const checked = bytes.subarray(0, Math.max(0, bytes.length - checkBytes))
  const check = Buffer.from(suite.blake2b256(checked)).subarray(0, checkBytes)
  if (bytes.toString('base64url') !== encoded || !check.equals(bytes.subarray(checked.length))) {
    throw new FormatError('truncated', 'the link is cut or altered')
  }
  const reader = new XdrReader(checked)
  if (Buffer.compare(reader.fixedOpaque(magic.length), magic) !== 0) {
    throw new FormatError('bad-magic', 'this is no link of an area, or one of a later version')
  }
  const name = reader.string(limits.nameBytesMax)
  const kind = reader.u32()
  const content = Uint8Array.from(reader.fixedOpaque(keyBytes))
  reader.end()
  if (!areaName.test(name)) throw new FormatError('bad-identity', 'the link has a name that cannot be one')
  if (kind === withSecret) return { keys: areaOfPrivateKey(suite, content), name }
  if (kind !== withoutKeys) throw new FormatError('bad-magic', 'the link is of a later version')
  return { keys: { id: nodeIdFromBytes(content), publicKey: null, privateKey: null }, name }
}

/** All links of areas in a text: a file may hold remarks around them. */
export function findAreaLinks(text: string): readonly string[] {
  return text.match(/posthorn-area:[A-Za-z0-9_-]+/g) ?? []
}
