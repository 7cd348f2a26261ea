/** NNCP's spool, told by hand; what NNCP itself leaves there is taken over in tests/interop/moving.test.ts. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  generateArea,
  generateIdentity,
  mthHasher,
  type PacketId,
  type PrivateIdentity,
  packetIdFromBytes,
  plainPacket,
  sealPacket,
  textPath,
} from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { nncpSpoolWriter, openNncpSpool } from '../../links/nncp-spool/index.ts'
import { memorySpool } from '../../stores/spool/memory.ts'
import type { Spool } from '../../stores/spool/spool.ts'
import { putSpool } from './put-spool.ts'
import type { SpoolTaken } from './report.ts'
import { type TakeSpoolOptions, takeSpool } from './take-spool.ts'

const random = suite.blake3Xof(suite.blake3(Buffer.from('moving')))
const [us, bob, carol, stranger] = Array.from({ length: 4 }, () => generateIdentity(suite, random)) as [
  PrivateIdentity,
  PrivateIdentity,
  PrivateIdentity,
  PrivateIdentity,
]
const at = 1_700_000_000_000

let folder: string
let spool: Spool

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-moving-'))
  spool = memorySpool({ suite })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of source) parts.push(part)
  return Buffer.concat(parts)
}

/** A packet, and its name. */
async function sealed(sender: PrivateIdentity, recipient: PrivateIdentity, sizeBytes = 50, niceness = 96) {
  async function* body() {
    yield random(sizeBytes)
  }
  const payload = plainPacket({ type: 'file', niceness, path: textPath('photo') }, body())
  const bytes = await bytesOf(sealPacket({ suite, random, sender, recipient, niceness, payload }))
  const hasher = mthHasher(suite)
  hasher.update(bytes)
  return { id: packetIdFromBytes(hasher.digest()), bytes }
}

function lay(
  node: PrivateIdentity,
  room: 'rx' | 'tx' | `${'rx/seen' | 'area'}${string}`,
  name: string,
  bytes: Uint8Array = Buffer.alloc(0),
) {
  mkdirSync(join(folder, node.id, room), { recursive: true })
  writeFileSync(join(folder, node.id, room, name), bytes)
}

async function take(changes: Partial<TakeSpoolOptions> = {}): Promise<SpoolTaken> {
  return takeSpool({
    ...{ self: us.id, spool, from: await openNncpSpool(folder), packetBytesMax: 1_000_000 },
    ...{ hasUsers: true, remove: false, dryRun: false, now: () => at, signal: new AbortController().signal },
    isNeighbour: async id => id === bob.id || id === carol.id,
    ...changes,
  })
}

const nothing = { packets: 0, bytes: 0 }
const files = () => readdirSync(folder, { recursive: true }).map(String).sort()

