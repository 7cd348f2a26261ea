/**
 * The bytes of packets: small ones in the database, large ones in files named by their hash.
 *
 * A row of `bodies` exists as long as outbox, inbox, custody or quarantine names it; the file exists at least as long
 * as its row. So a file is put in its place before the commit that needs it, and removed after the commit that does
 * not. In between it is pinned: a removal that meets a pin leaves the file alone, and whoever unpins looks again. What
 * a crash leaves over is swept at the next start.
 */
import { join } from 'node:path'
import {
  mthHasher,
  type PacketId,
  packetIdFromBytes,
  parsePacketId,
  type RandomSource,
  type Suite,
} from '@posthorn/nncp'
import { assert } from '../../base/assert.ts'
import { abortError } from '../../base/clock.ts'
import { messageOf, OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Database } from '../database/database.ts'
import { HeldRemovals } from '../files/held-removals.ts'
import { type DurableFiles, makeDurableDirectory, removeQuietly, takeIn, writeNewFile } from '../files/index.ts'
import { Intake } from './intake.ts'
import type { Body, Scratch, Staged, StageOptions } from './spool.ts'
import { chunksOfBytes, chunksOfFile, HeldBytes, type Holder, StagedBytes } from './staged.ts'
import type { BodyState } from './upkeep.ts'

export interface BodiesOptions {
  readonly database: Database
  readonly files: DurableFiles
  readonly directory: string
  readonly suite: Suite
  readonly random: RandomSource
  readonly log: Log
  readonly inlineBytesMax: number
}

export class Bodies {
  readonly #options: BodiesOptions
  readonly #temporary: string
  readonly #root: string
  readonly #knownPrefixes = new Set<string>()
  /** How many commits that need the file are under way. */
  readonly #pins = new Map<PacketId, number>()
  readonly #removals = new Map<PacketId, Promise<void>>()
  /** How many want all files kept, and the bodies that left since. */
  readonly #held = new HeldRemovals<PacketId>(ids => this.reap(ids))

  constructor(options: BodiesOptions) {
    this.#options = options
    this.#temporary = join(options.directory, 'tmp')
    this.#root = join(options.directory, 'bodies')
  }

