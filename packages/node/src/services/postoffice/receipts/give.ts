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
import { nextTurn } from '../../../base/turn.ts'
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
  const { seal, clock } = context
  const hint = new Hint()
  const turns = new Mutex()
  const elapsed = new Elapsed(clock)
  let lastMs = Number.NEGATIVE_INFINITY
  let running: Promise<void> = Promise.resolve()
  const given = () => {
    lastMs = elapsed.now()
  }
  const giveAll = () => turns.run(() => giveEach(context, given, signal))
  const run = async () => {
    // What was owed when the node ended.
    const before = await seal.spool.receipts.owed().catch(() => [])
    if (before.length > 0) hint.notify()
    const { receiptsGatherMsMin, receiptsGatherMsMax, receiptsRetryMsMax } = postofficeLimits
    let failures = 0
    while (!signal.aborted) {
      await hint.wait(signal)
      const quiet = failures === 0 && elapsed.now() - lastMs > receiptsGatherMsMax
      const pauseMs = Math.min(receiptsGatherMsMax * 2 ** failures, receiptsRetryMsMax)
      await clock.sleep(quiet ? receiptsGatherMsMin : pauseMs, signal).catch(() => undefined)
      // A clock that does not wait, as in tests, takes nobody else's turn.
      await nextTurn()
      if (signal.aborted) return
      failures = (await giveAll()) ? 0 : failures + 1
      if (failures > 0) hint.notify()
    }
  }
  seal.spool.receipts.onOwed(() => hint.notify())
  return {
    start() {
      running = run()
    },
    async settled() {
      await giveAll()
    },
    async stopped() {
      await running
      await turns.run(async () => {})
    },
  }
}

/** Whether all that is owed now is in the outbox. That one node's cannot be sealed keeps no other from its own. */
async function giveEach(context: GiveContext, given: () => void, signal: AbortSignal): Promise<boolean> {
  const { seal, log } = context
  let all = true
  const failed = (error: unknown, fields = {}) => {
    all = false
    if (!isAbort(error)) log.warn('receipts could not be given now', { ...fields, reason: messageOf(error) })
    return []
  }
  for (const { node } of await seal.spool.receipts.owed().catch(failed)) {
    try {
      while (await give(context, node, signal)) given()
    } catch (error) {
      failed(error, { destination: node })
    }
    if (signal.aborted) return false
  }
  return all
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
