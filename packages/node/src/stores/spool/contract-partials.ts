/** What every spool must do with packets that come piece by piece. Run by the real store and by its twin in memory. */
import type { PacketId } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import { present } from '../../base/assert.ts'
import { bytesOf, node, read, type SpoolFactory, stage } from './contract.ts'
import type { PartialPacket, Spool } from './spool.ts'

const at = 1_700_000_000_000

export async function idOf(spool: Spool, seed: number, sizeBytes: number): Promise<PacketId> {
  const staged = await stage(spool, seed, sizeBytes)
  await staged.discard()
  return staged.id
}

export async function opened(spool: Spool, id: PacketId, sizeBytes: number): Promise<PartialPacket> {
  return present(await spool.partials.open(id, sizeBytes), 'a packet that nobody else receives')
}

export async function appendAll(partial: PartialPacket, bytes: Uint8Array, chunkBytes = 700): Promise<void> {
  for (let start = 0; start < bytes.length; start += chunkBytes) {
    await partial.append(bytes.slice(start, start + chunkBytes))
  }
}

export function partialsContract(name: string, make: SpoolFactory): void {
  describe(`partial packets: ${name}`, () => {
    receivingContract(make)
    endingContract(make)
    otherRoadsContract(make)
  })
}

function otherRoadsContract(make: SpoolFactory): void {
  const arrives = async (spool: Spool) => {
    const staged = await stage(spool, 1, 9000)
    return spool.inbox.commit({ staged, sender: node(2), niceness: 1, source: 'x', at })
  }

  test('the beginning of a packet that then came by another road is let go of', async () => {
    const spool = await make()
    for (const seed of [1, 2]) {
      const partial = await opened(spool, await idOf(spool, seed, 9000), 9000)
      await appendAll(partial, bytesOf(seed, 9000).slice(0, 3000))
      await partial.keep()
    }
    expect(await arrives(spool)).toBe('new')
    expect((await spool.partials.list()).map(({ id }) => id)).toEqual([await idOf(spool, 2, 9000)])
  })

  test('nor is it kept when the packet came while it was received', async () => {
    const spool = await make()
    const partial = await opened(spool, await idOf(spool, 1, 9000), 9000)
    await appendAll(partial, bytesOf(1, 9000).slice(0, 3000))
    expect(await arrives(spool)).toBe('new')
    await partial.keep()
    expect(await spool.partials.list()).toEqual([])
    expect(await read(await spool.inbox.open(await idOf(spool, 1, 9000)))).toEqual(Buffer.from(bytesOf(1, 9000)))
  })
}

function receivingContract(make: SpoolFactory): void {
  test.each([0, 1, 100, 5000])('%i bytes that come in one go become a packet', async sizeBytes => {
    const spool = await make()
    const id = await idOf(spool, 1, sizeBytes)
    const partial = await opened(spool, id, sizeBytes)
    expect(partial.offsetBytes).toBe(0)
    await appendAll(partial, bytesOf(1, sizeBytes))
    const staged = await partial.finish()
    if (staged === 'bad-hash') throw new Error('the hash of good bytes was called bad')
    expect(staged).toMatchObject({ id, sizeBytes })
    expect(await spool.inbox.commit({ staged, sender: node(2), niceness: 1, source: 'x', at })).toBe('new')
    expect(await read(await spool.inbox.open(id))).toEqual(Buffer.from(bytesOf(1, sizeBytes)))
    expect((await opened(spool, id, sizeBytes)).offsetBytes).toBe(0)
  })

  test('a packet that was cut goes on where it stopped, as often as need be', async () => {
    const spool = await make()
    const bytes = bytesOf(1, 9000)
    const id = await idOf(spool, 1, 9000)
    for (const [from, to] of [
      [0, 3000],
      [3000, 3000],
      [3000, 8000],
    ] as const) {
      const partial = await opened(spool, id, 9000)
      expect(partial.offsetBytes).toBe(from)
      await appendAll(partial, bytes.slice(from, to))
      await partial.keep()
    }
    const last = await opened(spool, id, 9000)
    await appendAll(last, bytes.slice(8000))
    const staged = await last.finish()
    if (staged === 'bad-hash') throw new Error('the hash of good bytes was called bad')
    expect(await read(staged)).toEqual(Buffer.from(bytes))
    await staged.discard()
  })

  test('all of it may have come before the line was cut', async () => {
    const spool = await make()
    const id = await idOf(spool, 1, 5000)
    const partial = await opened(spool, id, 5000)
    await appendAll(partial, bytesOf(1, 5000))
    await partial.keep()
    const again = await opened(spool, id, 5000)
    expect(again.offsetBytes).toBe(5000)
    expect(await again.finish()).toMatchObject({ id })
  })

  test('one packet is received once at a time, others meanwhile', async () => {
    const spool = await make()
    const id = await idOf(spool, 1, 5000)
    const partial = await opened(spool, id, 5000)
    expect(await spool.partials.open(id, 5000)).toBeUndefined()
    await (await opened(spool, await idOf(spool, 2, 5000), 5000)).discard()
    await partial.discard()
    await (await opened(spool, id, 5000)).discard()
  })
}

function endingContract(make: SpoolFactory): void {
  test.each([100, 5000])('%i bytes that are not the packet are dropped', async sizeBytes => {
    const spool = await make()
    const id = await idOf(spool, 1, sizeBytes)
    for (const wrong of [bytesOf(2, sizeBytes), bytesOf(1, sizeBytes - 1), bytesOf(1, sizeBytes + 1)]) {
      const partial = await opened(spool, id, sizeBytes)
      expect(partial.offsetBytes).toBe(0)
      await appendAll(partial, wrong)
      expect(await partial.finish()).toBe('bad-hash')
    }
  })

  test('a beginning that is larger than the packet is announced now is dropped', async () => {
    const spool = await make()
    const id = await idOf(spool, 1, 5000)
    const partial = await opened(spool, id, 9000)
    await appendAll(partial, bytesOf(1, 8000))
    await partial.keep()
    expect((await opened(spool, id, 5000)).offsetBytes).toBe(0)
  })

  test('what is discarded or forgotten begins anew', async () => {
    const spool = await make()
    const id = await idOf(spool, 1, 5000)
    for (const end of ['discard', 'forget'] as const) {
      const partial = await opened(spool, id, 5000)
      expect(partial.offsetBytes).toBe(0)
      await appendAll(partial, bytesOf(1, 3000))
      await (end === 'discard' ? partial.discard() : partial.keep())
      await spool.partials.forget(id)
    }
    expect((await opened(spool, id, 5000)).offsetBytes).toBe(0)
  })
}
