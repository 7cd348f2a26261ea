/**
 * Calls neighbours by itself: one task for each that has an address, which keeps a line with it open.
 *
 * A Posthorn node likes that; a stock NNCP node hangs up when nothing is said, so it is called when something waits for
 * it, and every hour or so for what it may have. Whoever cannot be reached is tried again at growing, jittered
 * intervals, and at once when something new waits. Where a person has set times, these count alone, each in a task of
 * its own: a long call of one does not hold up the other.
 */
import type { NodeId } from '@posthorn/nncp'
import { AssertionError } from '../../../base/assert.ts'
import { messageOf } from '../../../base/errors.ts'
import { Hint } from '../../../base/hint.ts'
import type { CallingRules, CallSchedule, Neighbour } from '../../../stores/directory/directory.ts'
import { linkedSignal } from '../signals.ts'
import type { LineContext } from './context.ts'
import type { CallNeighbourOptions } from './index.ts'
import type { CallReport } from './report.ts'
import { callAtTimes } from './scheduled.ts'

export interface CallersOptions {
  /** Those with whom there can be lines. */
  neighbours(): readonly Callee[]
  /** Whether it is known where to call it. */
  canCall(id: NodeId): boolean
  /** Whether the neighbour has called us, and the line holds. */
  hasLine(id: NodeId): boolean
  /** Undefined when it is no neighbour any more. */
  call(id: NodeId, options: CallNeighbourOptions): Promise<CallReport | undefined>
}

export interface Callee {
  readonly neighbour: Neighbour
  readonly rules: CallingRules
}

/** What a task is told while it waits. */
interface Told {
  readonly hint: Hint
  /** Another try is worth it now: the neighbour was heard in the local network, or our own network has changed. */
  news: 'found' | 'network' | undefined
}

interface Task {
  readonly id: NodeId
  readonly told: Told
  readonly end: () => void
  readonly done: Promise<void>
}

