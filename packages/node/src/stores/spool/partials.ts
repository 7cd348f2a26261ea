/**
 * Packets on their way over a wire that may be cut. Large ones are files in `partial/`, named by the hash they should
 * have; nothing believes that name until the bytes were hashed. Small ones stay in memory: to send them again costs
 * less than to keep them.
 */
import { join } from 'node:path'
import { type MthHasher, mthHasher, type PacketId, packetIdFromBytes, parsePacketId, type Suite } from '@posthorn/nncp'
import { messageOf, OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { type DurableFiles, type FileWriter, makeDurableDirectory, removeQuietly } from '../files/index.ts'
import { Intake } from './intake.ts'
import { spoolLimits } from './limits.ts'
import type { KeptPartial, PartialPacket, Partials, Staged } from './spool.ts'
import { chunksOfFile, type Holder, StagedBytes } from './staged.ts'

export interface PartialsOptions {
  readonly files: DurableFiles
  /** The spool's. */
  readonly directory: string
  readonly suite: Suite
  readonly log: Log
  readonly inlineBytesMax: number
  readonly countMax: number
  readonly bytesMax: number
  /** Whether a packet is here, or was: it may come by a stick while its line is cut, and is not offered again then. */
  readonly seen: (id: PacketId) => boolean
}

export class FilePartials implements Partials {
  readonly #options: PartialsOptions
  readonly #directory: string
  readonly #open = new Set<PacketId>()
  /** Sizes of the files that wait for another call, the oldest first. */
  readonly #kept = new Map<PacketId, number>()

  constructor(options: PartialsOptions) {
    this.#options = options
    this.#directory = join(options.directory, 'partial')
  }

  /** At the start: finds what was kept, or left by a crash; removes what nobody waits for, and what is too much. */
  async prepare(): Promise<void> {
    const { files, directory } = this.#options
    await makeDurableDirectory(files, directory, 'partial')
    const found: { id: PacketId; sizeBytes: number; modifiedAtMs: number }[] = []
    for await (const name of files.list(this.#directory)) {
      const id = parsePacketId(name)
      const facts = await files.facts(join(this.#directory, name))
      if (id === undefined || facts?.kind !== 'file' || this.#options.seen(id))
        await files.removeTree(join(this.#directory, name))
      else found.push({ id, ...facts })
    }
    found.sort((one, other) => one.modifiedAtMs - other.modifiedAtMs)
    for (const { id, sizeBytes } of found) this.#kept.set(id, sizeBytes)
    await this.#trim()
  }

  async open(id: PacketId, sizeBytes: number): Promise<PartialPacket | undefined> {
    if (this.#open.has(id)) return undefined
    this.#open.add(id)
    const keptBytes = this.#kept.get(id) ?? 0
    const isKept = this.#kept.delete(id)
    try {
      const path = join(this.#directory, id)
      // More than was announced cannot become the packet.
      const offsetBytes = keptBytes <= sizeBytes ? keptBytes : 0
      if (isKept && offsetBytes === 0) await this.#options.files.unlink(path)
      return new FilePartial({ ...this.#options, path, id, sizeBytes, offsetBytes }, kept => this.#ended(id, kept))
    } catch (error) {
      this.#open.delete(id)
      throw error
    }
  }

  async list(): Promise<readonly KeptPartial[]> {
    const found: KeptPartial[] = []
    for (const [id, sizeBytes] of this.#kept) {
      const facts = await this.#options.files.facts(join(this.#directory, id))
      if (facts !== undefined) found.push({ id, sizeBytes, at: facts.modifiedAtMs })
    }
    return found
  }

  async forget(id: PacketId): Promise<void> {
    if (!this.#kept.delete(id)) return
    await removeQuietly(this.#options.files, join(this.#directory, id))
  }

  async #ended(id: PacketId, keptBytes: number): Promise<void> {
    this.#open.delete(id)
    if (keptBytes === 0) return
    this.#kept.set(id, keptBytes)
    if (this.#options.seen(id)) await this.forget(id)
    await this.#trim()
  }

  async #trim(): Promise<void> {
    const { countMax, bytesMax, log } = this.#options
    let bytes = [...this.#kept.values()].reduce((sum, sizeBytes) => sum + sizeBytes, 0)
    for (const [id, sizeBytes] of this.#kept) {
      if (bytes <= bytesMax && this.#kept.size <= countMax) return
      bytes -= sizeBytes
      log.info('the beginning of a packet is not kept any longer', { packetId: id, sizeBytes })
      await this.forget(id)
    }
  }
}

interface FilePartialOptions extends PartialsOptions {
  readonly path: string
  readonly id: PacketId
  readonly sizeBytes: number
  readonly offsetBytes: number
}

class FilePartial implements PartialPacket {
  readonly offsetBytes: number
  readonly #options: FilePartialOptions
  readonly #ended: (keptBytes: number) => Promise<void>
  readonly #intake: Intake
  /** Of a packet that came in one go; what was kept from before is hashed from its file. */
  readonly #hasher: MthHasher | undefined
  #bytes: number

  constructor(options: FilePartialOptions, ended: (keptBytes: number) => Promise<void>) {
    const { files, path, inlineBytesMax, offsetBytes, suite } = options
    this.#options = options
    this.#ended = ended
    this.offsetBytes = offsetBytes
    this.#bytes = offsetBytes
    this.#hasher = offsetBytes === 0 ? mthHasher(suite) : undefined
    const resumed = { ...files, create: (name: string) => files.extend(name) }
    const begun = { ...files, create: (name: string) => createAnew(files, name) }
    this.#intake = offsetBytes === 0 ? new Intake(begun, path, inlineBytesMax) : new Intake(resumed, path, 0)
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.length
    this.#hasher?.update(bytes)
    await this.#intake.write(bytes)
  }

  async finish(): Promise<Staged | 'bad-hash'> {
    const { files, id, sizeBytes } = this.#options
    try {
      const holder = await this.#hold()
      const right = this.#bytes === sizeBytes && (await this.#hash()) === id
      if (right) return new StagedBytes(files, { holder, sizeBytes, id })
      await this.#intake.abandon()
      if (holder.kind === 'file') await removeQuietly(files, holder.path)
      return 'bad-hash'
    } catch (error) {
      await this.#intake.abandon()
      throw error
    } finally {
      await this.#ended(0)
    }
  }

  async keep(): Promise<void> {
    const { files, directory, log, id, path } = this.#options
    let keptBytes = 0
    try {
      const holder = await this.#hold()
      if (holder.kind === 'file') {
        await files.syncDirectory(join(directory, 'partial'))
        keptBytes = this.#bytes
      }
    } catch (error) {
      // The sender still has it: nothing is lost but the time that it took.
      log.warn('the beginning of a packet could not be kept', { packetId: id, reason: messageOf(error) })
      await this.#intake.abandon()
      await removeQuietly(files, path)
    } finally {
      await this.#ended(keptBytes)
    }
  }

  async discard(): Promise<void> {
    try {
      await this.#intake.abandon()
      await removeQuietly(this.#options.files, this.#options.path)
    } finally {
      await this.#ended(0)
    }
  }

  /** What has come, on the disk where it is a file. */
  async #hold(): Promise<Holder> {
    // Nothing new came to what was kept.
    if (this.offsetBytes > 0 && this.#bytes === this.offsetBytes) return { kind: 'file', path: this.#options.path }
    return this.#intake.finish(true)
  }

  async #hash(): Promise<PacketId> {
    const { files, path, sizeBytes, suite } = this.#options
    if (this.#hasher !== undefined) return packetIdFromBytes(this.#hasher.digest())
    const hasher = mthHasher(suite)
    for await (const chunk of chunksOfFile(files, { path, sizeBytes, startBytes: 0 })) hasher.update(chunk)
    return packetIdFromBytes(hasher.digest())
  }
}

/**
 * A disk that fails may keep bytes that were given up. Nobody knows of them until the next start, and their packet must
 * not wait for that, nor end every call that brings it.
 */
async function createAnew(files: DurableFiles, path: string): Promise<FileWriter> {
  try {
    return await files.create(path)
  } catch (error) {
    if (!(error instanceof OperatingError) || error.fields['systemCode'] !== 'EEXIST') throw error
    await files.unlink(path)
    return files.create(path)
  }
}

/** The bounds as they are outside of tests. */
export const partialBounds = { countMax: spoolLimits.partialCountMax, bytesMax: spoolLimits.partialBytesMax }