  async stage(source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<Staged> {
    const hasher = mthHasher(this.#options.suite)
    const taken = await this.#take(source, options, { seen: chunk => hasher.update(chunk), sync: true })
    const inner = options.inner?.()
    assert(inner === undefined || inner instanceof StagedBytes, 'bytes were wrapped that this spool has not staged')
    return new StagedBytes(this.#options.files, { ...taken, id: packetIdFromBytes(hasher.digest()), inner })
  }

  async scratch(source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<Scratch> {
    const { holder, sizeBytes } = await this.#take(source, options, { seen: () => {}, sync: false })
    return new HeldBytes(this.#options.files, holder, sizeBytes)
  }

  /** Runs `work` as a commit with the files of `staged` in their places; puts things in order when it fails. */
  async commitWith<T>(staged: readonly Staged[], work: () => T): Promise<T> {
    const files = new Set<StagedBytes>()
    for (const one of staged.flatMap(outer => (outer.inner === undefined ? [outer] : [outer, outer.inner]))) {
      assert(one instanceof StagedBytes, 'a commit was given bytes that this spool has not staged')
      assert(one.holder.kind !== 'discarded', 'a commit was given bytes that were discarded')
      if (one.holder.kind !== 'memory') files.add(one)
    }
    const large = [...files]
    for (const { id } of large) this.#pins.set(id, (this.#pins.get(id) ?? 0) + 1)
    try {
      await this.#place(large)
      return await this.#options.database.commit(work)
    } finally {
      for (const { id } of large) this.#unpin(id)
      await this.reap(large.map(({ id }) => id))
    }
  }

  /** Inside a commit: the row of a body that something now names. */
  keep(staged: Staged): void {
    const holder = staged instanceof StagedBytes ? staged.holder : undefined
    const bytes = holder?.kind === 'memory' ? holder.bytes : null
    const sql = 'INSERT INTO bodies (id, size_bytes, bytes) VALUES (?, ?, ?) ON CONFLICT DO NOTHING'
    this.#options.database.run(sql, staged.id, staged.sizeBytes, bytes)
  }

  /**
   * Inside a commit: drops the row unless something still names it. Answers what the caller then gives to `reap`, after
   * the commit: the id when its bytes were a file.
   */
  release(id: PacketId): PacketId[] {
    const dropped = this.#options.database.get<{ isFile: number }>(
      `DELETE FROM bodies WHERE id = ?1
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE id = ?1)
         AND NOT EXISTS (SELECT 1 FROM inbox WHERE id = ?1)
         AND NOT EXISTS (SELECT 1 FROM custody WHERE id = ?1 AND has_body = 1)
         AND NOT EXISTS (SELECT 1 FROM quarantine WHERE body = ?1)
         RETURNING bytes IS NULL AS isFile`,
      id,
    )
    return dropped?.isFile === 1 ? [id] : []
  }

  /** Removes the files of bodies that nothing names. Never fails: what stays over is swept at the next start. */
  async reap(ids: readonly PacketId[]): Promise<void> {
    for (const id of ids) {
      if (this.#held.holds(id)) continue
      while (this.#removals.has(id)) await this.#removals.get(id)
      if (this.#pins.has(id) || this.#needsFile(id)) continue
      const removal = this.#remove(id).finally(() => this.#removals.delete(id))
      this.#removals.set(id, removal)
      await removal
    }
  }

  /** See `Spool.keepFiles`. */
  keepFiles(): () => Promise<void> {
    return this.#held.keep()
  }

  open(id: PacketId): Body | undefined {
    const sql = 'SELECT size_bytes AS sizeBytes, bytes FROM bodies WHERE id = ?'
    const row = this.#options.database.get<{ sizeBytes: number; bytes: Uint8Array | null }>(sql, id)
    if (row === undefined) return undefined
    const { sizeBytes, bytes } = row
    const { files } = this.#options
    const path = this.#pathOf(id)
    return {
      sizeBytes,
      read: (startBytes = 0, how = {}) =>
        bytes === null
          ? chunksOfFile(files, { ...how, path, sizeBytes, startBytes })
          : chunksOfBytes(bytes, startBytes),
    }
  }

  /** Reads all of a body: see `Scrub.verify`. */
  async verify(
    id: PacketId,
    { signal, pace }: { signal: AbortSignal; pace: (bytes: number) => Promise<void> },
  ): Promise<BodyState> {
    const hasher = mthHasher(this.#options.suite)
    try {
      for await (const chunk of this.open(id)?.read(0, { lent: true }) ?? []) {
        if (signal.aborted) throw abortError(signal)
        hasher.update(chunk)
        await pace(chunk.length)
      }
      if (packetIdFromBytes(hasher.digest()) === id) return 'sound'
    } catch (error) {
      if (!(error instanceof OperatingError && error.code === 'body-missing')) throw error
    }
    if (this.open(id) === undefined) return 'gone'
    const inDatabase = !this.#needsFile(id)
    return inDatabase || (await this.#options.files.facts(this.#pathOf(id))) !== undefined ? 'damaged' : 'missing'
  }

  /** Moves what is left of a damaged body to where nothing takes it for the packet. */
  async moveAside(id: PacketId): Promise<void> {
    const { files, directory, database } = this.#options
    await makeDurableDirectory(files, directory, 'damaged')
    const row = database.get<{ bytes: Uint8Array | null }>('SELECT bytes FROM bodies WHERE id = ?', id)
    if (row === undefined) return
    const { bytes } = row
    if (bytes === null) {
      if ((await files.facts(this.#pathOf(id))) !== undefined) await files.rename(this.#pathOf(id), this.#pathAside(id))
      return
    }
    await files.unlink(this.#pathAside(id))
    await writeNewFile(files, this.#pathAside(id), writer => writer.write(bytes))
  }

  async removeAside(id: PacketId): Promise<void> {
    await removeQuietly(this.#options.files, this.#pathAside(id))
  }

  #pathAside(id: PacketId): string {
    return join(this.#options.directory, 'damaged', id)
  }

  /** At the start: makes the directories, removes what a crash has left. Memory does not grow with the spool. */
  async prepare(): Promise<void> {
    const { files, directory, log } = this.#options
    await files.makeDirectory(directory)
    await makeDurableDirectory(files, directory, 'tmp')
    await makeDurableDirectory(files, directory, 'bodies')
    for await (const name of files.list(this.#temporary)) await files.removeTree(join(this.#temporary, name))
    let removed = 0
    for await (const prefix of files.list(this.#root)) {
      if (!/^[A-Z2-7]{2}$/.test(prefix)) continue
      for await (const name of files.list(join(this.#root, prefix))) {
        const id = parsePacketId(name)
        if (id === undefined || !name.startsWith(prefix) || this.#needsFile(id)) continue
        await files.unlink(join(this.#root, prefix, name))
        removed += 1
      }
    }
    if (removed > 0) log.info('packet files that nothing names were removed', { files: removed })
  }

  #pathOf(id: PacketId): string {
    return join(this.#root, id.slice(0, 2), id)
  }

  #needsFile(id: PacketId): boolean {
    return this.#options.database.get('SELECT 1 FROM bodies WHERE id = ? AND bytes IS NULL', id) !== undefined
  }

  #unpin(id: PacketId): void {
    const pins = this.#pins.get(id) ?? 0
    if (pins > 1) this.#pins.set(id, pins - 1)
    else this.#pins.delete(id)
  }

  async #remove(id: PacketId): Promise<void> {
    const { files, log } = this.#options
    try {
      await files.unlink(this.#pathOf(id))
    } catch (error) {
      log.warn('the file of a packet that has left could not be removed', { packetId: id, reason: messageOf(error) })
    }
  }

  async #place(staged: readonly StagedBytes[]): Promise<void> {
    const { files } = this.#options
    const prefixes = new Set<string>()
    for (const one of staged) {
      // A removal that was decided before our pin must not take the file that we are about to put there.
      await this.#removals.get(one.id)
      if (this.#needsFile(one.id)) continue
      const { holder } = one
      assert(holder.kind === 'file', 'a commit was given bytes that an earlier commit has spent')
      const prefix = one.id.slice(0, 2)
      if (!this.#knownPrefixes.has(prefix)) {
        await makeDurableDirectory(files, this.#root, prefix)
        this.#knownPrefixes.add(prefix)
      }
      await files.rename(holder.path, this.#pathOf(one.id))
      one.placedAt(this.#pathOf(one.id))
      prefixes.add(prefix)
    }
    for (const prefix of prefixes) await files.syncDirectory(join(this.#root, prefix))
  }

  async #take(
    source: AsyncIterable<Uint8Array>,
    options: StageOptions,
    how: { seen: (chunk: Uint8Array) => void; sync: boolean },
  ): Promise<{ holder: Holder; sizeBytes: number }> {
    const { files, random, inlineBytesMax } = this.#options
    const path = join(this.#temporary, Buffer.from(random(16)).toString('hex'))
    const intake = new Intake(files, path, inlineBytesMax)
    try {
      const sizeBytes = await takeIn(source, options, chunk => {
        how.seen(chunk)
        return intake.write(chunk)
      })
      return { holder: await intake.finish(how.sync), sizeBytes }
    } catch (error) {
      await intake.abandon()
      throw error
    }
  }
}
