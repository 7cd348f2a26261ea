/** What every wire promises, as a test suite that each implementation and its in-memory twin run. */
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Connection, StreamDialer } from '../transport.ts'

export interface StreamRig {
  readonly dialer: StreamDialer
  /** Where nobody answers. */
  readonly nobody: URL
  /** Both ends of a new line; `near` was dialed. */
  pair(): Promise<{ near: Connection; far: Connection; at: URL }>
  close(): Promise<void>
}

const signal = new AbortController().signal

export function streamDialerContract(name: string, factory: () => Promise<StreamRig>): void {
  describe(`${name} as a wire`, () => {
    let rig: StreamRig
    beforeEach(async () => {
      rig = await factory()
    })
    afterEach(() => rig.close())
    carrying(() => rig)
    ending(() => rig)
    dialing(() => rig)
  })
}

async function gather(connection: Connection): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of connection.read()) chunks.push(Uint8Array.from(chunk))
  return Buffer.concat(chunks)
}

/** Bytes that show any loss, doubling or exchange. */
function sample(seed: string, sizeBytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(sizeBytes / 32) }, (_, at) =>
    createHash('sha256').update(`${seed} ${at}`).digest(),
  )
  return Buffer.concat(blocks).subarray(0, sizeBytes)
}

async function send(connection: Connection, bytes: Uint8Array): Promise<void> {
  for (let start = 0, step = 1; start < bytes.length; start += step, step = (step * 7) % 70_001) {
    await connection.write(bytes.subarray(start, start + step))
  }
}

function carrying(rig: () => StreamRig): void {
  it('carries bytes of any sizes both ways at once', async () => {
    const { near, far } = await rig().pair()
    const [there, back] = [sample('there', 1_000_000), sample('back', 700_000)]
    const [atFar, atNear] = [collect(far, there.length), collect(near, back.length)]
    await Promise.all([send(near, there), send(far, back)])
    expect((await atFar).equals(there)).toBe(true)
    expect((await atNear).equals(back)).toBe(true)
    await Promise.all([near.close(), far.close()])
  })

  it('does not let a writer run far ahead of a reader', async () => {
    const { near, far } = await rig().pair()
    const block = Buffer.alloc(256 * 1024, 1)
    const totalBytes = 64 * 1024 ** 2
    let [writtenBytes, readBytes, aheadBytes] = [0, 0, 0]
    const writing = (async () => {
      for (; writtenBytes < totalBytes; writtenBytes += block.length) await near.write(block)
      await near.close()
    })()
    for await (const chunk of far.read()) {
      readBytes += chunk.length
      aheadBytes = Math.max(aheadBytes, writtenBytes - readBytes)
      await new Promise(resolve => setImmediate(resolve))
    }
    await writing
    expect(readBytes).toBe(totalBytes)
    expect(aheadBytes).toBeLessThan(totalBytes / 2)
  })
}

/** The first `sizeBytes` that come in. */
async function collect(connection: Connection, sizeBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let found = 0
  for await (const chunk of connection.read()) {
    chunks.push(Uint8Array.from(chunk))
    found += chunk.length
    if (found >= sizeBytes) break
  }
  return Buffer.concat(chunks)
}

function ending(rig: () => StreamRig): void {
  it.each(['near', 'far'] as const)('what was written before the %s end closed arrives, then the end', async side => {
    const pair = await rig().pair()
    const other = side === 'near' ? pair.far : pair.near
    const last = sample('last', 200_000)
    const gathered = gather(other)
    await pair[side].write(last)
    await pair[side].close()
    expect((await gathered).equals(last)).toBe(true)
    await other.close()
  })

  it('closing ends our own reading and writing, and may be done twice', async () => {
    const { near, far } = await rig().pair()
    const reading = gather(near)
    await Promise.all([near.close(), near.close(), far.close()])
    expect((await reading).length).toBe(0)
    await expect(near.write(Buffer.from('late'))).rejects.toMatchObject({ code: 'line-broken', retry: 'later' })
    await near.close()
  })

  it('a writer hears that the other end is gone', async () => {
    const { near, far } = await rig().pair()
    const closing = far.close()
    const writing = (async () => {
      for (;;) await near.write(Buffer.alloc(100_000))
    })()
    await expect(writing).rejects.toMatchObject({ code: 'line-broken', retry: 'later' })
    await near.close()
    await closing
  })

  it('closing ends although the other end takes nothing', async () => {
    const { near, far } = await rig().pair()
    void near.write(Buffer.alloc(20_000_000)).catch(() => {})
    await near.close()
    await far.close()
  })
}

function dialing(rig: () => StreamRig): void {
  it('says that nobody answers', async () => {
    const refused = rig().dialer.dial(rig().nobody, { signal })
    await expect(refused).rejects.toMatchObject({ code: 'no-connection', retry: 'later' })
  })

  it('can be cancelled', async () => {
    const { near, far, at } = await rig().pair()
    const cancelled = rig().dialer.dial(at, { signal: AbortSignal.abort() })
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' })
    await Promise.all([near.close(), far.close()])
  })
}
