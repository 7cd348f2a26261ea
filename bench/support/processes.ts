/** Watching programs from outside: their peak memory, and when something has come about. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** A program that runs beside the benchmark, with the most memory it ever held (VmHWM of Linux). */
export class Program {
  readonly #child: ChildProcess
  readonly #exited: Promise<number | null>
  readonly #stderr: Buffer[] = []
  readonly #sampling: NodeJS.Timeout
  #peakKib = 0
  #processorSeconds = 0

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#child.stderr?.on('data', (chunk: Buffer) => this.#stderr.push(chunk))
    this.#exited = new Promise((resolve, reject) => {
      this.#child.once('error', reject)
      this.#child.once('exit', resolve)
    })
    this.#sampling = setInterval(() => this.#sample(), 20)
  }

  get peakMebibytes(): number {
    this.#sample()
    return this.#peakKib / 1024
  }

  /** Used so far, by all of its threads. */
  get processorSeconds(): number {
    this.#sample()
    return this.#processorSeconds
  }

  /** Its own end. Throws with what it printed unless it was a good one. */
  async finished(): Promise<void> {
    const code = await this.#exited
    clearInterval(this.#sampling)
    if (code !== 0) throw new Error(`${this.#child.spawnargs.join(' ')}: ${Buffer.concat(this.#stderr).toString()}`)
  }

  async end(): Promise<void> {
    this.#sample()
    clearInterval(this.#sampling)
    this.#child.kill()
    await this.#exited
  }

  #sample(): void {
    this.#peakKib = Math.max(this.#peakKib, peakKib(this.#child.pid))
    this.#processorSeconds = Math.max(this.#processorSeconds, processorSeconds(this.#child.pid))
  }
}

/** 0 when the process is gone. */
export function peakKib(pid: number | undefined): number {
  try {
    return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0)
  } catch {
    return 0
  }
}

/** Time that a process has used of processors so far, in user and system mode; 0 when it is gone. */
export function processorSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) / 100
  } catch {
    return 0
  }
}

const pause = (ms: number) => new Promise<void>(resolve => setTimeout(resolve, ms))

/** Looks every `everyMs`; throws after `patienceMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  { everyMs = 5, patienceMs = 120_000 } = {},
): Promise<void> {
  const giveUpAt = performance.now() + patienceMs
  while (!(await condition())) {
    if (performance.now() > giveUpAt) throw new Error('what was waited for did not happen')
    await pause(everyMs)
  }
}
