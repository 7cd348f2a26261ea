/** Calls, answers and events over one WebSocket that is kept alive. Clock, chance and sockets are handed in. */
import {
  type ApiError,
  type CallProgress,
  closeCodes,
  type EventName,
  type EventOf,
  events,
  type MethodName,
  methods,
  type ParamsOf,
  type ResultOf,
  serverFrame,
} from '@posthorn/api'
import * as v from 'valibot'
import { ApiFailure, type LocalFailure, localFailure } from './failure.ts'

/**
 * - `connecting`: for the first time;
 * - `ready`: the node answers;
 * - `offline`: it does not, and is tried again;
 * - `stopping`: it said that it stops; it is tried again;
 * - `signed-out`: nothing is tried.
 */
export type Phase = 'connecting' | 'ready' | 'offline' | 'stopping' | 'signed-out'

export interface CallOptions {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: CallProgress) => void
}

export interface Client {
  call<N extends MethodName>(method: N, params: ParamsOf<N>, options?: CallOptions): Promise<ResultOf<N>>
  /** Until the function that comes back is called. */
  on<N extends EventName>(event: N, listener: (data: EventOf<N>) => void): () => void
  /** At once when the connection is there, and each time that it is there anew. */
  onReady(listener: () => void): () => void
  phase(): Phase
  /** Connects, and stays so until the function that comes back is called. */
  start(): () => void
  /** The network may have changed: tries at once, or finds out whether the connection still lives. */
  look(): void
}

/** What is used of a WebSocket. */
export interface Socket {
  send(text: string): void
  close(): void
}

export interface SocketEvents {
  readonly opened: () => void
  readonly received: (data: unknown) => void
  /** Also when it never opened. */
  readonly closed: (code: number) => void
}

export interface ClientClock {
  /** Runs once after a while, unless the function that comes back is called before. */
  after(delayMs: number, run: () => void): () => void
}

export interface ClientParts {
  readonly openSocket: (events: SocketEvents) => Socket
  readonly clock: ClientClock
  /** From 0 up to 1. */
  readonly random: () => number
  /** Asked when a socket does not open; a browser does not tell why. */
  readonly isSignedIn: () => Promise<boolean>
  readonly onPhase: (phase: Phase) => void
  /** The node says that nobody is signed in. */
  readonly onSignedOut: () => void
}

interface Call {
  readonly id: number
  readonly method: MethodName
  readonly params: unknown
  readonly done: (result: unknown) => void
  readonly fail: (error: ApiFailure) => void
  readonly onProgress: ((progress: CallProgress) => void) | undefined
  sent: boolean
}

const firstWaitMs = 500
const longestWaitMs = 20_000
/** A node that does not answer a small question for so long is away. */
const silenceMs = 10_000
/** So often it is asked that question. A line that broke without a word is not told by the browser for long. */
const lookEveryMs = 25_000
/** A socket that does not open for so long never will: browsers wait for minutes. */
const openMsMax = 30_000

export function createClient(parts: ClientParts): Client {
  return new SocketClient(parts).face()
}

class SocketClient {
  readonly #parts: ClientParts
  readonly #calls = new Map<number, Call>()
  readonly #listeners = new Map<string, Set<(data: never) => void>>()
  readonly #readyListeners = new Set<() => void>()
  #phase: Phase = 'connecting'
  #socket: Socket | undefined
  #lastId = 0
  #failures = 0
  #stopWaiting = () => {}

  constructor(parts: ClientParts) {
    this.#parts = parts
  }

  face(): Client {
    return {
      call: (method, params, options = {}) => this.#call(method, params, options),
      on: (event, listener) => this.#on(event, listener),
      onReady: listener => this.#onReady(listener),
      phase: () => this.#phase,
      start: () => this.#start(),
      look: () => this.#look(),
    }
  }

  #call<N extends MethodName>(method: N, params: ParamsOf<N>, options: CallOptions): Promise<ResultOf<N>> {
    const { signal, onProgress } = options
    if (signal?.aborted === true) return Promise.reject(localFailure('cancelled'))
    const refusal = this.#refusal(method)
    if (refusal !== undefined) return Promise.reject(localFailure(refusal))
    return new Promise((resolve, reject) => {
      this.#lastId += 1
      const id = this.#lastId
      const cancel = () => this.#cancel(id)
      const end = () => signal?.removeEventListener('abort', cancel)
      const done = (result: unknown) => {
        end()
        const checked = v.safeParse(methods[method].result, result)
        if (checked.success) resolve(checked.output as ResultOf<N>)
        else reject(localFailure('answer'))
      }
      const fail = (error: ApiFailure) => {
        end()
        reject(error)
      }
      signal?.addEventListener('abort', cancel, { once: true })
      const call: Call = { id, method, params, done, fail, onProgress, sent: false }
      this.#calls.set(id, call)
      if (this.#phase === 'ready') this.#send(call)
    })
  }

  /** Why a call is not even kept for later. */
  #refusal(method: MethodName): LocalFailure | undefined {
    if (this.#phase === 'signed-out') return 'signed-out'
    const away = this.#phase === 'offline' || this.#phase === 'stopping'
    return away && methods[method].changes ? 'offline' : undefined
  }

