import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { NodeId, PacketId, RandomSource } from '@posthorn/nncp'
import { abortError } from '../../base/clock.ts'
import { systemCode } from '../../base/errors.ts'
import { WriteBehind } from '../../base/write-behind.ts'
import { mediumObstructed } from '../folder/errors.ts'
import { createFlags, type FolderFiles, nodeFiles } from '../folder/files.ts'
import { lstatIfThere, Places, type Root } from '../folder/place.ts'
import type { SpoolRoom } from './read.ts'

export interface PacketToSpool {
  readonly neighbour: NodeId
  readonly room: SpoolRoom
  readonly id: PacketId
  readonly sizeBytes: number
  read(): AsyncIterable<Uint8Array>
}

export interface NncpSpoolWriter {
  /** `present` when a packet of that name and size is there. */
  put(packet: PacketToSpool, signal: AbortSignal): Promise<'written' | 'present'>
  putSeen(neighbour: NodeId, id: PacketId): Promise<void>
  /** Names are on the disk when it resolves. */
  flush(): Promise<void>
}

/**
 * Writes as NNCP does: into `tmp/`, then renamed into its place.
 * @throws OperatingError `medium-gone` when the directory is not there: a person makes it.
 */
export async function nncpSpoolWriter(
  path: string,
  random: RandomSource,
  files: FolderFiles = nodeFiles,
): Promise<NncpSpoolWriter> {
  const at = pathToFileURL(path)
  const places = new Places(files)
  const root = await places.root(at)
  return new Writer({ files, places, root, at, random })
}

interface Parts {
  readonly files: FolderFiles
  readonly places: Places
  readonly root: Root
  readonly at: URL
  readonly random: RandomSource
}

class Writer implements NncpSpoolWriter {
  readonly #parts: Parts
  /** Directories with new names in them, by their path. */
  readonly #touched = new Set<string>()
  readonly #made = new Map<string, Promise<string>>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async put(packet: PacketToSpool, signal: AbortSignal): Promise<'written' | 'present'> {
    return this.#explained(async () => {
      const { files, random } = this.#parts
      const directory = await this.#directory(packet.neighbour, packet.room)
      const path = join(directory, packet.id)
      const found = await lstatIfThere(files, path)
      if (found !== undefined && !found.isFile()) throw mediumObstructed(path)
      if (found !== undefined && found.size === BigInt(packet.sizeBytes)) return 'present'
      const temporary = join(await this.#directory('tmp'), `posthorn-${Buffer.from(random(12)).toString('hex')}`)
      try {
        await this.#write(temporary, packet, signal)
        await files.rename(temporary, path)
      } catch (error) {
        await files.unlink(temporary).catch(() => undefined)
        throw error
      }
      this.#touched.add(directory)
      return 'written'
    })
  }

  async putSeen(neighbour: NodeId, id: PacketId): Promise<void> {
    await this.#explained(async () => {
      const directory = await this.#directory(neighbour, 'rx', 'seen')
      const file = await this.#parts.files.open(join(directory, id), createFlags).catch((error: unknown) => {
        if (systemCode(error) === 'EEXIST') return undefined
        throw error
      })
      await file?.close()
      this.#touched.add(directory)
    })
  }

  async flush(): Promise<void> {
    await this.#explained(async () => {
      for (const directory of this.#touched) await this.#parts.places.syncDirectory(directory)
      this.#touched.clear()
    })
  }

  async #write(path: string, packet: PacketToSpool, signal: AbortSignal): Promise<void> {
    const file = await this.#parts.files.open(path, createFlags)
    try {
      const behind = new WriteBehind(block => file.writeFile(block))
      for await (const chunk of packet.read()) {
        if (signal.aborted) throw abortError(signal)
        await behind.add(chunk)
      }
      await behind.flush()
      await file.sync()
    } finally {
      await file.close()
    }
  }

  /** Made once, also when several packets want it at the same time. */
  #directory(...names: readonly string[]): Promise<string> {
    const key = names.join('/')
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const made = this.#parts.places.made(this.#parts.root, ...names)
    this.#made.set(key, made)
    return made
  }

  async #explained<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      throw await this.#parts.places.explain(error, this.#parts.at, 'writing')
    }
  }
}
