/**
 * Running a program for somebody else: for a packet, or to hand a letter over.
 *
 * It promises: no shell; nothing of our environment or open files but what it is given; output read to its end, so that
 * it never waits for us, and kept to a bound. It has a process group of its own, which is asked to end when the time is
 * over or the node stops, and killed when it does not; what the program leaves running is killed when it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { abortError, type Clock } from '../clock.ts'
import { messageOf, systemCode } from '../errors.ts'
import { KeptOutput } from './output.ts'

export interface Program {
  /** The program and its arguments. */
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Descriptor of the file that it reads. */
  readonly input: number
}

export interface RunOptions {
  readonly timeoutMs: number
  readonly outputBytesMax: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

export interface ProgramEnd {
  /** It ended by itself, with 0. */
  readonly done: boolean
  /** For people, behind `it`: `ended with 3`. */
  readonly how: string
  /** Its exit status; null when it was killed, stopped or never ran. */
  readonly status: number | null
  /** There is no such program, or it may not be run. */
  readonly neverRan?: true
  /** Standard output and standard error, as they came. */
  readonly output: string
  /** Standard error alone, its beginning and its end. */
  readonly errors: string
}

/** Between being asked to end and being killed. */
const graceMs = 5000
/** How long pipes may stay open that something holds which left the process group. */
const drainMsMax = 1000
/** Of standard error alone. */
const errorBytesMax = 4096

/** Resolves when nothing of it runs any more. Rejects with an AbortError when the signal fired before it ended. */
export async function runProgram(program: Program, options: RunOptions): Promise<ProgramEnd> {
  const { signal, clock, timeoutMs } = options
  if (signal.aborted) throw abortError(signal)
  const output = new KeptOutput(options.outputBytesMax)
  const child = start(program)
  if (typeof child === 'string')
    return { done: false, how: child, status: null, neverRan: true, output: '', errors: '' }
  const errors = new KeptOutput(errorBytesMax)
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.add(chunk))
  child.stderr?.on('data', (chunk: Buffer) => errors.add(chunk))
  const ended = new AbortController()
  let stopped: 'timeout' | 'abort' | undefined
  const stop = (why: 'timeout' | 'abort') => {
    stopped ??= why
    killGroup(child, 'SIGTERM')
    clock.sleep(graceMs, ended.signal).then(
      () => killGroup(child, 'SIGKILL'),
      () => undefined,
    )
  }
  const abort = () => stop('abort')
  signal.addEventListener('abort', abort, { once: true })
  clock.sleep(timeoutMs, ended.signal).then(
    () => stop('timeout'),
    () => undefined,
  )
  try {
    const how = await endOf(child, clock)
    if (stopped === 'abort') throw abortError(signal)
    const timedOut = `did not end within ${Math.ceil(timeoutMs / 1000)} s and was stopped`
    return {
      done: how === undefined && stopped === undefined,
      how: ending(stopped, timedOut, how),
      status: stopped === undefined && child.pid !== undefined ? child.exitCode : null,
      ...(child.pid === undefined ? { neverRan: true } : {}),
      output: output.text(),
      errors: errors.text(),
    }
  } finally {
    ended.abort()
    signal.removeEventListener('abort', abort)
  }
}

function ending(stopped: string | undefined, timedOut: string, how: string | undefined): string {
  return stopped === 'timeout' ? timedOut : (how ?? 'ended well')
}

/** The child, or why there is none. */
function start({ command, environment, input }: Program): ChildProcess | string {
  const [file = '', ...args] = command
  try {
    return spawn(file, args, { cwd: '/', env: environment, stdio: [input, 'pipe', 'pipe'], detached: true })
  } catch (error) {
    return notStarted(error)
  }
}

function notStarted(error: unknown): string {
  return `could not be started: ${systemCode(error) ?? messageOf(error)}`
}

/** Resolves when the program and its group are gone and their output was read: with what was wrong, if anything was. */
function endOf(child: ChildProcess, clock: Clock): Promise<string | undefined> {
  return new Promise(resolve => {
    let failure: string | undefined
    const drained = new AbortController()
    child.once('error', error => {
      failure = notStarted(error)
      if (child.pid === undefined) resolve(failure)
    })
    child.once('exit', (code, signal) => {
      killGroup(child, 'SIGKILL')
      if (signal !== null) failure = `was killed by ${signal}`
      else if (code !== 0) failure = `ended with ${code}`
      clock.sleep(drainMsMax, drained.signal).then(
        () => {
          for (const stream of [child.stdout, child.stderr]) stream?.destroy()
        },
        () => undefined,
      )
    })
    child.once('close', () => {
      drained.abort()
      resolve(failure)
    })
  })
}

/** A group of which nothing is left is no fault. */
function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (process.platform === 'win32') child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // ESRCH: all of it is gone.
  }
}
