/**
 * What a socket and a child process have in common: a readable and a writable stream of Node as one `Connection`.
 *
 * It promises back-pressure both ways, that an end of the other side is an end and a cut is `line-broken`, and that
 * `close` comes to an end even when the other side takes nothing more.
 */
import type { Readable, Writable } from 'node:stream'
import type { Clock } from '../../base/clock.ts'
import { messageOf, OperatingError } from '../../base/errors.ts'
import type { Connection } from '../transport.ts'

export interface StreamEnds {
  readonly readable: Readable
  readonly writable: Writable
  readonly remote: string
  readonly origin: string
  readonly local?: string
  readonly clock: Clock
  /** How long `close` waits for the other end. */
  readonly closeMsMax: number
  /** Lets go of everything at once. */
  readonly destroy: () => void
  /** Resolves when nothing of it is left. */
  readonly gone: Promise<void>
}

export function streamConnection(ends: StreamEnds): Connection {
  return new StreamConnection(ends)
}

class StreamConnection implements Connection {
  readonly remote: string
  readonly origin: string
  readonly local?: string
  readonly #ends: StreamEnds
  #closing: Promise<void> | undefined
  #failure: Error | undefined
  /** Those who wait for something of the streams. */
  readonly #waiting = new Set<() => void>()

  constructor(ends: StreamEnds) {
    this.#ends = ends
    this.remote = ends.remote
    this.origin = ends.origin
    if (ends.local !== undefined) this.local = ends.local
    const failed = (error: Error) => {
      this.#failure ??= error
    }
    ends.readable.on('error', failed)
    ends.writable.on('error', failed)
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const { readable } = this.#ends
    try {
      // Read by hand: the iterator of a stream would destroy it when the reader leaves early.
      for (;;) {
        const chunk = this.#closing === undefined ? (readable.read() as Uint8Array | null) : null
        if (chunk !== null) yield chunk
        else if (readable.readableEnded || this.#closing !== undefined) return
        else if (readable.destroyed) throw this.#failure ?? new Error('the other end is gone')
        else await this.#happening(readable, ['readable', 'end', 'close', 'error'])
      }
    } catch (error) {
      if (this.#closing !== undefined) return
      throw broken(this.#failure ?? error)
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    const { writable } = this.#ends
    if (this.#closing !== undefined || this.#failure !== undefined || !writable.writable) throw broken(this.#failure)
    if (writable.write(bytes)) return
    await this.#happening(writable, ['drain', 'close', 'error'])
    if (this.#closing === undefined && writable.destroyed) throw broken(this.#failure)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { readable, writable, clock, closeMsMax, destroy, gone } = this.#ends
    const patience = new AbortController()
    for (const wake of [...this.#waiting]) wake()
    writable.end()
    // What still comes is dropped: unread bytes would make the system reset the line, and ours would be lost with it.
    readable.on('data', () => {}).resume()
    await Promise.race([gone, clock.sleep(closeMsMax, patience.signal).catch(() => undefined)])
    patience.abort()
    destroy()
    await gone
  }

  /** Resolves at the first of these events, or when we close. */
  #happening(emitter: Readable | Writable, events: readonly string[]): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        this.#waiting.delete(done)
        for (const event of events) emitter.off(event, done)
        resolve()
      }
      this.#waiting.add(done)
      for (const event of events) emitter.on(event, done)
    })
  }
}

function broken(cause: unknown): OperatingError {
  const why = cause === undefined ? 'it is closed' : messageOf(cause)
  return new OperatingError(`The line was cut (${why}). What has arrived is kept; the rest goes with the next call.`, {
    code: 'line-broken',
    retry: 'later',
    cause,
  })
}
