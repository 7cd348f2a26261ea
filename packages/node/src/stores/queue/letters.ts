/**
 * The bytes of queued letters: small ones go into their rows, large ones into files with names of their own.
 *
 * A file is in its place, name and all, before the commit that needs it, and goes after the commit that does not. What
 * a crash leaves in between is swept at the next start.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { RandomSource } from '@posthorn/nncp'
import { messageOf } from '../../base/errors.ts'
import { withCrlfEnds } from '../../base/line-ends.ts'
import type { Log } from '../../base/log.ts'
import type { Database } from '../database/database.ts'
import { HeldRemovals } from '../files/held-removals.ts'
import { type DurableFiles, takeIn } from '../files/index.ts'
import { Intake } from '../spool/intake.ts'
import type { Body } from '../spool/spool.ts'
import { chunksOfBytes, chunksOfFile } from '../spool/staged.ts'

export interface LettersOptions {
  readonly database: Database
  readonly files: DurableFiles
  readonly directory: string
  readonly random: RandomSource
  readonly log: Log
  readonly inlineBytesMax: number
}

export interface WrittenLetter {
  readonly hash: Uint8Array
  readonly sizeBytes: number
  /** One of both. */
  readonly bytes: Uint8Array | null
  readonly file: string | null
}

interface LetterRow {
  readonly sizeBytes: number
  readonly bytes: Uint8Array | null
  readonly file: string | null
}

export class LetterFiles {
  readonly #options: LettersOptions
  /** How many want all files kept, and those that are needed no more since. */
  readonly #held = new HeldRemovals<string>(async files => {
    for (const file of files) await this.remove(file)
  })

  constructor(options: LettersOptions) {
    this.#options = options
  }

  /** At the start: makes the folder, removes what a crash has left. */
  async prepare(): Promise<void> {
    const { files, directory, database } = this.#options
    await files.makeDirectory(directory)
    for await (const name of files.list(directory)) {
      if (!/^[0-9a-f]{32}$/.test(name)) continue
      if (database.get('SELECT 1 FROM queue_letters WHERE file = ?', name) !== undefined) continue
      await files.unlink(join(directory, name))
    }
  }

  /** On the disk when it resolves, and no part of the queue until a commit names it. */
  async write(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<WrittenLetter> {
    const { files, directory, random, inlineBytesMax } = this.#options
    const name = Buffer.from(random(16)).toString('hex')
    const intake = new Intake(files, join(directory, name), inlineBytesMax)
    const hash = createHash('sha256')
    try {
      const limits = { signal, sizeBytesMax: Number.MAX_SAFE_INTEGER }
      const sizeBytes = await takeIn(withCrlfEnds(source), limits, chunk => {
        hash.update(chunk)
        return intake.write(chunk)
      })
      const holder = await intake.finish(true)
      if (holder.kind === 'file') await files.syncDirectory(directory)
      const bytes = holder.kind === 'memory' ? holder.bytes : null
      return { hash: hash.digest(), sizeBytes, bytes, file: bytes === null ? name : null }
    } catch (error) {
      await intake.abandon()
      throw error
    }
  }

  body({ sizeBytes, bytes, file }: LetterRow): Body {
    const { files, directory } = this.#options
    return {
      sizeBytes,
      read: (startBytes = 0, how = {}) =>
        bytes === null
          ? chunksOfFile(files, { ...how, path: join(directory, file ?? ''), sizeBytes, startBytes })
          : chunksOfBytes(bytes, startBytes),
    }
  }

  /** See `QueueStore.keepFiles`. */
  keepFiles(): () => Promise<void> {
    return this.#held.keep()
  }

  /** After a commit that needs it no more. Never fails: what stays over is swept at the next start. */
  async remove(file: string | null): Promise<void> {
    if (file === null) return
    if (this.#held.holds(file)) return
    const { files, directory, log } = this.#options
    try {
      await files.unlink(join(directory, file))
    } catch (error) {
      log.warn('the file of a letter that has left could not be removed', { file, reason: messageOf(error) })
    }
  }
}
