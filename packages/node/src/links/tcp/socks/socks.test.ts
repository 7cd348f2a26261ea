import dns from 'node:dns'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { abortError, type Clock, systemClock } from '../../../base/clock.ts'
import { type StreamRig, streamDialerContract } from '../../contract/stream.ts'
import type { Connection, Listener } from '../../transport.ts'
import { tcpTransport } from '../index.ts'
import { type SocksStep, socksClient } from './machine.ts'
import { socksProxy } from './proxy.ts'
import { testProxy } from './server.ts'

const signal = new AbortController().signal
const direct = tcpTransport({ clock: systemClock })
const onion = 'v2c47mk7swmjulxz3uqqjxw3ueoiigg2ntzrqvp2ndwkwxgcemwkzqad.onion'
const target = { host: onion, port: 5400 }

async function firstOf(listener: Listener): Promise<Connection> {
  for await (const connection of listener) return connection
  throw new Error('the listener ended')
}

const listen = () => direct.listen(new URL('tcp://127.0.0.1:0'), { signal })

streamDialerContract('tcp through SOCKS 5', async (): Promise<StreamRig> => {
  const listener = await listen()
  const proxy = await testProxy({ portOf: host => (host === onion ? Number(listener.at.port) : undefined) })
  const at = new URL(`tcp://${onion}:5400?via=socks5://127.0.0.1:${proxy.port}`)
  return {
    dialer: direct,
    nobody: new URL(`tcp://nobody.example:1?via=socks5://127.0.0.1:${proxy.port}`),
    async pair() {
      const [near, far] = await Promise.all([direct.dial(at, { signal }), firstOf(listener)])
      return { near, far, at }
    },
    close: async () => {
      await listener.close()
      await proxy.close()
    },
  }
})

/** All that the machine answers to a reply, cut where the test says. */
function heard(pieces: readonly Uint8Array[], login?: { user: string; password: string }): SocksStep[] {
  const client = socksClient(target, login)
  const steps: SocksStep[] = []
  for (const piece of pieces) {
    const step = client.receive(piece)
    steps.push(step)
    if (step.kind !== 'more') break
  }
  return steps
}

const accepted = Uint8Array.of(5, 0)
const opened = Uint8Array.of(5, 0, 0, 3, 4, 104, 101, 114, 101, 0, 1)

