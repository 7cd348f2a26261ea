/**
 * The letters of one gateway, a few at a time. It finds its work in the queue; hints and the clock only say when to
 * look. A gateway that does not answer is left alone for ever longer pauses, and tried with one letter.
 */
import { isAbort, messageOf } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import type { Gateway, GatewayContext } from './context.ts'
import { handOver, jittered } from './hand-over.ts'
import { gatewayLimits } from './limits.ts'

export class GatewayWorker {
  readonly #context: GatewayContext
  readonly #gateway: Gateway
  readonly #hint = new Hint()
  readonly #running = new Map<number, Promise<void>>()
  /** About to leave the queue in another way. */
  readonly #held = new Set<number>()
  /** Fires first: nothing is begun any more. */
  readonly #closing = new AbortController()
  /** Fires last: what is being handed over is cut off. */
  readonly #cutting = new AbortController()
  #misses = 0
  #pause: AbortController | undefined
  #loop: Promise<void> = Promise.resolve()
  /** Why the last try did not reach the other side; null when it did. */
  unreachable: string | null = null

  constructor(context: GatewayContext, gateway: Gateway) {
    this.#context = { ...context, log: context.log.with({ gateway: gateway.name }) }
    this.#gateway = gateway
  }

  start(): void {
    this.#loop = this.#run()
  }

  /** Something came into the queue. */
  arrived(): void {
    this.#hint.notify()
  }

  /** Tries again now, whatever the pauses are. */
  retry(): void {
    this.#pause?.abort()
    this.#hint.notify()
  }

  /** Runs `task` while the letter is not handed over; undefined when it is just being so. */
  async holding<T>(id: number, task: () => Promise<T>): Promise<T | undefined> {
    if (this.#running.has(id) || this.#held.has(id)) return undefined
    this.#held.add(id)
    try {
      return await task()
    } finally {
      this.#held.delete(id)
      this.#hint.notify()
    }
  }

  async stop(): Promise<void> {
    const { clock } = this.#context
    this.#closing.abort()
    await this.#loop
    const patience = new AbortController()
    const over = clock.sleep(gatewayLimits.stopMsMax, patience.signal).then(
      () => this.#cutting.abort(),
      () => undefined,
    )
    await Promise.all(this.#running.values())
    patience.abort()
    await over
  }

  async #run(): Promise<void> {
    const { clock, queue, log } = this.#context
    const { signal } = this.#closing
    while (!signal.aborted) {
      try {
        if (this.#pause === undefined) await this.#begin()
        await this.#untilWorkMayBeDue(await queue.nextDueAt(this.#gateway.name))
      } catch (error) {
        log.error('the queue could not be worked on', { reason: messageOf(error) })
        await clock.sleep(gatewayLimits.pauseMsMin, signal).catch(() => undefined)
      }
    }
  }

  async #begin(): Promise<void> {
    const { queue, clock } = this.#context
    const atOnceMax = this.#misses > 0 ? 1 : this.#gateway.atOnceMax
    const free = atOnceMax - this.#running.size
    if (free <= 0) return
    const taken = this.#running.size + this.#held.size
    const due = await queue.due(this.#gateway.name, clock.now(), taken + free)
    if (this.#closing.signal.aborted) return
    const isFree = ({ id }: { id: number }) => !this.#running.has(id) && !this.#held.has(id)
    for (const handover of due.filter(isFree).slice(0, free)) {
      const ended = handOver(this.#context, this.#gateway, handover, this.#cutting.signal)
        .then(unreachable => this.#judge(unreachable))
        .catch(error => this.#failed(error))
        .finally(() => {
          this.#running.delete(handover.id)
          this.#hint.notify()
        })
      this.#running.set(handover.id, ended)
    }
  }

  #judge(unreachable: string | undefined): void {
    const { log, random, clock } = this.#context
    this.unreachable = unreachable ?? null
    if (unreachable === undefined) {
      this.#misses = 0
      return
    }
    this.#misses += 1
    if (this.#pause !== undefined) return
    const { pauseMsMin, pauseMsMax } = gatewayLimits
    const pauseMs = jittered(Math.min(pauseMsMin * 2 ** Math.min(this.#misses - 1, 30), pauseMsMax), random)
    log.error('the gateway could not be reached; its letters wait', { reason: unreachable, pauseMs })
    const pause = new AbortController()
    this.#pause = pause
    void clock
      .sleep(pauseMs, AbortSignal.any([pause.signal, this.#closing.signal]))
      .catch(() => undefined)
      .finally(() => {
        this.#pause = undefined
        this.#hint.notify()
      })
  }

  /** The store failed, and the letter is still due: not at once again. */
  async #failed(error: unknown): Promise<void> {
    if (isAbort(error)) return
    const { log, clock } = this.#context
    log.error('the queue could not be worked on', { reason: messageOf(error) })
    await clock.sleep(gatewayLimits.pauseMsMin, this.#closing.signal).catch(() => undefined)
  }

  async #untilWorkMayBeDue(dueAt: number | null): Promise<void> {
    const { clock } = this.#context
    const { signal } = this.#closing
    if (dueAt === null || this.#pause !== undefined) return this.#hint.wait(signal)
    const enough = new AbortController()
    const stop = AbortSignal.any([signal, enough.signal])
    const delayMs = Math.min(Math.max(0, dueAt - clock.now()), gatewayLimits.retryDelayMsMax)
    try {
      await Promise.race([this.#hint.wait(stop), clock.sleep(delayMs, stop).catch(() => undefined)])
    } finally {
      enough.abort()
    }
  }
}
