import { decode, encode } from 'dns-packet'
import { describe, expect, it } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { lanInterfaces } from './interfaces.ts'
import { MemoryLan, nodeOn } from './rig.ts'

describe('two nodes in one network', () => {
  it.each([
    ['mcd', [4, 6], ['tcp://[fe80::2]:5401?zone=eth0']],
    ['mdns', [4, 6], ['tcp://10.0.0.2:5401', 'tcp://[fe80::2]:5401?zone=eth0']],
    ['mdns', [4], ['tcp://10.0.0.2:5401']],
    ['mdns', [6], ['tcp://[fe80::2]:5401?zone=eth0']],
  ] as const)('find each other by %s over %j, whichever came first', async (source, families, urls) => {
    const lan = new MemoryLan()
    const first = nodeOn(lan.machine(families), { sources: [source] })
    await lan.pass(65_000)
    const second = nodeOn(lan.machine(families), { sources: [source], port: 5401, name: 'ridge' })
    await lan.pass(200)
    expect(first.urlsOf(second.id).sort()).toEqual([...urls].sort())
    expect(second.urlsOf(first.id)).toHaveLength(urls.length)
    expect(first.sightings[0]).toMatchObject({ source, interface: 'eth0', name: source === 'mdns' ? 'ridge' : null })
  })

  it('go on saying so: by MCD every ten seconds, by mDNS before what was said expires', async () => {
    const lan = new MemoryLan()
    const first = nodeOn(lan.machine())
    const second = nodeOn(lan.machine())
    await lan.pass(20_000)
    const heard = { mcd: 0, mdns: 0 }
    const begin = first.sightings.length
    await lan.pass(120_000)
    for (const { id, source } of first.sightings.slice(begin)) if (id === second.id) heard[source] += 1
    expect(heard.mcd).toBe(12)
    expect(heard.mdns).toBeGreaterThanOrEqual(2)
  })

  it('fall silent otherwise: answers do not call for answers', async () => {
    const lan = new MemoryLan()
    for (let count = 0; count < 5; count += 1) nodeOn(lan.machine(), { sources: ['mdns'] })
    await lan.pass(10_000)
    const before = lan.sent.length
    await lan.pass(30_000)
    expect(lan.sent.length - before).toBe(0)
  })

  it('that only listens hears and is not heard', async () => {
    const lan = new MemoryLan()
    const open = nodeOn(lan.machine())
    const quiet = nodeOn(lan.machine(), { port: null })
    await lan.pass(70_000)
    expect(quiet.urlsOf(open.id)).toHaveLength(2)
    expect(open.sightings).toEqual([])
  })

  it('says goodbye by mDNS', async () => {
    const lan = new MemoryLan()
    const first = nodeOn(lan.machine())
    const second = nodeOn(lan.machine())
    await lan.pass(1000)
    await second.stop()
    expect(first.sightings.at(-1)).toMatchObject({ id: second.id, lifetimeMs: 0 })
  })
})

describe('interfaces', () => {
  it('that come are announced on, and said to have changed; those that go too', async () => {
    const lan = new MemoryLan()
    const first = nodeOn(lan.machine())
    const machine = lan.machine()
    const cable = machine.interfaces
    machine.interfaces = []
    const second = nodeOn(machine)
    await lan.pass(5000)
    expect(first.sightings).toEqual([])
    machine.interfaces = cable
    await lan.pass(1500)
    expect(first.urlsOf(second.id)).toHaveLength(2)
    expect(second.urlsOf(first.id)).toHaveLength(2)
    expect(second.changes).toEqual(['eth0'])
    machine.interfaces = []
    await lan.pass(1500)
    expect(second.changes).toEqual(['eth0', 'eth0'])
    expect(first.changes).toEqual([])
  })

  it('another address is announced at once', async () => {
    const lan = new MemoryLan()
    const machine = lan.machine()
    nodeOn(machine, { sources: ['mdns'] })
    await lan.pass(20_000)
    const before = lan.sent.length
    const [cable] = machine.interfaces
    machine.interfaces = cable === undefined ? [] : [{ ...cable, ipv6: ['2001:db8::1'] }]
    await lan.pass(1500)
    expect(lan.sent.slice(before).some(({ bytes }) => Buffer.from(bytes).includes('2001:db8::1'))).toBe(false)
    const said = lan.sent.slice(before).flatMap(({ bytes }) => decode(Buffer.from(bytes)).answers ?? [])
    expect(said).toContainEqual(expect.objectContaining({ type: 'AAAA', data: '2001:db8::1' }))
  })

  it('whose address is not ripe are spoken on as soon as it is', async () => {
    const lan = new MemoryLan()
    const first = nodeOn(lan.machine(), { sources: ['mdns'] })
    await lan.pass(20_000)
    const machine = lan.machine()
    machine.isRipe = false
    const second = nodeOn(machine, { sources: ['mdns'] })
    await lan.pass(2050)
    machine.isRipe = true
    await lan.pass(500)
    expect(first.urlsOf(second.id)).toHaveLength(2)
    expect(second.urlsOf(first.id)).toHaveLength(2)
  })

  it('of this machine have names and outward addresses', () => {
    for (const { name, ipv4, linkLocal } of lanInterfaces()) {
      expect(name).not.toBe('lo')
      expect(ipv4.every(({ address, prefixBits }) => !address.startsWith('127.') && prefixBits <= 32)).toBe(true)
      expect(linkLocal.every(address => address.startsWith('fe8'))).toBe(true)
    }
  })

  it('a way that cannot be had is said, and the other one goes on', async () => {
    const lan = new MemoryLan()
    const warnings: unknown[] = []
    const log = { ...silentLog, warn: (_: string, fields: unknown) => warnings.push(fields) }
    const first = nodeOn(lan.machine([4]), { log })
    const second = nodeOn(lan.machine([4]))
    await lan.pass(200)
    expect(first.urlsOf(second.id)).toEqual(['tcp://10.0.0.2:5400'])
    expect(warnings).toEqual([{ way: 'mcd', reason: 'EAFNOSUPPORT' }])
  })
})

