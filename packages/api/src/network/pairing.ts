/** Becoming neighbours: by six words, a link, a QR code or a file. For who looks after the node. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { count, isoTime, nothing } from '../values.ts'
import { neighbourView } from './neighbours.ts'
import { addresses, handedOver, newName } from './values.ts'

const inviteId = v.pipe(v.string(), v.minLength(1), v.maxLength(apiLimits.nodeNameLettersMax))

export const pairingInviteView = v.object({
  id: v.string(),
  /** Six words, to be said or typed; null of an invitation by file. */
  words: v.nullable(v.string()),
  /** Secret: whoever has it first can join. As a QR code, or of a file its text. */
  link: v.string(),
  expiresAt: isoTime,
  /** Where who joins can call. */
  addresses: v.array(v.string()),
})
export type PairingInviteView = v.InferOutput<typeof pairingInviteView>

const notice = v.variant('kind', [
  /** Somebody had an attempt and did not prove the secret. */
  v.object({ kind: v.literal('tried'), tries: count, triesMax: count }),
  /** Somebody proved it and could not be taken in: a person has to decide. */
  v.object({ kind: v.literal('refused'), code: v.string(), message: v.string() }),
  /** Taken in, and the line was cut before the other side said the same. */
  v.object({ kind: v.literal('unconfirmed'), neighbour: v.string() }),
])

const ending = v.variant('kind', [
  v.object({ kind: v.literal('joined'), neighbour: v.string(), confirmed: v.boolean() }),
  v.object({ kind: v.picklist(['expired', 'void', 'cancelled']) }),
])

export const pairedView = v.object({ ...neighbourView.entries, outcome: v.picklist(['added', 'replaced']) })
export type PairedView = v.InferOutput<typeof pairedView>

export const pairingMethods = {
  'pairing.card': asks('admin', {
    about: 'This node’s card, as one link: public, and all that another node must know to be a neighbour.',
    params: nothing,
    result: v.object({ link: v.string(), name: v.string(), domain: v.string() }),
  }),
  'pairing.invite': does('admin', {
    about: 'Invites one node: by words, link and QR code while both run, or by a file that comes back.',
    params: v.strictObject({
      kind: v.picklist(['live', 'file']),
      name: newName,
      addresses: v.exactOptional(addresses),
    }),
    result: pairingInviteView,
  }),
  'pairing.list': asks('admin', {
    about: 'Invites that are open, and those that were used.',
    params: nothing,
    result: v.array(
      v.object({
        id: v.string(),
        kind: v.picklist(['live', 'file']),
        state: v.picklist(['open', 'used', 'over']),
        expiresAt: isoTime,
        triesLeft: count,
        /** The neighbour that has joined with it. */
        usedBy: v.nullable(v.string()),
      }),
    ),
  }),
  'pairing.cancel': does('admin', {
    about: 'Takes an invite back.',
    params: v.strictObject({ invite: inviteId }),
    result: v.object({ invite: v.string() }),
  }),
  'pairing.follow': asks('admin', {
    about: 'Answers as soon as more happened to an invite than the `seen` notices that the caller knows.',
    params: v.strictObject({ invite: inviteId, seen: v.optional(count, 0) }),
    result: v.object({
      notices: v.array(notice),
      /** Null: it is open. */
      ending: v.nullable(ending),
    }),
  }),
  'pairing.join': does('admin', {
    about: 'Joins who has invited this node: their six words, link, or what the QR code said.',
    params: v.strictObject({ invite: handedOver, name: newName, addresses: v.exactOptional(addresses) }),
    result: pairedView,
  }),
  'pairing.reply': does('admin', {
    about: 'Answers an invitation that came as a file; the reply goes back to who invited.',
    params: v.strictObject({ invitation: handedOver, name: newName }),
    result: v.object({ ...pairedView.entries, reply: v.string(), expiresAt: isoTime }),
  }),
  'pairing.accept': does('admin', {
    about: 'Takes the reply to an invitation by file.',
    params: v.strictObject({ reply: handedOver, name: newName }),
    result: pairedView,
  }),
  'pairing.nearby': asks('admin', {
    about: 'Nodes in the local network, as they announce themselves: nothing of it is proven.',
    params: nothing,
    result: v.array(
      v.object({
        id: v.string(),
        name: v.nullable(v.string()),
        /** Our name for it; null: it is no neighbour. */
        neighbour: v.nullable(v.string()),
        addresses: v.array(v.string()),
        since: isoTime,
      }),
    ),
  }),
}
