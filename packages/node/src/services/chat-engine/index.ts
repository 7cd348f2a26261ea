/**
 * The chat engine: Delta Chat's core as one supervised process (`deltachat-rpc-server`), for all who need it here.
 *
 * It promises: it runs only while somebody wants it or holds it; after an end that nobody asked for it begins again,
 * with growing pauses; every call ends, at the latest with the engine; it ends with the node. It fails by ending its
 * calls with `engine-ended` (retry `later`), one whose answer is too long with `engine-answer-too-long` (`never`), and
 * where the program is not installed with `engine-missing` (`never`): the node does everything else without it. Nobody
 * may trust it to remember what was asked of it: who wants something done reads afterwards whether it was.
 */
import type { Clock } from '../../base/clock.ts'
import { messageOf, OperatingError } from '../../base/errors.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import { type EngineCalls, type EngineEvents, engineCalls, nextEvents } from './calls.ts'
import { engineLimits } from './limits.ts'
import type { EngineProcess, StartEngine } from './process.ts'
import { Rpc } from './rpc.ts'

export { type EngineCalls, type EngineContact, type EngineLogin, selfContact, sentStates } from './calls.ts'
export { engineProgram, installedEngine, type StartEngine } from './process.ts'

export type EngineEvent = EngineEvents[number]

/** `pausing`: it ended by itself, and is not begun again at once. */
export type EngineState = 'missing' | 'resting' | 'running' | 'pausing'

export interface EngineStatus {
  readonly state: EngineState
  readonly pid: number | null
  /** Ends that nobody asked for, since the node began. */
  readonly ends: number
  /** How it ended the last time. */
  readonly reason: string | null
}

/** The engine from one start to its end. */
export interface EngineSession {
  readonly calls: EngineCalls
  /** For rooms with methods of their own, which check what they are answered. */
  readonly rpc: Pick<Rpc, 'call'>
  /** Fires when this process is of no use any more. */
  readonly ended: AbortSignal
  /** Returns the way to stop. */
  onEvent(listener: (event: EngineEvent) => void): () => void
}

export interface ChatEngine extends Service {
  status(): EngineStatus
  /**
   * The running engine; begins it when it rests, after a pause when it has just failed.
   * @throws OperatingError `engine-missing`, `engine-ended`; AbortError when the signal fires.
   */
  wake(signal: AbortSignal): Promise<EngineSession>
  /** Nobody's rest ends the process until this is taken back, by what it answers. It is not begun by that. */
  hold(): () => void
  readonly held: boolean
  /** Ends the process until somebody wants it again; nothing while somebody holds it. */
  rest(): Promise<void>
}

export interface ChatEngineOptions {
  /** Undefined: no program is installed. */
  readonly start: StartEngine | undefined
  readonly clock: Clock
  readonly log: Log
}

interface Running {
  readonly process: EngineProcess
  readonly session: EngineSession
  readonly rpc: Rpc
  asked: boolean
}

export function chatEngine(options: ChatEngineOptions): ChatEngine {
  return new SupervisedEngine(options)
}

class SupervisedEngine implements ChatEngine {
  readonly #options: ChatEngineOptions
  readonly #log: Log
  readonly #stopping = new AbortController()
  #running: Running | undefined
  #starting: Promise<Running> | undefined
  #ends = 0
  #failures = 0
  #reason: string | null = null
  readonly #holders = new Set<object>()

  constructor(options: ChatEngineOptions) {
    this.#options = options
    this.#log = options.log.with({ room: 'chat-engine' })
  }

  status(): EngineStatus {
    const { start } = this.#options
    const idle = this.#failures > 0 ? 'pausing' : 'resting'
    const state = start === undefined ? 'missing' : this.#running === undefined ? idle : 'running'
    return { state, pid: this.#running?.process.pid ?? null, ends: this.#ends, reason: this.#reason }
  }

  async wake(signal: AbortSignal): Promise<EngineSession> {
    const { clock } = this.#options
    if (this.#running === undefined && this.#starting === undefined && this.#failures > 0) {
      const { pauseMsMin, pauseMsMax } = engineLimits
      const pauseMs = Math.min(pauseMsMin * 2 ** (this.#failures - 1), pauseMsMax)
      await clock.sleep(pauseMs, AbortSignal.any([signal, this.#stopping.signal]))
    }
    const { session } = this.#running ?? (await this.#start())
    return session
  }

  hold(): () => void {
    const holder = {}
    this.#holders.add(holder)
    return () => void this.#holders.delete(holder)
  }

  get held(): boolean {
    return this.#holders.size > 0
  }

  async rest(): Promise<void> {
    if (!this.held) await this.#end()
  }

  async #end(): Promise<void> {
    const running = this.#running ?? (await this.#starting?.catch(() => undefined))
    if (running === undefined) return
    running.asked = true
    running.rpc.end('it rests')
    await running.process.stop()
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#end()
  }

  #start(): Promise<Running> {
    this.#starting ??= this.#begin().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  async #begin(): Promise<Running> {
    const { start, clock } = this.#options
    if (start === undefined) {
      const message = 'Delta Chat’s engine is not installed: there is none for this platform, or npm left it out.'
      throw new OperatingError(message, { code: 'engine-missing', retry: 'never' })
    }
    if (this.#stopping.signal.aborted) {
      throw new OperatingError('The node is stopping.', { code: 'engine-ended', retry: 'later' })
    }
    const process = await start()
    const ended = new AbortController()
    const startedAt = clock.now()
    const failed = (reason: string) => {
      this.#log.warn('the chat engine is ended', { reason })
      rpc.end(reason)
      // Its end is seen, and told, below.
      void process.stop()
    }
    const rpc: Rpc = new Rpc({ write: line => process.write(line), failed, clock })
    const listeners = new Set<(event: EngineEvent) => void>()
    const onEvent = (listener: (event: EngineEvent) => void) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    }
    const session = { calls: engineCalls(rpc), rpc, ended: ended.signal, onEvent }
    const running: Running = { process, session, rpc, asked: false }
    process.onData(chunk => rpc.take(chunk))
    this.#running = running
    void process.ended.then(how => {
      this.#running = undefined
      rpc.end(how)
      this.#conclude(running, how, clock.now() - startedAt)
      ended.abort()
    })
    void this.#pump(rpc, listeners).catch((error: unknown) => {
      // Its own end is no news.
      if (!running.asked && !ended.signal.aborted) failed(messageOf(error))
    })
    this.#log.info('the chat engine runs', { pid: process.pid })
    return running
  }

  #conclude({ asked }: Running, how: string, ranMs: number): void {
    if (asked) {
      this.#failures = 0
      this.#log.info('the chat engine rests')
      return
    }
    this.#ends += 1
    this.#reason = how
    this.#failures = ranMs >= engineLimits.ranWellMs ? 1 : this.#failures + 1
    this.#log.warn('the chat engine ended by itself', { how, ranMs })
  }

  /** Rejects when the process has ended. */
  async #pump(rpc: Rpc, listeners: ReadonlySet<(event: EngineEvent) => void>): Promise<never> {
    for (;;) {
      for (const event of await nextEvents(rpc)) for (const listener of [...listeners]) listener(event)
    }
  }
}
