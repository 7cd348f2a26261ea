import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Directory, Neighbour } from '../../stores/directory/directory.ts'

/** Packets of which is known where copies lie. Of more than these it is found out again. */
const packetsMax = 10_000

/**
 * Which folders lead to whom: packets of a neighbour came by them. The directory remembers it.
 *
 * What is kept for nobody once it was copied (acknowledgements, receipts, all for a neighbour that never acknowledges)
 * would else be kept for nobody when the first folder at hand was one that leads elsewhere. As long as nothing is known
 * of a neighbour, a copy in each folder is as good as any; and one that was heard over a line gets it by a line.
 */
export class KnownRoads {
  readonly #directory: Directory
  readonly #hasLines: boolean
  #folders: Promise<Map<NodeId, Set<string>>> | undefined
  /** Folders in which copies lie, of packets for neighbours whose roads are not known. */
  readonly #copies = new Map<PacketId, Set<string>>()
  readonly #readOnly = new Set<string>()

  constructor(directory: Directory, hasLines: boolean) {
    this.#directory = directory
    this.#hasLines = hasLines
  }

  async came(from: NodeId, folder: string): Promise<void> {
    const folders = await this.#known()
    const those = folders.get(from) ?? new Set()
    if (those.has(folder)) return
    await this.#directory.folders.leadsTo(folder, from)
    folders.set(from, those.add(folder))
  }

  /** Whether a copy of the packet in this folder is as good as any that can be made. */
  async isEnough(
    { identity, addresses, lastContactAt }: Neighbour,
    packet: PacketId,
    folder: string,
  ): Promise<boolean> {
    const known = (await this.#known()).get(identity.id)
    if (known !== undefined) return known.has(folder)
    if (this.#hasLines && addresses.length > 0 && lastContactAt !== null) return false
    const copies = (this.#copies.get(packet) ?? new Set()).add(folder)
    const all = await this.#directory.folders.list()
    const isEverywhere = all.every(({ name }) => copies.has(name) || this.#readOnly.has(name))
    this.#copies.delete(packet)
    if (!isEverywhere) this.#copies.set(packet, copies)
    const [oldest] = this.#copies.size > packetsMax ? this.#copies.keys() : []
    if (oldest !== undefined) this.#copies.delete(oldest)
    return isEverywhere
  }

  /** It cannot be written to: what came by it is answered by other ways. */
  async takesNothing(folder: string): Promise<void> {
    this.#readOnly.add(folder)
    const known = await this.#known()
    for (const [neighbour, folders] of known) {
      if (folders.delete(folder) && folders.size === 0) known.delete(neighbour)
    }
  }

  /** Folders or neighbours may be no more: nothing may wait for what will never be there again. */
  forget(): void {
    this.#folders = undefined
    this.#readOnly.clear()
  }

  #known(): Promise<Map<NodeId, Set<string>>> {
    this.#folders ??= this.#load().catch((error: unknown) => {
      this.#folders = undefined
      throw error
    })
    return this.#folders
  }

  async #load(): Promise<Map<NodeId, Set<string>>> {
    const folders = new Map<NodeId, Set<string>>()
    for (const { folder, neighbour } of await this.#directory.folders.roads()) {
      folders.set(neighbour, (folders.get(neighbour) ?? new Set()).add(folder))
    }
    return folders
  }
}
