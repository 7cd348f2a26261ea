/** What every spool must do with receipts that are owed to others. Run by the real store and by its twin in memory. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { describe, expect, test, vi } from 'vitest'
import { node, outbound, receive, type SpoolFactory, stage } from './contract.ts'
import type { FetchedHere, LetterNumber } from './keeping.ts'
import type { Ranges } from './ranges.ts'
import type { Spool } from './spool.ts'

const at = 1_700_000_000_000
const there = node(2)
const delivered = Uint8Array.of(1)

const numberOf = (number: number, waiting: Ranges = [], changes: Partial<LetterNumber> = {}): LetterNumber => {
  return { series: 'one', generation: 0, number, waiting, day: 1, ...changes }
}

/** A letter that came, and was delivered. */
async function take(spool: Spool, seed: number, number = numberOf(seed)): Promise<PacketId> {
  // Bytes repeat after 256 seeds.
  const { id } = await receive(spool, seed, { sizeBytes: 100 + (seed >> 8) })
  await spool.inbox.finish(id, { at, outbound: [], receipt: { outcomes: delivered, number } })
  return id
}

async function answer(spool: Spool, seed: number, to: NodeId = there): Promise<PacketId> {
  const items = await spool.receipts.next(to, 1000)
  const staged = await stage(spool, seed)
  await spool.receipts.commit(outbound(staged, { kind: 'ack', destination: to, messageId: null }), items)
  return staged.id
}

export function receiptsContract(name: string, make: SpoolFactory): void {
  describe(`receipts for others: ${name}`, () => {
    owingContract(make)
    fetchedContract(make)
    onTheirWayContract(make)
    ageContract(make)
  })
}

function owingContract(make: SpoolFactory): void {
  test('is owed from the commit that ends the packet until the packet with it is committed', async () => {
    const spool = await make()
    const hint = vi.fn()
    spool.receipts.onOwed(hint)
    const [one, two] = [await take(spool, 1), await take(spool, 2)]
    expect(hint).toHaveBeenCalledTimes(2)
    expect(await spool.receipts.owed()).toEqual([{ node: there, letters: 2 }])
    const items = await spool.receipts.next(there, 1000)
    expect(items.map(({ letter }) => letter).sort()).toEqual([one, two].sort())
    expect([...(items[0]?.outcomes ?? [])]).toEqual([1])
    expect(await spool.receipts.next(there, 1)).toHaveLength(1)
    await answer(spool, 50)
    expect(await spool.receipts.owed()).toEqual([])
    expect(await spool.outbox.summary()).toMatchObject([{ nextHop: there, packets: 1 }])
  })

  test('a packet that is set aside may owe one too; one without is owed nothing', async () => {
    const spool = await make()
    const { id } = await receive(spool, 1)
    const receipt = { outcomes: Uint8Array.of(3), number: numberOf(1) }
    await spool.inbox.quarantine(id, { reason: 'x', outcome: 'taken', at, outbound: [], receipt })
    const plain = await receive(spool, 2)
    await spool.inbox.finish(plain.id, { at, outbound: [] })
    expect((await spool.receipts.next(there, 10)).map(({ letter }) => letter)).toEqual([id])
  })

  test('while the packet waits, the next one says all that it did and takes its place', async () => {
    const spool = await make()
    const one = await take(spool, 1)
    const first = await answer(spool, 50)
    const two = await take(spool, 2)
    expect((await spool.receipts.next(there, 1000)).map(({ letter }) => letter).sort()).toEqual([one, two].sort())
    const second = await answer(spool, 51)
    expect(await spool.outbox.get(first)).toBeUndefined()
    await spool.outbox.release(second, at)
    const three = await take(spool, 3)
    expect((await spool.receipts.next(there, 1000)).map(({ letter }) => letter)).toEqual([three])
  })

  test('a letter that comes again is owed one again, any time within a year', async () => {
    const spool = await make()
    const id = await take(spool, 1)
    await spool.outbox.release(await answer(spool, 50), at)
    expect(await spool.receipts.again(id)).toBe(true)
    expect(await spool.receipts.next(there, 10)).toMatchObject([{ letter: id }])
    expect(await spool.receipts.again('A'.repeat(52) as PacketId)).toBe(false)
    await spool.receipts.letGo(there)
    expect(await spool.receipts.owed()).toEqual([])
    expect(await spool.receipts.again(id)).toBe(true)
    for (let day = 0; day <= 367; day += 1) await spool.prune(at + day * 24 * 3_600_000)
    expect(await spool.receipts.again(id)).toBe(false)
  })
}

function fetchedContract(make: SpoolFactory): void {
  test('what said delivered says fetched when an app did, and is owed anew, once', async () => {
    const spool = await make()
    const { id } = await receive(spool, 1)
    const receipt = { outcomes: Uint8Array.of(1, 2, 1), number: numberOf(1) }
    await spool.inbox.finish(id, { at, outbound: [], receipt })
    await spool.outbox.release(await answer(spool, 50), at)
    const hint = vi.fn()
    spool.receipts.onOwed(hint)
    const fetched = (place: number, changes: Partial<FetchedHere> = {}) =>
      spool.receipts.fetched([{ letter: id, node: there, place, at: at + 5.5, ...changes }])
    // What failed, who is none of its recipients, whose sender it is not, and what nobody knows.
    await fetched(1)
    await fetched(3)
    await fetched(0, { node: node(3) })
    await fetched(0, { letter: 'A'.repeat(52) as PacketId })
    expect([await spool.receipts.owed(), hint.mock.calls]).toEqual([[], []])
    await fetched(2)
    expect(hint).toHaveBeenCalledTimes(1)
    const [item] = await spool.receipts.next(there, 10)
    expect(item).toMatchObject({ letter: id, at: at + 5 })
    expect([...(item?.outcomes ?? [])]).toEqual([1, 2, 5])
    await answer(spool, 51)
    await fetched(2)
    expect(await spool.receipts.owed()).toEqual([])
  })

  test('what is fetched while a packet is made that says less is owed still', async () => {
    const spool = await make()
    const letter = await take(spool, 1)
    const items = await spool.receipts.next(there, 10)
    await spool.receipts.fetched([{ letter, node: there, place: 0, at }])
    const staged = await stage(spool, 50)
    await spool.receipts.commit(outbound(staged, { kind: 'ack', destination: there, messageId: null }), items)
    expect((await spool.receipts.next(there, 10)).map(({ outcomes }) => [...outcomes])).toEqual([[5]])
  })
}

