import { describe, expect, it } from 'vitest'
import { type StreamRig, streamDialerContract } from '../contract/stream.ts'
import type { Connection, Listener } from '../transport.ts'
import { MemoryNetwork } from './stream.ts'

const signal = new AbortController().signal
const at = new URL('tcp://far:1')

async function firstOf(listener: Listener): Promise<Connection> {
  for await (const connection of listener) return connection
  throw new Error('the listener ended')
}

streamDialerContract('memory', async (): Promise<StreamRig> => {
  const { transport } = new MemoryNetwork()
  const listener = await transport.listen(at, { signal })
  return {
    dialer: transport,
    nobody: new URL('tcp://nobody:1'),
    async pair() {
      const [near, far] = await Promise.all([transport.dial(at, { signal }), firstOf(listener)])
      return { near, far, at }
    },
    close: () => listener.close(),
  }
})

describe('a network in memory', () => {
  it('is cut after the byte that the test names', async () => {
    const network = new MemoryNetwork()
    const listener = await network.transport.listen(at, { signal })
    const [near, far] = await Promise.all([network.transport.dial(at, { signal }), firstOf(listener)])
    network.cutAfterBytes = 5
    await expect(near.write(Buffer.from('letters'))).rejects.toMatchObject({ code: 'line-broken' })
    const read: Uint8Array[] = []
    const reading = (async () => {
      for await (const chunk of far.read()) read.push(chunk)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'line-broken' })
    expect(Buffer.concat(read).toString()).toBe('lette')
    await listener.close()
  })
})
