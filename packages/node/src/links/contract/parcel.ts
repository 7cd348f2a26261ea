/** What every parcel transport promises, as a test suite that each implementation and its in-memory twin run. */
import { createHash } from 'node:crypto'
import { type NodeId, nodeIdFromBytes, type PacketId, packetIdFromBytes } from '@posthorn/nncp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { IncomingParcel, OutgoingParcel, ParcelTransport } from '../transport.ts'

/** A transport together with hands that are not the transport's. */
export interface ParcelRig {
  readonly transport: ParcelTransport
  readonly at: URL
  /** Puts a file on the medium, or replaces it: `RECIPIENT/SENDER/NAME`. */
  plant(path: string, bytes: Uint8Array): Promise<void>
  /** All files on the medium, sorted. */
  list(): Promise<readonly string[]>
  read(path: string): Promise<Uint8Array>
  unplug(): Promise<void>
  plugIn(): Promise<void>
  setFreeBytes(freeBytes: number): void
  close(): Promise<void>
}

export const sampleNode = (name: string): NodeId => nodeIdFromBytes(createHash('sha256').update(name).digest())
export const samplePacket = (name: string): PacketId => packetIdFromBytes(createHash('sha256').update(name).digest())

const us = sampleNode('us')
const bob = sampleNode('bob')
const eve = sampleNode('eve')
const signal = new AbortController().signal
const bytes = Buffer.from('sealed')

function outgoing(name: string, content: Uint8Array = bytes): OutgoingParcel {
  return {
    recipient: bob,
    sender: us,
    id: samplePacket(name),
    sizeBytes: content.length,
    async *read() {
      yield content
    },
  }
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of source) items.push(item)
  return items
}

/** Copies: a chunk is valid until the next one is asked for. */
async function chunksOf(parcel: IncomingParcel): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of parcel.read()) chunks.push(Uint8Array.from(chunk))
  return chunks
}

async function contentOf(parcel: IncomingParcel): Promise<Buffer> {
  return Buffer.concat(await chunksOf(parcel))
}

export function parcelTransportContract(name: string, factory: () => Promise<ParcelRig>): void {
  describe(`${name} as a parcel transport`, () => {
    let rig: ParcelRig
    beforeEach(async () => {
      rig = await factory()
    })
    afterEach(() => rig.close())
    dropping(() => rig)
    collecting(() => rig)
    settling(() => rig)
    retiring(() => rig)
    watching(() => rig)
  })
}

function dropping(rig: () => ParcelRig): void {
  const path = `${bob}/${us}/${samplePacket('a')}`
  const drop = (parcel: OutgoingParcel) => rig().transport.drop(parcel, rig().at, { signal })

  it('drops a packet under RECIPIENT/SENDER/PACKET and nothing else', async () => {
    const large = Buffer.alloc(300_000, 7)
    expect(await drop(outgoing('a', large))).toBe('written')
    expect(await rig().list()).toEqual([path])
    expect(Buffer.from(await rig().read(path)).equals(large)).toBe(true)
  })

  it('says that a packet is present and does not read it again', async () => {
    await drop(outgoing('a'))
    const unread = { ...outgoing('a'), read: () => expect.unreachable('read again') }
    expect(await drop(unread)).toBe('present')
  })

  it('replaces a torn copy of its own', async () => {
    await rig().plant(path, bytes.subarray(0, 2))
    expect(await drop(outgoing('a'))).toBe('written')
    expect(Buffer.from(await rig().read(path)).equals(bytes)).toBe(true)
    expect(await rig().list()).toEqual([path])
  })

  it('leaves nothing when it is cancelled in the middle', async () => {
    const cancel = new AbortController()
    const parcel = {
      ...outgoing('a'),
      async *read() {
        yield bytes.subarray(0, 2)
        cancel.abort()
        yield bytes.subarray(2)
      },
    }
    const dropped = rig().transport.drop(parcel, rig().at, { signal: cancel.signal })
    await expect(dropped).rejects.toMatchObject({ name: 'AbortError' })
    expect(await rig().list()).toEqual([])
  })

  it('leaves nothing when the packet cannot be read, and hands the reason on', async () => {
    const reason = new Error('the spool is broken')
    const parcel = {
      ...outgoing('a'),
      async *read() {
        yield bytes.subarray(0, 2)
        throw reason
      },
    }
    await expect(drop(parcel)).rejects.toBe(reason)
    expect(await rig().list()).toEqual([])
  })

  it('refuses a packet that has not the size it says', async () => {
    await expect(drop({ ...outgoing('a'), sizeBytes: 7 })).rejects.toMatchObject({ code: 'packet-size' })
    expect(await rig().list()).toEqual([])
  })

  it('says medium-full, keeps what lies there, and goes on when there is room', async () => {
    await drop(outgoing('a'))
    rig().setFreeBytes(3)
    await expect(drop(outgoing('b'))).rejects.toMatchObject({ code: 'medium-full', retry: 'later' })
    expect(await rig().list()).toEqual([path])
    rig().setFreeBytes(100_000_000)
    expect(await drop(outgoing('b'))).toBe('written')
  })

  it('makes nothing in the place of a missing medium', async () => {
    await rig().unplug()
    expect(await rig().transport.ready(rig().at)).toBe(false)
    await expect(drop(outgoing('a'))).rejects.toMatchObject({ code: 'medium-gone', retry: 'later' })
    const collected = all(rig().transport.collect(us, rig().at, { signal }))
    await expect(collected).rejects.toMatchObject({ code: 'medium-gone' })
    expect(await rig().transport.ready(rig().at)).toBe(false)
    await rig().plugIn()
    expect(await rig().transport.ready(rig().at)).toBe(true)
    expect(await rig().list()).toEqual([])
  })
}

