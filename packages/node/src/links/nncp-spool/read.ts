import type { BigIntStats } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  type AreaMessageId,
  type NodeId,
  type PacketId,
  parseAreaMessageId,
  parseNodeId,
  parsePacketId,
} from '@posthorn/nncp'
import { abortError } from '../../base/clock.ts'
import { systemCode } from '../../base/errors.ts'
import { readAhead } from '../../base/read-ahead.ts'
import { explain, mediumError } from '../folder/errors.ts'
import { type FolderFiles, nodeFiles, readFlags } from '../folder/files.ts'
import { isSameFile, lstatIfThere, Places, type Root } from '../folder/place.ts'

export type SpoolRoom = 'rx' | 'tx'

/** A file with the name of a packet; nothing of it is proven. */
export interface SpooledPacket {
  readonly id: PacketId
  /** In whose directory it lies: who gets it next, or who brought it. */
  readonly neighbour: NodeId
  readonly room: SpoolRoom
  /** `unchecked`: whole, but nobody has hashed it; `part`: its beginning. */
  readonly kind: 'packet' | 'unchecked' | 'part'
  readonly sizeBytes: number
  readonly path: string
  /** Throws OperatingError `changed-while-read` when it is no longer the file that was found. */
  read(signal: AbortSignal): AsyncGenerator<Uint8Array>
  /** Takes it, and the copy of its header, off the spool; harmless when it is gone. */
  remove(): Promise<void>
}

export interface HeardMark {
  readonly area: NodeId
  readonly id: AreaMessageId
}

export interface NncpSpool {
  /** Real path. */
  readonly path: string
  /** Directories named by a node's id. */
  nodes(): Promise<readonly NodeId[]>
  packets(neighbour: NodeId, room: SpoolRoom): AsyncIterable<SpooledPacket>
  /** What was dealt with, of what the neighbour brought. */
  seen(neighbour: NodeId): AsyncIterable<PacketId>
  forgetSeen(neighbour: NodeId, id: PacketId): Promise<void>
  /** Messages of areas that `self` has dealt with: `nncp-toss` leaves such a mark when all of it succeeded. */
  heard(self: NodeId): AsyncIterable<HeardMark>
  forgetHeard(self: NodeId, mark: HeardMark): Promise<void>
  /** Open files with this in mind: device and inode of each lock of the neighbour. */
  locks(
    neighbour: NodeId,
  ): Promise<readonly { readonly name: string; readonly device: bigint; readonly inode: bigint }[]>
}

const chunkBytesMax = 128 * 1024
const nodesMax = 100_000
const lockNames = ['tx.lock', 'rx.lock', 'toss.lock']

/** @throws OperatingError `medium-gone` when there is no such directory. */
export async function openNncpSpool(path: string, files: FolderFiles = nodeFiles): Promise<NncpSpool> {
  const places = new Places(files)
  const root = await places.root(pathToFileURL(path))
  return new OpenSpool({ files, places, root })
}

interface Parts {
  readonly files: FolderFiles
  readonly places: Places
  readonly root: Root
}

