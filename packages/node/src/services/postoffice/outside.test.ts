import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type MemoryQueue, memoryQueue } from '../../stores/queue/memory.ts'
import { parseAddress } from './letter/address.ts'
import { type GatewayRule, gatewayFor, isPlain } from './outside.ts'
import { carry, Office, queueOf } from './rig.ts'

const rule = (name: string, domains: readonly string[], more: Partial<GatewayRule> = {}): GatewayRule => ({
  ...{ name, domains, from: [], plainOnly: false, recipientsMax: null },
  ...more,
})

describe('which gateway', () => {
  const rules = [rule('exact', ['example.org', 'two.example']), rule('below', ['.example.org']), rule('rest', ['*'])]
  it.each([
    ['example.org', 'exact'],
    ['two.example', 'exact'],
    ['a.example.org', 'below'],
    ['a.b.example.org', 'below'],
    ['badexample.org', 'rest'],
    ['mail.elsewhere.net', 'rest'],
    ['localhost', undefined],
    ['[192.0.2.1]', undefined],
    ['camp.nncp.alt', undefined],
    ['something.alt', undefined],
  ])('%s: %s', (domain, name) => {
    expect(gatewayFor(rules, domain)?.name).toBe(name)
  })

  it('plain addresses have nothing that a shell, or a program, takes for more', () => {
    for (const local of ["o'brien", 'a|b', 'a`id`', '$HOME', 'a&b', 'a!b', '{a}', 'a/../b', 'a*', '.a', '#a', '~a']) {
      const address = parseAddress(`${local}@x.example`)
      expect([local, address !== undefined && isPlain(address)]).toEqual([local, false])
    }
    for (const local of ['a', 'A.b-c_d+e=f', '_x', '0']) {
      const address = parseAddress(`${local}@x.example`)
      expect([local, address !== undefined && isPlain(address)]).toEqual([local, true])
    }
  })
})

describe('letters for other mail systems', () => {
  let queue: MemoryQueue
  let valley: Office
  let ridge: Office
  let hints: number
  beforeEach(async () => {
    hints = 0
    queue = memoryQueue()
    const gateways = [
      rule('uucp', ['hill.example'], { from: ['ridge'], plainOnly: true, recipientsMax: 1 }),
      rule('all', ['*']),
    ]
    const queued = () => {
      hints += 1
    }
    const outside = { gateways, queue, queued }
    valley = await Office.open('valley', ['alice'], undefined, undefined, undefined, undefined, { outside })
    ridge = await Office.open('ridge', ['bob'])
    await valley.knows(ridge, { domains: ['ridge.example'] })
    await ridge.knows(valley, { domains: ['hill.example', 'net.example'] })
  })
  afterEach(async () => {
    await valley.stop()
    await ridge.stop()
  })
  const text = 'Message-ID: <one@test>\r\nSubject: one\r\n\r\nText.\r\n'
  const waiting = async () =>
    (await queue.page({ gateway: null, after: 0, limit: 100 })).map(({ gateway, envelope }) => [
      gateway,
      envelope.returnPath,
      ...envelope.recipients,
    ])

  it('a letter keeps its lifetime in the queue', async () => {
    const dates = 'Date: Thu, 01 Jan 2026 10:00:00 +0000\r\nExpires: Sat, 03 Jan 2026 10:00:00 +0000\r\n'
    await valley.send(valley.address('alice'), ['x@far.example'], dates + text)
    expect(await queue.page({ gateway: null, after: 0, limit: 9 })).toMatchObject([
      { envelope: { wishes: { lifetimeDays: 2 } } },
    ])
    expect(await queue.outlived(9)).toEqual([])
    queue.passDays(3)
    expect(await queue.outlived(9)).toHaveLength(1)
  })

  it('own people and nodes come first, then the first gateway that fits', async () => {
    const addresses = [
      'alice',
      'x@hill.example',
      'x@ridge.example',
      'x@net.example',
      "o'x@hill.example",
      'a@b.nncp.alt',
    ]
    const [own = '', ...others] = addresses
    const verdicts = await Promise.all([valley.address(own), ...others].map(to => valley.office.judge(to)))
    expect(verdicts.map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok', 'ok', 'bad-address', 'unknown-node'])
    const alice = valley.address('alice')
    const to = [alice, 'x@Hill.example', 'y@hill.example', 'x@ridge.example', 'X@net.example']
    await valley.send(alice, to, text)
    expect(await valley.letters('alice')).toHaveLength(1)
    expect(await queueOf(valley, ridge)).toHaveLength(1)
    expect(await waiting()).toEqual([
      ['uucp', alice, 'x@hill.example'],
      ['uucp', alice, 'y@hill.example'],
      ['all', alice, 'X@net.example'],
    ])
    expect(hints).toBe(1)
  })

  it('the same letter handed in again is queued once', async () => {
    for (let times = 0; times < 2; times += 1) await valley.send(valley.address('alice'), ['x@net.example'], text)
    expect(await waiting()).toHaveLength(1)
  })

  it('relaying without policy: a neighbour may use what names it, and is told of the rest', async () => {
    const bob = ridge.address('bob')
    await ridge.send(bob, ['x@hill.example', 'y@net.example'], text)
    await carry(ridge, valley)
    expect(await waiting()).toEqual([['uucp', bob, 'x@hill.example']])
    await carry(valley, ridge)
    const [report = ''] = await ridge.letters('bob')
    expect(report).toContain('y@net.example')
    expect(report).toContain('does not pass mail on')
  })

  it('a letter without a sender that can be handed on is refused before anything is done', async () => {
    const sent = valley.send('"x y"@z', ['x@net.example', valley.address('alice')], text)
    await expect(sent).rejects.toMatchObject({ code: 'bad-sender', retry: 'never' })
    expect(await valley.letters('alice')).toEqual([])
    await valley.send('', ['x@hill.example'], text)
    expect(await waiting()).toEqual([['uucp', '', 'x@hill.example']])
  })

  it('a letter that goes in circles is not passed on', async () => {
    const circle = `Return-Path: <${ridge.address('bob')}>\r\n${'Received: by x\r\n'.repeat(200)}${text}`
    await expect(valley.send(valley.address('alice'), ['x@hill.example'], circle)).rejects.toMatchObject({
      code: 'mail-loop',
    })
    expect(await waiting()).toEqual([])
  })
})
