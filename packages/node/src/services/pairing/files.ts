/**
 * The reply to an invitation by file: the card of who joins, signed for this invite, under a key that only the
 * invitation's secret makes. Who carries the reply can neither read nor alter it, unless the invitation was read too.
 */
import { hkdfSync } from 'node:crypto'
import {
  FormatError,
  type NodeId,
  type PrivateIdentity,
  type RandomSource,
  type Suite,
  XdrReader,
  XdrWriter,
} from '@posthorn/nncp'
import { type Card, parseCardLink } from '../../stores/directory/card.ts'

const keyBytes = 32
const nonceBytes = 12
const signatureBytes = 64
const cardBytesMax = 8192

/** What the inviting node keeps of the secret. */
export function replyKey(secret: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha512', secret, new Uint8Array(0), 'posthorn pairing reply', keyBytes))
}

interface About {
  readonly suite: Suite
  readonly key: Uint8Array
  readonly invite: string
  /** Who invites. */
  readonly inviter: NodeId
}

export function sealReply(
  { suite, key, invite, inviter }: About,
  own: { readonly identity: PrivateIdentity; readonly card: string; readonly random: RandomSource },
): Uint8Array {
  const signature = suite.ed25519Sign(own.identity.signingSeed, toSign({ key, invite, inviter }, own.card))
  const plaintext = new XdrWriter().string(own.card).fixedOpaque(signature).bytes()
  const nonce = own.random(nonceBytes)
  return Buffer.concat([nonce, suite.aeadSeal(key, nonce, Buffer.from(invite), plaintext)])
}

/** Undefined when it is not a reply to this invite. */
export function openReply(
  { suite, key, invite, inviter }: About,
  sealed: Uint8Array,
): { readonly card: Card; readonly link: string } | undefined {
  if (sealed.length < nonceBytes) return undefined
  const nonce = sealed.subarray(0, nonceBytes)
  const opened = suite.aeadOpen(key, nonce, Buffer.from(invite), sealed.subarray(nonceBytes))
  if (opened === undefined) return undefined
  try {
    const reader = new XdrReader(opened)
    const link = reader.string(cardBytesMax)
    const signature = reader.fixedOpaque(signatureBytes)
    reader.end()
    const card = parseCardLink(suite, link)
    const isIts = suite.ed25519Verify(card.identity.signingKey, toSign({ key, invite, inviter }, link), signature)
    return isIts ? { card, link } : undefined
  } catch (error) {
    if (error instanceof FormatError) return undefined
    throw error
  }
}

function toSign({ key, invite, inviter }: Omit<About, 'suite'>, card: string): Uint8Array {
  return new XdrWriter()
    .string('posthorn pairing reply')
    .fixedOpaque(key)
    .string(invite)
    .string(inviter)
    .string(card)
    .bytes()
}
