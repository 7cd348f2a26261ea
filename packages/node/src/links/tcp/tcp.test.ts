import { once } from 'node:events'
import { connect } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { callableUrl } from '../address.ts'
import { type StreamRig, streamDialerContract } from '../contract/stream.ts'
import type { Connection, Listener } from '../transport.ts'
import { originOf, tcpAddress, tcpUrl } from './address.ts'
import { tcpTransport } from './index.ts'
import { tcpLimits } from './limits.ts'

const signal = new AbortController().signal
const transport = tcpTransport({ clock: systemClock })
const anyPort = new URL('tcp://127.0.0.1:0')

async function firstOf(listener: Listener): Promise<Connection> {
  for await (const connection of listener) return connection
  throw new Error('the listener ended')
}

/** What this machine calls its loopback interface. */
function loopback(): string {
  const found = Object.entries(networkInterfaces()).find(([, addresses]) => addresses?.some(({ internal }) => internal))
  return found?.[0] ?? 'lo'
}

streamDialerContract('tcp', async (): Promise<StreamRig> => {
  const listener = await transport.listen(anyPort, { signal })
  const closed = await transport.listen(anyPort, { signal })
  await closed.close()
  return {
    dialer: transport,
    nobody: closed.at,
    async pair() {
      const [near, far] = await Promise.all([transport.dial(listener.at, { signal }), firstOf(listener)])
      return { near, far, at: listener.at }
    },
    close: () => listener.close(),
  }
})

describe('tcp', () => {
  it('reaches IPv6 too, and says where it listens', async () => {
    const listener = await transport.listen(new URL('tcp://[::1]:0'), { signal })
    expect(listener.at.href).toMatch(/^tcp:\/\/\[::1\]:\d+$/)
    const [near, far] = await Promise.all([transport.dial(listener.at, { signal }), firstOf(listener)])
    expect(far.origin).toBe('0:0:0:0::/64')
    await Promise.all([near.close(), far.close(), listener.close()])
  })

  it('gives a zone to the system as it is', async () => {
    // No link-local address here, only loopback: its interface is one too.
    const listener = await transport.listen(new URL('tcp://[::1]:0'), { signal })
    const at = callableUrl(`tcp://[::1%${loopback()}]:${listener.at.port}`)
    const [near, far] = await Promise.all([transport.dial(at, { signal }), firstOf(listener)])
    expect(near.remote).toBe(at.href)
    await Promise.all([near.close(), far.close()])
    await listener.close()
  })

  it('a port that is taken is an error in words', async () => {
    const listener = await transport.listen(anyPort, { signal })
    await expect(transport.listen(listener.at, { signal })).rejects.toMatchObject({ code: 'port-taken' })
    await listener.close()
  })

  it('a line that was reset is broken, not ended', async () => {
    const listener = await transport.listen(anyPort, { signal })
    const socket = connect(Number(listener.at.port), '127.0.0.1')
    const far = await firstOf(listener)
    const reading = (async () => {
      for await (const _ of far.read()) socket.resetAndDestroy()
    })()
    socket.write('hello')
    await expect(reading).rejects.toMatchObject({ code: 'line-broken' })
    await Promise.all([far.close(), listener.close()])
  })

  it('callers that nobody takes are bounded', async () => {
    const listener = await transport.listen(anyPort, { signal })
    const port = Number(listener.at.port)
    const sockets = Array.from({ length: tcpLimits.waitingMax + 1 }, () => connect(port, '127.0.0.1'))
    const closed = sockets.map(socket =>
      once(
        socket.on('error', () => {}),
        'close',
      ).then(() => socket),
    )
    const refused = await Promise.race(closed)
    expect(sockets).toContain(refused)
    await listener.close()
    for (const socket of sockets) socket.destroy()
  })

  it.each([
    ['tcp://example.org:5400', { host: 'example.org', port: 5400 }],
    ['tcp://[fe80::1]:5400?zone=eth0', { host: 'fe80::1%eth0', port: 5400 }],
    ['tcp://[200:1234::1]:1', { host: '200:1234::1', port: 1 }],
  ])('%s is an address', (text, address) => {
    expect(tcpAddress(new URL(text))).toEqual(address)
    expect(tcpUrl(address).href).toBe(text)
  })

  it.each([
    'tcp://host',
    'tcp://u@host:1',
    'tcp://host:1/x',
    'tcp://host:1?zone=a',
    'tcp://[::1]:1?zone=%0a',
    'http://h:1',
  ])('%s is none', text => {
    expect(() => tcpAddress(new URL(text))).toThrow(expect.objectContaining({ code: 'bad-address' }))
  })

  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::5', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64%eth0'],
  ])('%s counts as %s', (host, origin) => {
    expect(originOf(host)).toBe(origin)
  })
})
