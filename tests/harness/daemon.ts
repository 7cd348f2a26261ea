/** A node of the harness: a home on a disk of its own, a daemon in a namespace of its own, and who starts it again. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { askDaemon } from '../../packages/node/src/node/admin/client.ts'
import { homeAt } from '../../packages/node/src/node/home.ts'
import type { OperationName, ParamsOf, ResultOf } from '../../packages/node/src/node/operations/types.ts'
import { posthorn, TestNode } from '../support/node.ts'
import { after } from './chance.ts'
import { Disk } from './disk.ts'

const diskBytes = 1024 ** 3
const startsMax = 40
const startMs = 60_000
const askMs = 120_000

export class Daemon {
  readonly name: string
  readonly node: TestNode
  readonly disk: Disk
  /** What it ended with by itself, each time. */
  readonly ends: string[] = []
  /** Starts that failed while something was wrong; the next one is tried then. */
  failedStarts = 0
  readonly #within: readonly string[]
  #busy = false
  #abandoned = false

  private constructor(name: string, disk: Disk, at: string, within: readonly string[]) {
    this.name = name
    this.disk = disk
    this.node = TestNode.at(join(at, 'home'))
    this.#within = within
  }

  /** Relays for everybody. Not started. */
  static async make(root: string, name: string, within: readonly string[]): Promise<Daemon> {
    const at = join(root, name)
    const disk = await Disk.make(join(root, `${name}.img`), diskBytes, 'disk')
    try {
      await disk.mount(at)
      // What its failing calls leave there goes with everything else.
      const daemon = new Daemon(name, disk, at, [...within, 'env', `TMPDIR=${root}`])
      const made = await posthorn(['init', '--name', name, '--ports', 'auto', '--home', daemon.node.home])
      if (made.code !== 0) throw new Error(`no node ${name}: ${made.stderr}`)
      const config = await open(join(daemon.node.home, 'posthorn.toml'), 'a')
      await config.appendFile('\n[relay]\nfrom = ["*"]\n')
      await config.sync()
      await config.close()
      return daemon
    } catch (error) {
      await disk.remove()
      throw error
    }
  }

  ask<N extends OperationName>(operation: N, params: ParamsOf<N>): Promise<ResultOf<N>> {
    return askAt(this.node.home, operation, params)
  }

  /** Runs `work` unless somebody does something to this node already. Answers whether it did. */
  async alone(work: (daemon: this) => Promise<void>): Promise<boolean> {
    if (this.#busy) return false
    this.#busy = true
    try {
      await work(this)
      return true
    } finally {
      this.#busy = false
    }
  }

  /** Again and again, as a service manager does. */
  async start(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      if (this.#abandoned) throw new Error(`${this.name} is being removed`)
      try {
        await Promise.race([this.node.start(this.#within), tooLong(startMs, `${this.name} does not start`)])
        return
      } catch (error) {
        await this.node.end('SIGKILL')
        this.failedStarts += 1
        if (tries >= startsMax) throw error
        await after(250)
      }
    }
  }

  async kill(): Promise<void> {
    await this.node.end('SIGKILL')
  }

  /** Starts it again when it has ended by itself. */
  async tend(): Promise<void> {
    const { ended } = this.node
    if (ended === undefined) return
    await this.alone(async () => {
      this.ends.push(ended)
      await this.start()
    })
  }

  /** Ends it for good: who would start it again is told so. */
  async abandon(): Promise<void> {
    this.#abandoned = true
    await this.kill()
  }

  async remove(): Promise<void> {
    await this.abandon()
    await this.disk.remove()
  }
}

async function askAt<N extends OperationName>(home: string, operation: N, params: ParamsOf<N>): Promise<ResultOf<N>> {
  const signal = AbortSignal.timeout(askMs)
  const answer = await askDaemon(homeAt(home), { operation, params, signal, progress: () => {} })
  if (answer === 'not-running') throw new Error('the node does not run')
  return answer.result as ResultOf<N>
}

function tooLong(timeoutMs: number, message: string): Promise<never> {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(message)), timeoutMs).unref()
  })
}