function collecting(rig: () => ParcelRig): void {
  const collect = () => all(rig().transport.collect(us, rig().at, { signal }))

  async function collectOne(): Promise<IncomingParcel> {
    const [parcel] = await collect()
    return parcel ?? expect.unreachable('nothing was collected')
  }

  it('collects what is for us, from every sender', async () => {
    await rig().plant(`${us}/${bob}/${samplePacket('a')}`, bytes)
    await rig().plant(`${us}/${eve}/${samplePacket('b')}`, Buffer.alloc(300_000, 1))
    await rig().plant(`${bob}/${eve}/${samplePacket('c')}`, bytes)
    const found = await collect()
    const summary = found.map(({ recipient, sender, id, sizeBytes }) => ({ recipient, sender, id, sizeBytes }))
    expect(summary).toHaveLength(2)
    expect(summary).toContainEqual({ recipient: us, sender: bob, id: samplePacket('a'), sizeBytes: 6 })
    expect(summary).toContainEqual({ recipient: us, sender: eve, id: samplePacket('b'), sizeBytes: 300_000 })
  })

  it('reads the bytes in chunks of at most 128 KiB', async () => {
    await rig().plant(`${us}/${bob}/${samplePacket('a')}`, Buffer.alloc(300_000, 1))
    const chunks = await chunksOf(await collectOne())
    expect(Math.max(...chunks.map(chunk => chunk.length))).toBeLessThanOrEqual(128 * 1024)
    expect(Buffer.concat(chunks).equals(Buffer.alloc(300_000, 1))).toBe(true)
  })

  it('passes over every other name', async () => {
    const id = samplePacket('a')
    const names = [id.toLowerCase(), `${id}.bad`, `.${id}`, id.slice(1), `${id.slice(1)}1`, `${id}.part`, 'README.txt']
    for (const name of names) await rig().plant(`${us}/${bob}/${name}`, bytes)
    await rig().plant(`${us}/bob/${id}`, bytes)
    await rig().plant(`${us.toLowerCase()}/${bob}/${id}`, bytes)
    const before = await rig().list()
    expect(await collect()).toEqual([])
    expect(await rig().list()).toEqual(before)
  })

  it('says changed-while-read when the file was replaced since it was found', async () => {
    await rig().plant(`${us}/${bob}/${samplePacket('a')}`, bytes)
    const parcel = await collectOne()
    await rig().plant(`${us}/${bob}/${samplePacket('a')}`, Buffer.from('another'))
    await expect(all(parcel.read())).rejects.toMatchObject({ code: 'changed-while-read', retry: 'later' })
  })

  it('stops when it is cancelled', async () => {
    await rig().plant(`${us}/${bob}/${samplePacket('a')}`, bytes)
    const cancel = new AbortController()
    cancel.abort()
    const collected = all(rig().transport.collect(us, rig().at, { signal: cancel.signal }))
    await expect(collected).rejects.toMatchObject({ name: 'AbortError' })
  })
}

