/**
 * One life of a node: from a start to the crash that ends it. All that outlives the program is changed through it, so
 * that a crash can come before or after any such change, a disk be full, and a slow one let others come in between.
 *
 * A dead program does nothing more: what it asks for never answers, and so nothing that it meant to do next happens.
 */
import { diskError } from '../../packages/node/src/stores/files/disk-error.ts'
import type { VirtualTime } from './time.ts'

/** What is wrong with the machine of a node; the world changes it. */
export class Trouble {
  diskFull = false
  /** The next so many changes are done, then the node crashes; null: never. */
  crashAfterSteps: number | null = null
  /** How often a change of the disk fails by itself. */
  diskErrorRate = 0
  /** Changes take up to so long. */
  slownessMs = 0
}

export interface LifeOptions {
  readonly time: VirtualTime
  readonly trouble: Trouble
  readonly fraction: () => number
  /** Told once, when the crash that was due has come. */
  readonly crashed: () => void
  readonly injected: (kind: string) => void
}

export class Life {
  readonly #options: LifeOptions
  #alive = true
  #end: () => void = () => {}
  readonly ended: Promise<void>

  constructor(options: LifeOptions) {
    this.#options = options
    this.ended = new Promise(resolve => {
      this.#end = resolve
    })
  }

  get alive(): boolean {
    return this.#alive
  }

  end(): void {
    this.#alive = false
    this.#end()
  }

  /** A change of what outlives the program. `room`: it fails when the disk is full. */
  async change<T>(what: string, room: 'needs-room' | 'makes-room', deed: () => T | Promise<T>): Promise<T> {
    const { time, trouble, fraction, injected } = this.#options
    if (trouble.slownessMs > 0) {
      const delayMs = Math.floor(fraction() * trouble.slownessMs)
      await new Promise<void>(resolve => {
        time.after(delayMs, resolve)
      })
    }
    this.#step()
    if (!this.#alive) return never()
    if (trouble.diskFull && room === 'needs-room') {
      injected('disk-full')
      throw fault('ENOSPC', what)
    }
    if (trouble.diskErrorRate > 0 && fraction() < trouble.diskErrorRate) {
      injected('disk-error')
      throw fault('EIO', what)
    }
    return this.whileAlive(async () => {
      const answer = await deed()
      this.#step()
      return answer
    })
  }

  /** Neither an answer nor an error reaches the dead. */
  async whileAlive<T>(deed: () => T | Promise<T>): Promise<T> {
    if (!this.#alive) return never()
    try {
      const answer = await deed()
      return this.#alive ? answer : never()
    } catch (error) {
      if (this.#alive) throw error
      return never()
    }
  }

  #step(): void {
    const { trouble, crashed } = this.#options
    if (!this.#alive || trouble.crashAfterSteps === null) return
    if (trouble.crashAfterSteps > 0) {
      trouble.crashAfterSteps -= 1
      return
    }
    trouble.crashAfterSteps = null
    this.end()
    crashed()
  }
}

function never(): Promise<never> {
  return new Promise(() => {})
}

function fault(code: string, what: string): unknown {
  return diskError(Object.assign(new Error('injected'), { code }), what, 'a simulated disk')
}
