/** Messages of areas: who passes them on, who acts on them, and how often. */

import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type AreaKeys,
  areaPacket,
  execPath,
  generateArea,
  type NodeId,
  type PacketId,
  type PlainHeader,
  type PrivateArea,
  plainPacket,
  readEncryptedHeader,
  sealAreaMessage,
  sealPacket,
  textPath,
} from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Area } from '../../stores/directory/directory.ts'
import type { RelayPolicy } from './index.ts'
import { Office, queueOf, streamOf } from './rig.ts'

const random = randomBytes
const never = new AbortController().signal

let offices: Office[] = []
let news: PrivateArea

beforeEach(() => {
  news = generateArea(suite, random)
})

afterEach(async () => {
  for (const office of offices) await office.stop()
  offices = []
})

async function open(name: string, policy: Partial<RelayPolicy> = {}): Promise<Office> {
  const office = await Office.open(name, ['alice', 'bob'], store => store, policy)
  offices.push(office)
  return office
}

/** All of them know one another. */
async function acquaint(...all: Office[]): Promise<void> {
  for (const office of all) for (const other of all) if (other !== office) await office.knows(other)
}

async function takePart(office: Office, subscribers: readonly Office[], changes: Partial<Area> = {}): Promise<void> {
  const rest = {
    name: 'news',
    takesFiles: false,
    incoming: null,
    handles: ['sendmail'],
    allowUnknown: false,
    addedAt: 0,
  }
  await office.directory.areas.put({
    ...news,
    ...rest,
    subscribers: subscribers.map(({ identity }) => identity.id),
    ...changes,
  })
}

const withoutKeys: Partial<AreaKeys> = { publicKey: null, privateKey: null }

async function areaOf(office: Office): Promise<Area> {
  return (await office.directory.areas.byName('news')) ?? expect.unreachable()
}

const letter = (id: string, from = '') =>
  Buffer.from(`Return-Path: <${from}>\r\nMessage-ID: <${id}@test>\r\nSubject: ${id}\r\n\r\nText of ${id}.\r\n`)

/** A letter for bob, wherever he lives. */
async function post(office: Office, id: string, recipients = bobs()): Promise<void> {
  const program = { handle: 'sendmail', args: recipients, replyNiceness: 96, compress: true }
  const deed = { kind: 'exec', ...program } as const
  const body = streamOf(letter(id, office.address('alice')))
  await office.office.sendToArea({ area: await areaOf(office), deed, body, niceness: 96 }, never)
}

function bobs(): string[] {
  // The path has room for three addresses.
  return offices.slice(0, 3).map(office => office.address('bob'))
}

const waiting = async (office: Office) => (await office.spool.outbox.summary()).reduce((sum, q) => sum + q.packets, 0)
const set = (office: Office) => office.spool.quarantine.list(20)
const reasons = async (office: Office) => (await set(office)).map(({ reason }) => reason)

