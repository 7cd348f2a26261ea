/** Our end of the mail apps that run at a node. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { endProcess } from '../support/processes.ts'
import type { AppAnswer, AppRequest } from './app.ts'

export class Apps {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: AppAnswer) => void>()
  #id = 0

  /** `within` is a command that runs another one at the node. */
  constructor(within: readonly string[]) {
    const [command = '', ...args] = within
    const options = [
      '--import',
      'tsx',
      '--conditions=posthorn-source',
      fileURLToPath(new URL('app.ts', import.meta.url)),
    ]
    this.#child = spawn(command, [...args, process.execPath, ...options], { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#child.stdin?.on('error', () => {})
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on('line', line => {
        const { id, answer } = JSON.parse(line) as { id: number; answer: AppAnswer }
        this.#waiting.get(id)?.(answer)
        this.#waiting.delete(id)
      })
    }
    this.#child.once('exit', () => {
      for (const answer of this.#waiting.values()) answer({ kind: 'failed', message: 'the apps have ended' })
      this.#waiting.clear()
    })
  }

  ask(request: AppRequest): Promise<AppAnswer> {
    this.#id += 1
    const id = this.#id
    if (this.#child.exitCode !== null) return Promise.resolve({ kind: 'failed', message: 'the apps have ended' })
    return new Promise(resolve => {
      this.#waiting.set(id, resolve)
      this.#child.stdin?.write(`${JSON.stringify({ id, request })}\n`)
    })
  }

  end(): Promise<void> {
    return endProcess(this.#child)
  }
}
