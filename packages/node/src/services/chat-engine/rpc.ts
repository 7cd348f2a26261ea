/**
 * JSON-RPC 2.0 by lines, as a machine: what the engine writes goes in, calls come out. It promises: every call ends,
 * with its answer, with what the engine says against it, or with the end of the engine.
 */
import type { Clock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { engineLimits } from './limits.ts'
import { LineReader, type LongLine } from './lines.ts'

interface Waiting {
  readonly method: string
  readonly resolve: (result: unknown) => void
  readonly reject: (error: Error) => void
  readonly answered: AbortController
}

export interface RpcOptions {
  readonly write: (line: string) => void
  /** The engine did not answer in time, or said what cannot be understood: it is of no use any more. */
  readonly failed: (reason: string) => void
  readonly clock: Clock
}

export class Rpc {
  readonly #options: RpcOptions
  readonly #lines = new LineReader(engineLimits.lineBytesMax)
  readonly #waiting = new Map<number, Waiting>()
  #nextId = 1
  #ended: string | undefined

  constructor(options: RpcOptions) {
    this.#options = options
  }

  /** `patient`: it may wait for ever, as for the next event. */
  call(method: string, params: readonly unknown[], how: { readonly patient?: boolean } = {}): Promise<unknown> {
    if (this.#ended !== undefined) return Promise.reject(engineEnded(this.#ended))
    if (this.#waiting.size >= engineLimits.callsWaitingMax) {
      return Promise.reject(engineEnded('it has too much to do'))
    }
    const id = this.#nextId
    this.#nextId += 1
    const answered = new AbortController()
    const answer = new Promise<unknown>((resolve, reject) =>
      this.#waiting.set(id, { method, resolve, reject, answered }),
    )
    if (how.patient !== true) this.#watch(method, answered.signal)
    this.#options.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    return answer
  }

  take(chunk: Uint8Array): void {
    try {
      for (const line of this.#lines.take(chunk)) {
        if (typeof line === 'string') this.#answer(line)
        else this.#drop(line)
      }
    } catch {
      this.#options.failed('It wrote what is no JSON-RPC.')
    }
  }

  /** Nothing more will come. */
  end(reason: string): void {
    this.#ended ??= reason
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject, answered } of waiting) {
      answered.abort()
      reject(engineEnded(reason))
    }
  }

  #watch(method: string, answered: AbortSignal): void {
    this.#options.clock.sleep(engineLimits.callTimeoutMs, answered).then(
      () => this.#options.failed(`It did not answer ${method} in time.`),
      () => undefined,
    )
  }

  /** What somebody was sent may be as long as they like: that ends the one call, not the engine of all. */
  #drop({ head }: LongLine): void {
    const waiting = this.#settle(Number(/"id":(\d+)/.exec(head)?.[1]))
    if (waiting === undefined) {
      this.#options.failed('It wrote a line that is too long.')
      return
    }
    const message = `What the chat engine answered to ${waiting.method} is too long to be read.`
    waiting.reject(new OperatingError(message, { code: 'engine-answer-too-long', retry: 'never' }))
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    waiting?.answered.abort()
    return waiting
  }

  #answer(line: string): void {
    const said: unknown = JSON.parse(line)
    if (typeof said !== 'object' || said === null || !('id' in said) || typeof said.id !== 'number') return
    const waiting = this.#settle(said.id)
    if (waiting === undefined) return
    if ('error' in said && said.error !== null && said.error !== undefined) {
      waiting.reject(refused(waiting.method, said.error))
    } else {
      waiting.resolve('result' in said ? said.result : undefined)
    }
  }
}

const reasonLettersMax = 300

function refused(method: string, error: unknown): OperatingError {
  const said = typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : 'no reason'
  const reason = said.replaceAll(/\s+/g, ' ').slice(0, reasonLettersMax)
  return new OperatingError(`The chat engine refused ${method}: ${reason}`, {
    code: 'engine-refused',
    retry: 'later',
    fields: { method },
  })
}

function engineEnded(reason: string): OperatingError {
  return new OperatingError(`The chat engine is not there: ${reason}`, { code: 'engine-ended', retry: 'later' })
}
