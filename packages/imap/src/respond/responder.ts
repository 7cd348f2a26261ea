/** Writes answers (RFC 9051 section 7). The only place that writes a line end outside a literal. */

import { binaryOf } from '../grammar/bytes.ts'
import { SessionEnded, StreamBroken } from '../session/faults.ts'
import type { Output } from './output.ts'
import { humanText } from './quote.ts'

const TEXT_BYTES_MAX = 4096

export type Status = 'OK' | 'NO' | 'BAD' | 'BYE'

export class Responder {
  readonly #output: Output
  /** An answer has begun and its end is not written: nothing else may be. */
  midAnswer = false

  constructor(output: Output) {
    this.#output = output
  }

  /** `* …`; the text is part of the protocol and must be made of safe pieces. */
  untagged(safe: string): void {
    this.#output.put(`* ${safe}\r\n`)
  }

  status(tag: string, status: Status, code: string | undefined, text: string): void {
    this.#output.put(`${tag} ${status} ${code === undefined ? '' : `[${code}] `}${humanText(text)}\r\n`)
  }

  /** The beginning or middle of an answer. */
  part(safe: string): void {
    this.midAnswer = true
    this.#output.put(safe)
  }

  /** Bytes within an answer, whose number was written before. */
  partBytes(bytes: Uint8Array): void {
    // Many small buffers cost more than the same bytes as text.
    if (bytes.length <= TEXT_BYTES_MAX) this.#output.put(binaryOf(bytes))
    else this.#output.putBytes(bytes)
  }

  /** The end of an answer that was begun with `part`. */
  lastPart(safe: string): void {
    this.#output.put(`${safe}\r\n`)
    this.midAnswer = false
  }

  /** A continuation request: sent at once, since the client waits for it. */
  async goAhead(text: string): Promise<void> {
    this.#output.put(`+ ${text}\r\n`)
    await this.sent()
  }

  /** Hands over all that was written, and waits while the client is far behind. @throws SessionEnded */
  async sent(): Promise<void> {
    this.#output.flush()
    await this.#output.drained()
  }

  /** Within a long answer: waits while the client is far behind. @throws SessionEnded */
  async roomForMore(): Promise<void> {
    await this.#output.drained()
  }

  /**
   * Streams a literal of `sizeBytes`. The stream must have exactly that many bytes.
   *
   * @throws StreamBroken when it has not: the client counts on the announced size, so the connection cannot go on.
   */
  async literal(sizeBytes: number, stream: AsyncIterable<Uint8Array>): Promise<void> {
    this.part(`{${sizeBytes}}\r\n`)
    let owed = sizeBytes
    try {
      for await (const piece of stream) {
        if (piece.length > owed) throw new StreamBroken('The store gave more bytes than announced')
        this.#output.putBytes(piece)
        owed -= piece.length
        await this.#output.drained()
      }
    } catch (error) {
      if (error instanceof StreamBroken || error instanceof SessionEnded) throw error
      throw new StreamBroken('The store failed within a message', { cause: error })
    }
    if (owed > 0) throw new StreamBroken('The store gave fewer bytes than announced')
  }
}
