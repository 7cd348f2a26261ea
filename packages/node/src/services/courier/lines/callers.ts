/**
 * Calls neighbours by itself: one task for each that has an address, which keeps a line with it open.
 *
 * A Posthorn node likes that; a stock NNCP node hangs up when nothing is said, so it is called when something waits for
 * it. Whoever cannot be reached is tried again at growing, jittered intervals, and at once when something new waits.
 */
import type { NodeId } from '@posthorn/nncp'
import { AssertionError } from '../../../base/assert.ts'
import { messageOf } from '../../../base/errors.ts'
import { Hint } from '../../../base/hint.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import { linkedSignal } from '../signals.ts'
import type { LineContext } from './context.ts'
import type { CallNeighbourOptions } from './index.ts'
import type { CallReport } from './report.ts'

export interface CallersOptions {
  /** Those that can be called. */
  neighbours(): readonly Neighbour[]
  /** Whether the neighbour has called us, and the line holds. */
  hasLine(id: NodeId): boolean
  /** Undefined when it is no neighbour any more. */
  call(id: NodeId, options: CallNeighbourOptions): Promise<CallReport | undefined>
}

interface Task {
  readonly hint: Hint
  readonly end: () => void
  readonly done: Promise<void>
}

export class Callers {
  readonly #context: LineContext
  readonly #options: CallersOptions
  readonly #tasks = new Map<string, Task>()
  readonly #refreshed = new Hint()

  constructor(context: LineContext, options: CallersOptions) {
    this.#context = context
    this.#options = options
  }

  refresh(): void {
    this.#refreshed.notify()
  }

  departed(): void {
    for (const { hint } of this.#tasks.values()) hint.notify()
  }

  lineEnded(): void {
    this.departed()
  }

  /** Resolves when the signal fired and every task has ended. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#match(signal)
      await this.#refreshed.wait(signal)
    }
    await Promise.all([...this.#tasks.values()].map(task => task.done))
  }

  /** One task for each neighbour that can be called now; a neighbour with other addresses is another. */
  async #match(signal: AbortSignal): Promise<void> {
    const wanted = new Map(
      this.#options
        .neighbours()
        .map(neighbour => [JSON.stringify([neighbour.identity.id, neighbour.addresses]), neighbour]),
    )
    for (const [key, task] of this.#tasks) {
      if (wanted.has(key)) continue
      this.#tasks.delete(key)
      task.end()
      await task.done
    }
    if (signal.aborted) return
    for (const [key, neighbour] of wanted) {
      if (!this.#tasks.has(key)) this.#tasks.set(key, this.#begin(neighbour, signal))
    }
  }

  #begin(neighbour: Neighbour, stopped: AbortSignal): Task {
    const hint = new Hint()
    const { signal, abort, release } = linkedSignal(stopped)
    return { hint, end: abort, done: this.#keepCalling(neighbour, hint, signal).finally(release) }
  }

  async #keepCalling({ identity, name, posthorn }: Neighbour, hint: Hint, signal: AbortSignal): Promise<void> {
    const { redialDelayMsMin, redialDelayMsMax, onlineDeadlineMs } = this.#context.limits
    const { log } = this.#context
    let delayMs = redialDelayMsMin
    let first = true
    let state = ''
    while (!signal.aborted) {
      const waiting = await this.#waitingFor(identity.id)
      if (this.#options.hasLine(identity.id) || !(posthorn || first || waiting > 0)) {
        await hint.wait(signal)
        continue
      }
      first = false
      const deadline = posthorn ? null : onlineDeadlineMs
      const report = await this.#call(identity.id, { signal, onlineDeadlineMs: deadline })
      if (signal.aborted || report === undefined) return
      const { error, sent, received } = report
      const next = error?.code ?? 'ok'
      if (next !== state) log.info('a neighbour was called', { neighbour: name, ...report })
      state = next
      if (error === undefined || sent.packets + received.packets > 0) delayMs = redialDelayMsMin
      await this.#pause(this.#jittered(delayMs), { hint, signal, id: identity.id })
      delayMs = Math.min(delayMs * 2, redialDelayMsMax)
    }
  }

  async #call(id: NodeId, options: CallNeighbourOptions): Promise<CallReport | undefined> {
    const nothing = { packets: 0, bytes: 0 }
    try {
      return await this.#options.call(id, options)
    } catch (error) {
      if (error instanceof AssertionError) throw error
      const failure = { code: 'call-failed', message: messageOf(error) }
      return { address: null, sent: nothing, received: nothing, left: 0, error: failure }
    }
  }

  async #waitingFor(id: NodeId): Promise<number> {
    try {
      const queues = await this.#context.spool.outbox.summary()
      return queues.find(({ nextHop }) => nextHop === id)?.packets ?? 0
    } catch (error) {
      if (error instanceof AssertionError) throw error
      this.#context.log.error('the outbox could not be read', { reason: messageOf(error) })
      return 0
    }
  }

  /** Never shorter than the least pause; ends early when more waits for the neighbour than before. */
  async #pause(delayMs: number, { hint, signal, id }: { hint: Hint; signal: AbortSignal; id: NodeId }): Promise<void> {
    const { clock, limits } = this.#context
    const before = await this.#waitingFor(id)
    const leastMs = Math.min(delayMs, limits.redialDelayMsMin)
    await clock.sleep(leastMs, signal).catch(() => undefined)
    const over = linkedSignal(signal)
    const sleeping = clock.sleep(delayMs - leastMs, over.signal).catch(() => undefined)
    const hinted = (async () => {
      while (!over.signal.aborted && (await this.#waitingFor(id)) <= before) await hint.wait(over.signal)
    })()
    await Promise.race([sleeping, hinted])
    over.release()
    over.abort()
    await hinted
  }

  /** Between half of it and all of it, so that nodes that lost each other do not call in step. */
  #jittered(delayMs: number): number {
    const [byte = 0] = this.#context.wires.random(1)
    return Math.ceil(delayMs * (0.5 + byte / 510))
  }
}
