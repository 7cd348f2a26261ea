import { mkdir, readdir, rename, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Clock, systemClock } from '../../base/clock.ts'
import type { Log, LogFields } from '../../base/log.ts'
import { silentLog } from '../../base/log.ts'
import { parcelTransportContract, sampleNode, samplePacket } from '../contract/parcel.ts'
import type { IncomingParcel, OutgoingParcel } from '../transport.ts'
import { nodeFiles, type OpenFile } from './files.ts'
import { folderLimitsWith } from './limits.ts'
import { type FolderRig, type FolderRigOptions, folderRig } from './rig.ts'

parcelTransportContract('folder', () => folderRig())

const us = sampleNode('us')
const bob = sampleNode('bob')
const signal = new AbortController().signal
const bytes = Buffer.from('sealed')
const rigs: FolderRig[] = []

async function rig(options: FolderRigOptions = {}): Promise<FolderRig> {
  const made = await folderRig(options)
  rigs.push(made)
  return made
}

afterEach(async () => {
  for (const used of rigs.splice(0)) await used.close()
})

function outgoing(name: string): OutgoingParcel {
  const id = samplePacket(name)
  return {
    recipient: bob,
    sender: us,
    id,
    sizeBytes: bytes.length,
    async *read() {
      yield bytes
    },
  }
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

const collect = (from: FolderRig): Promise<IncomingParcel[]> => all(from.transport.collect(us, from.at, { signal }))
const drop = (to: FolderRig, name = 'a') => to.transport.drop(outgoing(name), to.at, { signal })
const systemError = (code: string) => Object.assign(new Error(`the system says ${code}`), { code })

/** `open` whose files fail in one call. */
function failing(call: 'sync' | 'writeFile', code: string): typeof nodeFiles.open {
  return async (path, flags) => {
    const file = await nodeFiles.open(path, flags)
    if (!path.endsWith('.tmp') && call === 'writeFile') return file
    const broken: OpenFile = {
      read: (buffer, offset, length, position) => file.read(buffer, offset, length, position),
      writeFile: data => (call === 'writeFile' ? Promise.reject(systemError(code)) : file.writeFile(data)),
      stat: options => file.stat(options),
      sync: () => (call === 'sync' ? Promise.reject(systemError(code)) : file.sync()),
      close: () => file.close(),
    }
    return broken
  }
}

describe('writing to a folder', () => {
  it('gives directories and files the modes that nncp-xfer gives them', async () => {
    const before = process.umask(0o027)
    try {
      const folder = await rig()
      await drop(folder)
      const modeOf = async (...names: string[]) => (await stat(join(folder.path, ...names))).mode & 0o777
      expect(await modeOf(bob)).toBe(0o750)
      expect(await modeOf(bob, us)).toBe(0o750)
      expect(await modeOf(bob, us, samplePacket('a'))).toBe(0o640)
    } finally {
      process.umask(before)
    }
  })

  it('is durable before it says so: file, then name, then directories', async () => {
    const steps: string[] = []
    const folder = await rig({
      files: {
        async open(path, flags) {
          const file = await nodeFiles.open(path, flags)
          const what = path.endsWith('.tmp') ? 'file' : path.slice(folder.path.length) === '' ? 'root' : 'directory'
          return new Proxy(file, {
            get(target, key) {
              if (key === 'sync') steps.push(`sync ${what}`)
              const value: unknown = Reflect.get(target, key)
              return typeof value === 'function' ? value.bind(target) : value
            },
          })
        },
        async rename(from, to) {
          steps.push('rename')
          await nodeFiles.rename(from, to)
        },
      },
    })
    await drop(folder)
    expect(steps).toEqual(['sync root', 'sync directory', 'sync file', 'rename', 'sync directory'])
  })

  it('writes under a name that Syncthing, nncp-xfer and we take for nothing', async () => {
    const folder = await rig()
    let during: readonly string[] = []
    const parcel: OutgoingParcel = {
      ...outgoing('a'),
      async *read() {
        during = await folder.list()
        yield bytes
      },
    }
    await folder.transport.drop(parcel, folder.at, { signal })
    expect(during).toHaveLength(1)
    expect(during[0]).toMatch(/\/\.syncthing\.posthorn-[0-9a-f]{16}-1\.tmp$/)
  })

  it.each(['EINVAL', 'ENOTSUP', 'EBADF'])('accepts a file system without fsync for directories (%s)', async code => {
    const open: typeof nodeFiles.open = async (path, flags) =>
      path.endsWith('.tmp') ? nodeFiles.open(path, flags) : failing('sync', code)(path, flags)
    const folder = await rig({ files: { open } })
    expect(await drop(folder)).toBe('written')
  })

  it.each([
    ['ENOSPC', 'medium-full'],
    ['EDQUOT', 'medium-full'],
    ['EROFS', 'medium-read-only'],
    ['EFBIG', 'medium-file-too-big'],
    ['EIO', 'medium-failed'],
    ['ENODEV', 'medium-gone'],
  ])('removes what it began when the system says %s, and says %s', async (code, meaning) => {
    const folder = await rig({ files: { open: failing('writeFile', code) } })
    await expect(drop(folder)).rejects.toMatchObject({ code: meaning, retry: 'later' })
    expect(await folder.list()).toEqual([])
  })

  it('does not say written when the file could not be made durable', async () => {
    const folder = await rig({ files: { open: failing('sync', 'EIO') } })
    await expect(drop(folder)).rejects.toMatchObject({ code: 'medium-failed' })
    expect(await folder.list()).toEqual([])
  })

  it('says in words how much room is missing', async () => {
    const folder = await rig()
    folder.setFreeBytes(500_000)
    await expect(drop(folder)).rejects.toThrow(/1\.0 MB are needed and 500 kB are free/)
    expect(await readdir(folder.path)).toEqual([])
  })

  it('clears away what an earlier process never finished, and nobody else’s temporary files', async () => {
    const folder = await rig()
    const place = `${bob}/${us}`
    const kept = [`${place}/.syncthing.${samplePacket('x')}.tmp`, `${place}/nncpxfer18ea33c41f36dd2e`]
    await folder.plant(`${place}/.syncthing.posthorn-0011223344556677-1.tmp`, bytes)
    for (const name of kept) await folder.plant(name, bytes)
    expect(await all(folder.transport.placed(us, bob, folder.at, { signal }))).toEqual([])
    expect(await folder.list()).toEqual([...kept].sort())
  })

  it('refuses a limit that is no number', () => {
    expect(() => folderLimitsWith({ pollMs: Number.NaN })).toThrow(/pollMs/)
    expect(() => folderLimitsWith({ entriesPerSyncMax: 1 })).toThrow(/entriesPerSyncMax/)
  })

  it('says which packet cannot be read', async () => {
    const folder = await rig({ files: { open: () => Promise.reject(systemError('EACCES')) } })
    await folder.plant(`${us}/${bob}/${samplePacket('a')}`, bytes)
    const [parcel] = await collect(folder)
    if (parcel === undefined) return expect.unreachable('nothing was collected')
    await expect(all(parcel.read())).rejects.toMatchObject({ code: 'medium-unreadable', retry: 'later' })
    expect(await folder.list()).toEqual([`${us}/${bob}/${samplePacket('a')}`])
  })

  it('refuses a URL that names no folder of this machine', async () => {
    const folder = await rig()
    const dropped = folder.transport.drop(outgoing('a'), new URL('file://server/share'), { signal })
    await expect(dropped).rejects.toMatchObject({ code: 'bad-folder-url', retry: 'never' })
  })
})

describe('a folder with very many files', () => {
  const limits = { entriesPerSyncMax: 10 }

  it('is looked at in parts, each sync going on where the last one stopped', async () => {
    const folder = await rig({ limits })
    const ids = Array.from({ length: 35 }, (_, number) => samplePacket(`many ${number}`))
    for (const [number, id] of ids.entries()) await folder.plant(`${us}/${sampleNode(`n${number % 3}`)}/${id}`, bytes)
    const seen = new Set<string>()
    for (let sync = 0; sync < 5; sync += 1) {
      const found = await collect(folder)
      expect(found.length).toBeLessThanOrEqual(10)
      for (const { id } of found) seen.add(id)
    }
    expect([...seen].sort()).toEqual([...ids].sort())
    expect((await collect(folder)).length).toBeGreaterThan(0)
  })

  it('is emptied in parts', async () => {
    const folder = await rig({ limits })
    for (let number = 0; number < 35; number += 1) {
      await folder.plant(`${us}/${bob}/${samplePacket(`many ${number}`)}`, bytes)
    }
    for (let sync = 0; sync < 4; sync += 1) {
      for await (const parcel of folder.transport.collect(us, folder.at, { signal }))
        await parcel.settle({ kind: 'taken' })
    }
    expect(await folder.list()).toEqual([])
  })

  it('wakes the watch again while there is more', async () => {
    const folder = await rig({ limits })
    for (let number = 0; number < 15; number += 1)
      await folder.plant(`${us}/${bob}/${samplePacket(`m${number}`)}`, bytes)
    const cancel = new AbortController()
    const seen = new Set<string>()
    for await (const _ of folder.transport.watch(folder.at, { signal: cancel.signal })) {
      for (const { id } of await collect(folder)) seen.add(id)
      if (seen.size === 15) cancel.abort()
    }
    expect(seen.size).toBe(15)
  })
})

describe('watching a folder', () => {
  it('does not wake for temporary files of its own', async () => {
    let heard = (_name: string): void => {}
    let debounces = 0
    const watch: typeof nodeFiles.watch = (_path, changed) => {
      heard = changed
      return { close: () => {} }
    }
    const clock: Clock = {
      now: () => systemClock.now(),
      sleep(delayMs, until) {
        if (delayMs === 5) debounces += 1
        return systemClock.sleep(delayMs, until)
      },
    }
    const folder = await rig({ files: { watch }, clock, limits: { debounceMs: 5 } })
    const cancel = new AbortController()
    const changes = folder.transport.watch(folder.at, { signal: cancel.signal })[Symbol.asyncIterator]()
    await changes.next()
    const next = changes.next()
    const { during } = await withTemporaryName(folder)
    heard(during)
    await new Promise(resolve => setImmediate(resolve))
    expect(debounces).toBe(1)
    heard(samplePacket('a'))
    await next
    expect(debounces).toBe(2)
    cancel.abort()
    await changes.next()
  })

  /** The name under which a packet is written. */
  async function withTemporaryName(folder: FolderRig): Promise<{ during: string }> {
    let during = ''
    const parcel: OutgoingParcel = {
      ...outgoing('a'),
      async *read() {
        during = basename((await folder.list())[0] ?? '')
        yield bytes
      },
    }
    await folder.transport.drop(parcel, folder.at, { signal })
    return { during }
  }

  it('wakes now and then when the system announces nothing', async () => {
    const warnings: LogFields[] = []
    const log: Log = { ...silentLog, warn: (_message, fields) => warnings.push(fields ?? {}) }
    const watch = () => {
      throw systemError('ENOSPC')
    }
    const folder = await rig({ files: { watch }, limits: { rescanMs: 10 }, log })
    const cancel = new AbortController()
    let wakes = 0
    for await (const _ of folder.transport.watch(folder.at, { signal: cancel.signal })) {
      wakes += 1
      if (wakes === 3) cancel.abort()
    }
    expect(warnings).toHaveLength(1)
  })

  it('survives that the folder is deleted and made again', async () => {
    const folder = await rig()
    const cancel = new AbortController()
    const changes = folder.transport.watch(folder.at, { signal: cancel.signal })[Symbol.asyncIterator]()
    await changes.next()
    await rename(folder.path, join(folder.outside, 'old'))
    await mkdir(folder.path)
    await changes.next()
    await folder.plant(`${us}/${bob}/${samplePacket('a')}`, bytes)
    await changes.next()
    cancel.abort()
    await changes.next()
  })

  it('listens to a new directory before it wakes anybody', async () => {
    const listened = new Set<string>()
    const watch: typeof nodeFiles.watch = (path, changed, failed) => {
      listened.add(path)
      return nodeFiles.watch(path, changed, failed)
    }
    const folder = await rig({ files: { watch } })
    const cancel = new AbortController()
    const changes = folder.transport.watch(folder.at, { signal: cancel.signal })[Symbol.asyncIterator]()
    await changes.next()
    const place = join(folder.path, us, bob)
    await mkdir(place, { recursive: true })
    while (!listened.has(place)) await changes.next()
    await writeFile(join(place, samplePacket('a')), bytes)
    await changes.next()
    cancel.abort()
    await changes.next()
  })
})
