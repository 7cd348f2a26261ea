/** What is remembered of each folder while the node runs, and whether hands are off it. */
import { Hint } from '../../base/hint.ts'
import { Mutex } from '../../base/mutex.ts'
import type { CourierLimits } from './limits.ts'
import { FolderMemory } from './memory.ts'
import { linkedSignal } from './signals.ts'

export class Place {
  readonly turns = new Mutex()
  readonly memory: FolderMemory
  readonly #back = new Hint()
  readonly #watches = new Set<{ readonly end: () => void; readonly ended: Promise<void> }>()
  #released = false

  constructor(limits: CourierLimits) {
    this.memory = new FolderMemory(limits)
  }

  /** A person is about to pull it out: nothing touches it until it has gone, or somebody wants it again. */
  get isReleased(): boolean {
    return this.#released
  }

  /** Resolves when nothing watches it any more. */
  async release(): Promise<void> {
    this.#released = true
    for (const { end } of this.#watches) end()
    await Promise.all([...this.#watches].map(({ ended }) => ended))
  }

  takeUp(): void {
    this.#released = false
    this.#back.notify()
  }

  /** Watches it, except while it is released: then only now and then whether it is still there. */
  async *watch(
    look: (signal: AbortSignal) => AsyncIterable<void>,
    how: { readonly signal: AbortSignal; readonly isGone: () => Promise<boolean>; readonly pause: () => Promise<void> },
  ): AsyncGenerator<void> {
    const { signal, isGone, pause } = how
    while (!signal.aborted) {
      if (!this.#released) yield* this.#watchOnce(look, signal)
      while (this.#released && !signal.aborted) {
        if (await isGone()) this.takeUp()
        else await this.#backOr(pause(), signal)
      }
    }
  }

  /** It may be a long time: what waited for it is let go of each time. */
  async #backOr(pause: Promise<void>, stopped: AbortSignal): Promise<void> {
    const { signal, abort, release } = linkedSignal(stopped)
    try {
      await Promise.race([pause, this.#back.wait(signal)])
    } finally {
      abort()
      release()
    }
  }

  async *#watchOnce(look: (signal: AbortSignal) => AsyncIterable<void>, stopped: AbortSignal): AsyncGenerator<void> {
    const { signal, abort, release } = linkedSignal(stopped)
    let resolve = () => {}
    const ended = new Promise<void>(done => {
      resolve = done
    })
    const watch = { end: abort, ended }
    this.#watches.add(watch)
    try {
      yield* look(signal)
    } finally {
      release()
      this.#watches.delete(watch)
      resolve()
    }
  }
}