function onTheirWayContract(make: SpoolFactory): void {
  const [many, none] = [3, 0]

  test('earlier letters are on their way while their sender waits for them and they have not come', async () => {
    const spool = await make()
    expect(await spool.receipts.onTheirWay(there)).toBe(none)
    await take(spool, 5, numberOf(5, [[2, 4]]))
    expect(await spool.receipts.onTheirWay(there)).toBe(many)
    await take(spool, 3, numberOf(3, [[1, 2]]))
    expect(await spool.receipts.onTheirWay(there)).toBe(2)
    // The newest says what became of the others: their sender has given them up, or knows that they came.
    await take(spool, 9, numberOf(9, [[8, 8]]))
    expect(await spool.receipts.onTheirWay(there)).toBe(1)
    await take(spool, 8, numberOf(8, [[4, 5]]))
    expect(await spool.receipts.onTheirWay(there)).toBe(none)
    await take(spool, 4, numberOf(4, [[1, 3]]))
    expect(await spool.receipts.onTheirWay(there)).toBe(none)
  })

  test('a letter that came before its number was needed is not missed later', async () => {
    const spool = await make()
    await take(spool, 1, numberOf(1))
    await take(spool, 2, numberOf(2, [[1, 1]]))
    await take(spool, 4, numberOf(4, [[1, 3]]))
    expect(await spool.receipts.onTheirWay(there)).toBe(1)
  })

  test('a sender that was restored begins another series; letters of the old one prove nothing any more', async () => {
    const spool = await make()
    await take(spool, 7, numberOf(7, [[1, 6]]))
    await take(spool, 20, numberOf(1, [], { series: 'two', generation: 1 }))
    expect(await spool.receipts.onTheirWay(there)).toBe(none)
    await take(spool, 8, numberOf(8, [[1, 7]]))
    expect(await spool.receipts.onTheirWay(there)).toBe(none)
  })

  test('a sender that numbers without end or rule makes nothing grow without end, and nothing untrue', async () => {
    const spool = await make()
    for (let seed = 1; seed <= 600; seed += 1) await take(spool, seed, numberOf(seed * 2, [[1, seed * 2 - 1]]))
    // What came longest ago is forgotten, and then nothing is said of what lies before.
    const left = await spool.receipts.onTheirWay(there)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(600)
    for (let seed = 1001; seed <= 1020; seed += 1) {
      await take(spool, seed, numberOf(1, [], { series: `s${seed}`, generation: seed }))
    }
    expect(await spool.receipts.onTheirWay(there)).toBe(none)
  })
}

function ageContract(make: SpoolFactory): void {
  const dayMs = 24 * 3_600_000
  const first = 1_700_000_000_000
  const ageOf = (spool: Spool, day: number, series = 'one') => spool.receipts.ageDaysMin(there, { series, day })

  test('a letter is as old as later ones of its sender show, and then as the days that this node ran', async () => {
    const spool = await make()
    await spool.prune(first)
    expect(await ageOf(spool, 5)).toBe(0)
    await take(spool, 1, numberOf(1, [], { day: 5 }))
    expect(await ageOf(spool, 5)).toBe(0)
    await take(spool, 2, numberOf(2, [], { day: 9 }))
    expect(await ageOf(spool, 5)).toBe(3)
    expect(await ageOf(spool, 20)).toBe(0)
    for (let day = 1; day <= 4; day += 1) await spool.prune(first + day * dayMs)
    expect(await ageOf(spool, 5)).toBe(6)
    // An earlier day is no news, a later one is: the days since count anew.
    await take(spool, 3, numberOf(3, [], { day: 7 }))
    expect(await ageOf(spool, 5)).toBe(6)
    await take(spool, 4, numberOf(4, [], { day: 10 }))
    expect(await ageOf(spool, 5)).toBe(4)
  })

  test('days of another series, or of another sender, say nothing', async () => {
    const spool = await make()
    await take(spool, 1, numberOf(1, [], { day: 400 }))
    expect(await ageOf(spool, 5, 'two')).toBe(0)
    expect(await spool.receipts.ageDaysMin(node(3), { series: 'one', day: 5 })).toBe(0)
  })

  test.each([
    ['a year ahead', [first + 365 * dayMs]],
    ['a year behind', [first - 365 * dayMs]],
    ['at 1970', [0]],
    ['that jumps ahead and back on one day', [first + 365 * dayMs, first]],
  ])('no letter is older by more than the days told of by a clock %s', async (_, times) => {
    const spool = await make()
    await spool.prune(first)
    await take(spool, 1, numberOf(1, [], { day: 5 }))
    for (const now of times) await spool.prune(now)
    expect(await ageOf(spool, 5)).toBeLessThanOrEqual(1)
  })
}
