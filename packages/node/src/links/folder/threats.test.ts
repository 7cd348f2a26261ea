/** The rows "stick, folder" of the threats a node must withstand, one test each. */
import { execFileSync } from 'node:child_process'
import { appendFile, mkdir, readFile, rename, rm, stat, symlink, truncate, unlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { sampleNode, samplePacket } from '../contract/parcel.ts'
import type { IncomingParcel, OutgoingParcel } from '../transport.ts'
import { nodeFiles } from './files.ts'
import { type FolderRig, type FolderRigOptions, filesBelow, folderRig } from './rig.ts'

const us = sampleNode('us')
const bob = sampleNode('bob')
const eve = sampleNode('eve')
const signal = new AbortController().signal
const bytes = Buffer.alloc(400_000, 5)
const id = samplePacket('a')
const rigs: FolderRig[] = []

async function rig(options: FolderRigOptions = {}): Promise<FolderRig> {
  const made = await folderRig(options)
  rigs.push(made)
  return made
}

afterEach(async () => {
  for (const used of rigs.splice(0)) await used.close()
})

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

const collect = (from: FolderRig): Promise<IncomingParcel[]> => all(from.transport.collect(us, from.at, { signal }))

async function collectOne(from: FolderRig): Promise<IncomingParcel> {
  const [parcel, ...others] = await collect(from)
  if (parcel === undefined || others.length > 0) return expect.unreachable('not exactly one packet was found')
  return parcel
}

function outgoing(
  read = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes
  },
): OutgoingParcel {
  return { recipient: bob, sender: us, id, sizeBytes: bytes.length, read }
}

const drop = (to: FolderRig, parcel = outgoing()) => to.transport.drop(parcel, to.at, { signal })

describe('what has the name of a packet but is none', () => {
  it('symlink: never followed, neither to read nor to write nor to remove', async () => {
    const folder = await rig()
    await writeFile(join(folder.outside, 'secret'), bytes)
    await mkdir(join(folder.path, us, bob), { recursive: true })
    await symlink(join(folder.outside, 'secret'), join(folder.path, us, bob, id))
    expect(await collect(folder)).toEqual([])
    await mkdir(join(folder.path, bob, us), { recursive: true })
    await symlink(join(folder.outside, 'made'), join(folder.path, bob, us, id))
    await expect(drop(folder)).rejects.toMatchObject({ code: 'medium-obstructed' })
    await folder.transport.retire(outgoing(), folder.at, { signal })
    expect(await folder.list()).toEqual([`${bob}/${us}/${id}`, `${us}/${bob}/${id}`].sort())
    expect(await filesBelow(folder.outside)).toEqual(['secret'])
  })

  it('FIFO, socket, directory: passed over without opening them', async () => {
    const folder = await rig()
    const place = join(folder.path, us, bob)
    await mkdir(join(place, samplePacket('directory')), { recursive: true })
    execFileSync('mkfifo', [join(place, samplePacket('fifo'))])
    const server = createServer()
    const shorter = join(folder.outside, 's')
    await new Promise<void>(resolve => server.listen(shorter, resolve))
    await rename(shorter, join(place, samplePacket('socket')))
    expect(await collect(folder)).toEqual([])
    await new Promise(resolve => server.close(resolve))
  })

  it('device: passed over without opening it', async context => {
    const folder = await rig()
    const place = join(folder.path, us, bob)
    await mkdir(place, { recursive: true })
    try {
      execFileSync('mknod', [join(place, id), 'c', '1', '5'], { stdio: 'pipe' })
    } catch {
      context.skip('devices can only be made as root')
    }
    expect(await collect(folder)).toEqual([])
  })

  it('FIFO put in the place of a packet after it was found: not waited for', async () => {
    const folder = await rig()
    await folder.plant(`${us}/${bob}/${id}`, bytes)
    const parcel = await collectOne(folder)
    await unlink(join(folder.path, us, bob, id))
    execFileSync('mkfifo', [join(folder.path, us, bob, id)])
    await expect(all(parcel.read())).rejects.toMatchObject({ code: 'changed-while-read' })
  })
})

