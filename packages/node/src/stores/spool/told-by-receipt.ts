/** What a receipt tells of a letter's journey. */
import type { NodeId } from '@posthorn/nncp'
import type { Station, StationKind, Travelling } from '../journeys/journeys.ts'
import { outcomes, type ReceiptItem } from './keeping.ts'

const told: ReadonlyMap<number, { kind: StationKind; reason?: string }> = new Map([
  [outcomes.delivered, { kind: 'delivered' }],
  [outcomes.fetched, { kind: 'fetched' }],
  [outcomes.failed, { kind: 'failed', reason: 'its node could not deliver it, and says why in a letter of its own' }],
  [outcomes.refused, { kind: 'failed', reason: 'its node has set it aside' }],
  [outcomes.recalled, { kind: 'recalled' }],
  [outcomes.expired, { kind: 'expired', reason: 'it was older than its lifetime when its node had it' }],
])

/** Recipients in the order of the outcomes. */
export function toldByReceipt(
  from: NodeId,
  { letter, outcomes: each, at }: ReceiptItem,
  recipients: readonly string[],
  heardAt: number,
): (readonly [Travelling, Station])[] {
  const facts = { at, heardAt, where: from, evidence: 'receipt' } as const
  const stations: (readonly [Travelling, Station])[] = [[{ letter }, { ...facts, kind: 'arrived' }]]
  for (const [outcome, what] of told) {
    const whom = recipients.filter((_, index) => each[index] === outcome)
    if (whom.length > 0)
      stations.push([
        { letter, recipients: whom },
        { ...facts, ...what },
      ])
  }
  return stations
}
