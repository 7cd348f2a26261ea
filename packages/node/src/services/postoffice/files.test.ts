import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PlainHeader, textPath } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { FileRules } from '../../stores/directory/index.ts'
import { defaultFileRules } from '../../stores/directory/index.ts'
import { takeFile } from './handlers/file.ts'
import { carry, Office, queueOf, streamOf } from './rig.ts'

const never = new AbortController().signal
const mebibyte = 1024 * 1024

describe('files between post offices', () => {
  let valley: Office
  let ridge: Office
  let scratch: string

  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'posthorn-files-'))
    valley = await Office.open('valley', [])
    ridge = await Office.open('ridge', [])
    await valley.knows(ridge)
    await ridge.knows(valley)
  })
  afterEach(async () => {
    await valley.stop()
    await ridge.stop()
    await rm(scratch, { recursive: true, force: true })
  })

  const setAside = async (office: Office) => (await office.spool.quarantine.list(100)).map(entry => entry.reason)
  const rules = (office: Office, other: Office, change: Partial<FileRules>) =>
    office.directory.files.set(other.identity.id, { ...defaultFileRules, ...change })

  async function send(name: string, bytes: Uint8Array, more: { chunkBytes?: number; minimumSizeBytes?: number } = {}) {
    const to = await valley.directory.neighbours.byName('ridge')
    if (to === undefined) throw new Error('no neighbour')
    const { chunkBytes = null, minimumSizeBytes = 0 } = more
    const file = { to, name, body: streamOf(bytes), niceness: 224, chunkBytes, minimumSizeBytes }
    return valley.office.sendFile(file, never)
  }

  async function request(source: string, name: string, replyNiceness = 200) {
    const to = await valley.directory.neighbours.byName('ridge')
    if (to === undefined) throw new Error('no neighbour')
    return valley.office.requestFile({ to, source, name, niceness: 160, replyNiceness }, never)
  }

  const received = (name: string) => readFile(join(ridge.files, 'valley', name))

  it('a file is sealed, carried, placed and acknowledged', async () => {
    expect(await send('dir/note', Buffer.from('hello'))).toMatchObject({ packets: 1, bytes: 5 })
    await carry(valley, ridge)
    expect((await received('dir/note')).toString()).toBe('hello')
    expect(await setAside(ridge)).toEqual([])
    await carry(ridge, valley)
    expect(await queueOf(valley, ridge)).toEqual([])
  })

  it('a packet that comes twice makes one file', async () => {
    await send('note', Buffer.from('hello'))
    await carry(valley, ridge)
    await carry(valley, ridge)
    expect(await readdir(join(ridge.files, 'valley'))).toEqual(['note'])
  })

  it('chunks travel as packets of their own, in any order, and come together', async () => {
    const bytes = randomBytes(5 * 65_536 + 17)
    const sent = await send('large', bytes, { chunkBytes: 65_536, minimumSizeBytes: 70_000 })
    expect(sent).toMatchObject({ packets: 7, bytes: bytes.length })
    const queue = await queueOf(valley, ridge)
    expect(queue.every(packet => packet.sizeBytes >= 70_000)).toBe(true)
    for (const { id } of [...queue].reverse()) {
      const body = await valley.spool.outbox.open(id)
      if (body !== undefined) await ridge.arrive({ bytes: body.read(), sender: valley.identity.id })
    }
    expect(Buffer.compare(await received('large'), bytes)).toBe(0)
    expect((await readdir(join(ridge.files, 'valley'))).sort()).toEqual(['.posthorn-parts', 'large'])
  })

  it('where chunks are left alone they come as they are', async () => {
    await rules(ridge, valley, { reassembles: false })
    await send('x', Buffer.from('content'), { chunkBytes: 65_536 })
    await carry(valley, ridge)
    expect((await readdir(join(ridge.files, 'valley'))).sort()).toEqual(['x.nncp.chunk0', 'x.nncp.meta'])
  })

  it.each(['../x', '/etc/x', 'a/../../x', 'x\u001b[2J', '.posthorn-parts/x'])(
    'a file named %j is set aside, and ours',
    async name => {
      const plain: PlainHeader = { type: 'file', niceness: 224, path: textPath(name) }
      await ridge.arrive({ bytes: valley.seal(ridge, plain, streamOf(Buffer.from('x'))), sender: valley.identity.id })
      expect(await setAside(ridge)).toEqual([expect.stringContaining('a file that was not taken')])
      const entries = await readdir(ridge.files, { recursive: true }).catch(() => [])
      expect(entries).toEqual([])
      expect(await queueOf(ridge, valley)).toMatchObject([{ kind: 'ack' }])
    },
  )

  it('a packet that was cut or altered leaves nothing in the folder', async () => {
    const plain: PlainHeader = { type: 'file', niceness: 224, path: textPath('x') }
    const whole: Uint8Array[] = []
    for await (const chunk of valley.seal(ridge, plain, streamOf(new Uint8Array(300_000)))) whole.push(chunk)
    const bytes = Buffer.concat(whole)
    for (const end of [bytes.length - 1, 200_000]) {
      await ridge.arrive({ bytes: streamOf(bytes.subarray(0, end)), sender: valley.identity.id })
    }
    expect(await setAside(ridge)).toHaveLength(2)
    expect(await readdir(join(ridge.files, 'valley'))).toEqual([])
    expect(await queueOf(ridge, valley)).toEqual([])
  })

  it('one who may not send keeps what it sent', async () => {
    await rules(ridge, valley, { takesFiles: false })
    await send('x', Buffer.from('x'))
    await carry(valley, ridge)
    expect(await setAside(ridge)).toEqual([expect.stringContaining('posthorn neighbour set valley --incoming')])
    expect(await queueOf(ridge, valley)).toEqual([])
  })

  it('a file out of an area comes into the folder of that', async () => {
    const folder = join(scratch, 'area')
    const { id: sender } = valley.identity
    const file = {
      ...{ id: 'A'.repeat(52), sender, origin: ridge.identity.id, folder, makeFolder: true, reassembles: true },
      ...{ path: textPath('news'), sizeBytes: 3, body: streamOf(Buffer.from('new')) },
    }
    const outcome = await takeFile({ incoming: ridge.incoming, now: () => 5 }, file, never)
    expect(outcome).toMatchObject({ kind: 'done', fields: { placed: join(folder, 'news') } })
    expect(await ridge.incoming.list(1)).toMatchObject([{ sender, at: 5 }])
  })

  it('files wait for the folder that a person named', async () => {
    const folder = join(scratch, 'later')
    await rules(ridge, valley, { incoming: folder })
    await send('x', Buffer.from('x'))
    await carry(valley, ridge)
    expect((await ridge.spool.inbox.summary()).packets).toBe(1)
    await mkdir(folder)
    await expect
      .poll(
        async () => {
          ridge.office.arrived()
          await ridge.settled()
          return readdir(folder)
        },
        { timeout: 20_000 },
      )
      .toEqual(['x'])
  })

  it('nothing of a send that fails stays', async () => {
    await expect(send('x'.repeat(250), Buffer.from('x'), { chunkBytes: 65_536 })).rejects.toMatchObject({
      code: 'bad-file-name',
    })
    await expect(send('x', Buffer.from('x'), { chunkBytes: 1 })).rejects.toMatchObject({ code: 'chunk-too-small' })
    await expect(send('x', new Uint8Array(9 * mebibyte))).rejects.toMatchObject({ code: 'too-large' })
    const to = await valley.directory.neighbours.byName('ridge')
    if (to === undefined) throw new Error('no neighbour')
    let released = false
    async function* broken() {
      try {
        yield new Uint8Array(200_000)
        throw new Error('the source failed')
      } finally {
        released = true
      }
    }
    const file = { to, name: 'x', body: broken(), niceness: 224, minimumSizeBytes: 0, chunkBytes: 65_536 }
    await expect(valley.office.sendFile(file, never)).rejects.toThrow('the source failed')
    expect(released).toBe(true)
    expect(await queueOf(valley, ridge)).toEqual([])
  })

  describe('requests', () => {
    let offered: string
    beforeEach(async () => {
      offered = join(scratch, 'offered')
      await mkdir(join(offered, 'dir'), { recursive: true })
      await writeFile(join(offered, 'dir', 'song'), 'la la la')
      await writeFile(join(scratch, 'secret'), 'secret')
      await symlink('../secret', join(offered, 'out'))
      await symlink('dir/song', join(offered, 'in'))
    })

    const requested = (name: string) => readFile(join(valley.files, 'ridge', name), 'utf8')
    const exchange = async () => {
      await carry(valley, ridge)
      await carry(ridge, valley)
    }

    it('are given as files, under the name and niceness asked for', async () => {
      await rules(ridge, valley, { requestPath: offered })
      await request('dir/song', 'my/song', 77)
      await carry(valley, ridge)
      const [file] = (await queueOf(ridge, valley)).filter(packet => packet.kind === 'letter')
      expect(file?.niceness).toBe(77)
      await carry(ridge, valley)
      expect(await requested('my/song')).toBe('la la la')
      await request('in', 'linked')
      await exchange()
      expect(await requested('linked')).toBe('la la la')
      expect(await setAside(ridge)).toEqual([])
    })

    it('are given once when the request comes twice', async () => {
      await rules(ridge, valley, { requestPath: offered })
      await request('dir/song', 'song')
      await carry(valley, ridge)
      await carry(valley, ridge)
      await carry(ridge, valley)
      expect(await readdir(join(valley.files, 'ridge'))).toEqual(['song'])
    })

    it('are given in chunks, and padded, where that is set', async () => {
      const bytes = randomBytes(200_000)
      await writeFile(join(offered, 'large'), bytes)
      await rules(ridge, valley, { requestPath: offered, requestChunkBytes: 65_536, requestMinimumBytes: 66_600 })
      await request('large', 'large')
      await carry(valley, ridge)
      const files = (await queueOf(ridge, valley)).filter(packet => packet.kind === 'letter')
      expect(files).toHaveLength(5)
      expect(files.every(packet => packet.sizeBytes >= 66_600)).toBe(true)
      await carry(ridge, valley)
      const hash = (found: Uint8Array) => createHash('sha256').update(found).digest('hex')
      expect(hash(await readFile(join(valley.files, 'ridge', 'large')))).toBe(hash(bytes))
    })

    it('for a folder are answered by an archive', async () => {
      await rules(ridge, valley, { requestPath: offered })
      await request('dir', 'dir.tar')
      await exchange()
      expect(await requested('dir.tar')).toContain('la la la')
    })

    it.each([
      ['../secret', 'name leads'],
      ['/etc/hostname', 'absolute'],
      ['out', 'link leads out'],
      ['out/x', 'no such file'],
      ['nothing', 'no such file'],
      ['dir/song/x', 'no such file'],
    ])('for %j are not answered', async (source, reason) => {
      await rules(ridge, valley, { requestPath: offered })
      await request(source, 'x')
      await carry(valley, ridge)
      expect(await setAside(ridge)).toEqual([expect.stringContaining(reason)])
      expect((await queueOf(ridge, valley)).map(packet => packet.kind)).toEqual(['ack'])
    })

    it('are not answered where none are allowed, nor beyond the size that is', async () => {
      await request('dir/song', 'x')
      await carry(valley, ridge)
      expect(await setAside(ridge)).toEqual([expect.stringContaining('posthorn neighbour set valley --freq')])
      await rules(ridge, valley, { requestPath: offered, requestBytesMax: 7 })
      for (const source of ['dir/song', 'dir']) await request(source, `${source}.x`)
      await carry(valley, ridge)
      const reasons = await setAside(ridge)
      expect(reasons.filter(reason => reason.includes('larger than the 7 bytes'))).toHaveLength(2)
    })

    it.each([
      ['is none', Buffer.from([0xff, 0xfe])],
      ['holds NUL', Buffer.from('a\0b')],
      ['is endless', Buffer.alloc(100_000, 'x')],
    ])('whose name for the file %s are not answered', async (_, content) => {
      await rules(ridge, valley, { requestPath: offered })
      const plain: PlainHeader = { type: 'freq', niceness: 224, path: textPath('dir/song') }
      await ridge.arrive({ bytes: valley.seal(ridge, plain, streamOf(content)), sender: valley.identity.id })
      expect(await setAside(ridge)).toEqual([expect.stringContaining('name that it should have')])
    })

    it('without a name for the file get it under its own', async () => {
      await rules(ridge, valley, { requestPath: offered })
      const plain: PlainHeader = { type: 'freq', niceness: 0, path: textPath('dir/song') }
      await ridge.arrive({ bytes: valley.seal(ridge, plain, streamOf()), sender: valley.identity.id })
      await carry(ridge, valley)
      expect(await requested('song')).toBe('la la la')
    })
  })
})