describe('what has the name of a directory but is none', () => {
  it.each(['sender', 'recipient'])('symlink as %s: nothing is read, made or removed behind it', async which => {
    const folder = await rig()
    const inside = join(folder.outside, which === 'sender' ? '' : us)
    await mkdir(inside, { recursive: true })
    await writeFile(join(inside, id), bytes)
    if (which === 'sender') await mkdir(join(folder.path, bob))
    await symlink(folder.outside, which === 'sender' ? join(folder.path, bob, us) : join(folder.path, bob))
    const before = await filesBelow(folder.outside)
    const theirs = all(folder.transport.collect(bob, folder.at, { signal }))
    if (which === 'sender') expect(await theirs).toEqual([])
    else await expect(theirs).rejects.toMatchObject({ code: 'medium-obstructed' })
    await expect(drop(folder)).rejects.toMatchObject({ code: 'medium-obstructed' })
    const placed = all(folder.transport.placed(us, bob, folder.at, { signal }))
    await expect(placed).rejects.toMatchObject({ code: 'medium-obstructed' })
    const retired = folder.transport.retire(outgoing(), folder.at, { signal })
    await expect(retired).rejects.toMatchObject({ code: 'medium-obstructed' })
    expect(await filesBelow(folder.outside)).toEqual(before)
  })

  it('symlink put in the place of a directory while a packet is written: the packet does not go there', async () => {
    const folder = await rig()
    const parcel = outgoing(async function* () {
      yield bytes.subarray(0, 1000)
      await rename(join(folder.path, bob, us), join(folder.path, 'aside'))
      await symlink(folder.outside, join(folder.path, bob, us))
      yield bytes.subarray(1000)
    })
    await expect(drop(folder, parcel)).rejects.toMatchObject({ code: 'medium-obstructed' })
    expect(await filesBelow(folder.outside)).toEqual([])
  })

  it('symlink put in the place of a directory after a packet was found: nothing is read or removed there', async () => {
    const folder = await rig()
    await folder.plant(`${us}/${bob}/${id}`, bytes)
    const parcel = await collectOne(folder)
    await rename(join(folder.path, us, bob), join(folder.outside, 'moved'))
    await symlink(join(folder.outside, 'moved'), join(folder.path, us, bob))
    await expect(all(parcel.read())).rejects.toMatchObject({ code: 'medium-obstructed' })
    await expect(parcel.settle({ kind: 'taken' })).rejects.toMatchObject({ code: 'medium-obstructed' })
    expect(await filesBelow(folder.outside)).toEqual([join('moved', id)])
  })

  it('file as recipient: a clear word, and the file stays', async () => {
    const folder = await rig()
    await writeFile(join(folder.path, bob), 'a file')
    await expect(drop(folder)).rejects.toThrow(/should be a folder of packets but is a link or a file/)
    expect(await readFile(join(folder.path, bob), 'utf8')).toBe('a file')
  })
})

describe('names', () => {
  it('.., control characters, not UTF-8, 255 bytes, not Base32, case twins: passed over and untouched', async () => {
    const folder = await rig()
    const place = join(folder.path, us, bob)
    await mkdir(place, { recursive: true })
    const hostile = ['..a', '...', ' ', '\n', '\u001b[2J', 'a'.repeat(255), '8'.repeat(52), id.toLowerCase(), `${id}=`]
    for (const name of hostile) await writeFile(join(place, name), bytes)
    const raw = Buffer.concat([Buffer.from(`${place}/`), Buffer.alloc(52, 0xff)])
    await writeFile(raw, bytes)
    await writeFile(join(place, id), bytes)
    expect((await collectOne(folder)).id).toBe(id)
    expect(await folder.list()).toHaveLength(hostile.length + 2)
  })

  it('Base32 whose unused bits are set names no packet: two names for one hash are not possible', async () => {
    const folder = await rig()
    await folder.plant(`${us}/${bob}/${'A'.repeat(51)}B`, bytes)
    expect(await collect(folder)).toEqual([])
  })

  it('Syncthing’s conflict copies, markers, versions and temporary files: passed over and untouched', async () => {
    const folder = await rig()
    const names = [
      `${us}/${bob}/${id}.sync-conflict-20260101-120000-ABCDEFG`,
      `${us}/${bob}/.syncthing.${id}.tmp`,
      `${us}/${bob}/~syncthing~${id}.tmp`,
      `.stfolder/marker`,
      `.stversions/${us}/${bob}/${id}`,
      '.stignore',
    ]
    for (const name of names) await folder.plant(name, bytes)
    expect(await collect(folder)).toEqual([])
    expect(await folder.list()).toEqual([...names].sort())
  })
})

