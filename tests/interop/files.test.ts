/** Files, chunks and requests between Posthorn and stock NNCP, both ways, over a stick. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPublicIdentity, parsePacketId, parsePublicIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'
import { introduce, makeNncpNode, type NncpNode, nncp, nncpInstalled } from './nncp.ts'

const chunk = 131_072

describe.skipIf(!nncpInstalled)('files between Posthorn and NNCP', () => {
  let home: string
  let stick: Awaited<ReturnType<typeof makeStick>>
  let camp: TestNode
  let carol: NncpNode
  const bytes = randomBytes(3 * chunk + 77)

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'posthorn-files-'))
    stick = await makeStick()
    camp = await TestNode.make('camp')
    carol = await makeNncpNode(home, 'carol')
    const { nncp: keys } = await camp.run<{ nncp: Record<string, string> }>(['card', 'show'])
    await introduce(carol, { camp: { identity: parsePublicIdentity(pureSuite, keys) } })
    const card = join(home, 'carol.json')
    await writeFile(card, JSON.stringify(formatPublicIdentity(carol.identity)))
    await camp.run(['neighbour', 'add', card, '--name', 'carol'])
  })

  afterEach(async () => {
    await camp.remove()
    await stick.remove()
    await rm(home, { recursive: true, force: true })
  })

  const xfer = (...args: string[]) => nncp(carol, 'xfer', ['-quiet', '-mkdir', ...args, stick.path])
  const toss = () => nncp(carol, 'toss', ['-quiet', '-noprogress'])
  const received = (...name: string[]) => join(camp.home, 'incoming', 'carol', ...name)
  const setAside = () => camp.run<{ reason: string }[]>(['quarantine', 'list'])
  const same = async (path: string, expected: Uint8Array = bytes) =>
    expect(Buffer.compare(await readFile(path), expected), path).toBe(0)

  async function toCamp(): Promise<void> {
    await xfer('-tx')
    await sync(camp, stick.path)
  }

  async function toCarol(): Promise<void> {
    await sync(camp, stick.path)
    await xfer('-rx')
    await toss()
  }

  async function source(name: string, content: Uint8Array | string = bytes): Promise<string> {
    const path = join(home, name)
    await writeFile(path, content)
    return path
  }

  async function packetsOnStick(): Promise<string[]> {
    const entries = await readdir(stick.path, { recursive: true, withFileTypes: true })
    const packets = entries.filter(entry => entry.isFile() && parsePacketId(entry.name) !== undefined)
    return packets.map(entry => join(entry.parentPath, entry.name))
  }

  it('nncp-file: files, in folders too, and of one name', async () => {
    await nncp(carol, 'file', ['-quiet', await source('x'), 'camp:'])
    await nncp(carol, 'file', ['-quiet', await source('y', 'other'), 'camp:x'])
    await nncp(carol, 'file', ['-quiet', await source('z', ''), 'camp:a/b/z'])
    await toCamp()
    const found = await Promise.all(['x', 'x.0'].map(name => readFile(received(name))))
    expect(new Set(found.map(one => one.length))).toEqual(new Set([5, bytes.length]))
    await same(received('a', 'b', 'z'), new Uint8Array(0))
    expect(await setAside()).toEqual([])
  })

  it('nncp-file -chunked: put together here, also when a chunk comes late', async () => {
    await nncp(carol, 'file', ['-quiet', '-chunked', String(chunk / 1024), await source('large'), 'camp:dir/large'])
    await xfer('-tx')
    const packets = await packetsOnStick()
    expect(packets).toHaveLength(5)
    const [late = ''] = packets
    await rename(late, join(home, 'late'))
    await sync(camp, stick.path)
    expect(await readdir(received())).not.toContain('dir')
    const listed = await camp.run<{ unfinished: unknown[] }>(['file', 'list'])
    expect(listed.unfinished).toMatchObject([{ file: 'dir/large', from: 'carol' }])
    await rename(join(home, 'late'), late)
    await sync(camp, stick.path)
    await same(received('dir', 'large'))
    expect(await camp.run(['file', 'list'])).toMatchObject({ files: [{ from: 'carol' }], unfinished: [] })
    expect(await readdir(received('.posthorn-parts'))).toEqual([])
  })

  it('nncp-file -chunked of nothing', async () => {
    await nncp(carol, 'file', ['-quiet', '-chunked', '1', await source('nothing', ''), 'camp:'])
    await toCamp()
    await same(received('nothing'), new Uint8Array(0))
  })

  it('chunks left alone here are what nncp-reass puts together', async () => {
    const folder = join(carol.incoming, '..', 'shared')
    await mkdir(folder)
    await camp.run(['neighbour', 'set', 'carol', '--reassemble', 'off', '--incoming', folder])
    await nncp(carol, 'file', ['-quiet', '-chunked', String(chunk / 1024), await source('large'), 'camp:'])
    await toCamp()
    await nncp(carol, 'reass', ['-quiet', '-noprogress', join(folder, 'large.nncp.meta')])
    expect(await readdir(folder)).toEqual(['large'])
    await same(join(folder, 'large'))
  })

  it('file send: a file, standard input, a folder', async () => {
    await camp.run(['file', 'send', await source('x'), 'carol', '--min-size', '1M'])
    await camp.run(['file', 'send', '-', 'carol', '--as', 'in/put'], 'piped')
    await mkdir(join(home, 'folder', 'inner'), { recursive: true })
    await source('folder/inner/grüße', 'inside')
    await camp.run(['file', 'send', join(home, 'folder'), 'carol'])
    const { written } = await sync(camp, stick.path)
    expect(written.packets).toBe(3)
    expect(written.bytes).toBeGreaterThan(1024 ** 2)
    await toCarol()
    await same(join(carol.incoming, 'x'))
    expect(await readFile(join(carol.incoming, 'in', 'put'), 'utf8')).toBe('piped')
    const archive = await readFile(join(carol.incoming, 'folder.tar'), 'utf8')
    expect(archive).toContain('path=folder/inner/grüße')
    expect(archive).toContain('inside')
  })

  it('file send --chunk: nncp-reass puts it together', async () => {
    const sent = await camp.run(['file', 'send', await source('large'), 'carol', '--chunk', '128K'])
    expect(sent).toMatchObject({ neighbour: 'carol', file: 'large', packets: 5, bytes: bytes.length })
    await toCarol()
    await nncp(carol, 'reass', ['-quiet', '-noprogress', join(carol.incoming, 'large.nncp.meta')])
    expect(await readdir(carol.incoming)).toEqual(['large'])
    await same(join(carol.incoming, 'large'))
  })

  it('freq: asked of NNCP', async () => {
    await mkdir(join(carol.offered, 'dir'))
    await writeFile(join(carol.offered, 'dir', 'song'), bytes)
    expect(await camp.run(['freq', 'carol', 'dir/song'])).toMatchObject({ neighbour: 'carol', file: 'song' })
    await camp.run(['freq', 'carol', 'dir/song', 'songs/second'])
    await toCarol()
    await toCamp()
    await same(received('song'))
    await same(received('songs', 'second'))
  })

  it('nncp-freq: whole and in chunks, and not what lies outside', async () => {
    const offered = join(home, 'offered')
    await mkdir(join(offered, 'dir'), { recursive: true })
    await source('offered/dir/song')
    await source('secret', 'secret')
    await nncp(carol, 'freq', ['-quiet', 'camp:dir/song'])
    await toCamp()
    const [refused] = await setAside()
    expect(refused?.reason).toContain('--freq')
    await camp.run(['neighbour', 'set', 'carol', '--freq', offered])
    await nncp(carol, 'freq', ['-quiet', 'camp:dir/song', 'whole'])
    await nncp(carol, 'freq', ['-quiet', 'camp:../secret', 'secret'])
    await toCamp()
    await toCarol()
    await camp.run(['neighbour', 'set', 'carol', '--freq-chunk', '128K'])
    await nncp(carol, 'freq', ['-quiet', 'camp:dir/song', 'chunked'])
    await toCamp()
    await toCarol()
    await nncp(carol, 'reass', ['-quiet', '-noprogress', join(carol.incoming, 'chunked.nncp.meta')])
    expect((await readdir(carol.incoming)).sort()).toEqual(['chunked', 'whole'])
    await same(join(carol.incoming, 'whole'))
    await same(join(carol.incoming, 'chunked'))
    expect(await setAside()).toHaveLength(2)
  })
})
