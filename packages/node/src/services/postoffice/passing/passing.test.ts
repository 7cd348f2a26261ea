/** Relays that tell senders what passed: who is told, what is believed, and what hostile messages come to. */
import {
  bytesOfId,
  execPath,
  FormatError,
  type PacketId,
  packetIdFromBytes,
  priorityNiceness,
  XdrWriter,
} from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, describe, expect, it } from 'vitest'
import { zstdCompress } from '../../../base/zstd.ts'
import { cardLink } from '../../../stores/directory/card.ts'
import { controlHandle } from '../control/messages.ts'
import type { RelayPolicy } from '../index.ts'
import { Office, queueOf, streamOf } from '../rig.ts'
import { parsePassed, passedBytes, passedMax } from './wire.ts'

let offices: Office[] = []
afterEach(async () => {
  for (const office of offices) await office.stop()
  offices = []
})

async function open(name: string, policy: Partial<RelayPolicy> = {}): Promise<Office> {
  const office = await Office.open(name, ['alice', 'bob'], store => store, policy)
  offices.push(office)
  return office
}

const cardOf = ({ identity, name }: Office, asksPassing: boolean) =>
  cardLink(pureSuite, identity, {
    ...{ name, domains: [], addresses: [], acknowledges: true, receipts: true, asksPassing, issuedAt: 0 },
  })

async function three({ asks = true, tells = true } = {}) {
  const valley = await open('valley')
  const pass = await open('pass', { from: ['valley'], tellsPassing: tells })
  const ridge = await open('ridge')
  await valley.knows(pass, { card: cardOf(pass, false) })
  await valley.knows(ridge, { via: [pass.identity.id] })
  await pass.knows(valley, { card: cardOf(valley, asks) })
  await pass.knows(ridge)
  await ridge.knows(valley)
  await ridge.knows(pass)
  await valley.send(valley.address('alice'), [ridge.address('bob')], 'Message-ID: <over@test>\r\n\r\nhello\r\n')
  const [packet] = await queueOf(valley, pass)
  const body = await valley.spool.outbox.open(packet?.id ?? packetIdFromBytes(new Uint8Array(32)))
  if (body === undefined) throw new Error('nothing was sent')
  await pass.arrive({ bytes: body.read(), sender: valley.identity.id })
  return { valley, pass, ridge }
}

/** `from` says that a packet passed it. */
async function tells(from: Office, to: Office, letter: PacketId | undefined): Promise<void> {
  const plain = { type: 'exec', niceness: priorityNiceness, path: execPath(controlHandle, ['passed']) } as const
  const bytes = passedBytes([{ letter: letter ?? nobodys, at: 1 }])
  await to.arrive({ bytes: from.seal(to, plain, zstdCompress(streamOf(bytes))), sender: from.identity.id })
}

const nobodys = packetIdFromBytes(new Uint8Array(32).fill(9))

const journeyOf = async (office: Office) => (await office.journeys.last({ sender: null, limit: 1 }))[0]

async function bring(from: Office, to: Office): Promise<void> {
  for (const { id } of await queueOf(from, to)) {
    const body = await from.spool.outbox.open(id)
    if (body !== undefined) await to.arrive({ bytes: body.read(), sender: from.identity.id })
  }
}