function settling(rig: () => ParcelRig): void {
  const path = `${us}/${bob}/${samplePacket('a')}`

  async function found(): Promise<IncomingParcel> {
    await rig().plant(path, bytes)
    const [parcel] = await all(rig().transport.collect(us, rig().at, { signal }))
    if (parcel === undefined) return expect.unreachable('nothing was collected')
    expect((await contentOf(parcel)).equals(bytes)).toBe(true)
    return parcel
  }

  it('takes a packet off the medium once it is taken', async () => {
    const parcel = await found()
    expect(await rig().list()).toEqual([path])
    await parcel.settle({ kind: 'taken' })
    await parcel.settle({ kind: 'taken' })
    expect(await rig().list()).toEqual([])
  })

  it('leaves a packet that is left', async () => {
    const parcel = await found()
    await parcel.settle({ kind: 'left' })
    expect(await rig().list()).toEqual([path])
  })

  it('sets bad files aside, each under its own name, where nobody finds them again', async () => {
    for (let copy = 0; copy < 3; copy += 1) {
      const parcel = await found()
      await parcel.settle({ kind: 'bad', reason: 'its content is not its hash' })
    }
    expect(await rig().list()).toEqual([`${path}.bad`, `${path}.bad.1`, `${path}.bad.2`])
    expect(await all(rig().transport.collect(us, rig().at, { signal }))).toEqual([])
  })

  it.each(['taken', 'bad'] as const)('does not touch a file that is not the one it read (%s)', async kind => {
    const parcel = await found()
    await rig().plant(path, Buffer.from('another'))
    await parcel.settle(kind === 'bad' ? { kind, reason: 'test' } : { kind })
    expect(await rig().list()).toEqual([path])
    expect(Buffer.from(await rig().read(path)).toString()).toBe('another')
  })
}

function retiring(rig: () => ParcelRig): void {
  it('lists our own packets for a neighbour and takes them off again', async () => {
    const { transport, at } = rig()
    await transport.drop(outgoing('a'), at, { signal })
    await transport.drop(outgoing('b'), at, { signal })
    await rig().plant(`${bob}/${eve}/${samplePacket('c')}`, bytes)
    const placed = await all(transport.placed(us, bob, at, { signal }))
    expect([...placed].sort()).toEqual([samplePacket('a'), samplePacket('b')].sort())
    for (let times = 0; times < 2; times += 1) {
      await transport.retire({ sender: us, recipient: bob, id: samplePacket('a') }, at, { signal })
    }
    expect(await all(transport.placed(us, bob, at, { signal }))).toEqual([samplePacket('b')])
    expect(await rig().list()).toContain(`${bob}/${eve}/${samplePacket('c')}`)
    expect(await all(transport.placed(us, eve, at, { signal }))).toEqual([])
  })
}

function watching(rig: () => ParcelRig): void {
  it('notices a medium that is there, a packet put on it, and its return', async () => {
    const cancel = new AbortController()
    const changes = rig().transport.watch(rig().at, { signal: cancel.signal })[Symbol.asyncIterator]()
    expect((await changes.next()).done).not.toBe(true)
    await rig().plant(`${us}/${bob}/${samplePacket('a')}`, bytes)
    expect((await changes.next()).done).not.toBe(true)
    await rig().unplug()
    await rig().plugIn()
    await rig().plant(`${us}/${bob}/${samplePacket('b')}`, bytes)
    expect((await changes.next()).done).not.toBe(true)
    const last = changes.next()
    cancel.abort()
    await last
    expect((await changes.next()).done).toBe(true)
  })

  it('waits for a medium that is not there', async () => {
    await rig().unplug()
    const cancel = new AbortController()
    const changes = rig().transport.watch(rig().at, { signal: cancel.signal })[Symbol.asyncIterator]()
    const appeared = changes.next()
    await rig().plugIn()
    expect((await appeared).done).not.toBe(true)
    cancel.abort()
    expect((await changes.next()).done).toBe(true)
  })
}
