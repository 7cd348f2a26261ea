/**
 * Read receipts that come for people here: noted at the journeys of their letters.
 *
 * A receipt is believed of an address that its bringer may speak for, and of no other: the node that the address
 * belongs to by its id, or the person here who handed it in. So nobody can say that somebody else has read a letter.
 */
import type { NodeId } from '@posthorn/nncp'
import type { Journeys } from '../../stores/journeys/index.ts'
import type { Body } from '../../stores/spool/spool.ts'
import { idPrefixInDomain, idPrefixOf, parseAddress } from './letter/address.ts'
import type { LetterHead } from './letter/header.ts'
import { readReceiptIn } from './letter/read-receipt.ts'

export interface ArrivedReceipt {
  readonly head: Pick<LetterHead, 'contentType' | 'messageId'>
  readonly body: Body
  /** Empty or null: a receipt after the book, which has none; its reader is then whom it names. */
  readonly returnPath: string | null
  /** Who get it: it can only be about letters of theirs. */
  readonly recipients: readonly string[]
  /** The node that sent it; null: somebody here. */
  readonly from: NodeId | null
  readonly at: number
}

export async function noteRead(journeys: Pick<Journeys, 'note'>, letter: ArrivedReceipt): Promise<void> {
  const { head, body, returnPath, recipients, from, at } = letter
  const receipt = await readReceiptIn(head.contentType, body)
  if (receipt === undefined) return
  const reader = returnPath === null || returnPath === '' ? receipt.reader : returnPath
  if (reader === null || !maySpeakFor(from, { reader, returnPath })) return
  const station = { kind: 'read', at, where: from, evidence: head.messageId } as const
  const { messageId } = receipt
  await journeys.note(recipients.map(sender => [{ messageId, sender, recipients: [reader] }, station] as const))
}

function maySpeakFor(from: NodeId | null, who: { reader: string; returnPath: string | null }): boolean {
  // Here the envelope was judged when it was handed in.
  if (from === null) return who.reader === who.returnPath
  const domain = parseAddress(who.reader)?.domain
  return domain !== undefined && idPrefixInDomain(domain) === idPrefixOf(from)
}
