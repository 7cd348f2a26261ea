/** The files of a backup, written below a new folder. All are on the disk, with their names, when `finish` resolves. */
import { mkdirSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { abortError } from '../../base/clock.ts'
import { systemCode } from '../../base/errors.ts'
import { diskError, diskFiles, writeNewFile } from '../../stores/files/index.ts'
import { brokenBackup } from './errors.ts'
import { backupLimits } from './limits.ts'
import type { HomeFile } from './read.ts'

export class Unpacking {
  readonly #root: string
  readonly #signal: AbortSignal
  readonly #folders = new Set<string>()
  readonly #writing = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  /** @param root is there, empty, and nobody else writes into it. */
  constructor(root: string, signal: AbortSignal) {
    this.#root = root
    this.#signal = signal
    this.#folders.add(root)
  }

  /** Resolves when the body was read; that it could not be written may be heard of later. */
  async put({ path, sizeBytes, modifiedAtMs, body }: HomeFile): Promise<void> {
    if (this.#signal.aborted) throw abortError(this.#signal)
    const at = join(this.#root, path)
    this.#makeFolder(dirname(at), path)
    const times = modifiedAtMs / 1000
    if (sizeBytes > backupLimits.smallBytesMax) {
      const fill = writeNewFile(diskFiles, at, async writer => {
        for await (const chunk of body) {
          if (this.#signal.aborted) throw abortError(this.#signal)
          await writer.write(chunk)
        }
      })
      await fill.catch((error: unknown) => {
        throw explained(error, path)
      })
      await utimes(at, times, times)
      return
    }
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    if (this.#writing.size >= backupLimits.syncedAtOnceMax) await Promise.race(this.#writing)
    if (this.#failure !== undefined) throw this.#failure.error
    const task = this.#write(at, path, { bytes: Buffer.concat(chunks), times })
    this.#writing.add(task)
    void task.finally(() => this.#writing.delete(task))
  }

  async finish(): Promise<void> {
    await Promise.all(this.#writing)
    if (this.#failure !== undefined) throw this.#failure.error
    for (const folder of this.#folders) await diskFiles.syncDirectory(folder)
  }

  /** Nothing is being written any more when it resolves. */
  async abandon(): Promise<void> {
    await Promise.all(this.#writing)
  }

  /** Never rejects. */
  async #write(at: string, path: string, file: { readonly bytes: Uint8Array; readonly times: number }): Promise<void> {
    try {
      await diskFiles.writeSmall(at, file.bytes)
      await utimes(at, file.times, file.times)
    } catch (error) {
      this.#failure ??= { error: explained(error, path) }
    }
  }

  #makeFolder(folder: string, path: string): void {
    if (this.#folders.has(folder)) return
    this.#makeFolder(dirname(folder), path)
    try {
      mkdirSync(folder, { mode: 0o700 })
    } catch (error) {
      throw explained(diskError(error, 'making a directory', folder), path)
    }
    this.#folders.add(folder)
  }
}

/** Two files of one name, or a file in the place of a folder. */
function explained(error: unknown, path: string): unknown {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
  const code = systemCode(cause)
  if (code !== 'EEXIST' && code !== 'ENOTDIR' && code !== 'ENAMETOOLONG') return error
  return brokenBackup(`two of its files, or a file and a folder, have the name ${JSON.stringify(path.slice(0, 200))}`)
}
