/** One WebSocket of somebody who is signed in: calls come in, answers and events go out. */
import { type ApiError, apiLimits, clientFrame, closeCodes, type ServerFrame } from '@posthorn/api'
import * as v from 'valibot'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../../base/clock.ts'
import { Elapsed } from '../../base/elapsed.ts'
import type { Log } from '../../base/log.ts'
import { type RunCall, tooManyCalls } from './calls.ts'
import { apiErrorOf } from './errors.ts'
import type { CallContext, Caller } from './handlers.ts'
import type { WebLimits } from './limits.ts'

export interface ConnectionOptions {
  readonly socket: WebSocket
  readonly caller: Caller
  /** Proves anew that they are still signed in. */
  readonly prove: () => Promise<Caller | null>
  readonly run: RunCall
  readonly limits: WebLimits
  readonly clock: Clock
  readonly log: Log
}

export class Connection {
  readonly #options: ConnectionOptions
  readonly #elapsed: Elapsed
  readonly #calls = new Map<number, AbortController>()
  #caller: Caller
  #isAlive = true
  /** Frames that may still come now. */
  #framesLeft: number
  #framesAt: number

  constructor(options: ConnectionOptions) {
    const { socket, caller, limits, clock } = options
    this.#options = options
    this.#caller = caller
    this.#elapsed = new Elapsed(clock)
    this.#framesLeft = limits.framesBurst
    this.#framesAt = this.#elapsed.now()
    socket.on('message', (data, isBinary) => this.#received(data, isBinary))
    socket.on('pong', () => {
      this.#isAlive = true
    })
    // What broke the line is told by `close`.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      for (const call of this.#calls.values()) call.abort()
    })
  }

  get caller(): Caller {
    return this.#caller
  }

  /** Asks whether anybody is still there, and whether they may be; ends where not. */
  async look(): Promise<void> {
    const { socket } = this.#options
    if (!this.#isAlive) return socket.terminate()
    this.#isAlive = false
    socket.ping()
    await this.proveAgain()
  }

  /** `false`: they may not be here any more, and were sent away. */
  async proveAgain(): Promise<boolean> {
    const caller = await this.#options.prove()
    if (caller === null) this.end('signedOut')
    else this.#caller = caller
    return caller !== null
  }

  send(frame: ServerFrame): void {
    const { socket, limits, log } = this.#options
    if (socket.readyState !== socket.OPEN) return
    if (socket.bufferedAmount > limits.unreadBytesMax) {
      log.info('a browser that does not read was sent away', { user: this.#caller.user })
      socket.terminate()
      return
    }
    socket.send(JSON.stringify(frame), () => this.#flow())
    this.#flow()
  }

  end(why: keyof typeof closeCodes): void {
    const { socket } = this.#options
    socket.close(closeCodes[why], why)
    for (const call of this.#calls.values()) call.abort()
  }

  /** Who does not read what they asked for is not asked for more. */
  #flow(): void {
    const { socket, limits } = this.#options
    if (socket.readyState !== socket.OPEN) return
    const isFull = socket.bufferedAmount > limits.unreadBytesPause
    if (isFull && !socket.isPaused) socket.pause()
    if (!isFull && socket.isPaused) socket.resume()
  }

  #received(data: RawData, isBinary: boolean): void {
    if (this.#options.socket.readyState !== this.#options.socket.OPEN) return
    const frame = isBinary ? undefined : parsed(data)
    if (!this.#mayTalk()) this.end('tooMuch')
    else if (frame === undefined) this.end('badFrame')
    else if ('cancel' in frame) this.#calls.get(frame.cancel)?.abort()
    else if (this.#calls.has(frame.id)) this.end('badFrame')
    else void this.#answer(frame)
  }

  #mayTalk(): boolean {
    const { framesBurst, framesPerSecond } = this.#options.limits
    const now = this.#elapsed.now()
    this.#framesLeft = Math.min(framesBurst, this.#framesLeft + ((now - this.#framesAt) / 1000) * framesPerSecond)
    this.#framesAt = now
    if (this.#framesLeft < 1) return false
    this.#framesLeft -= 1
    return true
  }

  async #answer({ id, method, params }: { id: number; method: string; params: unknown }): Promise<void> {
    const { run, log } = this.#options
    const cancelled = new AbortController()
    try {
      if (this.#calls.size >= apiLimits.callsAtOnceMax) throw tooManyCalls()
      this.#calls.set(id, cancelled)
      if (!(await this.proveAgain())) return
      const context = { signal: cancelled.signal, progress: this.#progress(id, cancelled.signal) }
      this.send({ id, result: await run({ method, params }, this.#caller, context) })
    } catch (error) {
      const told: ApiError = apiErrorOf(error, log, { method, user: this.#caller.user })
      this.send({ id, error: told })
    } finally {
      if (this.#calls.get(id) === cancelled) this.#calls.delete(id)
    }
  }

  /** The latest counts: what comes too quickly is left out. */
  #progress(id: number, signal: AbortSignal): CallContext['progress'] {
    const pauseMs = 1000 / this.#options.limits.progressPerSecond
    let nextAt = 0
    return progress => {
      const now = this.#elapsed.now()
      if (signal.aborted || now < nextAt || !this.#calls.has(id)) return
      nextAt = now + pauseMs
      this.send({ id, progress })
    }
  }
}

function parsed(data: RawData) {
  try {
    const frame = v.safeParse(clientFrame, JSON.parse((data as Buffer).toString()))
    return frame.success ? frame.output : undefined
  } catch {
    return undefined
  }
}
