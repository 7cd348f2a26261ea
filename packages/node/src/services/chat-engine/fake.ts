/** An engine for tests: answers what it is told to, and dies when it is told to. */
import type { EngineProcess, StartEngine } from './process.ts'

/** One that is a promise comes when that is settled. */
type Answer = (...params: readonly never[]) => unknown

export class FakeEngine {
  readonly answers = new Map<string, Answer>([['get_all_account_ids', () => []]])
  /** What was called, in order. */
  readonly called: string[] = []
  starts = 0
  /** Answers nothing. */
  mute = false
  #data: ((chunk: Uint8Array) => void) | undefined
  #end: ((how: string) => void) | undefined
  #events: unknown[] = []
  #asked: number | undefined

  readonly start: StartEngine = async (): Promise<EngineProcess> => {
    this.starts += 1
    let over = false
    const ended = new Promise<string>(resolve => {
      this.#end = how => {
        over = true
        resolve(how)
      }
    })
    return {
      pid: 1,
      write: line => {
        if (!over) queueMicrotask(() => this.#answer(line))
      },
      onData: listener => {
        this.#data = listener
      },
      ended,
      stop: async () => {
        this.#end?.('ended with 0')
        await ended
      },
    }
  }

  crash(how: string): void {
    this.#asked = undefined
    this.#end?.(how)
  }

  say(text: string): void {
    this.#data?.(Buffer.from(text))
  }

  happen(kind: string, fields: Readonly<Record<string, unknown>> = {}): void {
    this.#events.push({ contextId: 1, event: { kind, ...fields } })
    this.#tellEvents()
  }

  #answer(line: string): void {
    const { id, method, params } = JSON.parse(line) as { id: number; method: string; params: never[] }
    if (method === 'get_next_event_batch') {
      this.#asked = id
      this.#tellEvents()
      return
    }
    this.called.push(method)
    if (this.mute) return
    const refuse = (error: unknown) => {
      const message = error instanceof Error ? error.message : 'no'
      this.say(`${JSON.stringify({ jsonrpc: '2.0', id, error: { message } })}\n`)
    }
    try {
      const answer = this.answers.get(method)?.(...params) ?? null
      const give = (result: unknown) => this.say(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`)
      if (answer instanceof Promise) void answer.then(give, refuse)
      else give(answer)
    } catch (error) {
      refuse(error)
    }
  }

  #tellEvents(): void {
    if (this.#asked === undefined || this.#events.length === 0) return
    this.say(`${JSON.stringify({ jsonrpc: '2.0', id: this.#asked, result: this.#events })}\n`)
    this.#asked = undefined
    this.#events = []
  }
}
