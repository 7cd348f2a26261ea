import type { BigIntStats } from 'node:fs'
import { join } from 'node:path'
import type { NodeId, PacketId } from '@posthorn/nncp'
import { abortError } from '../../base/clock.ts'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { readAhead } from '../../base/read-ahead.ts'
import type { IncomingParcel, Settlement } from '../transport.ts'
import type { FolderContext } from './context.ts'
import { mediumError } from './errors.ts'
import { type OpenFile, readFlags } from './files.ts'
import { badName } from './names.ts'
import { isSameFile, lstatIfThere, type Root } from './place.ts'

const chunkBytesMax = 128 * 1024

interface Found {
  readonly root: Root
  readonly at: URL
  readonly signal: AbortSignal
  readonly recipient: NodeId
  readonly sender: NodeId
  readonly id: PacketId
  readonly directory: string
  /** Of the file when it was found; whatever is read, taken or set aside later must still be this one. */
  readonly stats: BigIntStats
}

/** A regular file with the name of a packet. */
export class FoundParcel implements IncomingParcel {
  readonly recipient: NodeId
  readonly sender: NodeId
  readonly id: PacketId
  readonly sizeBytes: number
  readonly #context: FolderContext
  readonly #found: Found
  #hasLeft = false

  constructor(context: FolderContext, found: Found) {
    this.recipient = found.recipient
    this.sender = found.sender
    this.id = found.id
    this.sizeBytes = Number(found.stats.size)
    this.#context = context
    this.#found = found
  }

  /** Its directory entry is gone, so that a walk need not count it. */
  get hasLeft(): boolean {
    return this.#hasLeft
  }

  get #path(): string {
    return join(this.#found.directory, this.#found.id)
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const { files, places } = this.#context
    if (this.sizeBytes > this.#context.limits.packetBytesMax) throw this.#tooLarge()
    let file: OpenFile
    try {
      file = await files.open(this.#path, readFlags)
    } catch (error) {
      throw await this.#explainReading(error)
    }
    try {
      await this.#mustBeUnchanged(file)
      const { root, recipient, sender, directory } = this.#found
      if ((await places.existing(root, recipient, sender)) !== directory) throw this.#changed()
      yield* this.#chunks(file)
      await this.#mustBeUnchanged(file)
    } catch (error) {
      throw await this.#explainReading(error)
    } finally {
      await file.close().catch(() => {})
    }
  }

  async *#chunks(file: OpenFile): AsyncGenerator<Uint8Array> {
    const read = async (buffer: Uint8Array) => {
      if (this.#found.signal.aborted) throw abortError(this.#found.signal)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null)
      return bytesRead
    }
    let leftBytes = this.sizeBytes
    for await (const chunk of readAhead({ read, sizeBytes: leftBytes, chunkBytesMax, lent: true })) {
      leftBytes -= chunk.length
      yield chunk
    }
    if (leftBytes > 0) throw this.#changed()
  }

  async settle(outcome: Settlement): Promise<void> {
    if (outcome.kind === 'left') return
    const { at, root, recipient, sender, directory } = this.#found
    const { files, places } = this.#context
    try {
      if ((await places.existing(root, recipient, sender)) !== directory) return
      const now = await lstatIfThere(files, this.#path)
      if (now === undefined || !isSameFile(this.#found.stats, now)) return
      if (outcome.kind === 'taken') await files.unlink(this.#path)
      else await this.#setAside()
      this.#hasLeft = true
    } catch (error) {
      if (systemCode(error) === 'ENOENT' && (await places.isThere(at))) return
      throw await places.explain(error, at, 'writing')
    }
  }

  async #setAside(): Promise<void> {
    const { files, limits } = this.#context
    for (let copy = 0; copy < limits.badCopiesMax; copy += 1) {
      const aside = join(this.#found.directory, badName(this.id, copy))
      if ((await lstatIfThere(files, aside)) !== undefined) continue
      await files.rename(this.#path, aside)
      return
    }
    throw mediumError('medium-obstructed', 'too many bad copies of one packet lie on the medium', {
      packetId: this.id,
      path: this.#path,
    })
  }

  async #mustBeUnchanged(file: OpenFile): Promise<void> {
    if (!isSameFile(this.#found.stats, await file.stat({ bigint: true }))) throw this.#changed()
  }

  #changed(): Error {
    return mediumError('changed-while-read', 'the file changed while it was read; it is tried again later', {
      packetId: this.id,
      path: this.#path,
    })
  }

  #tooLarge(): OperatingError {
    const fields = { packetId: this.id, path: this.#path, sizeBytes: this.sizeBytes }
    return new OperatingError('the file is larger than a packet may be', { code: 'too-large', retry: 'never', fields })
  }

  /** A file that is a link, or gone, at the moment it is opened was replaced since it was found. */
  async #explainReading(error: unknown): Promise<Error> {
    const { places } = this.#context
    const code = systemCode(error)
    const replaced = code === 'ELOOP' || code === 'ENXIO' || code === 'ENOENT'
    if (replaced && (await places.isThere(this.#found.at))) return this.#changed()
    return places.explain(error, this.#found.at, 'reading')
  }
}
