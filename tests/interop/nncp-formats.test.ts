/** Our packets in the hands of Debian's NNCP, and packets that it makes at run time in ours. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  bytesOfId,
  execPath,
  idPath,
  mthHasher,
  normalNiceness,
  openPacket,
  type PacketId,
  type PlainHeader,
  packetIdFromBytes,
  parseTextPath,
  plainHeaderBytes,
  plainPacket,
  priorityNiceness,
  sealPacket,
  textPath,
  wrapOnion,
} from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  introduce,
  makeNncpNodes,
  type NncpNode,
  nncp,
  nncpHash,
  nncpInstalled,
  packetFolder,
  packetsIn,
  receive,
  recordedCalls,
  recordingHandle,
} from './nncp.ts'

const blockBytes = 128 * 1024

function random(sizeBytes: number): Uint8Array {
  return new Uint8Array(randomBytes(sizeBytes))
}

function content(sizeBytes: number): Uint8Array {
  return Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 37 + (i >> 9)) & 255)
}

async function* chunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += 100_000) yield bytes.subarray(offset, offset + 100_000)
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

function idOf(packet: Uint8Array): PacketId {
  const hasher = mthHasher(suite)
  hasher.update(packet)
  return packetIdFromBytes(hasher.digest())
}

describe.skipIf(!nncpInstalled)('formats, against NNCP', () => {
  let home: string
  let alice: NncpNode
  let bob: NncpNode
  let relay: NncpNode
  let far: NncpNode
  let calls: string

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'nncp-formats-'))
    const nodes = await makeNncpNodes(home, ['alice', 'bob', 'relay', 'far'])
    ;[alice, bob, relay, far] = nodes as [NncpNode, NncpNode, NncpNode, NncpNode]
  })

  beforeEach(async () => {
    calls = await mkdtemp(join(home, 'calls-'))
    await introduce(bob, {
      alice: { identity: alice.identity, exec: { record: recordingHandle(calls) } },
      relay: { identity: relay.identity },
      far: { identity: far.identity },
    })
  })

  afterAll(async () => {
    await rm(home, { recursive: true, force: true })
  })

  function sealed(plain: PlainHeader, body: Uint8Array, minimumSizeBytes = 0): AsyncIterable<Uint8Array> {
    const payload = plainPacket(plain, chunks(body))
    const niceness = priorityNiceness
    const [sender, recipient] = [alice.identity, bob.identity]
    return sealPacket({ suite, random, sender, recipient, niceness, payload, minimumSizeBytes })
  }

  /** Gives `packet` to `node` as if it had come from alice, and lets it toss. */
  async function toss(node: NncpNode, packet: Uint8Array): Promise<void> {
    await receive(node, alice.id, idOf(packet), packet)
    await nncp(node, 'toss', ['-quiet', '-noprogress'])
    expect(await packetsIn(node, alice.id, 'rx')).toEqual([])
  }

  const payloadSizes = [0, 1, 2].flatMap(n => [-17, -16, -15, -1, 0, 1].map(more => n * blockBytes + more))
  const bodySizes = [0, 1, ...payloadSizes.map(size => size - plainHeaderBytes).filter(size => size > 1), 700_001]

  it.each(bodySizes.flatMap(size => [0, 1024, 135_168, 400_000].map(minimum => ({ size, minimum }))))(
    'nncp-pkt decrypts a file of $size bytes in at least $minimum',
    async ({ size, minimum }) => {
      const body = content(size)
      const packet = await collect(sealed({ type: 'file', niceness: 1, path: textPath('f') }, body, minimum))
      expect(packet.length).toBeGreaterThanOrEqual(minimum)
      const plain = await nncp(bob, 'pkt', ['-dump'], { input: packet })
      const dumped = await nncp(bob, 'pkt', ['-dump'], { input: plain.stdout })
      expect(dumped.stdout.equals(body)).toBe(true)
    },
  )

  it.each([0, 77, blockBytes - plainHeaderBytes - 15, 3 * blockBytes])(
    'nncp-hash and nncp-toss agree with us about a file of %d bytes',
    async size => {
      const name = `größe ${size}.bin`
      const packet = await collect(
        sealed({ type: 'file', niceness: 1, path: textPath(name) }, content(size), blockBytes + 5000),
      )
      expect(Buffer.from(bytesOfId(idOf(packet))).toString('hex')).toBe(await nncpHash(packet))
      await toss(bob, packet)
      expect((await readFile(join(bob.incoming, name))).equals(content(size))).toBe(true)
    },
  )

  it.each([
    { args: [] },
    { args: [''] },
    { args: ['', '', ''] },
    { args: ['alice@example.org', '-oQ/etc', '--', ''] },
    { args: ['two words', 'ü 😀', 'a\nb', '$(id)', '*', '\\', '"', "'"] },
    { args: ['x'.repeat(248)] },
  ])('a handle gets the arguments $args unchanged', async ({ args }) => {
    const body = content(3000)
    const plain = { type: 'exec-fat', niceness: 33, path: execPath('record', args) } as const
    await toss(bob, await collect(sealed(plain, body)))
    const [call, ...more] = await recordedCalls(calls)
    expect(more).toEqual([])
    expect(call).toMatchObject({ args, sender: alice.id, niceness: '33' })
    expect(call?.input.equals(body)).toBe(true)
  })

  it('a compressed exec without a body is one with an empty body', async () => {
    const plain = { type: 'exec', niceness: 1, path: execPath('record', ['a']) } as const
    await toss(bob, await collect(sealed(plain, new Uint8Array(0))))
    expect(await recordedCalls(calls)).toMatchObject([{ args: ['a'], input: Buffer.alloc(0) }])
  })

  it('a file request is answered', async () => {
    await writeFile(join(bob.offered, 'song.txt'), 'la la')
    const plain = { type: 'freq', niceness: normalNiceness, path: textPath('song.txt') } as const
    await toss(bob, await collect(sealed(plain, Buffer.from('mine.txt'))))
    const [id] = await packetsIn(bob, alice.id, 'tx')
    const packet = await readFile(join(packetFolder(bob, alice.id, 'tx'), id ?? 'none'))
    await rm(join(packetFolder(bob, alice.id, 'tx'), id ?? 'none'))
    const opened = await openPacket({
      suite,
      recipient: alice.identity,
      senderOf: () => bob.identity,
      source: chunks(packet),
    })
    expect(opened.header.niceness).toBe(normalNiceness)
    expect(parseTextPath(opened.plain.path)).toBe('mine.txt')
    expect((await collect(opened.body)).toString()).toBe('la la')
  })

  it('an acknowledgement removes the packet it names', async () => {
    await nncp(bob, 'file', ['-quiet', '-noprogress', '-', 'alice:kept.txt'], { input: 'kept' })
    const [id] = await packetsIn(bob, alice.id, 'tx')
    if (id === undefined) throw new Error('no packet was made')
    await toss(bob, await collect(sealed({ type: 'ack', niceness: 160, path: idPath(id) }, new Uint8Array(0))))
    expect(await packetsIn(bob, alice.id, 'tx')).toEqual([])
  })

  it('an onion is peeled by two relays and arrives', async () => {
    const body = content(2 * blockBytes + 99)
    const packet = sealed({ type: 'exec-fat', niceness: 7, path: execPath('record', ['through']) }, body)
    const relays = [relay.identity, far.identity]
    const onion = await collect(
      wrapOnion({ suite, random, sender: alice.identity, relays, destination: bob.id, niceness: 96, packet }),
    )
    await toss(relay, onion)
    const inside = await carried(relay, far)
    await toss(far, inside)
    const innermost = await carried(far, bob)
    await toss(bob, innermost)
    const [call] = await recordedCalls(calls)
    expect(call).toMatchObject({ args: ['through'], sender: alice.id, niceness: '7' })
    expect(call?.input.equals(body)).toBe(true)
  })

  /** Takes the one packet that `from` has for `to` out of its spool. */
  async function carried(from: NncpNode, to: NncpNode): Promise<Buffer> {
    const ids = await packetsIn(from, to.id, 'tx')
    expect(ids).toHaveLength(1)
    const path = join(packetFolder(from, to.id, 'tx'), ids[0] ?? 'none')
    const packet = await readFile(path)
    expect(idOf(packet)).toBe(ids[0])
    await rm(path)
    return packet
  }

  it.each([
    { size: 0, kib: 0 },
    { size: 2 * blockBytes - plainHeaderBytes - 15, kib: 0 },
    { size: 2 * blockBytes - plainHeaderBytes - 15, kib: 500 },
    { size: 1_500_000, kib: 0 },
    { size: 1_500_000, kib: 1800 },
  ])('we open a file of $size bytes that NNCP padded to $kib KiB', async ({ size, kib }) => {
    const args = ['-quiet', '-noprogress', ...(kib === 0 ? [] : ['-minsize', String(kib)]), '-', 'bob:made.bin']
    await nncp(alice, 'file', args, { input: content(size) })
    const packet = await carried(alice, bob)
    const opened = await openPacket({
      suite,
      recipient: bob.identity,
      senderOf: () => alice.identity,
      source: chunks(packet),
    })
    expect((await collect(opened.body)).equals(content(size))).toBe(true)
  })

  it('refuses what we refuse: a packet with one bit changed', async () => {
    const packet = await collect(sealed({ type: 'file', niceness: 1, path: textPath('bad') }, content(500), 2000))
    packet[packet.length - 200] = (packet[packet.length - 200] ?? 0) ^ 1
    const senderOf = () => alice.identity
    await expect(openPacket({ suite, recipient: bob.identity, senderOf, source: chunks(packet) })).rejects.toThrow()
    await receive(bob, alice.id, idOf(packet), packet)
    expect((await nncp(bob, 'toss', ['-quiet', '-noprogress'], { mayFail: true })).status).not.toBe(0)
    expect(await readdir(bob.incoming)).not.toContain('bad')
    await rm(join(packetFolder(bob, alice.id, 'rx'), idOf(packet)))
  })
})
