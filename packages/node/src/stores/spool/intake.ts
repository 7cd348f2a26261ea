import { type DurableFiles, type FileWriter, removeQuietly } from '../files/index.ts'
import type { Holder } from './staged.ts'

/** Bytes coming in: gathered in memory up to a size, moved into a new file beyond it. */
export class Intake {
  readonly #files: DurableFiles
  readonly #path: string
  readonly #memoryBytesMax: number
  #small: Uint8Array[] = []
  #smallBytes = 0
  #writer: FileWriter | undefined

  constructor(files: DurableFiles, path: string, memoryBytesMax: number) {
    this.#files = files
    this.#path = path
    this.#memoryBytesMax = memoryBytesMax
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.#writer === undefined && this.#smallBytes + chunk.length <= this.#memoryBytesMax) {
      // A copy, which `slice` of a Buffer is not: the producer may use its buffer again.
      this.#small.push(Uint8Array.from(chunk))
      this.#smallBytes += chunk.length
      return
    }
    if (this.#writer === undefined) {
      this.#writer = await this.#files.create(this.#path)
      for (const earlier of this.#small.splice(0)) await this.#writer.write(earlier)
    }
    await this.#writer.write(chunk)
  }

  /** @param sync whether a file must be on the disk before the answer. */
  async finish(sync: boolean): Promise<Holder> {
    if (this.#writer === undefined) return { kind: 'memory', bytes: this.#joined() }
    if (sync) await this.#writer.sync()
    await this.#writer.close()
    return { kind: 'file', path: this.#path }
  }

  /** After a failure: nothing stays. */
  async abandon(): Promise<void> {
    this.#small = []
    if (this.#writer === undefined) return
    await this.#writer.close().catch(() => undefined)
    await removeQuietly(this.#files, this.#path)
  }

  #joined(): Uint8Array {
    const bytes = new Uint8Array(this.#smallBytes)
    let offset = 0
    for (const chunk of this.#small.splice(0)) {
      bytes.set(chunk, offset)
      offset += chunk.length
    }
    return bytes
  }
}
