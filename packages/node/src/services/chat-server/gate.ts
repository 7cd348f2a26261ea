/**
 * Who may ask the engine now: so many at once for each person and for all, and people in turn, so that one with much to
 * ask holds nobody up.
 */
import { OperatingError } from '../../base/errors.ts'

export interface GateLimits {
  readonly callsPerUserMax: number
  readonly callsMax: number
  readonly waitingPerUserMax: number
}

interface Queue {
  running: number
  readonly waiting: (() => void)[]
}

export class FairGate {
  readonly #limits: GateLimits
  /** In the order of their turns. */
  readonly #queues = new Map<string, Queue>()
  #running = 0

  constructor(limits: GateLimits) {
    this.#limits = limits
  }

  /** @throws OperatingError `too-busy` (retry `later`) when too much of this person waits. */
  async run<T>(user: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(user) ?? { running: 0, waiting: [] }
    this.#queues.set(user, queue)
    if (queue.waiting.length >= this.#limits.waitingPerUserMax) {
      throw new OperatingError('You have asked for too much at once. Try again in a moment.', {
        code: 'too-busy',
        retry: 'later',
      })
    }
    await new Promise<void>(resolve => {
      queue.waiting.push(resolve)
      this.#next()
    })
    try {
      return await work()
    } finally {
      queue.running -= 1
      this.#running -= 1
      // Behind those who came meanwhile.
      this.#queues.delete(user)
      if (queue.running > 0 || queue.waiting.length > 0) this.#queues.set(user, queue)
      this.#next()
    }
  }

  #next(): void {
    const { callsMax, callsPerUserMax } = this.#limits
    while (this.#running < callsMax) {
      const turn = [...this.#queues].find(([, queue]) => queue.waiting.length > 0 && queue.running < callsPerUserMax)
      if (turn === undefined) return
      const [user, queue] = turn
      // Last in line from now on.
      this.#queues.delete(user)
      this.#queues.set(user, queue)
      queue.running += 1
      this.#running += 1
      queue.waiting.shift()?.()
    }
  }
}
