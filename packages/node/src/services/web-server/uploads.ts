/**
 * Files that people send here for a method to use. Each lies in one private folder under a name of our own, until it
 * is taken, gets old, or the node stops; its sender alone can take it, once.
 *
 * What cannot be kept whole is not kept: a connection that breaks, a full disk, or more bytes than allowed leave
 * nothing behind. They are not flushed to the disk: who takes one keeps it durably.
 */
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../../base/clock.ts'
import { Elapsed } from '../../base/elapsed.ts'
import { diskError } from '../../stores/files/index.ts'
import { refusal } from './errors.ts'
import type { Uploads } from './handlers.ts'
import type { WebLimits } from './limits.ts'

export interface UploadOptions {
  readonly directory: string
  readonly sizeBytesMax: number
  readonly limits: Pick<
    WebLimits,
    'uploadsOfUserMax' | 'uploadsOfUserTimes' | 'uploadAgeMsMax' | 'uploadNameLettersMax'
  >
  /** Of the disk that others need too: this much stays free. */
  readonly reserveBytes: number
  readonly random: (length: number) => Uint8Array
  readonly clock: Clock
}

export interface Incoming {
  readonly name: unknown
  /** Bytes, as the sender says; undefined: they do not. */
  readonly announced: number | undefined
  readonly body: Readable
  readonly signal: AbortSignal
}

interface Kept {
  readonly user: string
  readonly name: string
  readonly path: string
  sizeBytes: number
  readonly at: number
  isWhole: boolean
}

/** Clears the folder: what an earlier run left there nobody can take any more. */
export async function openUploads(options: UploadOptions): Promise<UploadStore> {
  const { directory } = options
  await mkdir(directory, { recursive: true, mode: 0o700 })
  for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true, force: true })
  return new UploadStore(options)
}

export class UploadStore implements Uploads {
  readonly #options: UploadOptions
  readonly #elapsed: Elapsed
  readonly #kept = new Map<string, Kept>()

  constructor(options: UploadOptions) {
    this.#options = options
    this.#elapsed = new Elapsed(options.clock)
  }

  async receive(user: string, { name: given, announced, body, signal }: Incoming): Promise<{ upload: string }> {
    const { directory, sizeBytesMax, limits, reserveBytes, random } = this.#options
    const name = checkedName(given, limits.uploadNameLettersMax)
    if (announced !== undefined && !(announced <= sizeBytesMax)) throw this.#tooLarge()
    await this.sweep()
    this.#admit(user, 1, announced ?? 0)
    if ((await freeBytesAt(directory)) < reserveBytes + (announced ?? 0)) throw diskFull()
    const id = Buffer.from(random(16)).toString('base64url')
    const path = join(directory, id)
    const upload: Kept = { user, name, path, sizeBytes: 0, at: this.#elapsed.now(), isWhole: false }
    this.#kept.set(id, upload)
    try {
      const file = createWriteStream(path, { flags: 'wx', mode: 0o600 })
      await pipeline(body, this.#counted(upload), file, { signal })
      upload.isWhole = true
      return { upload: id }
    } catch (error) {
      await this.#drop(id)
      throw diskError(error, 'keeping a file that was sent', directory)
    }
  }

  async take(user: string, id: string) {
    const upload = this.#kept.get(id)
    if (upload === undefined || upload.user !== user || !upload.isWhole) {
      throw refusal('no-such-upload', 'The file that was sent for this is not here any more. Send it again.')
    }
    this.#kept.delete(id)
    return { path: upload.path, name: upload.name, sizeBytes: upload.sizeBytes }
  }

  /** Removes what nobody used in time. */
  async sweep(): Promise<void> {
    const oldest = this.#elapsed.now() - this.#options.limits.uploadAgeMsMax
    const old = [...this.#kept].filter(([, { isWhole, at }]) => isWhole && at < oldest)
    await Promise.all(old.map(([id]) => this.#drop(id)))
  }

  /** Looked at with each piece: several at once grow together. */
  #counted(upload: Kept): Transform {
    return new Transform({
      transform: (piece: Buffer, _encoding, done) => {
        upload.sizeBytes += piece.length
        try {
          if (upload.sizeBytes > this.#options.sizeBytesMax) throw this.#tooLarge()
          this.#admit(upload.user, 0, 0)
          done(null, piece)
        } catch (error) {
          done(error as Error)
        }
      },
    })
  }

  #admit(user: string, more: number, bytes: number): void {
    const { limits, sizeBytesMax } = this.#options
    const own = [...this.#kept.values()].filter(upload => upload.user === user)
    const sum = own.reduce((all, { sizeBytes }) => all + sizeBytes, bytes)
    if (own.length + more > limits.uploadsOfUserMax || sum > sizeBytesMax * limits.uploadsOfUserTimes) {
      throw refusal('too-many-uploads', 'Too many files of yours wait to be used. Send those first, or wait.', 'later')
    }
  }

  #tooLarge() {
    const mebibytes = Math.floor(this.#options.sizeBytesMax / 1024 / 1024)
    return refusal('too-large', `A file may have ${mebibytes} MiB at most on this node.`)
  }

  async #drop(id: string): Promise<void> {
    const path = this.#kept.get(id)?.path
    this.#kept.delete(id)
    if (path !== undefined) await rm(path, { force: true })
  }
}

async function freeBytesAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path)
  return bavail * bsize
}

function diskFull() {
  return refusal('disk-full', 'The disk of the node is full: this file was not kept. Tell who looks after it.', 'later')
}

/** As its sender calls it: the last part of a path, without what nobody can see. It names no file here. */
function checkedName(given: unknown, lettersMax: number): string {
  if (typeof given !== 'string') throw refusal('bad-params', 'Say what the file is called: ?name=…')
  const name = (given.split(/[/\\]/).at(-1) ?? '').replaceAll(/[\p{Cc}\p{Cs}]/gu, '').trim()
  if (name === '' || name.length > lettersMax) {
    throw refusal('bad-params', `A file needs a name of 1 to ${lettersMax} letters.`)
  }
  return name
}