describe('the machine', () => {
  it('greets, asks by name, and is through', () => {
    const client = socksClient(target)
    expect([...client.greeting]).toEqual([5, 1, 0])
    const asked = client.receive(accepted)
    const request = Buffer.concat([Uint8Array.of(5, 1, 0, 3, onion.length), Buffer.from(onion), Uint8Array.of(21, 24)])
    expect(asked).toEqual({ kind: 'more', send: Uint8Array.from(request) })
    expect(client.receive(opened)).toEqual({ kind: 'open', early: new Uint8Array(0) })
  })

  it('says who it is', () => {
    const client = socksClient(target, { user: 'me', password: 'secret' })
    expect([...client.greeting]).toEqual([5, 2, 2, 0])
    const login = Buffer.from('\x01\x02me\x06secret', 'latin1')
    expect(client.receive(Uint8Array.of(5, 2))).toEqual({ kind: 'more', send: Uint8Array.from(login) })
    expect(client.receive(Uint8Array.of(1, 0))).toMatchObject({ kind: 'more' })
  })

  it.each([
    ['192.0.2.1', [1, 192, 0, 2, 1]],
    ['2001:db8::5', [4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]],
    ['::ffff:192.0.2.1', [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1]],
  ])('%s is an address', (host, encoded) => {
    const step = socksClient({ host, port: 1 }).receive(accepted)
    expect(step.kind === 'more' && [...step.send.subarray(3)]).toEqual([...encoded, 0, 1])
  })

  it.each([
    ['a wrong version', [Uint8Array.of(4)], 'broken'],
    ['HTTP', [Buffer.from('HTTP/1.1 400')], 'broken'],
    ['no method that suits', [Uint8Array.of(5, 255)], 'refused'],
    ['a method that was not offered', [Uint8Array.of(5, 1)], 'broken'],
    ['a login that was not offered', [Uint8Array.of(5, 2)], 'broken'],
    ['answers before it was asked', [Buffer.concat([accepted, opened])], 'broken'],
    ['another version in the answer', [accepted, Uint8Array.of(4, 0)], 'broken'],
    ['another kind of address', [accepted, Uint8Array.of(5, 0, 0, 9, 1)], 'broken'],
    ...[1, 2, 3, 4, 5, 6, 7, 8, 240].map(
      reply => [`reply ${reply}`, [accepted, Uint8Array.of(5, reply, 0, 1)], 'refused'] as const,
    ),
  ] as const)('%s ends it', (_, pieces, by) => {
    expect(heard(pieces).at(-1)).toMatchObject({ kind: 'failed', by })
  })

  it('a wrong login ends it', () => {
    const steps = heard([Uint8Array.of(5, 2), Uint8Array.of(1, 1)], { user: 'a', password: 'b' })
    expect(steps.at(-1)).toMatchObject({ kind: 'failed', by: 'refused' })
  })

  it('cut anywhere it says the same, and what comes early is kept', () => {
    const early = Buffer.from('early')
    for (let cut = 1; cut < opened.length; cut += 1) {
      const steps = heard([accepted, opened.subarray(0, cut), Buffer.concat([opened.subarray(cut), early])])
      const last = steps.at(-1)
      expect(last?.kind === 'open' && Buffer.from(last.early).toString()).toBe('early')
      expect(steps.slice(0, -1).every(({ kind }) => kind === 'more')).toBe(true)
    }
  })

  it('comes to an end with whatever is said', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 8 }), pieces => {
        const steps = heard([...pieces, new Uint8Array(262)])
        expect(steps.at(-1)?.kind).not.toBe('more')
      }),
    )
  })

  it.each([
    [{ host: 'x'.repeat(256), port: 1 }, undefined],
    [{ host: '', port: 1 }, undefined],
    [{ host: 'x', port: 65_536 }, undefined],
    [target, { user: '', password: 'x' }],
    [target, { user: 'x', password: 'x'.repeat(256) }],
  ])('%j has no place in it', (to, login) => {
    expect(() => socksClient(to, login)).toThrow(RangeError)
  })
})

describe('names', () => {
  afterEach(() => vi.restoreAllMocks())

  it('of .onion are never looked up: without a proxy the call is refused in words', async () => {
    const lookup = vi.spyOn(dns, 'lookup')
    for (const host of [onion, onion.toUpperCase(), `${onion}.`, 'www.x.onion', 'onion']) {
      const refused = direct.dial(new URL(`tcp://${host}:5400`), { signal })
      await expect(refused).rejects.toMatchObject({ code: 'proxy-needed', message: expect.stringContaining('Tor') })
    }
    for (const host of ['x%2Eonion', 'x%E3%80%82onion', 'x。onion']) {
      const refused = direct.dial(new URL(`tcp://${host}:5400`), { signal })
      await expect(refused).rejects.toMatchObject({ code: 'bad-address' })
    }
    expect(lookup).not.toHaveBeenCalled()
    const closed = await listen()
    await closed.close()
    await direct.dial(new URL(`tcp://localhost:${closed.at.port}`), { signal }).catch(() => {})
    expect(lookup).toHaveBeenCalled()
  })

  it.each([
    ['onion', [`name:${onion}:5400`]],
    ['all', [`name:${onion}:5400`, 'name:camp.example:5400', 'ipv4:c0000201:5400']],
  ] as const)('of %s calls are given to the proxy of the operator', async (calls, expected) => {
    const lookup = vi.spyOn(dns, 'lookup')
    const proxy = await testProxy({ portOf: () => undefined, login: 'me:secret' })
    onTestFinished(() => proxy.close())
    const at = socksProxy(`socks5://me:secret@127.0.0.1:${proxy.port}`)
    const transport = tcpTransport({ clock: systemClock, proxy: { at, all: calls === 'all' } })
    const hosts = calls === 'all' ? [onion, 'camp.example', '192.0.2.1'] : [onion]
    for (const host of hosts) {
      const refused = transport.dial(new URL(`tcp://${host}:5400`), { signal })
      await expect(refused).rejects.toMatchObject({ code: 'no-connection', message: expect.stringContaining('proxy') })
    }
    expect(proxy.asked).toEqual(expected)
    expect(proxy.logins).toEqual(hosts.map(() => 'me:secret'))
    // The address of the proxy is one: it needs no look-up that could leave the machine.
    for (const [name] of lookup.mock.calls) expect(name).toBe('127.0.0.1')
  })

  it.each([
    'socks5://127.0.0.1',
    'http://127.0.0.1:9050',
    'socks5://127.0.0.1:9050/x',
    'socks5://a b:1',
    'socks5://user@h:1',
    'socks5://%ff:x@h:1',
    'x',
  ])('%s is no proxy', text => {
    expect(() => socksProxy(text)).toThrow(expect.objectContaining({ code: 'bad-address' }))
  })

  it.each([
    'tcp://host:1?via=socks5://u:p@127.0.0.1:9050',
    'tcp://host:1?via=http://127.0.0.1:1',
    'tcp://[fe80::1]:1?zone=eth0&via=socks5://127.0.0.1:1',
    'tcp://host:1?via=socks5://127.0.0.1:1&via=socks5://127.0.0.1:2',
    'tcp://host:1?other=1',
  ])('%s is no address', async text => {
    await expect(direct.dial(new URL(text), { signal })).rejects.toMatchObject({ code: 'bad-address' })
  })
})