describe('a file that changes', () => {
  it.each([
    ['cut', (path: string) => truncate(path, 200_000)],
    ['grown', (path: string) => appendFile(path, 'more')],
    ['overwritten', (path: string) => writeFile(path, Buffer.alloc(bytes.length, 6))],
  ])('%s while it is read: said at the end, and left alone', async (_how, change) => {
    const folder = await rig()
    await folder.plant(`${us}/${bob}/${id}`, bytes)
    const parcel = await collectOne(folder)
    const read = async () => {
      let chunks = 0
      for await (const _ of parcel.read()) {
        chunks += 1
        if (chunks === 1) await change(join(folder.path, us, bob, id))
      }
    }
    await expect(read()).rejects.toMatchObject({ code: 'changed-while-read', retry: 'later' })
    await parcel.settle({ kind: 'taken' })
    expect(await folder.list()).toEqual([`${us}/${bob}/${id}`])
  })

  it('replaced by another file between check and read: not read', async () => {
    const folder = await rig()
    await folder.plant(`${us}/${bob}/${id}`, bytes)
    const parcel = await collectOne(folder)
    await folder.plant(`${us}/${bob}/other`, bytes)
    await rename(join(folder.path, us, bob, 'other'), join(folder.path, us, bob, id))
    await expect(all(parcel.read())).rejects.toMatchObject({ code: 'changed-while-read' })
  })

  it('gone between check and read: not an error of the medium', async () => {
    const folder = await rig()
    await folder.plant(`${us}/${bob}/${id}`, bytes)
    const parcel = await collectOne(folder)
    await unlink(join(folder.path, us, bob, id))
    await expect(all(parcel.read())).rejects.toMatchObject({ code: 'changed-while-read' })
    await parcel.settle({ kind: 'taken' })
  })
})

describe('sizes', () => {
  it('a 100 GB file: found with its size, not read', async () => {
    const folder = await rig()
    await folder.plant(`${us}/${bob}/${id}`, bytes)
    await truncate(join(folder.path, us, bob, id), 100_000_000_000)
    const parcel = await collectOne(folder)
    expect(parcel.sizeBytes).toBe(100_000_000_000)
    await expect(all(parcel.read())).rejects.toMatchObject({ code: 'too-large', retry: 'never' })
    expect((await stat(join(folder.path, us, bob, id))).size).toBe(100_000_000_000)
  })

  it('many tiny foreign files: not looked at', async () => {
    const looked: string[] = []
    const lstat: typeof nodeFiles.lstat = path => {
      looked.push(path)
      return nodeFiles.lstat(path)
    }
    const folder = await rig({ files: { lstat } })
    for (let number = 0; number < 200; number += 1)
      await folder.plant(`${eve}/${bob}/${samplePacket(`${number}`)}`, bytes)
    const before = await folder.list()
    expect(await collect(folder)).toEqual([])
    expect(looked.filter(path => path.includes(eve))).toEqual([])
    expect(await folder.list()).toEqual(before)
  })
})

