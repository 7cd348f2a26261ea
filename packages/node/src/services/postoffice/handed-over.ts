/**
 * Senders who asked to hear of success (RFC 3461 §5.2.2) hear that their letter was `relayed`, when another node has it
 * in custody, and not before. What happens to it there is for that node to tell.
 *
 * The rows in the spool are the truth: a hint that was missed is made good by the next round.
 */
import { messageOf } from '../../base/errors.ts'
import type { Spool } from '../../stores/spool/index.ts'
import { postofficeLimits } from './limits.ts'
import { tellReceipts } from './receipts/tell.ts'
import { type ReportContext, report } from './reports.ts'

export interface HandoverTeller {
  /** Resolves when all are told that were handed over before, or cannot be told now. */
  settled(): Promise<void>
}

/** Begins with the next hint. */
export function handoverTeller(context: ReportContext & { readonly spool: Spool }): HandoverTeller {
  let running: Promise<void> = Promise.resolve()
  let waits = false
  const run = async () => {
    waits = false
    try {
      await tellAll(context)
      await tellReceipts(context)
    } catch (error) {
      context.log.warn('senders could not be told that letters were handed over', { reason: messageOf(error) })
    }
  }
  const hint = () => {
    // One that has not begun yet will see it.
    if (waits) return
    waits = true
    running = running.then(run)
  }
  context.spool.waiting.onHandedOver(hint)
  context.spool.custody.onNews(hint)
  return {
    settled() {
      hint()
      return running
    },
  }
}

async function tellAll(context: ReportContext & { readonly spool: Spool }): Promise<void> {
  const { waiting } = context.spool
  for (;;) {
    const page = await waiting.handedOver({ after: 0, limit: postofficeLimits.waitingAtOnceMax })
    for (const { sequence, messageId, envelope, at } of page) {
      const reason = 'It was handed over to the next node on its way'
      await report(context, {
        ...{ kind: 'relayed', event: `handed over\n${sequence}\n${at}`, envelope, messageId, arrivedAt: at },
        recipients: envelope.recipients.map(address => ({ address, status: '2.0.0', reason })),
        original: null,
      })
      await waiting.forgetHandedOver([sequence])
    }
    if (page.length === 0) return
  }
}
