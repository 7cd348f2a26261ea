/**
 * Time that passes only when nobody has anything left to do.
 *
 * All that runs in a simulation waits for one of three things: another promise, the event loop (`setImmediate`, as
 * group commits do), or this clock. There are no sockets, no threads and no files. So when no immediate is outstanding
 * and the promises have run dry, everybody waits for time, and the next event may come: what happens between two events
 * takes no time, and happens in the same order in every run.
 */
import { abortError, type Clock } from '../../packages/node/src/base/clock.ts'
import type { Life } from './life.ts'

interface Event {
  readonly at: number
  readonly sequence: number
  /** Cancelled: undefined. */
  deed: (() => void) | undefined
}

export class VirtualTime {
  readonly #events: Event[] = []
  readonly #immediates: Immediates
  #now: number
  #sequence = 0

  constructor(startMs: number, immediates: Immediates) {
    this.#now = startMs
    this.#immediates = immediates
  }

  now(): number {
    return this.#now
  }

  /** Answers how to cancel it. */
  after(delayMs: number, deed: () => void): () => void {
    this.#sequence += 1
    const event: Event = { at: this.#now + Math.max(0, Math.round(delayMs)), sequence: this.#sequence, deed }
    push(this.#events, event)
    return () => {
      event.deed = undefined
    }
  }

  /** Until nothing more happens without time passing. */
  settle(): Promise<void> {
    return this.#immediates.settle()
  }

  /** Lets everything happen that happens before `until`. */
  async passTo(until: number): Promise<void> {
    await this.settle()
    for (;;) {
      const next = this.#events[0]
      if (next === undefined || next.at > until) break
      pop(this.#events)
      if (next.deed === undefined) continue
      this.#now = Math.max(this.#now, next.at)
      next.deed()
      await this.settle()
    }
    this.#now = Math.max(this.#now, until)
  }
}

/** Counts the immediates that are outstanding, by standing in for `setImmediate` until it is removed. */
export class Immediates {
  readonly #original = globalThis.setImmediate
  #outstanding = 0

  constructor() {
    const counting = (callback: (...values: unknown[]) => void, ...values: unknown[]) => {
      this.#outstanding += 1
      return this.#original(() => {
        this.#outstanding -= 1
        callback(...values)
      })
    }
    globalThis.setImmediate = Object.assign(counting, this.#original) as typeof globalThis.setImmediate
  }

  async settle(): Promise<void> {
    do {
      await new Promise<void>(resolve => {
        this.#original(resolve)
      })
    } while (this.#outstanding > 0)
  }

  remove(): void {
    globalThis.setImmediate = this.#original
  }
}

/** What a node takes for the time: off by some amount, which may jump. Pauses take as long as they should. */
export class WrongClock {
  readonly #time: VirtualTime
  offsetMs = 0

  constructor(time: VirtualTime) {
    this.#time = time
  }

  now(): number {
    return this.#time.now() + this.offsetMs
  }

  /** For one life of its node: whoever is dead never wakes up. */
  of(life: Life): Clock {
    return {
      now: () => this.now(),
      sleep: (delayMs, signal) =>
        new Promise((resolve, reject) => {
          if (signal.aborted) return reject(abortError(signal))
          const stop = () => {
            cancel()
            reject(abortError(signal))
          }
          const cancel = this.#time.after(delayMs, () => {
            signal.removeEventListener('abort', stop)
            if (life.alive) resolve()
          })
          signal.addEventListener('abort', stop, { once: true })
        }),
    }
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at < other.at || (one.at === other.at && one.sequence < other.sequence)
}

/** A binary heap, the next event first. */
function push(heap: Event[], event: Event): void {
  let place = heap.length
  heap.push(event)
  while (place > 0) {
    const above = (place - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !isBefore(event, parent)) break
    heap[place] = parent
    place = above
  }
  heap[place] = event
}

function pop(heap: Event[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let place = 0
  for (;;) {
    let below = 2 * place + 1
    const [left, right] = [heap[below], heap[below + 1]]
    if (left === undefined) break
    if (right !== undefined && isBefore(right, left)) below += 1
    const child = heap[below]
    if (child === undefined || !isBefore(child, last)) break
    heap[place] = child
    place = below
  }
  heap[place] = last
}
