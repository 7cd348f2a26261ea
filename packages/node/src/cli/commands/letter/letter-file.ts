/** Standard input, or a part of it, as a letter in a file of the home, with the line ends of letters. */
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { abortError } from '../../../base/clock.ts'
import { WriteBehind } from '../../../base/write-behind.ts'
import { LineEnds } from '../../../services/intake/index.ts'

export class LetterFile {
  readonly #file: FileHandle
  readonly #lines: LineEnds
  readonly #behind: WriteBehind

  private constructor(file: FileHandle, dotEnds: boolean) {
    this.#file = file
    this.#lines = new LineEnds({ dotEnds })
    this.#behind = new WriteBehind(block => file.writeFile(block))
  }

  /** A letter that was at `path` before is overwritten. */
  static async begin(path: string, { dotEnds }: { readonly dotEnds: boolean }): Promise<LetterFile> {
    return new LetterFile(await open(path, 'w', 0o600), dotEnds)
  }

  async add(bytes: Uint8Array): Promise<void> {
    await this.#behind.add(this.#lines.take(bytes))
  }

  async end(): Promise<void> {
    await this.#behind.add(this.#lines.end())
    await this.#behind.flush()
    await this.close()
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}

/** The chunks of a stream until it ends. @throws AbortError when the signal fires first. */
export async function* chunksOf(source: Readable, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const cut = () => source.destroy(abortError(signal))
  signal.addEventListener('abort', cut, { once: true })
  try {
    for await (const chunk of source as AsyncIterable<Uint8Array>) yield chunk
    if (signal.aborted) throw abortError(signal)
  } finally {
    signal.removeEventListener('abort', cut)
  }
}
