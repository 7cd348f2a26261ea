/** What happens to live lines on the real network: cut anywhere, or besieged. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { generateIdentity, session } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { describe, expect, it, onTestFinished } from 'vitest'
import { present } from '../../../base/assert.ts'
import { systemClock } from '../../../base/clock.ts'
import { tcpTransport } from '../../../links/tcp/index.ts'
import { HandClock, TestNode } from '../fixture.ts'
import type { CallReport } from './report.ts'

const signal = new AbortController().signal

class RealClock extends HandClock {
  override now(): number {
    return systemClock.now()
  }

  override sleep(delayMs: number, until: AbortSignal): Promise<void> {
    return systemClock.sleep(delayMs, until)
  }
}

interface TcpRig {
  readonly here: TestNode
  readonly far: TestNode
  readonly port: number
  /** Through a port that may be another one. */
  readonly call: (port?: number) => Promise<CallReport>
}

async function tcpRig(): Promise<TcpRig> {
  const tcp = tcpTransport({ clock: systemClock })
  const options = { clock: new RealClock(), wires: { dialers: [tcp] } }
  const [here, far] = [TestNode.open(options), TestNode.open(options)]
  const listener = await tcp.listen(new URL('tcp://127.0.0.1:0'), { signal })
  await here.knows(far, 'ack', [listener.at.href])
  await far.knows(here)
  far.courier.serve(listener)
  onTestFinished(async () => {
    await Promise.all([here.close(), far.close()])
  })
  const port = Number(listener.at.port)
  return {
    ...{ here, far, port },
    async call(through = port) {
      const neighbour = present(await here.directory.neighbours.get(far.id), 'the neighbour that was added')
      const addresses = [`tcp://127.0.0.1:${through}`]
      return here.courier.call({ ...neighbour, addresses }, { signal, onlineDeadlineMs: 200 })
    },
  }
}

/** How many bytes of the stream still pass, as far as is known from what has passed. */
type Cut = (passed: Uint8Array) => number

/** A wire that lets through what `cut` says, there and back, and then ends both ways. */
async function wire(
  to: number,
  cut: () => readonly [there: Cut, back: Cut],
): Promise<{ port: number; carried: () => number }> {
  let carriedBytes = 0
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(to, '127.0.0.1')
    const [there, back] = cut()
    const ends = [near, far]
    for (const end of ends) sockets.add(end.on('error', () => {}))
    for (const [from, into, passes] of [
      [near, far, there],
      [far, near, back],
    ] as const) {
      from.on('data', chunk => {
        const passing = chunk.subarray(0, passes(chunk))
        carriedBytes += passing.length
        into.write(passing)
        if (passing.length < chunk.length) for (const end of ends) end.end()
      })
      from.on('end', () => into.end())
      from.on('close', () => into.destroySoon())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, carried: () => carriedBytes }
}

function afterBytes(bytes: number): Cut {
  let leftBytes = bytes
  return chunk => {
    const passing = Math.min(leftBytes, chunk.length)
    leftBytes -= passing
    return passing
  }
}

/** So many bytes behind (or before) the end of the handshake and of `count` messages that are full. */
function afterMessages(count: number, offsetBytes: number): Cut {
  let seen = Buffer.alloc(0)
  let end = 0
  let full = 0
  let cutAt = Number.POSITIVE_INFINITY
  return chunk => {
    const before = seen.length
    seen = Buffer.concat([seen, chunk])
    for (; end + headBytes <= seen.length && full <= count; ) {
      const bytes = seen.readUInt32BE(end + headBytes - 4)
      end += headBytes + Math.ceil(bytes / 4) * 4
      if (bytes > 60_000) full += 1
      if (full > count) cutAt = end + offsetBytes
    }
    return Math.max(0, Math.min(chunk.length, cutAt - before))
  }
}

/** Magic 8, length 4. */
const headBytes = 12
/** For each direction: the handshake, a message that was cut and so cannot be opened, and some answers. */
const callBytesMax = 2 * (65_400 + 65_400 + 5000)

/** Calls until nothing waits any more; answers how often. */
async function untilDone({ here, far, call }: TcpRig, port: number): Promise<number> {
  let calls = 0
  for (; (await here.waiting()) + (await far.waiting()) > 0; calls += 1) {
    expect(calls).toBeLessThan(100)
    await call(port)
  }
  return calls
}

