/**
 * Chunks: each is kept in a file of its own until the file that they belong to is described and has all chunks before
 * it; then it is appended to that file, and goes. So no more room is needed than for the file and some chunks.
 *
 * A chunk is hashed as it comes and again as it is appended. One that is none of those described waits and is in
 * nobody's way; another copy of it may come. How many chunks were appended is remembered after they are on the disk:
 * after a crash the file is cut to that length and the rest done again.
 */
import { basename, dirname, join } from 'node:path'
import {
  type ChunkedMeta,
  type ChunkedName,
  chunkedMetaBytesMax,
  chunkSizeBytes,
  decodeChunkedMeta,
  FormatError,
  mthHasher,
  type NodeId,
} from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { KeyedTurns } from '../../base/keyed-turns.ts'
import { removeQuietly, takeIn, writeNewFile } from '../files/index.ts'
import { type ChunkedRow, type ChunkRow, ChunkRows } from './chunk-rows.ts'
import type { IncomingContext } from './context.ts'
import { prepareInner, prepareParts } from './folder.ts'
import type { ArrivingFile, TakenFile } from './incoming.ts'
import { incomingLimits } from './limits.ts'
import { checkPath, partsFolder } from './names.ts'
import { type PlacingRow, place, resumePlacing } from './place.ts'

export class Chunks {
  readonly rows: ChunkRows
  readonly #context: IncomingContext
  readonly #turns = new KeyedTurns()
  readonly #metas = new Map<string, ChunkedMeta>()

  constructor(context: IncomingContext) {
    this.#context = context
    this.rows = new ChunkRows(context.database)
  }

  /** Takes a chunk or a description of chunks; the folder is there. */
  async take(file: ArrivingFile, chunked: ChunkedName, signal: AbortSignal): Promise<TakenFile> {
    if (this.rows.isTaken(file.id)) await this.#sweep(file, chunked.name)
    else {
      const refused =
        chunked.kind === 'chunk'
          ? await this.#keepChunk(file, chunked, signal)
          : await this.#keepDescription(file, chunked.name, signal)
      if (refused !== undefined) return refused
    }
    const { name } = chunked
    const placed = await this.#turns.run(`${file.origin} ${name}`, () => this.#gather(file, name, signal))
    return placed ?? { kind: 'part', name }
  }

