/** Disks and sticks: ext4 in a file, mounted through a loop device, so that it can be filled, pulled out and copied. */
import { copyFile, mkdir, open, rename, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { after } from './chance.ts'
import { running, succeeds, wireProgram } from './machine.ts'

const ejectTriesMax = 100
const ejectPauseMs = 50

export class Disk {
  readonly image: string
  #mountedAt: string | undefined

  private constructor(image: string) {
    this.image = image
  }

  /** A stick has no journal, as those in pockets. */
  static async make(image: string, sizeBytes: number, kind: 'disk' | 'stick'): Promise<Disk> {
    const file = await open(image, 'wx')
    await file.truncate(sizeBytes)
    await file.close()
    const disk = new Disk(image)
    await disk.format(kind)
    return disk
  }

  async format(kind: 'disk' | 'stick'): Promise<void> {
    await running(kind === 'disk' ? 'mkfs.ext4' : 'mkfs.ext2', ['-q', '-F', '-m', '0', this.image])
  }

  async mount(at: string): Promise<void> {
    await mkdir(at, { recursive: true })
    await running('mount', ['-t', 'ext4', '-o', 'loop,noatime', this.image, at])
    this.#mountedAt = at
  }

  /** As people eject a stick. Whoever does not let go of it within the time is left behind with errors. */
  async unmount(): Promise<void> {
    const at = this.#mountedAt
    if (at === undefined) return
    for (let tries = 0; tries < ejectTriesMax; tries += 1) {
      if (await succeeds('umount', [at])) {
        this.#mountedAt = undefined
        return
      }
      await after(ejectPauseMs)
    }
    await this.pull()
    await this.mend()
  }

  /** Out in the middle of everything: what was not flushed is lost, and whoever still has it open gets errors. */
  async pull(): Promise<void> {
    const at = this.#mountedAt
    if (at === undefined) return
    await running('python3', [wireProgram, '--shutdown', at])
    this.#mountedAt = undefined
    await running('umount', ['--lazy', at])
    await this.#becomeCopy()
  }

  /** A power cut for a disk: as `pull`, but nobody has it open any more when this resolves. `gone` ends them. */
  async cutPower(gone: () => Promise<void>): Promise<string> {
    const at = this.#mountedAt
    if (at === undefined) throw new Error('no power to cut')
    await running('python3', [wireProgram, '--shutdown', at])
    await gone()
    await this.unmount()
    // Whoever took the mounts into a namespace of their own meanwhile keeps that dead one alive.
    await this.#becomeCopy()
    return at
  }

  /** After a pull. False when it is past mending. */
  async mend(): Promise<boolean> {
    return succeeds('sh', ['-c', 'fsck.ext4 -f -y "$0" >/dev/null 2>&1; test $? -lt 4', this.image])
  }

  copyTo(image: string): Promise<Disk> {
    return copied(this.image, image).then(() => new Disk(image))
  }

  /** Leaves this much room. Whoever fills it up owns a file of that size, and no block is written. */
  async fill(freeBytes: number): Promise<void> {
    if (this.#mountedAt === undefined) return
    const { bavail, bsize } = await statfs(this.#mountedAt)
    const size = Math.max(bsize, bavail * bsize - freeBytes)
    // What others take meanwhile may make it too large; smaller ones are tried then.
    await succeeds('fallocate', ['--length', String(size), join(this.#mountedAt, 'filler')])
  }

  /** Flushed: a power cut would bring it back, and nobody would look after it any more. */
  async empty(): Promise<void> {
    if (this.#mountedAt === undefined) return
    await rm(join(this.#mountedAt, 'filler'), { force: true })
    await succeeds('sync', ['--file-system', this.#mountedAt])
  }

  async remove(): Promise<void> {
    await this.unmount()
    await rm(this.image, { force: true })
  }

  /** The old file stays with those who still have it open: what is on it now is mounted from another one. */
  async #becomeCopy(): Promise<void> {
    await copied(this.image, `${this.image}.copy`)
    await rename(`${this.image}.copy`, this.image)
  }
}

async function copied(from: string, to: string): Promise<void> {
  if (!(await succeeds('cp', ['--sparse=always', from, to]))) await copyFile(from, to)
}