async function expectDelivered({ here, far }: TcpRig, there: Buffer, back: Buffer): Promise<void> {
  await Promise.all([here.toss(), far.toss()])
  expect(far.delivered).toEqual([there.toString()])
  expect(here.delivered).toEqual([back.toString()])
}

describe('a line that is cut', () => {
  it('between two messages, or in the head of one, goes on without resending', async () => {
    const rig = await tcpRig()
    const letterBytes = 1_500_000
    const [there, back] = [Buffer.alloc(letterBytes, 'there'), Buffer.alloc(letterBytes, 'back')]
    await rig.here.writes(rig.far, there)
    await rig.far.writes(rig.here, back)
    const offsets = [-65_000, -13, -1, 0, 1, 7, 8, 9, 11, 12, 13, 14]
    let number = 0
    const { port, carried } = await wire(rig.port, () => {
      const offset = offsets[number % offsets.length] ?? 0
      number += 1
      return [afterMessages(2, offset), afterMessages(2, offset)]
    })
    const calls = await untilDone(rig, port)
    expect(calls).toBeGreaterThanOrEqual(offsets.length)
    expect(carried()).toBeLessThan(2 * letterBytes * 1.02 + calls * callBytesMax)
    await expectDelivered(rig, there, back)
  })

  it('at random bytes goes on without resending', async () => {
    const rig = await tcpRig()
    const letterBytes = 400_000
    const [there, back] = [Buffer.alloc(letterBytes, 'there'), Buffer.alloc(letterBytes, 'back')]
    await rig.here.writes(rig.far, there)
    await rig.far.writes(rig.here, back)
    let seed = 11
    const { port, carried } = await wire(rig.port, () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      const cut = afterBytes(seed % 300_000)
      return [cut, cut]
    })
    const calls = await untilDone(rig, port)
    expect(calls).toBeGreaterThan(3)
    expect(carried()).toBeLessThan(2 * letterBytes * 1.02 + calls * callBytesMax)
    await expectDelivered(rig, there, back)
  })
})

describe('besieged', () => {
  /** The first message of a call by somebody who is no neighbour. */
  function strangersCall(to: TestNode): Uint8Array {
    const identity = generateIdentity(pureSuite, randomBytes)
    const random = (sizeBytes: number) => randomBytes(sizeBytes)
    const stranger = session({ suite: pureSuite, random, identity, peer: to.identity })
    const sent = stranger.command({ kind: 'begin', offers: [] }, 0)
    return Buffer.concat(sent.flatMap(event => (event.kind === 'send' ? [event.bytes] : [])))
  }

  it('1,000 connections that never finish the handshake hold few places and little memory, and neighbours are served', {
    timeout: 120_000,
  }, async () => {
    const rig = await tcpRig()
    const whole = strangersCall(rig.far)
    const attacks = [
      Buffer.alloc(0),
      whole.subarray(0, 5),
      // All but the last byte: as much as a caller can make us hold.
      whole.subarray(0, whole.length - 1),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      whole,
    ]
    const before = process.memoryUsage()
    const sockets: Socket[] = []
    let open = 0
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
    })
    const attack = async (number: number) => {
      // Another address for each ten, as far as loopback goes.
      const localAddress = `127.1.${Math.floor(number / 10)}.1`
      const socket = connect({ port: rig.port, host: '127.0.0.1', localAddress })
      sockets.push(socket.on('error', () => {}))
      socket.on('close', () => {
        open -= 1
      })
      open += 1
      await Promise.race([once(socket, 'connect'), once(socket, 'close')])
      socket.resume().write(attacks[number % attacks.length] ?? Buffer.alloc(0))
    }
    for (let wave = 0; wave < 10; wave += 1) {
      await Promise.all(Array.from({ length: 100 }, (_, number) => attack(wave * 100 + number)))
      const text = `in wave ${wave}`
      await rig.here.writes(rig.far, text)
      expect(await rig.call()).toMatchObject({ sent: { packets: 1 } })
    }
    await expect.poll(() => open, { timeout: 20_000 }).toBeLessThanOrEqual(256)
    const after = process.memoryUsage()
    const grownBytes = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
    // 256 places of one message each, and what the garbage collector has not looked at yet.
    expect(grownBytes).toBeLessThan(160 * 1024 ** 2)
    await rig.far.toss()
    expect(rig.far.delivered).toHaveLength(10)
    // After the longest handshake nobody is left.
    await expect.poll(() => open, { timeout: 25_000 }).toBe(0)
  })
})