type Work = (told: Told, signal: AbortSignal) => Promise<void>

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
    for (const { told } of this.#tasks.values()) told.hint.notify()
  }

  /** The neighbour was heard in the local network. */
  found(id: NodeId): void {
    for (const task of this.#tasks.values()) if (task.id === id) tell(task.told, 'found')
  }

  /** Interfaces or addresses came or went: what could not be reached may be reached now. */
  networkChanged(): void {
    for (const { told } of this.#tasks.values()) tell(told, 'network')
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

  /** A neighbour with other addresses or rules has other tasks. */
  async #match(signal: AbortSignal): Promise<void> {
    const wanted = new Map(
      this.#options
        .neighbours()
        .flatMap(callee =>
          this.#tasksFor(callee).map(([key, work]) => [key, { id: callee.neighbour.identity.id, work }]),
        ),
    )
    for (const [key, task] of this.#tasks) {
      if (wanted.has(key)) continue
      this.#tasks.delete(key)
      task.end()
      await task.done
    }
    if (signal.aborted) return
    for (const [key, { id, work }] of wanted)
      if (!this.#tasks.has(key)) this.#tasks.set(key, this.#begin(id, work, signal))
  }

  /** One for each schedule, or one that keeps a line. */
  #tasksFor({ neighbour, rules }: Callee): [key: string, work: Work][] {
    const { identity, addresses, posthorn } = neighbour
    const who = [identity.id, addresses, posthorn]
    if (rules.schedules.length > 0) {
      return rules.schedules.map(schedule => [
        JSON.stringify([who, schedule]),
        (_, signal) => this.#callBySchedule(neighbour, schedule, signal),
      ])
    }
    const lasting = posthorn && rules.bounds.onlineDeadlineMs === null
    return [[JSON.stringify([who, lasting]), (told, signal) => this.#keepCalling(neighbour, { told, signal, lasting })]]
  }

  #begin(id: NodeId, work: Work, stopped: AbortSignal): Task {
    const told: Told = { hint: new Hint(), news: undefined }
    const { signal, abort, release } = linkedSignal(stopped)
    return { id, told, end: abort, done: work(told, signal).finally(release) }
  }

  #callBySchedule({ identity: { id }, name }: Neighbour, schedule: CallSchedule, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#context
    const { nicenessMax, direction, address, whenWaiting } = schedule
    const call = async () => {
      if (address === null && !this.#options.canCall(id)) return
      if (this.#options.hasLine(id) || (whenWaiting && !(await this.#somethingFor(id, nicenessMax)))) return
      const how = { signal, nicenessMax, direction, bounds: schedule }
      const report = await this.#call(id, address === null ? how : { ...how, address })
      if (!signal.aborted && report !== undefined) log.info('a neighbour was called', { neighbour: name, ...report })
    }
    return callAtTimes(schedule.cron, { clock, signal, call })
  }

  async #keepCalling(
    { identity, name, posthorn }: Neighbour,
    { told, signal, lasting }: { told: Told; signal: AbortSignal; lasting: boolean },
  ): Promise<void> {
    const { limits, clock, log } = this.#context
    let delayMs = limits.redialDelayMsMin
    let pollAtMs = clock.now()
    let state = ''
    while (!signal.aborted) {
      const { news } = told
      if (news !== undefined) delayMs = limits.redialDelayMsMin
      if (news === 'found' && posthorn) await this.#letCall(identity.id, told, signal)
      told.news = undefined
      if (this.#options.hasLine(identity.id) || !this.#options.canCall(identity.id)) {
        await told.hint.wait(signal)
        continue
      }
      const due = lasting || news === 'found' || clock.now() >= pollAtMs
      if (!due && (await this.#waitingFor(identity.id)) === 0) {
        await this.#hinted(told.hint, Math.min(pollAtMs - clock.now(), limits.pollMs), signal)
        continue
      }
      const beganAtMs = clock.now()
      const report = await this.#call(identity.id, lasting ? { signal, onlineDeadlineMs: null } : { signal })
      if (signal.aborted || report === undefined) return
      const { error, sent, received } = report
      const next = error?.code ?? 'ok'
      if (next !== state) log.info('a neighbour was called', { neighbour: name, ...report })
      state = next
      // Whoever likes to talk, but not for long, is not called again and again for nothing.
      const lasted = clock.now() - beganAtMs >= limits.redialDelayMsMax
      if (lasted || sent.packets + received.packets > 0) delayMs = limits.redialDelayMsMin
      await this.#pause(this.#jittered(delayMs), { told, signal, id: identity.id })
      delayMs = Math.min(delayMs * 2, limits.redialDelayMsMax)
      pollAtMs = clock.now() + this.#jittered(limits.pollMs)
    }
  }

  /** Until something may have changed, or after a while. */
  async #hinted(hint: Hint, delayMs: number, stopped: AbortSignal): Promise<void> {
    const { signal, abort, release } = linkedSignal(stopped)
    const sleeping = this.#context.clock.sleep(Math.max(1, delayMs), signal).catch(() => undefined)
    await Promise.race([sleeping, hint.wait(signal)])
    release()
    abort()
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

  /** Does a packet wait that is not nicer? */
  async #somethingFor(id: NodeId, nicenessMax: number): Promise<boolean> {
    try {
      const [first] = await this.#context.spool.outbox.page(id, { after: null, limit: 1 })
      return first !== undefined && first.niceness <= nicenessMax
    } catch (error) {
      if (error instanceof AssertionError) throw error
      this.#context.log.error('the outbox could not be read', { reason: messageOf(error) })
      return false
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

  /** Of two nodes that have just found each other one calls; the other one does when that fails. */
  async #letCall(id: NodeId, { hint }: Told, signal: AbortSignal): Promise<void> {
    const { clock, limits, wires } = this.#context
    if (wires.identity.id < id) return
    const over = linkedSignal(signal)
    const sleeping = clock.sleep(limits.courtesyMs, over.signal).catch(() => undefined)
    void sleeping.then(over.abort)
    while (!over.signal.aborted && !this.#options.hasLine(id)) await hint.wait(over.signal)
    over.release()
    over.abort()
    await sleeping
  }

  /** Never shorter than the least pause; ends early when there is news, or more waits for the neighbour than before. */
  async #pause(delayMs: number, { told, signal, id }: { told: Told; signal: AbortSignal; id: NodeId }): Promise<void> {
    const { clock, limits } = this.#context
    const before = await this.#waitingFor(id)
    const leastMs = Math.min(delayMs, limits.redialDelayMsMin)
    await clock.sleep(leastMs, signal).catch(() => undefined)
    const over = linkedSignal(signal)
    const sleeping = clock.sleep(delayMs - leastMs, over.signal).catch(() => undefined)
    const hinted = (async () => {
      while (!over.signal.aborted && told.news === undefined && (await this.#waitingFor(id)) <= before)
        await told.hint.wait(over.signal)
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

function tell(told: Told, news: 'found' | 'network'): void {
  // That it was found is the better reason.
  if (told.news !== 'found') told.news = news
  told.hint.notify()
}
