/** Work that goes on beside a conversation, in a bounded number. The first failure is told at once. */
export class Tasks {
  readonly #running = new Set<Promise<void>>()
  readonly #max: number
  readonly #failed: (error: unknown) => void
  #waiting: (() => void)[] = []

  constructor(max: number, failed: (error: unknown) => void) {
    this.#max = max
    this.#failed = failed
  }

  get idle(): boolean {
    return this.#running.size === 0
  }

  /** Resolves when there is room for another. */
  async add(work: () => Promise<void>): Promise<void> {
    const task = work().catch(this.#failed)
    const done = task.finally(() => {
      this.#running.delete(done)
      for (const wake of this.#waiting.splice(0)) wake()
    })
    this.#running.add(done)
    while (this.#running.size >= this.#max) await new Promise<void>(resolve => this.#waiting.push(resolve))
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}
