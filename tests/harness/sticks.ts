/** Sticks that are carried between nodes, and what happens to sticks: pulled out, copied, scratched, lost. */
import { mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, type Chance } from './chance.ts'
import type { Daemon } from './daemon.ts'
import { Disk } from './disk.ts'

const stickBytes = 512 * 1024 ** 2
/** Long enough for the middle of a sync, and for its end. */
const pullMsMax = 150

export interface StickCounts {
  stops: number
  pulled: number
  lost: number
  scratched: number
  replayed: number
}

export class Stick {
  readonly name: string
  /** Why the last sync was none. */
  trouble: string | undefined
  readonly counts: StickCounts = { stops: 0, pulled: 0, lost: 0, scratched: 0, replayed: 0 }
  readonly #root: string
  readonly route: readonly Daemon[]
  readonly #chance: Chance
  #disk: Disk
  #earlier: Disk | undefined
  #careful = false
  #going = false
  #walking: Promise<void> | undefined

  private constructor(name: string, root: string, route: readonly Daemon[], disk: Disk, chance: Chance) {
    this.name = name
    this.#root = root
    this.route = route
    this.#disk = disk
    this.#chance = chance
  }

  /** Each node of its route learns where it will appear. */
  static async make(name: string, root: string, route: readonly Daemon[], chance: Chance): Promise<Stick> {
    const disk = await Disk.make(join(root, `${name}.img`), stickBytes, 'stick')
    const stick = new Stick(name, root, route, disk, chance)
    for (const daemon of route) {
      const folder = await stick.#plugIn(disk, daemon)
      await daemon.ask('folder.add', { path: folder, name })
      await disk.unmount()
    }
    return stick
  }

  /** Around its route until told to stop. */
  carry(): void {
    this.#going = true
    this.#walking = (async () => {
      while (this.#going) {
        for (const daemon of this.route) {
          await this.#stop(daemon)
          await after(this.#chance.between(50, 500))
        }
      }
    })()
    this.#walking.catch(() => {})
  }

  /** From now on nothing happens to it. */
  beCareful(): void {
    this.#careful = true
  }

  /** Rejects when it could not be carried on. */
  async stop(): Promise<void> {
    this.#going = false
    await this.#walking
  }

  async remove(): Promise<void> {
    this.#going = false
    await this.#walking?.catch(() => {})
    await this.#earlier?.remove()
    await this.#disk.remove()
  }

  async #plugIn(disk: Disk, daemon: Daemon): Promise<string> {
    const at = join(this.#root, `${daemon.name}-${this.name}`)
    await disk.mount(at)
    const folder = join(at, 'post')
    await mkdir(folder, { recursive: true })
    return folder
  }

  async #stop(daemon: Daemon): Promise<void> {
    const fate = this.#careful ? 1 : this.#chance.share()
    this.counts.stops += 1
    if (fate < 0.2) return this.#pulledAt(daemon)
    await this.#synced(this.#disk, daemon)
    if (fate < 0.3) await this.#scratch()
    else if (fate < 0.4) await this.#copyOrReplay(daemon)
  }

  async #synced(disk: Disk, daemon: Daemon): Promise<void> {
    const folder = await this.#plugIn(disk, daemon)
    // A node that does not run, or gives up, is passed by.
    const [outcome] = await daemon.ask('folder.sync', { folder }).catch(error => [{ error }])
    const error = outcome?.error as Error | undefined
    this.trouble = error === undefined ? undefined : `${this.name} at ${daemon.name}: ${error.message}`
    await disk.unmount()
  }

  async #pulledAt(daemon: Daemon): Promise<void> {
    const folder = await this.#plugIn(this.#disk, daemon)
    const syncing = daemon.ask('folder.sync', { folder }).catch(() => {})
    await after(this.#chance.between(0, pullMsMax))
    await this.#disk.pull()
    await syncing
    this.counts.pulled += 1
    if (await this.#disk.mend()) return
    this.counts.lost += 1
    await this.#disk.format('stick')
  }

  /** Some byte of some packet on it is another one now. */
  async #scratch(): Promise<void> {
    const at = join(this.#root, `table-${this.name}`)
    await this.#disk.mount(at)
    const entries = await readdir(at, { recursive: true, withFileTypes: true })
    const packets = entries.filter(entry => entry.isFile() && /^[A-Z2-7]{52}$/.test(entry.name))
    if (packets.length > 0) {
      const packet = this.#chance.pick(packets)
      const file = await open(join(packet.parentPath, packet.name), 'r+')
      const { size } = await file.stat()
      const place = this.#chance.between(0, Math.max(0, size - 1))
      const byte = Buffer.alloc(1)
      if ((await file.read(byte, 0, 1, place)).bytesRead === 1) {
        await file.write(Buffer.of((byte[0] ?? 0) ^ 0x10), 0, 1, place)
        this.counts.scratched += 1
      }
      await file.close()
    }
    await this.#disk.unmount()
  }

  /** What was on it some time ago is plugged in again: all of it has been there before. */
  async #copyOrReplay(daemon: Daemon): Promise<void> {
    const earlier = this.#earlier
    if (earlier === undefined) {
      this.#earlier = await this.#disk.copyTo(join(this.#root, `${this.name}-earlier.img`))
      return
    }
    this.#earlier = undefined
    await this.#synced(earlier, daemon)
    await earlier.remove()
    this.counts.replayed += 1
  }
}
