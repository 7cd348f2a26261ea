/**
 * Receipts are given here: what is owed is gathered for a moment and goes to each sender in one signed packet.
 *
 * The rows in the spool are the truth: what a crash or a full disk keeps from leaving is owed still. A packet that
 * waits says the next ones too, so that a node which is away for long finds few of them. When one is lost, its letters
 * come again, and are answered again.
 */
import type { NodeId } from '@posthorn/nncp'
import type { Clock } from '../../../base/clock.ts'
import { Elapsed } from '../../../base/elapsed.ts'
import { isAbort, messageOf } from '../../../base/errors.ts'
import { Hint } from '../../../base/hint.ts'
import type { Log } from '../../../base/log.ts'
import { Mutex } from '../../../base/mutex.ts'
import { sealControl } from '../control/messages.ts'
import { postofficeLimits } from '../limits.ts'
import type { SealContext } from '../seal.ts'
import { sealBatch } from './wire.ts'

interface GiveContext {
  readonly seal: SealContext
  readonly clock: Clock
  readonly log: Log
  readonly departed: () => void
}

export interface ReceiptGiver {
  start(): void
  /** All that is owed now is in the outbox when this resolves, or cannot be there now. */
  settled(): Promise<void>
  stopped(): Promise<void>
}

export function receiptGiver(context: GiveContext, signal: AbortSignal): ReceiptGiver {
  const { seal, clock, log } = context
  const hint = new Hint()
  const turns = new Mutex()
  const elapsed = new Elapsed(clock)
  let lastMs = Number.NEGATIVE_INFINITY
  let running: Promise<void> = Promise.resolve()
  const giveAll = () =>
    turns.run(async () => {
      try {
        for (const { node } of await seal.spool.receipts.owed()) {
          while (await give(context, node, signal)) lastMs = elapsed.now()
        }
      } catch (error) {
        if (!isAbort(error)) log.warn('receipts could not be given now', { reason: messageOf(error) })
      }
    })
  const run = async () => {
    // What was owed when the node ended.
    const before = await seal.spool.receipts.owed().catch(() => [])
    if (before.length > 0) hint.notify()
    while (!signal.aborted) {
      await hint.wait(signal)
      const { receiptsGatherMsMin, receiptsGatherMsMax } = postofficeLimits
      const quiet = elapsed.now() - lastMs > receiptsGatherMsMax
      await clock.sleep(quiet ? receiptsGatherMsMin : receiptsGatherMsMax, signal).catch(() => undefined)
      if (!signal.aborted) await giveAll()
    }
  }
  seal.spool.receipts.onOwed(() => hint.notify())
  return {
    start() {
      running = run()
    },
    settled: giveAll,
    async stopped() {
      await running
      await turns.run(async () => {})
    },
  }
}

/** Whether more may be owed to the node. */
async function give({ seal, clock, departed, log }: GiveContext, node: NodeId, signal: AbortSignal): Promise<boolean> {
  const { receipts } = seal.spool
  const { receiptsAtOnceMax, receiptsNiceness: niceness } = postofficeLimits
  const items = await receipts.next(node, receiptsAtOnceMax)
  if (items.length === 0) return false
  const to = await seal.directory.neighbours.get(node)
  if (to === undefined) {
    await receipts.letGo(node)
    return false
  }
  const bytes = sealBatch(seal.suite, seal.identity, { to: node, items })
  const packet = await sealControl(seal, { to, kind: 'receipts', bytes, niceness, at: clock.now() }, signal)
  try {
    await receipts.commit(packet, items)
  } finally {
    await packet.staged.discard()
  }
  log.info('receipts given', { packetId: packet.staged.id, destination: node, letters: items.length })
  departed()
  return items.length >= receiptsAtOnceMax
}