describe('letters that passed', () => {
  it('are told of where card and relay allow it, by the id that their destination will see', async () => {
    const { valley, pass, ridge } = await three()
    expect(await pass.office.tellPassing()).toBe(1)
    expect(await pass.office.tellPassing()).toBe(0)
    await bring(pass, valley)
    const journey = await journeyOf(valley)
    const passed = journey?.stations.find(({ kind }) => kind === 'passed')
    expect(passed).toMatchObject({ where: pass.identity.id, letter: journey?.letters[0]?.id })
    const [relayed] = await queueOf(pass, ridge)
    expect(relayed?.id).toBe(journey?.letters[0]?.id)
    expect(relayed?.id).not.toBe((await queueOf(valley, pass))[0]?.id)
    expect(await valley.spool.quarantine.count()).toBe(0)
  })

  it('are told of by every relay on the road', async () => {
    const [valley, ridge] = [await open('valley'), await open('ridge')]
    const first = await open('first', { from: ['valley'] })
    const second = await open('second', { from: ['first', 'valley'] })
    await valley.knows(first, { card: cardOf(first, false) })
    await valley.knows(second, { card: cardOf(second, false), via: [first.identity.id] })
    await valley.knows(ridge, { via: [first.identity.id, second.identity.id] })
    for (const other of [valley, second]) await first.knows(other)
    for (const other of [valley, first, ridge]) await second.knows(other)
    await valley.send(valley.address('alice'), [ridge.address('bob')], 'Message-ID: <far@test>\r\n\r\nhello\r\n')
    await bring(valley, first)
    await bring(first, second)
    const [toSecond, toRidge] = [await queueOf(first, second), await queueOf(second, ridge)]
    await tells(second, valley, toRidge[0]?.id)
    await tells(first, valley, toSecond[0]?.id)
    const stations = (await journeyOf(valley))?.stations.filter(({ kind }) => kind === 'passed') ?? []
    expect(new Set(stations.map(({ where }) => where))).toEqual(new Set([first.identity.id, second.identity.id]))
    expect(stations).toHaveLength(2)
  })

  it('passed-elsewhere: a neighbour that is no relay on the road of a letter is not believed', async () => {
    const { valley, pass } = await three()
    const stranger = await open('stranger')
    await valley.knows(stranger, { card: cardOf(stranger, false) })
    const letter = (await journeyOf(valley))?.letters[0]?.id
    await tells(stranger, valley, letter)
    expect((await journeyOf(valley))?.stations.some(({ kind }) => kind === 'passed')).toBe(false)
    await tells(pass, valley, letter)
    expect((await journeyOf(valley))?.stations.some(({ kind }) => kind === 'passed')).toBe(true)
  })

  it.each([
    ['the card does not ask', { asks: false }],
    ['the operator has not allowed it', { tells: false }],
  ])('are not told of when %s', async (_, how) => {
    const { pass } = await three(how)
    expect(await pass.office.tellPassing()).toBe(0)
  })

  it('passed-forged: nothing is believed of letters that are not ours, and a faulty message is set aside', async () => {
    const { valley, pass } = await three()
    const send = async (bytes: Uint8Array) => {
      const plain = { type: 'exec', niceness: priorityNiceness, path: execPath(controlHandle, ['passed']) } as const
      await valley.arrive({ bytes: pass.seal(valley, plain, zstdCompress(streamOf(bytes))), sender: pass.identity.id })
    }
    await send(passedBytes([{ letter: packetIdFromBytes(new Uint8Array(32).fill(9)), at: Number.MAX_SAFE_INTEGER }]))
    expect((await journeyOf(valley))?.stations.some(({ kind }) => kind === 'passed')).toBe(false)
    expect(await valley.spool.quarantine.count()).toBe(0)
    await send(new Uint8Array([1, 2, 3]))
    expect((await valley.spool.quarantine.list(9)).map(({ reason }) => reason)).toEqual([
      expect.stringContaining('letters that passed, with a fault'),
    ])
  })

  it('are read with bounds', () => {
    const letter = packetIdFromBytes(new Uint8Array(32).fill(1))
    const some = [{ letter, at: 5 }]
    expect(parsePassed(passedBytes(some))).toEqual(some)
    const many = new XdrWriter().u32(passedMax + 1).bytes()
    const early = new XdrWriter().u32(2).fixedOpaque(bytesOfId(letter)).u64(5).bytes()
    const more = Buffer.concat([passedBytes(some), new Uint8Array(4)])
    for (const bytes of [many, early, more, new Uint8Array(0)]) expect(() => parsePassed(bytes)).toThrow(FormatError)
  })
})