class OpenSpool implements NncpSpool {
  readonly path: string
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
    this.path = parts.root.path
  }

  async nodes(): Promise<readonly NodeId[]> {
    const { files } = this.#parts
    const found: NodeId[] = []
    for await (const name of this.#names(this.path)) {
      const id = parseNodeId(name)
      // NNCP puts links with the names of neighbours beside them.
      if (id === undefined || !(await lstatIfThere(files, join(this.path, name)))?.isDirectory()) continue
      found.push(id)
      if (found.length >= nodesMax) break
    }
    return found.sort()
  }

  async *packets(neighbour: NodeId, room: SpoolRoom): AsyncGenerator<SpooledPacket> {
    const directory = await this.#directory(neighbour, room)
    if (directory === undefined) return
    for await (const name of this.#names(directory)) {
      const known = kindOf(name, room)
      const path = join(directory, name)
      const stats = known === undefined ? undefined : await lstatIfThere(this.#parts.files, path)
      if (known === undefined || !stats?.isFile()) continue
      yield new Found(this.#parts.files, { ...known, neighbour, room, path, stats, directory })
    }
  }

  async *seen(neighbour: NodeId): AsyncGenerator<PacketId> {
    const directory = await this.#directory(neighbour, 'rx', 'seen')
    if (directory === undefined) return
    for await (const name of this.#names(directory)) {
      const id = parsePacketId(name)
      if (id !== undefined) yield id
    }
  }

  async forgetSeen(neighbour: NodeId, id: PacketId): Promise<void> {
    const directory = await this.#directory(neighbour, 'rx', 'seen')
    if (directory !== undefined) await unlinkFile(this.#parts.files, join(directory, id))
  }

  async *heard(self: NodeId): AsyncGenerator<HeardMark> {
    const areas = await this.#directory(self, 'area')
    if (areas === undefined) return
    for await (const name of this.#names(areas)) {
      const area = parseNodeId(name)
      if (area === undefined || !(await lstatIfThere(this.#parts.files, join(areas, name)))?.isDirectory()) continue
      for await (const mark of this.#names(join(areas, name))) {
        const id = parseAreaMessageId(mark)
        if (id !== undefined) yield { area, id }
      }
    }
  }

  async forgetHeard(self: NodeId, { area, id }: HeardMark): Promise<void> {
    const directory = await this.#directory(self, 'area', area)
    if (directory !== undefined) await unlinkFile(this.#parts.files, join(directory, id))
  }

  async locks(neighbour: NodeId) {
    const directory = await this.#directory(neighbour)
    const found: { name: string; device: bigint; inode: bigint }[] = []
    for (const name of directory === undefined ? [] : lockNames) {
      const stats = await lstatIfThere(this.#parts.files, join(directory ?? '', name))
      if (stats !== undefined) found.push({ name: `${neighbour}/${name}`, device: stats.dev, inode: stats.ino })
    }
    return found
  }

  #directory(...names: readonly string[]): Promise<string | undefined> {
    return this.#parts.places.existing(this.#parts.root, ...names)
  }

  async *#names(directory: string): AsyncGenerator<string> {
    try {
      yield* this.#parts.files.names(directory)
    } catch (error) {
      throw explain(error, directory, 'reading', true)
    }
  }
}

function kindOf(name: string, room: SpoolRoom): Pick<SpooledPacket, 'id' | 'kind'> | undefined {
  const [base = '', suffix, ...more] = name.split('.')
  const id = parsePacketId(base)
  if (id === undefined || more.length > 0) return undefined
  if (suffix === undefined) return { id, kind: 'packet' }
  if (room === 'rx' && suffix === 'nock') return { id, kind: 'unchecked' }
  return room === 'rx' && suffix === 'part' ? { id, kind: 'part' } : undefined
}

type FoundFacts = Pick<SpooledPacket, 'id' | 'kind' | 'neighbour' | 'room' | 'path'> & {
  readonly stats: BigIntStats
  readonly directory: string
}

class Found implements SpooledPacket {
  readonly id: PacketId
  readonly neighbour: NodeId
  readonly room: SpoolRoom
  readonly kind: SpooledPacket['kind']
  readonly sizeBytes: number
  readonly path: string
  readonly #files: FolderFiles
  readonly #facts: FoundFacts

  constructor(files: FolderFiles, facts: FoundFacts) {
    this.id = facts.id
    this.neighbour = facts.neighbour
    this.room = facts.room
    this.kind = facts.kind
    this.path = facts.path
    this.sizeBytes = Number(facts.stats.size)
    this.#files = files
    this.#facts = facts
  }

  async *read(signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const file = await this.#files.open(this.path, readFlags).catch((error: unknown) => {
      throw ['ELOOP', 'ENXIO', 'ENOENT'].includes(systemCode(error) ?? '')
        ? this.#changed()
        : explain(error, this.path, 'reading', true)
    })
    try {
      const unchanged = async () => isSameFile(this.#facts.stats, await file.stat({ bigint: true }))
      if (!(await unchanged())) throw this.#changed()
      const read = async (buffer: Uint8Array) => {
        if (signal.aborted) throw abortError(signal)
        return (await file.read(buffer, 0, buffer.length, null)).bytesRead
      }
      yield* readAhead({ read, sizeBytes: this.sizeBytes, chunkBytesMax })
      if (!(await unchanged())) throw this.#changed()
    } catch (error) {
      throw explain(error, this.path, 'reading', true)
    } finally {
      await file.close().catch(() => undefined)
    }
  }

  async remove(): Promise<void> {
    const { directory, stats } = this.#facts
    const now = await lstatIfThere(this.#files, this.path)
    if (now !== undefined && isSameFile(stats, now)) await unlinkFile(this.#files, this.path)
    if (this.kind === 'packet') await unlinkFile(this.#files, join(directory, 'hdr', this.id))
  }

  #changed(): Error {
    const fields = { packetId: this.id, path: this.path }
    return mediumError('changed-while-read', `${this.path} changed while it was read. Does NNCP still run?`, fields)
  }
}

async function unlinkFile(files: FolderFiles, path: string): Promise<void> {
  try {
    await files.unlink(path)
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) throw explain(error, path, 'writing', true)
  }
}