const mdns = { family: 4, group: '224.0.0.251', port: 5353, localPort: 5353, hops: 255, received: () => {} } as const
const person = { address4: '10.0.0.99', address6: 'fe80::99', port: 5353 }
const answersIn = (lan: MemoryLan, from: number) =>
  lan.sent
    .slice(from)
    .filter(({ from: sender }) => sender !== person.address4)
    .flatMap(({ bytes }) => decode(Buffer.from(bytes)))
    .filter(({ type }) => type === 'response')
    .flatMap(({ answers }) => answers ?? [])

describe('DNS-SD', () => {
  const ask = (lan: MemoryLan, name: string, type: 'PTR' | 'SRV' | 'A', known: string[] = []) => {
    const answers = known.map(data => ({ type: 'PTR' as const, name, data, ttl: 120 }))
    lan.deliver(person, mdns, encode({ type: 'query', questions: [{ name, type }], answers }))
  }

  async function quietNode() {
    const lan = new MemoryLan()
    const node = nodeOn(lan.machine([4]), { name: 'valley' })
    await lan.pass(10_000)
    const unique = `valley-${node.id.slice(0, 16).toLowerCase()}`
    return { lan, node, unique, before: lan.sent.length }
  }

  it('tells who asks: service, port, id, name and address', async () => {
    const { lan, node, unique, before } = await quietNode()
    ask(lan, '_nncp._tcp.local', 'PTR')
    await lan.pass(200)
    const answers = answersIn(lan, before)
    const instance = `${unique}._nncp._tcp.local`
    expect(answers).toContainEqual(expect.objectContaining({ type: 'PTR', name: '_nncp._tcp.local', data: instance }))
    const srv = { type: 'SRV', name: instance, data: { port: 5400, target: `${unique}.local`, priority: 0, weight: 0 } }
    expect(answers).toContainEqual(expect.objectContaining(srv))
    const text = [`id=${node.id}`, 'name=valley'].map(pair => Buffer.from(pair))
    expect(answers).toContainEqual(expect.objectContaining({ type: 'TXT', name: instance, data: text }))
    expect(answers).toContainEqual(expect.objectContaining({ type: 'A', name: `${unique}.local`, data: '10.0.0.1' }))
  })

  it('does not repeat what the asker knows, nor more than once a second', async () => {
    const { lan, unique, before } = await quietNode()
    ask(lan, '_nncp._tcp.local', 'PTR', [`${unique}._nncp._tcp.local`])
    ask(lan, 'other.local', 'A')
    await lan.pass(500)
    expect(answersIn(lan, before)).toEqual([])
    for (let count = 0; count < 15; count += 1) ask(lan, '_nncp._tcp.local', 'PTR')
    await lan.pass(900)
    expect(answersIn(lan, before).filter(({ type }) => type === 'SRV')).toHaveLength(1)
  })

  it('gives the machine the name of the node, where nobody has it', async () => {
    const { lan, before } = await quietNode()
    ask(lan, 'valley.local', 'A')
    await lan.pass(200)
    const answers = answersIn(lan, before)
    expect(answers).toContainEqual(expect.objectContaining({ type: 'A', name: 'valley.local', data: '10.0.0.1' }))
  })

  const claim = { type: 'A', name: 'valley.local', data: '10.0.0.99', ttl: 120, class: 'IN', flush: true } as const

  it('leaves that name to whoever has it, and goes by the other one', async () => {
    const lan = new MemoryLan()
    nodeOn(lan.machine([4]), { name: 'valley' })
    await lan.pass(100)
    lan.deliver(person, mdns, encode({ type: 'response', answers: [claim] }))
    await lan.pass(10_000)
    expect(answersIn(lan, 0).some(({ name }) => name === 'valley.local')).toBe(false)
    expect(answersIn(lan, 0).some(({ type }) => type === 'A')).toBe(true)
  })

  it('gives that name up when somebody else uses it', async () => {
    const { lan, before } = await quietNode()
    lan.deliver(person, mdns, encode({ type: 'response', answers: [claim] }))
    ask(lan, '_nncp._tcp.local', 'PTR')
    await lan.pass(500)
    expect(answersIn(lan, before).some(({ name }) => name === 'valley.local')).toBe(false)
  })
})
