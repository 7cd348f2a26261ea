import { describe, expect, it } from 'vitest'
import { MemoryNetwork } from '../../../links/memory/stream.ts'
import type { Connection } from '../../../links/transport.ts'
import { HandClock } from '../fixture.ts'
import { firstBytes } from './first-bytes.ts'
import { signal, there } from './rig.ts'

const magic = Buffer.from('GUEST\0\0\x01', 'latin1')

async function pair() {
  const network = new MemoryNetwork()
  const listener = await network.transport.listen(new URL(there), { signal })
  const caller = await network.transport.dial(new URL(there), { signal })
  const taken = await listener[Symbol.asyncIterator]().next()
  if (taken.done === true) throw new Error('nobody called')
  return { network, caller, callee: taken.value, clock: new HandClock() }
}

async function all(connection: Connection): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of connection.read()) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

describe('the first bytes of a line', () => {
  it.each([
    ['a visitor', 'GUEST\0\0\x01 and more', true],
    ['a session', 'NNCPS\0\0\x01 and more', false],
    ['one who differs late', 'GUEST\0\0\x02', false],
    ['one who ends early', 'GUES', false],
    ['one who says nothing', '', false],
  ])('tell %s, whole and byte by byte, and are read again', async (_, said, isVisitor) => {
    for (const sizeBytes of [100, 1]) {
      const { caller, callee, clock } = await pair()
      const known = firstBytes(callee, magic, { clock, msMax: 1000, stopped: signal })
      const bytes = Buffer.from(said, 'latin1')
      for (let at = 0; at < bytes.length; at += sizeBytes) await caller.write(bytes.subarray(at, at + sizeBytes))
      await caller.close()
      const { isVisitor: found, connection } = await known
      expect(found).toBe(isVisitor)
      expect(await all(connection)).toBe(said)
    }
  })

  it('a session is known by its first byte, and its line is what it was', async () => {
    const { caller, callee, clock } = await pair()
    const marked = { ...callee, local: '192.0.2.1' }
    const known = firstBytes(marked, magic, { clock, msMax: 1000, stopped: signal })
    await caller.write(Buffer.from('N'))
    const { isVisitor, connection } = await known
    expect(isVisitor).toBe(false)
    expect(connection).toMatchObject({ remote: callee.remote, origin: callee.origin, local: '192.0.2.1' })
  })

  it('a line that breaks breaks for who takes it over', async () => {
    const { network, caller, callee, clock } = await pair()
    const known = firstBytes(callee, magic, { clock, msMax: 1000, stopped: signal })
    await caller.write(Buffer.from('GU'))
    network.cut()
    const { isVisitor, connection } = await known
    expect(isVisitor).toBe(false)
    await expect(all(connection)).rejects.toMatchObject({ code: 'line-broken' })
  })

  it('who says nothing for long is hung up on, and so is everybody at the end', async () => {
    const silent = await pair()
    const known = firstBytes(silent.callee, magic, { clock: silent.clock, msMax: 1000, stopped: signal })
    silent.clock.pass(1000)
    expect((await known).isVisitor).toBe(false)
    const stopped = new AbortController()
    const { callee, clock } = await pair()
    const ending = firstBytes(callee, magic, { clock, msMax: 1000, stopped: stopped.signal })
    stopped.abort()
    expect((await ending).isVisitor).toBe(false)
    expect(clock.sleeping).toBe(0)
  })
})
