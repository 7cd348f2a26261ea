/**
 * Receipts that come: proven to be those of the node that the letters were for, they end custody, and senders who
 * wait for that are told. What is forged is set aside; what is late, known, or about nothing of ours changes nothing.
 */
import type { Log } from '../../../base/log.ts'
import type { EndedLetter, NewOutbound } from '../../../stores/spool/index.ts'
import type { ControlHandler } from '../control/messages.ts'
import type { SealContext } from '../seal.ts'
import { readBatch } from './wire.ts'

interface TakeContext {
  readonly seal: SealContext
  readonly log: Log
  readonly now: () => number
  /** Copies of letters that had ended may still lie with relays: what tells these so. */
  readonly retire: (letters: readonly EndedLetter[], signal: AbortSignal) => Promise<readonly NewOutbound[]>
}

export function receiptsHandler({ seal, log, now, retire }: TakeContext): ControlHandler {
  return async ({ from, bytes }, signal) => {
    const node = from.identity.id
    const items = readBatch(seal.suite, bytes, { from: from.identity, to: seal.identity.id })
    const { ended, unknown } = await seal.spool.custody.receipted({ from: node, items, bytes, at: now() })
    for (const { id, messageId } of ended) log.info('a receipt came', { packetId: id, messageId, destination: node })
    const outbound = await retire(ended, signal)
    return { kind: 'done', outbound, fields: { receipts: items.length, ended: ended.length, unknown } }
  }
}