describe('taking over a spool of NNCP', () => {
  it('queues what waits in tx and opens what waits in rx, with their niceness', async () => {
    const [mine, passedOn] = [await sealed(us, bob, 50, 32), await sealed(carol, bob)]
    const [theirs, relayed, unchecked] = [await sealed(bob, us), await sealed(carol, us), await sealed(bob, us, 70)]
    for (const { id, bytes } of [mine, passedOn]) lay(bob, 'tx', id, bytes)
    for (const { id, bytes } of [theirs, relayed]) lay(bob, 'rx', id, bytes)
    lay(bob, 'rx', `${unchecked.id}.nock`, unchecked.bytes)
    expect(await take()).toMatchObject({ outgoing: { packets: 2 }, incoming: { packets: 3 }, bad: [], present: 0 })
    const queued = await spool.outbox.page(bob.id, { after: null, limit: 9 })
    expect(queued.map(({ id, kind, niceness }) => ({ id, kind, niceness }))).toEqual([
      { id: mine.id, kind: 'letter', niceness: 32 },
      { id: passedOn.id, kind: 'relayed', niceness: 96 },
    ])
    const body = await spool.outbox.open(mine.id)
    expect((await bytesOf(body?.read() ?? expect.unreachable())).equals(mine.bytes)).toBe(true)
    const waiting = await spool.inbox.due(at, 9)
    expect(waiting.map(({ id, sender, handedBy }) => `${id} ${sender} ${handedBy}`).sort()).toEqual(
      [
        `${theirs.id} ${bob.id} ${bob.id}`,
        `${relayed.id} ${carol.id} ${bob.id}`,
        `${unchecked.id} ${bob.id} ${bob.id}`,
      ].sort(),
    )
  })

  it('can be done again, also when packets have left since; originals stay', async () => {
    const [mine, theirs] = [await sealed(us, bob), await sealed(bob, us)]
    lay(bob, 'tx', mine.id, mine.bytes)
    lay(bob, 'rx', theirs.id, theirs.bytes)
    await take()
    await spool.outbox.release(mine.id, at)
    await spool.inbox.finish(theirs.id, { at, outbound: [] })
    expect(await take()).toMatchObject({ outgoing: nothing, incoming: nothing, present: 2 })
    expect(await spool.outbox.summary()).toEqual([])
    expect(existsSync(join(folder, bob.id, 'tx', mine.id))).toBe(true)
  })

  it('remembers the messages of areas that were dealt with', async () => {
    const area = generateArea(suite, random)
    const [first, other] = [(await sealed(us, us)).id, (await sealed(us, us)).id]
    const heard = (id: PacketId) => spool.inbox.heard(id)
    for (const id of [first, other]) lay(us, `area/${area.id}`, id)
    for (const name of ['no-name', `${first}.part`]) lay(us, `area/${area.id}`, name)
    lay(us, 'area/no-area', first)
    // What neighbours have met is not what this node has met.
    lay(bob, `area/${area.id}`, (await sealed(us, us)).id)
    expect(await take({ dryRun: true })).toMatchObject({ heard: 2 })
    expect(await heard(first)).toBeUndefined()
    expect(await take()).toMatchObject({ heard: 2, removed: 0 })
    for (const id of [first, other]) {
      expect(await heard(id)).toMatchObject({ passedOn: true, actedOn: true, heldBy: null })
    }
    expect(await take({ remove: true })).toMatchObject({ heard: 0 })
    expect(readdirSync(join(folder, us.id, 'area', area.id)).sort()).toEqual(['no-name', `${first}.part`].sort())
  })

  it('goes on where it was cut off', async () => {
    const packets = []
    for (let count = 0; count < 40; count += 1) packets.push(await sealed(us, bob, count))
    for (const { id, bytes } of packets) lay(bob, 'tx', id, bytes)
    const cut = new AbortController()
    let committed = 0
    const takeOver: Spool['moving']['takeOver'] = async packet => {
      if (committed === 10) cut.abort()
      cut.signal.throwIfAborted()
      committed += 1
      return spool.moving.takeOver(packet)
    }
    const cutting = { ...spool, moving: { ...spool.moving, takeOver } }
    await expect(take({ spool: cutting, signal: cut.signal })).rejects.toThrow(/cancelled|abort/i)
    const [queue] = await spool.outbox.summary()
    expect(queue?.packets).toBe(10)
    expect(await take()).toMatchObject({ outgoing: { packets: 30 }, present: 10 })
    expect(await spool.outbox.summary()).toMatchObject([{ packets: 40 }])
  })

  it('removes with --move what is here, and nothing else', async () => {
    const [mine, theirs, foreign] = [await sealed(us, bob), await sealed(bob, us), await sealed(stranger, us)]
    lay(bob, 'tx', mine.id, mine.bytes)
    lay(bob, 'rx', theirs.id, theirs.bytes)
    lay(bob, 'rx', foreign.id, foreign.bytes)
    lay(bob, 'rx/seen', foreign.id.replace(/^./, 'A'))
    lay(carol, 'tx', theirs.id, Buffer.from('rubbish'))
    const taken = await take({ remove: true })
    expect(taken).toMatchObject({ removed: 2, left: { unknownSender: 1 }, bad: [{ name: theirs.id }] })
    expect(files().filter(name => /[A-Z2-7]{52}$/.test(name) && name.includes('x/'))).toEqual(
      [join(bob.id, 'rx', foreign.id), join(carol.id, 'tx', theirs.id)].sort(),
    )
  })

  it('notes what is not what its name says, and leaves it', async () => {
    const [whole, other] = [await sealed(bob, us), await sealed(bob, carol)]
    lay(bob, 'rx', whole.id, whole.bytes.subarray(0, -1))
    lay(bob, 'rx', other.id, other.bytes)
    lay(bob, 'tx', whole.id, whole.bytes)
    const { bad, incoming, outgoing } = await take()
    expect(bad.map(({ name, reason }) => `${name} ${reason}`).sort()).toEqual(
      [
        `${whole.id} its content is not its hash`,
        `${whole.id} it is sealed for another node`,
        `${other.id} it is sealed for another node`,
      ].sort(),
    )
    expect([incoming, outgoing]).toEqual([nothing, nothing])
    expect(await spool.quarantine.count()).toBe(3)
    expect(await spool.inbox.summary()).toEqual(nothing)
  })

  it('leaves with its reason what has no place here', async () => {
    const [own, large, letter] = [await sealed(us, us), await sealed(us, bob, 5000), await sealed(bob, us)]
    lay(us, 'tx', own.id, own.bytes)
    lay(bob, 'tx', large.id, large.bytes)
    lay(bob, 'rx', letter.id, letter.bytes)
    lay(stranger, 'rx', letter.id, letter.bytes)
    const taken = await take({ hasUsers: false, packetBytesMax: 2000 })
    expect(taken.left).toEqual({ ownPacket: 1, tooLarge: 1, noUsers: 1, unknownNeighbour: 1, unknownSender: 0 })
    expect([taken.incoming, taken.outgoing]).toEqual([nothing, nothing])
  })

  it('takes nothing for new that NNCP has dealt with', async () => {
    const packet = await sealed(bob, us)
    lay(bob, 'rx/seen', packet.id)
    lay(bob, 'rx', packet.id, packet.bytes)
    expect(await take()).toMatchObject({ seen: 1, incoming: nothing, present: 1 })
    expect(await spool.inbox.seen(packet.id)).toMatchObject({ outcome: 'taken', sender: bob.id })
  })

  it('goes on with the beginning of a packet', async () => {
    const { id, bytes } = await sealed(bob, us, 200_000)
    lay(bob, 'rx', `${id}.part`, bytes.subarray(0, 100_000))
    expect(await take({ hasUsers: false })).toMatchObject({ begun: { packets: 1, bytes: 100_000 } })
    const partial = await spool.partials.open(id, bytes.length)
    if (partial === undefined) return expect.unreachable()
    const { offsetBytes } = partial
    expect(offsetBytes).toBe(100_000)
    await partial.append(bytes.subarray(offsetBytes))
    const finished = await partial.finish()
    expect(finished !== 'bad-hash' && finished.id).toBe(id)
  })

  it('says in a dry run what it would do, and does nothing', async () => {
    const [mine, theirs] = [await sealed(us, bob), await sealed(bob, us)]
    lay(bob, 'tx', mine.id, mine.bytes)
    lay(bob, 'rx', theirs.id, theirs.bytes)
    lay(bob, 'rx/seen', mine.id)
    const before = files()
    const taken = await take({ dryRun: true, remove: true })
    expect(taken).toMatchObject({ outgoing: { packets: 1 }, incoming: { packets: 1 }, seen: 1, removed: 0 })
    expect(files()).toEqual(before)
    expect(await spool.outbox.summary()).toEqual([])
    expect(await spool.inbox.summary()).toEqual(nothing)
    expect(await spool.inbox.seen(mine.id)).toBeUndefined()
  })

  it('stops before the disk is full, and keeps what it has', async () => {
    const [one, other] = [await sealed(us, bob), await sealed(us, carol)]
    lay(bob, 'tx', one.id, one.bytes)
    lay(carol, 'tx', other.id, other.bytes)
    await expect(take({ freeBytes: async () => 1000 })).rejects.toMatchObject({ code: 'disk-full', retry: 'later' })
    expect(await take({ freeBytes: async () => 1e12 })).toMatchObject({ outgoing: { packets: 2 } })
  })
})

describe('putting out a spool for NNCP', () => {
  it('puts each packet where NNCP looks for it, once, and comes back as it was', async () => {
    const [mine, theirs, done] = [await sealed(us, bob), await sealed(carol, us, 60_000), await sealed(bob, us)]
    lay(bob, 'tx', mine.id, mine.bytes)
    lay(bob, 'rx', theirs.id, theirs.bytes)
    lay(bob, 'rx/seen', done.id)
    await take()
    const before = files()
    const out = mkdtempSync(join(folder, 'out-'))
    const put = async () => {
      const to = await nncpSpoolWriter(out, random)
      return putSpool({ to, spool, signal: new AbortController().signal })
    }
    expect(await put()).toMatchObject({ outgoing: { packets: 1 }, incoming: { packets: 1 }, seen: 1, present: 0 })
    expect(await put()).toMatchObject({ outgoing: nothing, incoming: nothing, present: 2 })
    const written = readdirSync(out, { recursive: true }).map(String)
    expect(written.filter(name => name !== 'tmp').sort()).toEqual(before)
    expect(readFileSync(join(out, bob.id, 'rx', theirs.id)).equals(theirs.bytes)).toBe(true)
  })
})