describe('a stick', () => {
  it('removed in the middle of a file: says so, and makes nothing in its place', async () => {
    const folder = await rig()
    const parcel = outgoing(async function* () {
      yield bytes.subarray(0, 1000)
      await folder.unplug()
      yield bytes.subarray(1000)
    })
    await expect(drop(folder, parcel)).rejects.toMatchObject({ code: 'medium-gone' })
    expect(await folder.transport.ready(folder.at)).toBe(false)
    await folder.plugIn()
    expect((await folder.list()).filter(name => !name.endsWith('.tmp'))).toEqual([])
    expect(await drop(folder)).toBe('written')
  })

  it('pulled just while it is looked at: when it is back, it is there', async () => {
    let pulled = false
    let pulls = 0
    const folder: FolderRig = await rig({
      files: {
        stat: async path => {
          const stats = await nodeFiles.stat(path)
          // The stick is the folder around the one that was named: pulled, its place lies on another device.
          if (path !== folder.path) return pulled ? Object.assign(stats, { dev: stats.dev + 1n }) : stats
          pulled = pulls === 0
          pulls += 1
          return stats
        },
      },
    })
    expect(await folder.transport.ready(folder.at)).toBe(false)
    pulled = false
    expect(await folder.transport.ready(folder.at)).toBe(true)
    expect(await drop(folder)).toBe('written')
  })

  const mount = (path: string, options: string) =>
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' })
  const umount = (path: string) => execFileSync('umount', [path], { stdio: 'pipe' })

  /** Runs `task` with a real small stick, or skips where this machine lets nobody mount one. */
  async function withStick(skip: (why: string) => void, task: (folder: FolderRig) => Promise<void>): Promise<void> {
    const folder = await rig()
    try {
      mount(folder.path, 'size=2m')
    } catch {
      return skip('a file system can only be mounted as root')
    }
    try {
      await task(folder)
    } finally {
      try {
        umount(folder.path)
      } catch {
        // The test has done it.
      }
    }
  }

  it('full: a clear word, nothing half-written, and it goes on when there is room', async context => {
    await withStick(context.skip, async folder => {
      await writeFile(join(folder.path, 'films'), Buffer.alloc(1_000_000))
      await expect(drop(folder)).rejects.toMatchObject({ code: 'medium-full' })
      expect(await folder.list()).toEqual(['films'])
      await rm(join(folder.path, 'films'))
      expect(await drop(folder)).toBe('written')
    })
  })

  it('filled by another while we write: what was begun is removed', async context => {
    await withStick(context.skip, async folder => {
      const parcel = outgoing(async function* () {
        yield bytes.subarray(0, 1000)
        await writeFile(join(folder.path, 'films'), Buffer.alloc(3_000_000)).catch(() => {})
        yield bytes.subarray(1000)
      })
      await expect(drop(folder, parcel)).rejects.toMatchObject({ code: 'medium-full' })
      expect(await folder.list()).toEqual(['films'])
    })
  })

  it('read-only: packets are read, and what cannot be changed is said', async context => {
    await withStick(context.skip, async folder => {
      await folder.plant(`${us}/${bob}/${id}`, bytes)
      mount(folder.path, 'remount,ro')
      const parcel = await collectOne(folder)
      expect(Buffer.concat(await all(parcel.read())).equals(bytes)).toBe(true)
      await expect(parcel.settle({ kind: 'taken' })).rejects.toMatchObject({ code: 'medium-read-only' })
      await expect(parcel.settle({ kind: 'bad', reason: '' })).rejects.toMatchObject({ code: 'medium-read-only' })
      await expect(drop(folder)).rejects.toMatchObject({ code: 'medium-read-only' })
    })
  })

  it('unmounted: the empty directory that stays is not filled', async context => {
    await withStick(context.skip, async folder => {
      expect(await folder.transport.ready(folder.at)).toBe(true)
      umount(folder.path)
      expect(await folder.transport.ready(folder.at)).toBe(false)
      await expect(drop(folder)).rejects.toMatchObject({ code: 'medium-gone' })
      expect(await folder.list()).toEqual([])
    })
  })
})
