/** What anybody in the local network can send. */
import { discoveryGroup, encodeAnnouncement } from '@posthorn/nncp'
import { type Answer, encode } from 'dns-packet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lanLimits } from './limits.ts'
import { type Found, MemoryLan, nodeOn } from './rig.ts'

const received = () => {}
const mdns = { family: 4, group: '224.0.0.251', port: 5353, localPort: 5353, hops: 255, received } as const
const mcd = { family: 6, group: discoveryGroup, port: 5400, localPort: 5400, hops: 1, received } as const
const attacker = { address4: '10.0.0.66', address6: 'fe80::66', port: 5353 }

async function listening(): Promise<{ lan: MemoryLan; node: Found }> {
  const lan = new MemoryLan()
  const node = nodeOn(lan.machine(), { port: null })
  await lan.pass(10)
  return { lan, node }
}

function claim(id: string, more: { name?: string; port?: number; ttl?: number; address?: string } = {}): Uint8Array {
  const { name = 'x', port = 5400, ttl = 120, address = '192.0.2.1' } = more
  const instance = `x-${id.slice(0, 8)}._nncp._tcp.local`
  const answers: Answer[] = [
    { type: 'SRV', name: instance, ttl, data: { port, target: 'x.local' } },
    { type: 'TXT', name: instance, ttl, data: [`id=${id}`, `name=${name}`] },
    { type: 'A', name: 'x.local', ttl, data: address },
  ]
  return encode({ type: 'response', answers })
}

describe('hostile datagrams', () => {
  it('a claim leads to its sender only, whatever addresses it names', async () => {
    const { lan, node } = await listening()
    lan.deliver(attacker, mdns, claim(lan.newId()))
    expect(node.sightings.map(({ url }) => url.href)).toEqual(['tcp://10.0.0.66:5400'])
  })

  it('of senders in other networks, of ports that are none, and about ourselves are passed over', async () => {
    const { lan, node } = await listening()
    lan.deliver({ ...attacker, address4: '8.8.8.8' }, mdns, claim(lan.newId()))
    lan.deliver({ ...attacker, port: 1000 }, mdns, claim(lan.newId()))
    lan.deliver(attacker, mdns, claim(lan.newId(), { port: 0 }))
    lan.deliver(attacker, mdns, claim('NOT-AN-ID'))
    lan.deliver(attacker, mdns, claim(node.id))
    lan.deliver({ ...attacker, port: 0 }, mcd, encodeAnnouncement(lan.newId()))
    lan.deliver(attacker, mcd, encodeAnnouncement(node.id))
    lan.deliver(attacker, mcd, encodeAnnouncement(lan.newId()).subarray(1))
    expect(node.sightings).toEqual([])
  })

  it.each(['\u001b[2J', '../../etc', 'A'.repeat(200), 'näme', '-'])('the name %j is none', async name => {
    const { lan, node } = await listening()
    lan.deliver(attacker, mdns, claim(lan.newId(), { name }))
    expect(node.sightings).toMatchObject([{ name: null }])
  })

  it('are not kept for longer than the limit, whatever they say', async () => {
    const { lan, node } = await listening()
    lan.deliver(attacker, mdns, claim(lan.newId(), { ttl: 4_000_000_000 }))
    expect(node.sightings).toMatchObject([{ lifetimeMs: lanLimits.mdnsLifetimeSeconds * 1000 }])
  })

  it('a flood of one sender is looked at a little, and others are heard', async () => {
    const { lan, node } = await listening()
    const announcement = encodeAnnouncement(lan.newId())
    for (let count = 0; count < 5000; count += 1) lan.deliver(attacker, mcd, announcement)
    expect(node.sightings).toHaveLength(lanLimits.senderBurst)
    const id = lan.newId()
    lan.deliver({ ...attacker, address6: 'fe80::67' }, mcd, encodeAnnouncement(id))
    expect(node.sightings.at(-1)).toMatchObject({ id })
  })

  it('a flood of many senders is bounded in all, and over when it is over', async () => {
    const { lan, node } = await listening()
    const announcement = encodeAnnouncement(lan.newId())
    for (let count = 0; count < 5000; count += 1)
      lan.deliver({ ...attacker, address6: `fe80::1:${count.toString(16)}` }, mcd, announcement)
    expect(node.sightings).toHaveLength(lanLimits.allBurst)
    await lan.pass(3000)
    lan.deliver(attacker, mcd, announcement)
    expect(node.sightings).toHaveLength(lanLimits.allBurst + 1)
  })

  it('questions without end get an answer a second', async () => {
    const lan = new MemoryLan()
    nodeOn(lan.machine(), { sources: ['mdns'] })
    await lan.pass(10_000)
    const question = encode({ type: 'query', questions: [{ name: '_nncp._tcp.local', type: 'PTR' }] })
    const before = lan.sent.length
    for (let round = 0; round < 100; round += 1) {
      for (let count = 0; count < 10; count += 1) lan.deliver(attacker, mdns, question)
      await lan.pass(50)
    }
    const answers = lan.sent.slice(before).filter(({ from }) => from === '10.0.0.1')
    expect(answers.length).toBeLessThanOrEqual(6)
  })

  it('random and mutated ones do nothing', async () => {
    const { lan, node } = await listening()
    const true_ = claim(lan.newId())
    const mutated = fc.tuple(fc.nat(true_.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = true_.slice()
      bytes[at] = byte
      return bytes
    })
    const prefixed = fc.uint8Array({ maxLength: 400 }).map(bytes => Buffer.concat([Buffer.from('_nncp'), bytes]))
    let sender = 0
    fc.assert(
      fc.property(fc.oneof(mutated, prefixed, fc.uint8Array({ maxLength: 200 })), bytes => {
        sender += 1
        const from = { ...attacker, address4: `10.0.0.${100 + (sender % 100)}` }
        lan.deliver(from, mdns, bytes)
        lan.deliver(from, mcd, bytes)
      }),
      { numRuns: 400 },
    )
    for (const { url } of node.sightings) expect(url.hostname).toMatch(/^10\.0\.0\.1\d\d$/)
  })

  it('pointers that run in circles end', async () => {
    const { lan, node } = await listening()
    const circle = Buffer.concat([Buffer.from([0, 0, 0x84, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0xc0, 12]), Buffer.from('_nncp')])
    lan.deliver(attacker, mdns, circle)
    lan.deliver(attacker, mdns, Buffer.alloc(20_000, '_nncp'))
    expect(node.sightings).toEqual([])
  })
})
