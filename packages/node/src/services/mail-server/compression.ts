/**
 * COMPRESS=DEFLATE (RFC 4978) under one IMAP connection. What goes out is complete for the client after each call; what
 * comes in is inflated piece by piece as the machine takes it, so a bomb costs its sender's own time and no memory.
 */
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'

/** A client that compresses may make so much of nothing: all that it sent times the ratio, and some on top. */
export interface InflateLimits {
  readonly inflatedFreeBytes: number
  readonly inflatedRatioMax: number
}

interface CompressionOptions {
  readonly limits: InflateLimits
  /** Takes what was inflated; resolves when it can take more. */
  readonly receive: (bytes: Uint8Array) => Promise<void>
  /** The other side sends what cannot be inflated, or what becomes too much. Called once. */
  readonly broken: (reason: 'not-deflate' | 'too-much') => void
}

export class Compression {
  readonly #options: CompressionOptions
  /** A small window: hundreds of connections wait in IDLE. */
  readonly #deflater = createDeflateRaw({ windowBits: 13, memLevel: 6 })
  readonly #inflater = createInflateRaw()
  #deflated: Uint8Array[] = []
  #takenBytes = 0
  #inflatedBytes = 0
  #isOver = false

  constructor(options: CompressionOptions) {
    this.#options = options
    this.#deflater.on('data', (piece: Buffer) => this.#deflated.push(piece))
    this.#deflater.on('error', () => this.#break('not-deflate'))
    void this.#pass()
  }

  /** The bytes deflated, with all that the other side needs to inflate them now. */
  async deflate(bytes: Uint8Array): Promise<Uint8Array> {
    await new Promise<void>(resolve => {
      this.#deflater.write(bytes)
      this.#deflater.flush(constants.Z_SYNC_FLUSH, resolve)
    })
    return Buffer.concat(this.#deflated.splice(0))
  }

  /** Resolves when all of it was inflated and but for a piece or two was taken. */
  async inflate(bytes: Uint8Array): Promise<void> {
    if (this.#isOver) return
    this.#takenBytes += bytes.length
    await new Promise<void>(resolve => {
      this.#inflater.once('close', resolve)
      this.#inflater.write(bytes, () => {
        this.#inflater.removeListener('close', resolve)
        resolve()
      })
    })
  }

  end(): void {
    this.#isOver = true
    this.#deflater.destroy()
    this.#inflater.destroy()
  }

  async #pass(): Promise<void> {
    const { limits, receive } = this.#options
    try {
      for await (const piece of this.#inflater) {
        this.#inflatedBytes += piece.length
        const allowed = limits.inflatedFreeBytes + this.#takenBytes * limits.inflatedRatioMax
        if (this.#inflatedBytes > allowed) return this.#break('too-much')
        await receive(piece)
      }
    } catch {
      this.#break('not-deflate')
    }
  }

  #break(reason: 'not-deflate' | 'too-much'): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#inflater.destroy()
    this.#options.broken(reason)
  }
}
