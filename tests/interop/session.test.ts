/** The session machine against Debian's `nncp-daemon` and `nncp-call`, both roles, over TCP and pipes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { plainPacket, sealPacket, textPath } from '@posthorn/nncp'
import { pureSuite as suite } from '@posthorn/nncp/pure'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { endProcess } from '../support/processes.ts'
import { introduce, makeNncpNodes, type NncpNode, nncp, nncpInstalled, packetFolder, packetsIn } from './nncp.ts'
import { Host, type HostOptions, packetIdOf } from './session-host.ts'

const megabyte = 1024 * 1024

async function filePacket(from: NncpNode, to: NncpNode, name: string, body: Uint8Array): Promise<Uint8Array> {
  const payload = plainPacket({ type: 'file', niceness: 96, path: textPath(name) }, [body])
  const random = (sizeBytes: number) => new Uint8Array(randomBytes(sizeBytes))
  const seal = { suite, random, sender: from.identity, recipient: to.identity, niceness: 96, payload }
  const parts: Uint8Array[] = []
  for await (const part of sealPacket(seal)) parts.push(part)
  return new Uint8Array(Buffer.concat(parts))
}

describe.skipIf(!nncpInstalled)('the session, against NNCP', () => {
  let home: string
  /** Ours. */
  let alice: NncpNode
  /** NNCP's. */
  let bob: NncpNode
  const processes: ChildProcess[] = []

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'nncp-session-'))
  })

  beforeEach(async () => {
    ;[alice, bob] = (await makeNncpNodes(await mkdtemp(join(home, 'case-')), ['alice', 'bob'])) as [NncpNode, NncpNode]
  })

  afterEach(async () => {
    await Promise.all(processes.splice(0).map(child => endProcess(child)))
  })

  afterAll(() => rm(home, { recursive: true, force: true }))

  /** Bob sends a file: its content. The packet lies in his spool. */
  async function bobSends(sizeBytes: number, niceness = 'N'): Promise<Buffer> {
    const body = randomBytes(sizeBytes)
    await writeFile(join(home, 'sent'), body)
    await nncp(bob, 'file', ['-quiet', '-nice', niceness, join(home, 'sent'), 'alice:'])
    return body
  }

  /** `nncp-daemon` on a free port, ready to be called. */
  async function daemon(): Promise<number> {
    const port = await freePort()
    processes.push(spawn('nncp-daemon', ['-quiet', '-cfg', bob.configFile, '-bind', `127.0.0.1:${port}`]))
    await eventually(async () => {
      const line = await attempt(port)
      line?.destroy()
      return line !== undefined
    })
    return port
  }

  async function callDaemon(port: number, options: Partial<HostOptions> = {}): Promise<Host> {
    const line = await attempt(port)
    if (line === undefined) throw new Error('the daemon is gone')
    return new Host(line, { identity: alice.identity, call: bob.identity, ...options })
  }

  it('calls its daemon: megabytes both ways, each with DONE', async () => {
    await bobSends(5 * megabyte)
    await bobSends(10)
    const [large, small] = [randomBytes(3 * megabyte), randomBytes(1)]
    const outbox = [await filePacket(alice, bob, 'large', large), await filePacket(alice, bob, 'small', small)]
    const theirs = await packetsIn(bob, alice.id, 'tx')
    const host = await callDaemon(await daemon(), { outbox })
    await host.until('finished', 2)
    await eventually(async () => (await packetsIn(bob, alice.id, 'tx')).length === 0)
    host.hangUp()
    expect([...host.received.keys()].sort()).toEqual(theirs.sort())
    expect((await packetsIn(bob, alice.id, 'rx')).sort()).toEqual(outbox.map(packetIdOf).sort())
    await nncp(bob, 'toss', ['-quiet'])
    expect((await readFile(join(bob.incoming, 'large'))).equals(large)).toBe(true)
    expect((await readFile(join(bob.incoming, 'small'))).equals(small)).toBe(true)
  })

  it('calls `nncp-daemon -ucspi` over pipes', async () => {
    await bobSends(100_000)
    const child = spawn('nncp-daemon', ['-quiet', '-cfg', bob.configFile, '-ucspi'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    processes.push(child)
    const packet = await filePacket(alice, bob, 'piped', randomBytes(200_000))
    const line = Duplex.from({ readable: child.stdout, writable: child.stdin }) as Duplex
    const host = new Host(line, { identity: alice.identity, call: bob.identity, outbox: [packet] })
    await host.until('finished')
    await eventually(async () => host.received.size === 1 && (await packetsIn(bob, alice.id, 'tx')).length === 0)
    host.hangUp()
    expect(await packetsIn(bob, alice.id, 'rx')).toEqual([packetIdOf(packet)])
  })

  it('resumes in both directions where the last call ended', async () => {
    await bobSends(megabyte)
    const [theirs] = await packetsIn(bob, alice.id, 'tx')
    if (theirs === undefined) throw new Error('bob has sent nothing')
    const whole = await readFile(join(packetFolder(bob, alice.id, 'tx'), theirs))
    const packet = await filePacket(alice, bob, 'resumed', randomBytes(megabyte))
    const ours = packetIdOf(packet)
    const folder = packetFolder(bob, alice.id, 'rx')
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, `${ours}.part`), packet.subarray(0, 400_001))
    const parts = new Map([[theirs, new Uint8Array(whole.subarray(0, 600_003))]])
    const host = await callDaemon(await daemon(), { outbox: [packet], parts })
    await host.until('finished')
    await eventually(async () => host.received.size === 1)
    host.hangUp()
    expect(host.events).toContainEqual({ kind: 'requested', id: ours, offsetBytes: 400_001 })
    expect(host.events.find(event => event.kind === 'chunk')).toMatchObject({ id: theirs, offsetBytes: 600_003 })
    expect(await packetsIn(bob, alice.id, 'rx')).toEqual([ours])
  })

  it('asks for an end that is already there, and NNCP sends an empty chunk', async () => {
    await bobSends(5000)
    const [theirs] = await packetsIn(bob, alice.id, 'tx')
    if (theirs === undefined) throw new Error('bob has sent nothing')
    const whole = new Uint8Array(await readFile(join(packetFolder(bob, alice.id, 'tx'), theirs)))
    const host = await callDaemon(await daemon(), { parts: new Map([[theirs, whole]]) })
    await eventually(async () => (await packetsIn(bob, alice.id, 'tx')).length === 0)
    host.hangUp()
    const chunks = host.events.filter(event => event.kind === 'chunk')
    expect(chunks).toEqual([{ kind: 'chunk', id: theirs, offsetBytes: whole.length, bytes: new Uint8Array(0) }])
  })

  it('is refused by a daemon that does not know it', async () => {
    await introduce(bob, {})
    const host = await callDaemon(await daemon())
    await host.ended
    expect(host.events.map(event => event.kind)).toEqual(['send'])
  })

  it('notices that another node answers than was called', async () => {
    const host = await callDaemon(await daemon(), { call: { ...bob.identity, noiseKey: alice.identity.noiseKey } })
    await host.ended
    expect(host.events.map(event => event.kind)).toEqual(['send'])
  })

  /** `nncp-call` to us; the host of the call, and when the program ended. */
  async function bobCalls(args: readonly string[], options: Partial<HostOptions> = {}): Promise<Host> {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    await introduce(bob, { alice: { identity: alice.identity, addrs: { tcp: `127.0.0.1:${port}` } } })
    const called = once(server, 'connection') as Promise<[Socket]>
    const program = nncp(bob, 'call', ['-quiet', '-onlinedeadline', '2', ...args, 'alice'])
    const [line] = await called
    const host = new Host(line, { identity: alice.identity, peers: [bob.identity], ...options })
    await program
    await host.ended
    server.close()
    return host
  }

  it('is called by nncp-call: megabytes both ways, each with DONE', async () => {
    const body = await bobSends(4 * megabyte)
    const packet = await filePacket(alice, bob, 'large', randomBytes(3 * megabyte))
    const host = await bobCalls([], { outbox: [packet] })
    expect(host.events.map(event => event.kind)).toContain('connected')
    expect(host.events).toContainEqual({ kind: 'finished', id: packetIdOf(packet) })
    expect([...host.received.values()][0]?.length).toBeGreaterThan(body.length)
    expect(await packetsIn(bob, alice.id, 'tx')).toEqual([])
    expect(await packetsIn(bob, alice.id, 'rx')).toEqual([packetIdOf(packet)])
  })

  it('meets a caller that takes and gives urgent packets only', async () => {
    await bobSends(1000, 'P')
    await bobSends(1000, 'B')
    const urgent = await filePacket(alice, bob, 'urgent', randomBytes(10))
    const host = await bobCalls(['-nice', 'N'], { outbox: [urgent], niceness: 224 })
    expect(host.events.filter(event => event.kind === 'offered').map(event => event.offer.niceness)).toEqual([96])
    expect(host.events.map(event => event.kind)).not.toContain('requested')
    expect(await packetsIn(bob, alice.id, 'tx')).toHaveLength(1)
    const again = await bobCalls(['-nice', 'N'], { outbox: [urgent], niceness: 96 })
    expect(again.events).toContainEqual({ kind: 'finished', id: packetIdOf(urgent) })
  })

  it('offers more packets than one payload holds', async () => {
    const outbox = Array.from({ length: 3000 }, (_, index) => Buffer.from(`no real packet ${index}`))
    const host = await bobCalls([], { outbox })
    expect(host.events.filter(event => event.kind === 'finished')).toHaveLength(3000)
    expect(await packetsIn(bob, alice.id, 'rx')).toHaveLength(3000)
  })
})

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** A connection, or `undefined` when nobody listens. */
function attempt(port: number): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const line = connect(port, '127.0.0.1', () => resolve(line))
    line.on('error', () => resolve(undefined))
  })
}

/** For what NNCP does on the disk and tells nobody. The test's own time is the limit. */
async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(resolve => setTimeout(resolve, 20))
}