async function bytesOf(office: Office, id: PacketId): Promise<Buffer> {
  const body = await office.spool.outbox.open(id)
  const chunks: Uint8Array[] = []
  for await (const chunk of body?.read() ?? []) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** What `from` has for `to` is handed over, again and again until acknowledged. Answers how many packets. */
async function hand(from: Office, to: Office): Promise<number> {
  const queue = await queueOf(from, to)
  for (const { id, kind } of queue) {
    const bytes = await bytesOf(from, id)
    await to.arrive({ bytes: streamOf(bytes), sender: readEncryptedHeader(bytes).sender, handedBy: from.identity.id })
    if (kind === 'ack') await from.spool.outbox.release(id, 1)
  }
  return queue.length
}

/** Everybody meets everybody until nothing moves. */
async function untilQuiet(all: readonly Office[], roundsMax = 12): Promise<void> {
  for (let round = 0; round < roundsMax; round += 1) {
    let moved = 0
    for (const from of all) for (const to of all) if (to !== from) moved += await hand(from, to)
    if (moved === 0) return
  }
  throw new Error('it never comes to rest')
}

async function messageOf(
  author: Pick<Office, 'identity'>,
  plain: PlainHeader,
  content: Uint8Array,
  area: PrivateArea = news,
): Promise<Buffer> {
  const payload = plainPacket(plain, streamOf(content))
  const options = { suite, random, author: author.identity, area, niceness: 96, payload }
  const chunks: Uint8Array[] = []
  for await (const chunk of sealAreaMessage(options)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** A packet around a message, made by hand. */
async function bring(from: Office, to: Office, message: Uint8Array, area: NodeId = news.id) {
  const payload = areaPacket(area, streamOf(message))
  const bytes = sealPacket({ suite, random, sender: from.identity, recipient: to.identity, niceness: 96, payload })
  return to.arrive({ bytes, sender: from.identity.id })
}

const mailTo = (...recipients: string[]): PlainHeader => {
  return { type: 'exec-fat', niceness: 96, path: execPath('sendmail', recipients) }
}

describe('a mesh of four, one of them without keys', () => {
  let a: Office
  let b: Office
  let c: Office
  let d: Office

  // The example of NNCP's manual.
  beforeEach(async () => {
    ;[a, b, c, d] = [await open('a'), await open('b'), await open('c'), await open('d')]
    await acquaint(a, b, c, d)
    await takePart(a, [b, d])
    await takePart(b, [c, d, a], withoutKeys)
    await takePart(c, [b])
    await takePart(d, [a, b])
  })

  it('a message reaches everybody who has the keys, once, by whatever roads', async () => {
    const people = [a, c, d].map(office => office.address('bob'))
    await post(a, 'one', people)
    await untilQuiet([a, b, c, d])
    for (const office of [c, d]) expect(await office.letters('bob')).toEqual([expect.stringContaining('Text of one.')])
    for (const office of [a, b]) expect(await office.letters('bob')).toEqual([])
    expect(await c.journeys.arrivals('bob', ['one@test'])).toMatchObject([{ broughtBy: b.identity.id }])
    await post(c, 'two', people)
    await untilQuiet([d, c, b, a])
    expect(await a.letters('bob')).toEqual([expect.stringContaining('Text of two.')])
    expect(await d.letters('bob')).toHaveLength(2)
    expect(await c.letters('bob')).toHaveLength(1)
    for (const office of offices) expect([await waiting(office), await reasons(office)]).toEqual([0, []])
  })

  it('goes neither back to who brought it nor to its author', async () => {
    await post(a, 'one')
    await hand(a, b)
    expect(await queueOf(b, a)).toMatchObject([{ kind: 'ack' }])
    for (const to of [c, d]) expect(await queueOf(b, to)).toMatchObject([{ kind: 'relayed', niceness: 96 }])
    await hand(b, d)
    expect(await queueOf(d, a)).toEqual([])
    expect(await queueOf(d, b)).toMatchObject([{ kind: 'ack' }])
  })

  it('is passed on once though it comes by two roads at the same moment', async () => {
    await takePart(d, [a, b, c])
    await post(a, 'one')
    await hand(a, b)
    await Promise.all([hand(a, d), hand(b, d)])
    expect(await queueOf(d, c)).toHaveLength(1)
    await untilQuiet([a, b, c, d])
    expect(await d.letters('bob')).toEqual([])
    expect(await c.letters('bob')).toHaveLength(1)
  })

  it('the same packet, and the same message in another packet, a second time: nothing more happens', async () => {
    const message = await messageOf(a, mailTo(d.address('bob')), letter('one'))
    for (const from of [a, b, c, b]) await bring(from, d, message)
    expect(await d.letters('bob')).toHaveLength(1)
    // b brought it second; a is the author.
    expect(await queueOf(d, b)).toMatchObject([{ kind: 'relayed' }, { kind: 'ack' }, { kind: 'ack' }])
    expect(await queueOf(d, a)).toMatchObject([{ kind: 'ack' }])
  })

  it('our own message, brought back, is done with', async () => {
    await post(a, 'one', [a.address('bob')])
    await hand(a, b)
    await takePart(d, [a, b])
    const own = await messageOf(a, mailTo(a.address('bob')), letter('made elsewhere with the same keys'))
    await bring(b, a, own)
    expect(await a.letters('bob')).toEqual([])
    expect(await reasons(a)).toEqual([])
    expect(await queueOf(a, d)).toHaveLength(1)
  })

  it('mail for nobody here, or for nobody anywhere, makes no report to anybody', async () => {
    await post(a, 'one', ['nobody@nowhere.example', d.address('stranger'), 'no address'])
    await untilQuiet([a, b, c, d])
    for (const office of offices) expect([await waiting(office), await reasons(office)]).toEqual([0, []])
    for (const office of offices) expect(await office.letters('alice')).toEqual([])
  })
})

describe('a message that nothing can be done with yet', () => {
  let a: Office
  let b: Office
  let c: Office

  beforeEach(async () => {
    ;[a, b, c] = [await open('a'), await open('b'), await open('c')]
    await acquaint(a, b, c)
    await takePart(a, [b])
    await takePart(b, [c])
    await takePart(c, [b])
  })

  async function retry(office: Office): Promise<void> {
    const [entry] = await set(office)
    await office.spool.quarantine.retry(entry?.number ?? expect.unreachable(), 1)
    office.office.arrived()
    await office.settled()
  }

  it('of an author unknown here is passed on and kept; its card makes it readable, once', async () => {
    await c.directory.neighbours.remove(a.identity.id)
    await takePart(c, [b, a])
    await post(a, 'one')
    await hand(a, b)
    await hand(b, c)
    expect(await c.letters('bob')).toEqual([])
    expect(await reasons(c)).toEqual([expect.stringContaining('author is not known')])
    // The same by another road is no second case.
    const [entry] = await queueOf(b, c)
    expect(entry).toBeDefined()
    await retry(c)
    expect(await reasons(c)).toEqual([expect.stringContaining('author is not known')])
    await c.knows(a)
    await retry(c)
    expect(await c.letters('bob')).toHaveLength(1)
    expect(await reasons(c)).toEqual([])
  })

  it('is set aside once, though it comes by two roads; and the second road delivers it when it can', async () => {
    const message = await messageOf(a, mailTo(c.address('bob')), letter('one'))
    await c.directory.neighbours.remove(a.identity.id)
    const d = await open('d')
    await c.knows(d)
    await bring(b, c, message)
    await bring(d, c, message)
    expect(await reasons(c)).toHaveLength(1)
    expect(await queueOf(c, d)).toMatchObject([{ kind: 'ack' }])
    await c.knows(a)
    await bring(d, c, message)
    expect(await c.letters('bob')).toHaveLength(1)
    await retry(c)
    expect(await c.letters('bob')).toHaveLength(1)
    expect(await reasons(c)).toEqual([])
  })

  it('of a stranger is taken where strangers are welcome, but never in the name of somebody known', async () => {
    await c.directory.neighbours.remove(a.identity.id)
    await takePart(c, [b], { allowUnknown: true })
    const text = (id: string, from: string) => messageOf(a, mailTo(c.address('bob')), letter(id, from))
    await bring(b, c, await text('welcome', 'somebody@elsewhere.example'))
    await bring(b, c, await text('bounce', ''))
    expect(await c.letters('bob')).toHaveLength(2)
    await bring(b, c, await text('us', c.address('alice')))
    await bring(b, c, await text('neighbour', b.address('alice')))
    await bring(b, c, await text('itself', a.address('alice')))
    expect(await c.letters('bob')).toHaveLength(2)
    expect(await reasons(c)).toEqual(Array(3).fill(expect.stringContaining('a stranger wrote it')))
  })

  it('in the name of another than its author is kept', async () => {
    await bring(a, b, await messageOf(a, mailTo(b.address('bob')), letter('forged', c.address('alice'))))
    expect(await b.letters('bob')).toEqual([])
    expect(await reasons(b)).toEqual([expect.stringContaining('but node a sent it')])
  })

  it('of a kind or handle that is not allowed here is passed on all the same', async () => {
    const kinds: PlainHeader[] = [
      { type: 'exec-fat', niceness: 1, path: execPath('rm', ['-rf', '/']) },
      { type: 'file', niceness: 1, path: textPath('../x') },
      { type: 'freq', niceness: 1, path: textPath('keys.json') },
    ]
    for (const plain of kinds) await bring(a, b, await messageOf(a, plain, letter('x')))
    expect((await reasons(b)).sort()).toEqual([
      expect.stringContaining('cannot be of the type freq'),
      expect.stringContaining('files of the area news are not taken'),
      expect.stringContaining('may not call "rm"'),
    ])
    expect(await queueOf(b, c)).toHaveLength(3)
    await takePart(b, [c], { handles: [] })
    await bring(a, b, await messageOf(a, mailTo(b.address('bob')), letter('no mail')))
    expect(await b.letters('bob')).toEqual([])
  })

  it('beyond what may wait for others is delivered here, and passed on when there is room', async () => {
    const narrow = await open('narrow', { bytesMax: 3000 })
    await acquaint(a, narrow, c)
    await takePart(narrow, [c])
    for (const id of ['one', 'two', 'three']) {
      await bring(
        a,
        narrow,
        await messageOf(a, mailTo(narrow.address('bob')), Buffer.concat([letter(id), Buffer.alloc(500)])),
      )
    }
    expect(await narrow.letters('bob')).toHaveLength(3)
    expect(await queueOf(narrow, c)).toHaveLength(2)
    expect(await narrow.spool.inbox.summary()).toMatchObject({ packets: 1 })
    for (const { id } of await queueOf(narrow, c)) await narrow.spool.outbox.acknowledge(id, c.identity.id, 1)
    const dueAt = (await narrow.spool.inbox.nextDueAt()) ?? expect.unreachable()
    await narrow.spool.inbox.due(dueAt, 1)
    narrow.office.arrived()
    await narrow.settled()
    expect(await queueOf(narrow, c)).toHaveLength(1)
    expect(await narrow.letters('bob')).toHaveLength(3)
    expect(await narrow.spool.inbox.summary()).toMatchObject({ packets: 0 })
  })

  it('that is too large ever to be passed on is delivered here, and that is said', async () => {
    const narrow = await open('narrow', { bytesMax: 500 })
    await acquaint(a, narrow, c)
    await takePart(narrow, [c])
    await bring(a, narrow, await messageOf(a, mailTo(narrow.address('bob')), letter('one')))
    expect(await narrow.letters('bob')).toHaveLength(1)
    expect(await reasons(narrow)).toEqual([expect.stringContaining('bytes_max')])
  })
})

describe('a file in an area', () => {
  const file = (name: string): PlainHeader => ({ type: 'file', niceness: 1, path: textPath(name) })
  const filesAt = async (office: Office) =>
    (await readdir(join(office.files, 'area.news')).catch(() => [])).filter(name => !name.startsWith('.')).sort()
  let a: Office
  let b: Office
  let c: Office

  beforeEach(async () => {
    ;[a, b, c] = [await open('a'), await open('b'), await open('c')]
    await acquaint(a, b, c)
    await takePart(b, [c], { takesFiles: true })
  })

  it('comes into the folder of the area once, by whatever roads, and goes on', async () => {
    const message = await messageOf(a, file('map.pdf'), Buffer.from('the map'))
    for (const from of [a, c, a]) await bring(from, b, message)
    expect(await filesAt(b)).toEqual(['map.pdf'])
    expect(await readFile(join(b.files, 'area.news', 'map.pdf'), 'utf8')).toBe('the map')
    expect(await queueOf(b, c)).toMatchObject([{ kind: 'relayed' }, { kind: 'ack' }])
    // Another message with the same name is another file.
    await bring(a, b, await messageOf(a, file('map.pdf'), Buffer.from('another map')))
    expect(await filesAt(b)).toEqual(['map.pdf', 'map.pdf.0'])
  })

  it('stays in that folder, whatever its name; one that cannot have its name is kept', async () => {
    for (const name of ['../../escaped', '/etc/escaped', '..']) {
      await bring(a, b, await messageOf(a, file(name), Buffer.from('x')))
    }
    const all = await readdir(join(b.files, '..'), { recursive: true })
    expect(all.filter(name => name.includes('escaped'))).toEqual([])
    expect(await reasons(b)).toHaveLength(3)
    expect(await queueOf(b, c)).toHaveLength(3)
  })

  it('comes into the folder that a person chose, and waits while that is not there', async () => {
    const incoming = join(b.files, '..', 'chosen')
    await takePart(b, [c], { takesFiles: true, incoming })
    await bring(a, b, await messageOf(a, file('map.pdf'), Buffer.from('the map')))
    expect(await b.spool.inbox.summary()).toMatchObject({ packets: 1 })
    expect(await queueOf(b, c)).toHaveLength(1)
    await mkdir(incoming)
    await b.spool.inbox.due((await b.spool.inbox.nextDueAt()) ?? expect.unreachable(), 1)
    b.office.arrived()
    await b.settled()
    expect(await readdir(incoming)).toContain('map.pdf')
    expect(await queueOf(b, c)).toMatchObject([{ kind: 'relayed' }])
    expect(await b.spool.inbox.summary()).toMatchObject({ packets: 0 })
  })
})

describe('an attack', () => {
  let a: Office
  let b: Office
  let c: Office
  let mallory: Office

  beforeEach(async () => {
    ;[a, b, c, mallory] = [await open('a'), await open('b'), await open('c'), await open('mallory')]
    await acquaint(a, b, c, mallory)
    await takePart(a, [b])
    await takePart(b, [c])
  })

  const flipped = (bytes: Uint8Array, at: number) => {
    const changed = Uint8Array.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    return changed
  }

  it('a true header with a forged body does not stand in for the message', async () => {
    const message = await messageOf(a, mailTo(b.address('bob')), letter('one'))
    await bring(mallory, b, flipped(message, message.length - 1))
    await bring(mallory, b, message.subarray(0, 172))
    await bring(mallory, b, Buffer.concat([message, Buffer.from('x')]))
    expect(await reasons(b)).toHaveLength(3)
    expect(await waiting(b)).toBe(0)
    await bring(a, b, message)
    expect(await b.letters('bob')).toHaveLength(1)
    expect(await queueOf(b, c)).toHaveLength(1)
  })

  it('nor does it where the area cannot be read: the true one is passed on too', async () => {
    await takePart(b, [c], withoutKeys)
    await takePart(c, [])
    const message = await messageOf(a, mailTo(c.address('bob')), letter('one'))
    await bring(mallory, b, flipped(message, message.length - 1))
    await bring(a, b, message)
    await bring(mallory, b, message)
    expect(await queueOf(b, c)).toHaveLength(2)
    await hand(b, c)
    expect(await c.letters('bob')).toHaveLength(1)
    expect(await set(c)).toHaveLength(1)
  })

  it('a message in the name of a known author that it did not sign is passed on by nobody', async () => {
    const forger = { identity: { ...mallory.identity, id: a.identity.id } }
    const forged = await messageOf(forger, mailTo(b.address('bob')), letter('forged'))
    await bring(mallory, b, forged)
    await takePart(b, [c], withoutKeys)
    await bring(mallory, b, forged.subarray())
    expect(await b.letters('bob')).toEqual([])
    expect(await queueOf(b, c)).toEqual([])
    expect(await reasons(b)).toEqual(Array(2).fill(expect.stringContaining('not signed by its')))
    expect(await waiting(b)).toBe(0)
  })

  it('a message of another area, of none that is known, or none at all is refused, not acknowledged', async () => {
    const other = generateArea(suite, random)
    const message = await messageOf(a, mailTo(b.address('bob')), letter('one'), other)
    await bring(a, b, message)
    await bring(a, b, message, other.id)
    await bring(a, b, Buffer.alloc(500, 'junk'))
    await bring(a, b, Buffer.alloc(0))
    expect(await waiting(b)).toBe(0)
    expect(await set(b)).toHaveLength(4)
    expect(await reasons(b)).toContainEqual(expect.stringContaining('not known here; to take part'))
  })

  it('an area that subscribes its own reader, or everybody in circles, comes to rest', async () => {
    const all = [a, b, c, mallory]
    for (const office of all) await takePart(office, all)
    await post(mallory, 'round')
    await untilQuiet(all)
    for (const office of [a, b, c]) expect(await office.letters('bob')).toHaveLength(1)
    for (const office of all) expect([await waiting(office), await reasons(office)]).toEqual([0, []])
  })

  it('a zstd bomb in an area is stopped, kept, and passed on as it is', async () => {
    const { zstdCompress } = await import('../../base/zstd.ts')
    const chunks: Uint8Array[] = []
    for await (const chunk of zstdCompress(streamOf(Buffer.alloc(6_000_000)))) chunks.push(chunk)
    const plain = { ...mailTo(b.address('bob')), type: 'exec' } as const
    await bring(a, b, await messageOf(a, plain, Buffer.concat(chunks)))
    expect(await reasons(b)).toHaveLength(1)
    expect(await b.letters('bob')).toEqual([])
    expect(await queueOf(b, c)).toHaveLength(1)
  })
})

describe('what is sent to an area', () => {
  it('needs somebody to send it to, and a key to seal it with', async () => {
    const [a, b] = [await open('a'), await open('b')]
    await acquaint(a, b)
    await takePart(a, [])
    await expect(post(a, 'one')).rejects.toMatchObject({ code: 'no-subscribers' })
    await takePart(a, [a])
    await expect(post(a, 'one')).rejects.toMatchObject({ code: 'no-subscribers' })
    await takePart(a, [b], withoutKeys)
    await expect(post(a, 'one')).rejects.toMatchObject({ code: 'no-area-key' })
    await takePart(a, [b], { privateKey: null })
    await post(a, 'one')
    expect(await queueOf(a, b)).toMatchObject([{ kind: 'letter', niceness: 96 }])
  })

  it('leaves nothing behind when it fails', async () => {
    const [a, b] = [await open('a'), await open('b')]
    await acquaint(a, b)
    await takePart(a, [b])
    async function* broken() {
      yield Buffer.from('x')
      throw new Error('the file is gone')
    }
    const deed = { kind: 'file', name: 'x' } as const
    const sending = a.office.sendToArea({ area: await areaOf(a), deed, body: broken(), niceness: 96 }, never)
    await expect(sending).rejects.toThrow('the file is gone')
    expect(await waiting(a)).toBe(0)
  })
})
