/**
 * The gateways hand letters of the queue to other mail systems: to a program, a smarthost or an LMTP server.
 *
 * They promise: a letter leaves the queue in the transaction after the other side took it, for each recipient alone;
 * what it refuses for good is told to the sender first; everything else is tried again, ever more rarely, until the
 * letter is too old, or older than its sender gave it to live, which its sender hears as well. Should the node die
 * between the yes of the other side and that transaction, the letter is handed over once more, with the same Message-
 * ID: more cannot be promised. They fail when their stores fail: then nothing is said to be done.
 */
import { isAbort, messageOf, OperatingError } from '../../base/errors.ts'
import type { Service } from '../../base/lifecycle.ts'
import { prepareInputs } from '../../stores/files/index.ts'
import { ageLetters } from './ageing.ts'
import type { Gateway, GatewayContext } from './context.ts'
import { gatewayLimits } from './limits.ts'
import { reportOf } from './report.ts'
import { GatewayWorker } from './worker.ts'

export { unknownPlaceholder } from './command.ts'
export type { Gateway, GatewayReport } from './context.ts'
export type { MailServer } from './smtp/session.ts'

export interface GatewaysOptions extends GatewayContext {
  readonly gateways: readonly Gateway[]
  readonly warnAfterDays: number
  readonly returnAfterDays: number
}

export interface Gateways extends Service {
  /** Begins to hand over what waits and what comes. */
  start(): Promise<void>
  /** A hint: the queue has something new. */
  readonly arrived: () => void
  /** Everything that is due is tried now, whatever the pauses are. */
  readonly retry: () => void
  /** Why the last try did not reach the other side; null when it did, or when there was none. */
  readonly unreachable: (gateway: string) => string | null
  /** A letter leaves the queue by hand; its sender is told. `false` when there is none. Rejects with `letter-busy`. */
  remove(id: number): Promise<boolean>
  /**
   * Recipients of a letter leave the queue, and nobody is told. `false`: it is just being handed over, has left, or may
   * have left when a hand-over was cut off: then it is not tried again, but nobody may say that it was taken back.
   */
  takeBack(id: number, recipients: readonly string[]): Promise<boolean>
}

export function gateways(options: GatewaysOptions): Gateways {
  const context = { ...options, log: options.log.with({ room: 'gateway' }) }
  const { clock, log, queue } = context
  const workers = new Map(options.gateways.map(gateway => [gateway.name, new GatewayWorker(context, gateway)]))
  const stopping = new AbortController()
  const holding = <T>({ id, gateway }: { id: number; gateway: string }, task: () => Promise<T>) =>
    workers.get(gateway)?.holding(id, task) ?? task()
  let ageing: Promise<void> = Promise.resolve()
  const age = async () => {
    while (!stopping.signal.aborted) {
      try {
        await ageLetters(context, { ...options, holding })
      } catch (error) {
        if (!isAbort(error)) log.error('the queue could not be worked on', { reason: messageOf(error) })
      }
      await clock.sleep(gatewayLimits.ageingPauseMs, stopping.signal).catch(() => undefined)
    }
  }
  return {
    async start() {
      await prepareInputs(options.directory)
      for (const { gateway, letters } of await queue.summary()) {
        if (!workers.has(gateway))
          log.warn('letters wait for a gateway that is not in posthorn.toml', { gateway, letters })
      }
      for (const worker of workers.values()) worker.start()
      ageing = age()
    },
    arrived: () => {
      for (const worker of workers.values()) worker.arrived()
    },
    retry: () => {
      for (const worker of workers.values()) worker.retry()
    },
    unreachable: gateway => workers.get(gateway)?.unreachable ?? null,
    async remove(id) {
      const found = await queue.get(id)
      if (found === undefined) return false
      const removed = await holding(found, () => remove(context, id))
      if (removed !== undefined) return removed
      const message = `Letter ${id} is just being handed over. Ask again in a moment.`
      throw new OperatingError(message, { code: 'letter-busy', retry: 'later', fields: { id } })
    },
    async takeBack(id, recipients) {
      const found = await queue.get(id)
      return found !== undefined && (await holding(found, () => takeBack(context, { id, recipients }))) === true
    },
    async stop() {
      stopping.abort()
      await Promise.all([...workers.values()].map(worker => worker.stop()))
      await ageing
    },
  }
}

async function remove(context: GatewayContext, id: number): Promise<boolean> {
  const { queue, log, report } = context
  const handover = await queue.get(id)
  if (handover === undefined) return false
  const { envelope, gateway, messageId } = handover
  const reason = 'It was removed from the queue by the operator of this node'
  const recipients = envelope.recipients.map(address => ({ address, status: '5.0.0', reason }))
  const body = await queue.open(id)
  const at = context.clock.now()
  await report({ ...reportOf(handover, body), kind: 'failed', event: `gateway:${id}:removed`, recipients })
  await queue.conclude(id, { done: [], failed: envelope.recipients, end: { kind: 'failed', reason }, later: null, at })
  log.warn('a letter was removed from the queue by hand', { messageId, gateway, handover: id })
  return true
}

async function takeBack(
  { queue, log, clock }: GatewayContext,
  { id, recipients }: { id: number; recipients: readonly string[] },
): Promise<boolean> {
  const handover = await queue.get(id)
  const there = handover?.envelope.recipients.filter(address => recipients.includes(address)) ?? []
  if (handover === undefined || there.length === 0) return false
  const { begun } = handover
  const end = begun
    ? ({ kind: 'failed', reason: 'It was taken back, but may have been handed over when this node ended' } as const)
    : ({ kind: 'recalled', reason: 'It was taken back before it was handed over' } as const)
  await queue.conclude(id, { done: [], failed: there, end, later: null, at: clock.now() })
  const { messageId, gateway } = handover
  log.info('a letter was taken back out of the queue', {
    messageId,
    gateway,
    handover: id,
    recipients: there,
    mayHaveLeft: begun,
  })
  return !begun
}
