/**
 * What goes to the client, pulled by the host. Writers wait in `drained` while the host lags behind by more than
 * `waitingBytesMax`, so a large answer is never in memory as a whole.
 */
import { bytesOf, joinBytes } from '../grammar/bytes.ts'
import { SessionEnded } from '../session/faults.ts'

export type ImapOutput =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** Host: finish writing what came before, drop any bytes already received, upgrade, then call secured(). */
  | { readonly kind: 'starttls' }
  /**
   * Host: write what came before as it is; from here on both directions are deflate streams (RFC 4978, raw, RFC 1951).
   * Call compressed() at once, feed what is inflated, and flush the deflater after each of these outputs.
   */
  | { readonly kind: 'compress' }
  /** Host: flush, then end the connection. Nothing follows. */
  | { readonly kind: 'close' }

const JOINED_BYTES_MAX = 65_536
const TEXT_CHARS_MAX = 16_384

export class Output implements AsyncIterable<ImapOutput> {
  readonly #waitingBytesMax: number
  #items: ImapOutput[] = []
  #waitingBytes = 0
  #text = ''
  #wakeReader: (() => void) | undefined
  #wakeWriter: (() => void) | undefined
  #closed = false
  /** No more may be written. */
  #ended = false
  readonly #left: () => void
  /** Counts what the host took; deadlines watch it. */
  pulls = 0

  /** @param left is called when the reader goes before the end. */
  constructor(waitingBytesMax: number, left: () => void) {
    this.#waitingBytesMax = waitingBytesMax
    this.#left = left
  }

  /** Does a writer wait for the host to take more? */
  get blocked(): boolean {
    return this.#wakeWriter !== undefined
  }

  /** Adds a binary string. It is on its way after the next `flush`. */
  put(binary: string): void {
    this.#text += binary
    if (this.#text.length > TEXT_CHARS_MAX) this.flush()
  }

  flush(): void {
    if (this.#text === '') return
    const bytes = bytesOf(this.#text)
    this.#text = ''
    this.#push({ kind: 'bytes', bytes })
  }

  putBytes(bytes: Uint8Array): void {
    this.flush()
    if (bytes.length > 0) this.#push({ kind: 'bytes', bytes })
  }

  starttls(): void {
    this.flush()
    this.#push({ kind: 'starttls' })
  }

  compress(): void {
    this.flush()
    this.#push({ kind: 'compress' })
  }

  #push(item: ImapOutput): void {
    if (this.#closed) return
    this.#items.push(item)
    if (item.kind === 'bytes') this.#waitingBytes += item.bytes.length
    this.#wakeReader?.()
  }

  /** Resolves when the host has taken enough for more to be written. @throws SessionEnded */
  async drained(): Promise<void> {
    while (this.#waitingBytes >= this.#waitingBytesMax && !this.#ended) {
      await new Promise<void>(resolve => {
        this.#wakeWriter = resolve
      })
      this.#wakeWriter = undefined
    }
    if (this.#ended) throw new SessionEnded()
  }

  /** Writers that wait, and those that come, get SessionEnded; what is queued is still sent. */
  release(): void {
    this.#ended = true
    this.#wakeWriter?.()
  }

  /** The end: `close`, and nothing after it. */
  close(): void {
    if (this.#closed) return
    this.flush()
    this.#push({ kind: 'close' })
    this.#closed = true
    this.release()
  }

  /** The end at once: nobody will read what is queued. */
  abort(): void {
    if (this.#closed) return
    this.#items = []
    this.#text = ''
    this.#waitingBytes = 0
    this.close()
  }

  #take(): ImapOutput | undefined {
    const first = this.#items.shift()
    if (first?.kind !== 'bytes') return first
    const pieces = [first.bytes]
    let size = first.bytes.length
    for (;;) {
      const next = this.#items[0]
      if (next?.kind !== 'bytes' || size + next.bytes.length > JOINED_BYTES_MAX) break
      pieces.push(next.bytes)
      size += next.bytes.length
      this.#items.shift()
    }
    this.#waitingBytes -= size
    if (this.#waitingBytes < this.#waitingBytesMax) this.#wakeWriter?.()
    return { kind: 'bytes', bytes: joinBytes(pieces) }
  }

  /** For one reader. A reader that leaves early has ended the connection. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ImapOutput> {
    try {
      for (;;) {
        const item = this.#take()
        if (item !== undefined) {
          this.pulls += 1
          yield item
          if (item.kind === 'close') return
          continue
        }
        if (this.#closed) return
        await new Promise<void>(resolve => {
          this.#wakeReader = resolve
        })
        this.#wakeReader = undefined
      }
    } finally {
      if (!this.#closed) this.#left()
      this.abort()
    }
  }
}
