/** One folder between our courier and Debian's `nncp-xfer`, packet by packet, both ways. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  generateIdentity,
  openPacket,
  type PacketId,
  type PlainHeader,
  plainPacket,
  sealPacket,
  textPath,
} from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../packages/node/src/base/clock.ts'
import { silentLog } from '../../packages/node/src/base/log.ts'
import { folderTransport } from '../../packages/node/src/links/folder/index.ts'
import { type Courier, courier } from '../../packages/node/src/services/courier/index.ts'
import type { Custody, PacketFolder } from '../../packages/node/src/stores/directory/directory.ts'
import { memoryDirectory } from '../../packages/node/src/stores/directory/memory.ts'
import { memorySpool } from '../../packages/node/src/stores/spool/memory.ts'
import { introduce, makeNncpNodes, type NncpNode, nncp, nncpInstalled, packetsIn, recordingHandle } from './nncp.ts'

const signal = new AbortController().signal
const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes))
const large = randomBytes(300_000)

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function gather(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

describe.skipIf(!nncpInstalled)('a folder shared with nncp-xfer', () => {
  const us = generateIdentity(suite, random)
  let home: string
  let stick: string
  let bob: NncpNode
  let relay: NncpNode
  let spool: ReturnType<typeof memorySpool>
  let directory: ReturnType<typeof memoryDirectory>
  let ours: Courier
  let folder: PacketFolder

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'posthorn-xfer-'))
    stick = await mkdtemp(join(home, 'stick-'))
    const nodes = await makeNncpNodes(home, ['bob', 'relay'])
    ;[bob, relay] = nodes as [NncpNode, NncpNode]
    const exec = { sendmail: recordingHandle(join(home, 'calls')) }
    await introduce(bob, { us: { identity: us, exec }, relay: { identity: relay.identity } })
    await introduce(relay, { us: { identity: us }, bob: { identity: bob.identity } })
    spool = memorySpool({ suite })
    directory = memoryDirectory()
    await knows(bob, 'copy')
    await knows(relay, 'copy')
    await directory.folders.add({ name: 'stick', path: stick, at: 1 })
    folder = { name: 'stick', path: stick, addedAt: 1, lastSyncAt: null }
    ours = courier({
      ...{ spool, directory, self: us.id, clock: systemClock, log: silentLog },
      transports: [folderTransport({ log: silentLog, random, clock: systemClock })],
      settled: async () => {},
      arrived: () => {},
      onDuplicate: async () => {},
    })
  })

  afterEach(async () => {
    await ours.stop()
    await rm(home, { recursive: true, force: true })
  })

  async function knows(node: NncpNode, custody: Custody): Promise<void> {
    await directory.neighbours.put({
      ...{ identity: node.identity, name: node.name, custody },
      ...{
        domains: [],
        addresses: [],
        via: [],
        otherRoads: [],
        posthorn: false,
        card: null,
        addedAt: 1,
        lastContactAt: null,
      },
    })
  }

  const sync = () => ours.sync(folder, { signal })
  const xfer = (node: NncpNode, ...args: string[]) => nncp(node, 'xfer', ['-quiet', ...args, stick])

  /** Queues a file for bob, sealed by us. */
  async function sendFile(name: string, content: Uint8Array): Promise<PacketId> {
    const payload = plainPacket({ type: 'file', niceness: 224, path: textPath(name) }, streamOf(content))
    const sealed = sealPacket({ suite, random, sender: us, recipient: bob.identity, niceness: 224, payload })
    const staged = await spool.stage(sealed, { signal, sizeBytesMax: 10_000_000 })
    const to = { nextHop: bob.id, destination: bob.id, niceness: 224 }
    await spool.outbox.commit([{ ...to, staged, kind: 'letter', messageId: null, acknowledges: null, at: 1 }])
    return staged.id
  }

  /** All packets in our inbox, opened with our keys. */
  async function opened(): Promise<{ plain: PlainHeader; content: Buffer }[]> {
    const found: { plain: PlainHeader; content: Buffer }[] = []
    for (const { id } of await spool.inbox.due(Number.MAX_SAFE_INTEGER, 100)) {
      const body = await spool.inbox.open(id)
      if (body === undefined) return expect.unreachable('a due packet has no body')
      const packet = await openPacket({ suite, recipient: us, senderOf: () => bob.identity, source: body.read() })
      found.push({ plain: packet.plain, content: await gather(packet.body) })
    }
    return found
  }

  it('packets of nncp-file and nncp-exec that nncp-xfer put there are taken in and can be opened', async () => {
    await writeFile(join(home, 'photo'), large)
    await nncp(bob, 'file', ['-quiet', join(home, 'photo'), 'us:photo'])
    await nncp(bob, 'exec', ['-quiet', '-nocompress', 'us', 'sendmail', 'alice'], { input: 'a letter' })
    await xfer(bob, '-mkdir', '-tx')
    expect(await sync()).toMatchObject({ taken: { packets: 2 }, bad: [], left: 0 })
    const packets = await opened()
    expect(packets.map(({ plain }) => plain.type).sort()).toEqual(['exec-fat', 'file'])
    expect(packets.find(({ plain }) => plain.type === 'file')?.content.equals(large)).toBe(true)
    expect(packets.find(({ plain }) => plain.type === 'exec-fat')?.content.toString()).toBe('a letter')
    expect(await readdir(join(stick, us.id, bob.id))).toEqual([])
  })

  it('packets that we put there are taken by nncp-xfer and opened by nncp-toss', async () => {
    const first = await sendFile('photo', large)
    const second = await sendFile('note', Buffer.from('hello'))
    expect(await sync()).toMatchObject({ written: { packets: 2 } })
    expect((await readdir(join(stick, bob.id, us.id))).sort()).toEqual([first, second].sort())
    await xfer(bob, '-rx')
    expect((await packetsIn(bob, us.id, 'rx')).sort()).toEqual([first, second].sort())
    expect(await readdir(join(stick, bob.id, us.id))).toEqual([])
    await nncp(bob, 'toss', ['-quiet', '-noprogress'])
    expect((await readFile(join(bob.incoming, 'photo'))).equals(large)).toBe(true)
    expect(await readFile(join(bob.incoming, 'note'), 'utf8')).toBe('hello')
    expect(await spool.outbox.summary()).toEqual([])
  })

  it('nncp-ack answers for a packet that nncp-xfer took', async () => {
    await knows(bob, 'ack')
    const id = await sendFile('note', Buffer.from('hello'))
    await sync()
    await xfer(bob, '-rx')
    await nncp(bob, 'ack', ['-quiet', '-node', 'us'])
    await xfer(bob, '-mkdir', '-tx')
    expect(await sync()).toMatchObject({ taken: { packets: 1 } })
    const [ack] = await opened()
    expect(ack?.plain.type).toBe('ack')
    expect(await spool.outbox.acknowledge(id, bob.id, 2)).toBe(true)
  })

  it('a packet that came by a relay of NNCP is taken from under the relay’s name', async () => {
    await introduce(bob, { us: { identity: us, via: ['relay'] }, relay: { identity: relay.identity } })
    await writeFile(join(home, 'note'), 'by relay')
    await nncp(bob, 'file', ['-quiet', join(home, 'note'), 'us:note'])
    await xfer(bob, '-mkdir', '-tx')
    expect(await sync()).toMatchObject({ taken: { packets: 0 } })
    await xfer(relay, '-rx')
    await nncp(relay, 'toss', ['-quiet', '-noprogress'])
    await xfer(relay, '-mkdir', '-tx')
    expect(await readdir(join(stick, us.id, relay.id))).toHaveLength(1)
    expect(await sync()).toMatchObject({ taken: { packets: 1 }, bad: [] })
    const [packet] = await opened()
    expect(packet?.content.toString()).toBe('by relay')
  })

  it('leaves to nncp-xfer what is its own, and nncp-xfer to us what is ours', async () => {
    await xfer(bob, '-mkdir', '-tx')
    const theirs = join(stick, us.id, bob.id, 'nncpxfer18ea33c41f36dd2e')
    await writeFile(theirs, 'half of a packet')
    const id = await sendFile('note', Buffer.from('hello'))
    await sync()
    const rest = ['.syncthing.posthorn-0123456789abcdef-1.tmp', `${id}.bad`, `${id}.bad.1`]
    for (const name of rest) await writeFile(join(stick, bob.id, us.id, name), 'rest')
    await xfer(bob)
    expect((await readdir(join(stick, bob.id, us.id))).sort()).toEqual([...rest].sort())
    expect(await packetsIn(bob, us.id, 'rx')).toEqual([id])
    await sync()
    expect(await readFile(theirs, 'utf8')).toBe('half of a packet')
    expect((await readdir(join(stick, bob.id, us.id))).sort()).toEqual([`${id}.bad`, `${id}.bad.1`])
  })

  it('a packet cut on the stick is set aside and noted; the whole one is taken when it is there', async () => {
    await nncp(bob, 'exec', ['-quiet', 'us', 'sendmail', 'alice'], { input: 'a letter' })
    await xfer(bob, '-mkdir', '-keep', '-tx')
    const place = join(stick, us.id, bob.id)
    const [name] = await readdir(place)
    if (name === undefined) return expect.unreachable('nncp-xfer wrote nothing')
    const whole = await readFile(join(place, name))
    await writeFile(join(place, name), whole.subarray(0, -1))
    expect(await sync()).toMatchObject({ taken: { packets: 0 }, bad: [{ name }] })
    expect(await readdir(place)).toEqual([`${name}.bad`])
    await xfer(bob, '-tx')
    expect(await sync()).toMatchObject({ taken: { packets: 1 }, bad: [] })
    expect((await opened())[0]?.plain.type).toBe('exec')
  })
})