describe('a hostile proxy', () => {
  async function proxyThat(does: (socket: Socket) => void): Promise<URL> {
    const sockets = new Set<Socket>()
    const server = createServer(socket => {
      sockets.add(socket.on('error', () => {}))
      does(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    })
    const address = server.address()
    return new URL(`tcp://camp.example:1?via=socks5://127.0.0.1:${(address as { port: number }).port}`)
  }

  const whole = Buffer.concat([accepted, opened])
  it('that hangs up at any byte is an end of the call, with a reason', async () => {
    for (let cut = 0; cut < whole.length; cut += 1) {
      const at = await proxyThat(socket => {
        socket.once('data', () => socket.write(whole.subarray(0, Math.min(cut, 2))))
        socket.on('data', () => {
          if (cut <= 2 || socket.bytesRead > 3) socket.end(whole.subarray(2, cut))
        })
      })
      await expect(direct.dial(at, { signal })).rejects.toMatchObject({ code: 'no-connection', retry: 'later' })
    }
  })

  it('that resets the line', async () => {
    const at = await proxyThat(socket => void socket.once('data', () => socket.resetAndDestroy()))
    await expect(direct.dial(at, { signal })).rejects.toMatchObject({ code: 'no-connection' })
  })

  it('that never stops talking is not listened to', async () => {
    let written = 0
    const at = await proxyThat(socket => {
      const flood = () => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536, 7))) written += 65_536
        if (!socket.destroyed) socket.once('drain', flood)
      }
      flood()
    })
    await expect(direct.dial(at, { signal })).rejects.toMatchObject({
      code: 'no-connection',
      message: expect.stringContaining('no proxy'),
    })
    expect(written).toBeLessThan(64 * 1024 ** 2)
  })

  it('that says nothing, or one byte, is given up after a while, and at once when cancelled', async () => {
    const at = await proxyThat(socket => void socket.write(Uint8Array.of(5)))
    let timeIsUp: () => void = () => {}
    const asleep = new Promise<void>(resolve => {
      timeIsUp = resolve
    })
    const clock: Clock = { now: () => 0, sleep: () => asleep }
    const waiting = tcpTransport({ clock }).dial(at, { signal })
    timeIsUp()
    await expect(waiting).rejects.toMatchObject({ code: 'no-connection', message: expect.stringContaining('in time') })
    const cancelled = new AbortController()
    const cancelling = direct.dial(at, { signal: cancelled.signal })
    cancelled.abort()
    await expect(cancelling).rejects.toMatchObject({ name: abortError(cancelled.signal).name })
  })

  it('what the other end says at once is not lost', async () => {
    const at = await proxyThat(socket => {
      socket.once('data', () => {
        socket.write(accepted)
        socket.once('data', () => socket.end(Buffer.concat([opened, Buffer.from('hello')])))
      })
    })
    const connection = await direct.dial(at, { signal })
    const chunks: Uint8Array[] = []
    for await (const chunk of connection.read()) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('hello')
    await connection.close()
  })
})
