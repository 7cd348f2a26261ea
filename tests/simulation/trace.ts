/** All that happens in a run, in its order: as a hash, and on request as lines to read. */
import { createHash } from 'node:crypto'
import type { Log, LogFields } from '../../packages/node/src/base/log.ts'
import type { Life } from './life.ts'
import type { VirtualTime } from './time.ts'

export class Trace {
  readonly #time: VirtualTime
  readonly #startMs: number
  readonly #hash = createHash('sha256')
  readonly #print: ((line: string) => void) | undefined
  lines = 0

  constructor(time: VirtualTime, print?: (line: string) => void) {
    this.#time = time
    this.#startMs = time.now()
    this.#print = print
  }

  note(who: string, what: string, fields: LogFields = {}): void {
    this.lines += 1
    const at = this.#time.now() - this.#startMs
    const told = JSON.stringify(fields)
    this.#hash.update(`${at} ${who} ${what} ${told}\n`)
    this.#print?.(`${timeOf(at)} ${who.padEnd(7)} ${what}${told === '{}' ? '' : ` ${told}`}`)
  }

  /** What a node says; the dead say nothing. */
  log(who: string, life: Life, common: LogFields = {}): Log {
    const at = (message: string, fields: LogFields = {}) => {
      if (life.alive) this.note(who, message, { ...common, ...fields })
    }
    return { debug: at, info: at, warn: at, error: at, with: more => this.log(who, life, { ...common, ...more }) }
  }

  digest(): string {
    return this.#hash.copy().digest('hex')
  }
}

function timeOf(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  const two = (value: number) => String(value).padStart(2, '0')
  const days = Math.floor(seconds / 86_400)
  const time = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60].map(two).join(':')
  return `day ${String(days).padStart(2)} ${time}.${String(ms % 1000).padStart(3, '0')}`
}
