/** The layout is told from the manual and from what nncp-file, nncp-call and nncp-toss -seen leave behind. */
import { execFileSync, spawn } from 'node:child_process'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeIdFromBytes, type PacketId, packetIdFromBytes } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nncpLockHolders, nncpSpoolWriter, openNncpSpool, type SpooledPacket } from './index.ts'

const never = new AbortController().signal
const bob = nodeIdFromBytes(new Uint8Array(32).fill(2))
const carol = nodeIdFromBytes(new Uint8Array(32).fill(3))
const ids = [1, 2, 3, 4, 5, 6, 7, 8].map(number => packetIdFromBytes(new Uint8Array(32).fill(number)))
const [first, second, third, fourth, fifth] = ids as [PacketId, PacketId, PacketId, PacketId, PacketId]

let folder: string
let spool: string
const rx = () => join(spool, bob, 'rx')
const tx = () => join(spool, bob, 'tx')

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-spool-'))
  spool = scratchDirectory()
  for (const path of [join(tx(), 'hdr'), join(rx(), 'seen'), join(rx(), 'hdr'), join(spool, 'tmp')]) {
    mkdirSync(path, { recursive: true })
  }
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

function scratchDirectory(): string {
  return mkdtempSync(join(folder, 'part-'))
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const one of source) found.push(one)
  return found
}

const kinds = (packets: readonly SpooledPacket[]) => packets.map(({ id, kind }) => `${kind} ${id}`).sort()

async function textOf(packet: SpooledPacket | undefined): Promise<string> {
  return Buffer.concat(await all(packet?.read(never) ?? expect.unreachable())).toString()
}

describe('a spool of NNCP, read', () => {
  it('gives packets, unchecked ones, beginnings and what was seen', async () => {
    for (const name of [first, `${second}.nock`, `${third}.part`, `seen/${fourth}`, `hdr/${first}`]) {
      writeFileSync(join(rx(), name), name)
    }
    writeFileSync(join(tx(), fifth), 'out')
    symlinkSync(join(spool, bob), join(spool, 'bob'))
    const found = await openNncpSpool(spool)
    expect(await found.nodes()).toEqual([bob])
    const packets = await all(found.packets(bob, 'rx'))
    expect(kinds(packets)).toEqual([`packet ${first}`, `part ${third}`, `unchecked ${second}`].sort())
    expect(await textOf(packets.find(({ id }) => id === second))).toBe(`${second}.nock`)
    expect(kinds(await all(found.packets(bob, 'tx')))).toEqual([`packet ${fifth}`])
    expect(await all(found.seen(bob))).toEqual([fourth])
    expect(await all(found.packets(carol, 'rx'))).toEqual([])
  })

  it('passes over links, pipes, directories, names of other shapes and case twins', async () => {
    const secret = join(scratchDirectory(), 'secret')
    writeFileSync(secret, 'secret')
    symlinkSync(secret, join(tx(), first))
    execFileSync('mkfifo', [join(tx(), second)])
    mkdirSync(join(tx(), third))
    for (const name of [`${fourth}.nock`, `${fourth}.part`, fourth.toLowerCase(), `${fourth}.x.y`, 'tmp', '.hidden']) {
      writeFileSync(join(tx(), name), 'x')
    }
    symlinkSync(join(spool, bob), join(spool, carol))
    const found = await openNncpSpool(spool)
    expect(await all(found.packets(bob, 'tx'))).toEqual([])
    expect(await found.nodes()).toEqual([bob])
    await expect(all(found.packets(carol, 'tx'))).rejects.toMatchObject({ code: 'medium-obstructed' })
  })

  it('gives no bytes of a file that was replaced or grows', async () => {
    writeFileSync(join(tx(), first), 'as it was found')
    writeFileSync(join(tx(), second), 'as it was found')
    const [one, other] = await all((await openNncpSpool(spool)).packets(bob, 'tx'))
    appendFileSync(one?.path ?? '', ' and more')
    await expect(textOf(one)).rejects.toMatchObject({ code: 'changed-while-read', retry: 'later' })
    utimesSync(other?.path ?? '', 1, 1)
    await expect(textOf(other)).rejects.toMatchObject({ code: 'changed-while-read' })
    await one?.remove()
    expect(readdirSync(tx())).toContain(one?.id)
  })

  it('removes a packet with the copy of its header', async () => {
    for (const name of [first, `hdr/${first}`, second]) writeFileSync(join(tx(), name), 'x')
    const packets = await all((await openNncpSpool(spool)).packets(bob, 'tx'))
    const packet = packets.find(({ id }) => id === first)
    await packet?.remove()
    await packet?.remove()
    expect(readdirSync(tx()).sort()).toEqual(['hdr', second].sort())
    expect(readdirSync(join(tx(), 'hdr'))).toEqual([])
  })

  it('is said to be missing when it is', async () => {
    await expect(openNncpSpool(join(spool, 'none'))).rejects.toMatchObject({ code: 'medium-gone' })
  })
})

describe.skipIf(process.platform !== 'linux')('the locks of NNCP', () => {
  it('are seen while somebody holds them', async () => {
    const found = await openNncpSpool(spool)
    const lock = join(spool, bob, 'toss.lock')
    writeFileSync(lock, '')
    expect(await nncpLockHolders(found)).toEqual([])
    const holder = spawn('flock', ['-x', lock, 'sh', '-c', 'echo held; cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
    await new Promise(resolve => holder.stdout.once('data', resolve))
    expect(await nncpLockHolders(found)).toEqual([`${bob}/toss.lock`])
    const ended = new Promise(resolve => holder.once('exit', resolve))
    holder.stdin.end()
    await ended
    expect(await nncpLockHolders(found)).toEqual([])
  })
})

describe('a spool of NNCP, written', () => {
  const random = (sizeBytes: number) => new Uint8Array(sizeBytes).fill(7)
  const packet = (text: string) => ({
    ...({ neighbour: carol, room: 'tx', id: first, sizeBytes: text.length } as const),
    async *read() {
      yield Buffer.from(text)
    },
  })

  it('has each packet once, whole, and nothing left in tmp', async () => {
    const writer = await nncpSpoolWriter(spool, random)
    expect(await writer.put(packet('a packet'), never)).toBe('written')
    expect(await writer.put(packet('a packet'), never)).toBe('present')
    await writer.putSeen(carol, second)
    await writer.putSeen(carol, second)
    await writer.flush()
    expect(readFileSync(join(spool, carol, 'tx', first), 'utf8')).toBe('a packet')
    expect(readdirSync(join(spool, carol, 'rx', 'seen'))).toEqual([second])
    expect(readdirSync(join(spool, 'tmp'))).toEqual([])
  })

  it('has nothing of a packet that could not be read, and follows no link', async () => {
    const writer = await nncpSpoolWriter(spool, random)
    const broken = {
      ...packet('half'),
      async *read(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('ha')
        throw new RangeError('the reader broke')
      },
    }
    await expect(writer.put(broken, never)).rejects.toThrow('the reader broke')
    expect(readdirSync(join(spool, carol, 'tx'))).toEqual([])
    expect(readdirSync(join(spool, 'tmp'))).toEqual([])
    const elsewhere = scratchDirectory()
    const other = scratchDirectory()
    symlinkSync(elsewhere, join(other, carol))
    await expect((await nncpSpoolWriter(other, random)).put(packet('x'), never)).rejects.toMatchObject({
      code: 'medium-obstructed',
    })
    expect(readdirSync(elsewhere)).toEqual([])
  })
})
