/**
 * Receipts that come: proven to be those of the node that the letters were for, they end custody, and senders who
 * wait for that are told. What is forged is set aside; what is late, known, or about nothing of ours changes nothing.
 */
import type { NodeId, Suite } from '@posthorn/nncp'
import type { Log } from '../../../base/log.ts'
import type { EndedLetter, Spool } from '../../../stores/spool/index.ts'
import type { ControlHandler } from '../control/messages.ts'
import { readBatch } from './wire.ts'

interface TakeContext {
  readonly spool: Spool
  readonly suite: Suite
  readonly self: NodeId
  readonly log: Log
  readonly now: () => number
  /** Letters that had gone by several roads: copies may still lie with those who took them over. */
  readonly elsewhere?: (letters: readonly EndedLetter[]) => Promise<void>
}

export function receiptsHandler({ spool, suite, self, log, now, elsewhere }: TakeContext): ControlHandler {
  return async ({ from, bytes }) => {
    const node = from.identity.id
    const items = readBatch(suite, bytes, { from: from.identity, to: self })
    const { ended, unknown } = await spool.custody.receipted({ from: node, items, bytes, at: now() })
    for (const { id, messageId } of ended) log.info('a receipt came', { packetId: id, messageId, destination: node })
    const roundabout = ended.filter(({ handedTo }) => handedTo.some(hop => hop !== node))
    if (roundabout.length > 0) await elsewhere?.(roundabout)
    return { kind: 'done', outbound: [], fields: { receipts: items.length, ended: ended.length, unknown } }
  }
}
