/**
 * What people carry from one node to the other, each as one `posthorn:` link: the link of a live invite, an invitation
 * for a file, and the reply to one. Bytes in XDR (RFC 4506), with eight bytes of SHA-256 behind them, so that a slip
 * or a cut is found before anything is tried.
 */
import { createHash } from 'node:crypto'
import { bytesOfId, FormatError, type NodeId, nodeIdFromBytes, XdrReader, XdrWriter } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { findCardLink } from '../../stores/directory/card.ts'
import { pairingLimits } from './limits.ts'

/** To be used over a line. Secret: the words are in it. */
export interface InviteLink {
  readonly kind: 'link'
  /** Who invites: nobody else is accepted. */
  readonly node: NodeId
  readonly words: string
  /** Where it can be called; URLs. */
  readonly addresses: readonly string[]
  /** Milliseconds since 1970, by the clock of the inviting node, which decides. For people. */
  readonly expiresAt: number
}

/** To be answered by a file. Secret: who has it can answer. */
export interface Invitation {
  readonly kind: 'invitation'
  readonly invite: string
  readonly secret: Uint8Array
  /** Of the inviting node, as a link. */
  readonly card: string
  readonly expiresAt: number
}

export interface Reply {
  readonly kind: 'reply'
  readonly invite: string
  /** A card and its owner's signature, under a key that the invitation's secret makes. */
  readonly sealed: Uint8Array
}

const scheme = 'posthorn:'
const magicBytes = 8
const checkBytes = 8
const idBytes = 32
const textBytesMax = 255
const cardCharactersMax = 8192
export const secretBytes = 32

/** `PHLINK`, `PHFILE` and `PHREPL`, each of version 1. */
const magics = { link: 'PHLINK', invitation: 'PHFILE', reply: 'PHREPL' } as const

export function encodeText(text: InviteLink | Invitation | Reply): string {
  const writer = new XdrWriter().fixedOpaque(Buffer.from(`${magics[text.kind]}\0\x01`, 'latin1'))
  if (text.kind === 'link') {
    writer.fixedOpaque(bytesOfId(text.node)).string(text.words).u64(text.expiresAt)
    writer.u32(text.addresses.length)
    for (const address of text.addresses) writer.string(address)
  } else if (text.kind === 'invitation') {
    writer.string(text.invite).fixedOpaque(text.secret).string(text.card).u64(text.expiresAt)
  } else {
    writer.string(text.invite).variableOpaque(text.sealed)
  }
  const bytes = writer.bytes()
  return scheme + Buffer.concat([bytes, checkOf(bytes)]).toString('base64url')
}

/**
 * The first `posthorn:` link in a text: a file may hold remarks around it.
 * @throws OperatingError `bad-invite`, in words that say what it is instead.
 */
export function readText(text: string): InviteLink | Invitation | Reply {
  const link = findCardLink(text)
  if (link === undefined || link.length > pairingLimits.linkCharactersMax) throw bad('No posthorn: link is in it.')
  const bytes = Buffer.from(link.slice(scheme.length), 'base64url')
  const magic = bytes.subarray(0, magicBytes).toString('latin1')
  if (magic.startsWith('PHCARD')) {
    throw bad('It is the card of a node, which is added without an invite: posthorn neighbour add')
  }
  const kind = (['link', 'invitation', 'reply'] as const).find(one => magic === `${magics[one]}\0\x01`)
  if (kind === undefined) throw bad('It is something else, or of a later version.')
  const body = bytes.subarray(0, -checkBytes)
  if (!checkOf(body).equals(bytes.subarray(-checkBytes))) throw bad('It is cut or altered.')
  try {
    return textIn(kind, new XdrReader(Uint8Array.from(body.subarray(magicBytes))))
  } catch (error) {
    if (error instanceof FormatError) throw bad(`It makes no sense: ${error.message}.`)
    throw error
  }
}

function textIn(kind: keyof typeof magics, reader: XdrReader): InviteLink | Invitation | Reply {
  const text = textOf(kind, reader)
  reader.end()
  return text
}

function textOf(kind: keyof typeof magics, reader: XdrReader): InviteLink | Invitation | Reply {
  if (kind === 'link') {
    const node = nodeIdFromBytes(reader.fixedOpaque(idBytes))
    const words = plain(reader.string(textBytesMax))
    const expiresAt = timeIn(reader)
    const count = reader.u32()
    if (count > pairingLimits.addressesMax) throw new FormatError('too-large', 'too many addresses')
    const addresses = Array.from({ length: count }, () => plain(reader.string(textBytesMax)))
    return { kind, node, words, expiresAt, addresses }
  }
  const invite = plain(reader.string(textBytesMax))
  if (kind === 'reply') return { kind, invite, sealed: reader.variableOpaque(pairingLimits.linkCharactersMax) }
  const secret = reader.fixedOpaque(secretBytes)
  return { kind, invite, secret, card: reader.string(cardCharactersMax), expiresAt: timeIn(reader) }
}

/** A time that a `Date` can show. */
function timeIn(reader: XdrReader): number {
  return Math.min(reader.size(), 8_640_000_000_000_000)
}

/** Shown on terminals. */
function plain(text: string): string {
  if (/^[\x20-\x7e]+$/.test(text)) return text
  throw new FormatError('bad-xdr', 'a text with other than plain letters')
}

function checkOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, checkBytes)
}

function bad(what: string): OperatingError {
  return new OperatingError(`This is not the invite of a node. ${what}`, { code: 'bad-invite', retry: 'never' })
}