  forget(origin: NodeId, name: string): Promise<number> {
    return this.#turns.run(`${origin} ${name}`, async () => {
      const { files } = this.#context
      let chunks = 0
      for (const row of this.rows.gathering(origin, name)) {
        await this.#close(row, 'broken')
        await files.unlink(join(row.root, partsFolder, wholeFile(row.id)))
        chunks += row.appended
      }
      for (const chunk of this.rows.waiting(origin, name)) {
        await this.rows.drop(chunk)
        await files.unlink(join(chunk.folder, chunkFile(chunk.id)))
        chunks += 1
      }
      return chunks
    })
  }

  /** A packet that is taken again was cut off before: perhaps between using chunks and removing them. */
  async #sweep(file: ArrivingFile, name: string): Promise<void> {
    for (const { id, folder } of this.rows.used(file.origin, name)) {
      await this.#context.files.unlink(join(folder, chunkFile(id)))
    }
  }

  async #keepChunk(
    file: ArrivingFile,
    { name, number }: { name: string; number: number },
    signal: AbortSignal,
  ): Promise<undefined> {
    const { files, suite } = this.#context
    const folder = await prepareParts(files, file.folder)
    const path = join(folder, chunkFile(file.id))
    const hasher = mthHasher(suite)
    let sizeBytes = 0
    await files.unlink(path)
    await writeNewFile(files, path, async writer => {
      const limits = { signal, sizeBytesMax: Number.MAX_SAFE_INTEGER }
      sizeBytes = await takeIn(file.body, limits, chunk => {
        hasher.update(chunk)
        return writer.write(chunk)
      })
    })
    await files.syncDirectory(folder)
    const { id, origin } = file
    await this.rows.addChunk({ id, origin, name, number, hash: hasher.digest(), sizeBytes, folder })
  }

  async #keepDescription(file: ArrivingFile, name: string, signal: AbortSignal): Promise<TakenFile | undefined> {
    const pieces: Uint8Array[] = []
    let meta: ChunkedMeta
    let bytes: Uint8Array
    try {
      const limits = { signal, sizeBytesMax: chunkedMetaBytesMax }
      await takeIn(file.body, limits, piece => {
        pieces.push(piece)
      })
      bytes = Buffer.concat(pieces)
    } catch (error) {
      if (!(error instanceof OperatingError && error.code === 'too-large')) throw error
      return { kind: 'refused', reason: 'it describes a file of more chunks than this node takes' }
    }
    try {
      meta = decodeChunkedMeta(bytes)
    } catch (error) {
      if (!(error instanceof FormatError)) throw error
      return { kind: 'refused', reason: `it is named as a description of chunks and is none: ${error.message}` }
    }
    const { id, sender, origin, folder: root } = file
    const { sizeBytes, hashes } = meta
    await this.rows.addChunked({ id, sender, origin, name, root, sizeBytes, chunks: hashes.length, meta: bytes })
    return undefined
  }

  /** Appends what is there to the files of this name. Answers when that made one of them whole. */
  async #gather(file: ArrivingFile, name: string, signal: AbortSignal): Promise<TakenFile | undefined> {
    let answer: TakenFile | undefined
    for (const row of this.rows.gathering(file.origin, name)) {
      const appended = await this.#append(file, row, signal)
      if (appended === 'lost') {
        await this.#close(row, 'broken')
        this.#context.log.error('chunks of a file were taken away: it has to be sent again', { name, folder: row.root })
      } else if (appended === row.chunks) answer = await this.#place(file, row)
    }
    return answer
  }

  /** Answers how many chunks are in the file now; `lost` when what was there is there no more. */
  async #append(file: ArrivingFile, row: ChunkedRow, signal: AbortSignal): Promise<number | 'lost'> {
    const { files } = this.#context
    const meta = this.#metaOf(row.id)
    const next = (number: number) => {
      const hash = meta.hashes[number]
      const sizeBytes = chunkSizeBytes(meta, number)
      return hash && this.rows.find({ origin: file.origin, name: row.name, number, hash, sizeBytes })
    }
    let { appended } = row
    if (next(appended) === undefined) return appended
    const folder = await prepareParts(files, row.root)
    const path = join(folder, wholeFile(row.id))
    const facts = await files.facts(path)
    if (appended > 0 && (facts?.kind !== 'file' || facts.sizeBytes < appended * meta.chunkBytes)) return 'lost'
    if (facts === undefined) {
      await writeNewFile(files, path, async () => {})
      await files.syncDirectory(folder)
    }
    const writer = await files.extend(path, appended * meta.chunkBytes)
    try {
      for (let chunk = next(appended); chunk !== undefined; chunk = next(appended)) {
        const batch: ChunkRow[] = []
        let bytes = 0
        for (; chunk !== undefined && bytes < incomingLimits.appendedBytesMax; chunk = next(appended + batch.length)) {
          signal.throwIfAborted()
          const size = await this.#copy(chunk, meta.hashes[appended + batch.length], piece => writer.write(piece))
          if (size === undefined) return await this.#without(chunk, row, appended)
          bytes += size
          batch.push(chunk)
        }
        await writer.sync()
        appended += batch.length
        await this.rows.appended(row.id, appended, batch)
        for (const used of batch) await removeQuietly(files, join(used.folder, chunkFile(used.id)))
      }
    } finally {
      await writer.close()
    }
    return appended
  }

  /** `undefined` when its bytes are not what they were when they came. */
  async #copy(
    chunk: ChunkRow,
    hash: Uint8Array | undefined,
    write: (bytes: Uint8Array) => Promise<void>,
  ): Promise<number | undefined> {
    const hasher = mthHasher(this.#context.suite)
    let sizeBytes = 0
    const source = await this.#context.files.read(join(chunk.folder, chunkFile(chunk.id)))
    for await (const bytes of source ?? []) {
      hasher.update(bytes)
      sizeBytes += bytes.length
      await write(bytes)
    }
    const same = source !== undefined && hash !== undefined && Buffer.compare(hasher.digest(), hash) === 0
    return same ? sizeBytes : undefined
  }

  async #without(chunk: ChunkRow, row: ChunkedRow, appended: number): Promise<number> {
    const path = join(chunk.folder, chunkFile(chunk.id))
    this.#context.log.error('a chunk was damaged on the disk: it waits for another copy of it', {
      packetId: chunk.id,
      name: row.name,
    })
    await this.rows.drop(chunk)
    await removeQuietly(this.#context.files, path)
    return appended
  }

  async #place(file: ArrivingFile, row: ChunkedRow): Promise<TakenFile> {
    const { files } = this.#context
    const { id, sender, root } = row
    const temporary = join(root, partsFolder, wholeFile(id))
    const placed = (await resumePlacing(this.#context, id, temporary)) ?? (await this.#placeNew(file, row, temporary))
    if ('fault' in placed) {
      await this.#close(row, 'broken')
      return { kind: 'refused', reason: `${placed.fault}; what came of the file lies in ${dirname(temporary)}` }
    }
    await this.#close(row, 'done')
    await files.syncDirectory(dirname(temporary))
    this.#context.log.info('all chunks of a file are here', { packetId: id, sender, path: placed.path })
    return { kind: 'placed', path: placed.path, sizeBytes: placed.sizeBytes, chunked: true }
  }

  async #placeNew(
    file: ArrivingFile,
    row: ChunkedRow,
    temporary: string,
  ): Promise<PlacingRow | { readonly fault: string }> {
    const { id, sender, root, name } = row
    const checked = checkPath(name, process.platform === 'win32')
    if ('fault' in checked) return checked
    const { files } = this.#context
    if ((await files.facts(temporary)) === undefined) return { fault: 'its chunks were taken away before it was whole' }
    const folder = await prepareInner(files, root, checked.parts.slice(0, -1))
    if (folder === undefined) return { fault: 'a part of its path is no folder here' }
    const target = join(folder, basename(name))
    return place(this.#context, { id, sender, origin: file.origin, temporary, target, at: file.at })
  }

  async #close(row: ChunkedRow, state: 'done' | 'broken'): Promise<void> {
    await this.rows.close(row.id, state)
    this.#metas.delete(row.id)
  }

  #metaOf(id: string): ChunkedMeta {
    const known = this.#metas.get(id)
    if (known !== undefined) return known
    const meta = decodeChunkedMeta(this.rows.metaOf(id) ?? new Uint8Array(0))
    const [oldest] = this.#metas.keys()
    if (oldest !== undefined && this.#metas.size >= incomingLimits.rememberedMetasMax) this.#metas.delete(oldest)
    this.#metas.set(id, meta)
    return meta
  }
}

function chunkFile(id: string): string {
  return `${id}.chunk`
}

function wholeFile(id: string): string {
  return `${id}.whole`
}