  #send(call: Call): void {
    call.sent = true
    this.#socket?.send(JSON.stringify({ id: call.id, method: call.method, params: call.params }))
  }

  #cancel(id: number): void {
    const call = this.#calls.get(id)
    if (call === undefined) return
    this.#calls.delete(id)
    if (call.sent && this.#phase === 'ready') this.#socket?.send(JSON.stringify({ cancel: id }))
    call.fail(localFailure('cancelled'))
  }

  #on(event: EventName, listener: (data: never) => void): () => void {
    const listeners = this.#listeners.get(event) ?? new Set()
    this.#listeners.set(event, listeners)
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  #onReady(listener: () => void): () => void {
    this.#readyListeners.add(listener)
    if (this.#phase === 'ready') listener()
    return () => this.#readyListeners.delete(listener)
  }

  #start(): () => void {
    this.#setPhase('connecting')
    this.#failures = 0
    this.#open()
    return () => this.#stop()
  }

  #stop(): void {
    this.#stopWaiting()
    const socket = this.#socket
    this.#socket = undefined
    this.#setPhase('signed-out')
    socket?.close()
    for (const call of this.#calls.values()) call.fail(localFailure('signed-out'))
    this.#calls.clear()
  }

  #open(): void {
    this.#stopWaiting()
    let opened = false
    const isCurrent = () => socket === this.#socket
    const socket = this.#parts.openSocket({
      opened: () => {
        opened = true
        if (isCurrent()) this.#opened()
      },
      received: data => {
        if (isCurrent()) this.#receive(data)
      },
      closed: code => {
        if (!isCurrent()) return
        this.#socket = undefined
        if (code === closeCodes.signedOut) this.#signedOut()
        else this.#lost(code === closeCodes.nodeStops ? 'stopping' : 'offline', opened)
      },
    })
    this.#socket = socket
    this.#stopWaiting = this.#parts.clock.after(openMsMax, () => {
      if (isCurrent()) this.#giveUp(socket, opened)
    })
  }

  #opened(): void {
    this.#stopWaiting()
    this.#failures = 0
    this.#setPhase('ready')
    this.#lookLater()
    for (const call of this.#calls.values()) this.#send(call)
    for (const listener of this.#readyListeners) listener()
  }

  #lost(phase: Phase, wasOpen: boolean): void {
    this.#stopWaiting()
    this.#setPhase(phase)
    for (const call of this.#calls.values()) {
      if (!methods[call.method].changes) continue
      this.#calls.delete(call.id)
      call.fail(localFailure(call.sent ? 'lost' : 'offline'))
    }
    const longest = Math.min(longestWaitMs, firstWaitMs * 2 ** this.#failures)
    this.#failures += 1
    // Not all pages at once when a node comes back.
    const waitMs = longest * (0.5 + this.#parts.random() / 2)
    this.#stopWaiting = this.#parts.clock.after(waitMs, () => this.#open())
    if (!wasOpen) this.#askWhetherSignedIn()
  }

  #signedOut(): void {
    this.#stop()
    this.#parts.onSignedOut()
  }

  #askWhetherSignedIn(): void {
    this.#parts.isSignedIn().then(
      isSignedIn => {
        if (!isSignedIn && this.#phase !== 'ready' && this.#phase !== 'signed-out') this.#signedOut()
      },
      () => {},
    )
  }

  #look(): void {
    if (this.#phase === 'signed-out') return
    if (this.#socket === undefined) {
      this.#failures = 0
      this.#open()
      return
    }
    if (this.#phase !== 'ready') return
    const socket = this.#socket
    const stopWaiting = this.#parts.clock.after(silenceMs, () => {
      if (socket !== this.#socket) return
      this.#giveUp(socket, true)
      this.#look()
    })
    this.#call('session.show', {}, {}).then(stopWaiting, stopWaiting)
  }

  #lookLater(): void {
    this.#stopWaiting = this.#parts.clock.after(lookEveryMs, () => {
      this.#lookLater()
      this.#look()
    })
  }

  #giveUp(socket: Socket, wasOpen: boolean): void {
    this.#socket = undefined
    socket.close()
    this.#lost('offline', wasOpen)
  }

  #receive(data: unknown): void {
    const frame = v.safeParse(serverFrame, parsed(data))
    if (!frame.success) return
    if ('event' in frame.output) this.#happened(frame.output.event, frame.output.data)
    else if ('progress' in frame.output) this.#calls.get(frame.output.id)?.onProgress?.(frame.output.progress)
    else this.#answered(frame.output)
  }

  #answered(frame: { id: number; error: ApiError } | { id: number; result?: unknown }): void {
    const call = this.#calls.get(frame.id)
    this.#calls.delete(frame.id)
    if ('error' in frame) call?.fail(new ApiFailure(frame.error))
    else call?.done(frame.result)
  }

  #happened(name: string, data: unknown): void {
    if (!Object.hasOwn(events, name)) return
    const checked = v.safeParse(events[name as EventName], data)
    if (!checked.success) return
    for (const listener of this.#listeners.get(name) ?? []) listener(checked.output as never)
  }

  #setPhase(phase: Phase): void {
    if (this.#phase === phase) return
    this.#phase = phase
    this.#parts.onPhase(phase)
  }
}

function parsed(data: unknown): unknown {
  if (typeof data !== 'string') return undefined
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}
