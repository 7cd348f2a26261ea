import { type MemoryAccount, memoryAccount } from '@posthorn/imap/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { present } from '../../../base/assert.ts'
import { systemClock } from '../../../base/clock.ts'
import { authenticator } from '../authenticate.ts'
import {
  directoryUsers,
  domain,
  ManualClock,
  noAppPasswords,
  RawClient,
  RecordingLog,
  testCertificate,
} from '../fakes.ts'
import type { MachineService } from '../machines.ts'
import { OpenLogins } from '../open-logins.ts'
import { LoginThrottle } from '../throttle.ts'
import { type Pop3Options, startPop3 } from './index.ts'

let alice: MemoryAccount
let running: MachineService[]
let clients: RawClient[]
let log: RecordingLog
let logins: OpenLogins

beforeEach(() => {
  logins = new OpenLogins()
  alice = memoryAccount({ address: `alice@${domain}`, now: () => systemClock.now() })
  running = []
  clients = []
  log = new RecordingLog()
})

afterEach(async () => {
  for (const client of clients) client.end()
  for (const service of running) await service.stop()
  expect(log.lines.join('\n')).not.toContain('wonder land')
})

async function start(over: Partial<Pop3Options> = {}): Promise<readonly [number, number]> {
  const clock = over.clock ?? systemClock
  const throttle = new LoginThrottle({ clock })
  const signal = new AbortController().signal
  const service = await startPop3({
    authenticate: authenticator({
      ...{ users: directoryUsers, appPasswords: noAppPasswords, logins },
      ...{ domains: [domain], throttle, clock, log, signal },
    }),
    logins,
    account: () => alice,
    listen: [
      { host: '127.0.0.1', port: 0, security: 'starttls' },
      { host: '127.0.0.1', port: 0, security: 'tls' },
    ],
    certificate: await testCertificate(),
    serverName: domain,
    plaintextLogin: () => true,
    clock,
    log,
    ...over,
  })
  running.push(service)
  return [present(service.ports[0], 'port'), present(service.ports[1], 'port')]
}

async function connect(port: number, options?: { tls?: boolean }): Promise<RawClient> {
  const client = await RawClient.open(port, options)
  clients.push(client)
  return client
}

/** The first line of the answer. */
async function ask(client: RawClient, line: string): Promise<string> {
  client.say(line)
  return (await client.until(/^.*\r\n/)).trimEnd()
}

async function logIn(client: RawClient): Promise<void> {
  expect(await ask(client, 'USER alice')).toMatch(/^\+OK/)
  expect(await ask(client, 'PASS wonder land')).toMatch(/^\+OK/)
}

const letter = Buffer.from('From: bob@far.alt\r\nSubject: hi\r\n\r\n.Hello.\r\n')

describe('a mail program', () => {
  it.each([
    ['in clear', 0, false],
    ['under STLS', 0, true],
    ['under TLS', 1, false],
  ] as const)('reads and deletes %s', async (_name, index, stls) => {
    alice.deliver(letter)
    const client = await connect((await start())[index], { tls: index === 1 })
    expect(await client.until(/^.*\r\n/)).toBe(`+OK ${domain} ready\r\n`)
    if (stls) {
      expect(await ask(client, 'STLS')).toMatch(/^\+OK/)
      await client.secure()
    }
    await logIn(client)
    client.say('RETR 1')
    expect(await client.until(/\r\n\.\r\n/)).toBe(`+OK 43 octets\r\n${letter.toString().replace('.H', '..H')}.\r\n`)
    expect(await ask(client, 'DELE 1')).toMatch(/^\+OK/)
    expect(await ask(client, 'QUIT')).toMatch(/^\+OK Removed for good: 1/)
    expect(await client.closed()).toBe('')
    expect(await alice.status('INBOX')).toMatchObject({ messages: 0 })
    expect(log.lines.join('\n')).toContain('a POP3 client removed letters')
  })

  it('cut off in the middle of a letter, loses nothing that it had marked', async () => {
    alice.deliver(letter)
    alice.deliver(Buffer.concat([letter, Buffer.from('a line of twenty b.\r\n'.repeat(150_000))]))
    const client = await connect((await start())[0])
    await client.until(/^.*\r\n/)
    await logIn(client)
    await ask(client, 'DELE 1')
    client.say('RETR 2')
    await client.until(/^.*\r\n/)
    client.end()
    await present(running[0], 'service').stop()
    expect(await alice.status('INBOX')).toMatchObject({ messages: 2 })
  })
})

describe('limits', () => {
  it('bind connections in total and per person, and say so', async () => {
    const [port] = await start({ limits: { connectionsMax: 3, connectionsPerUserMax: 2 } })
    for (let count = 0; count < 2; count++) {
      const client = await connect(port)
      await client.until(/^.*\r\n/)
      await logIn(client)
    }
    const third = await connect(port)
    await third.until(/^.*\r\n/)
    await ask(third, 'USER alice')
    expect(await ask(third, 'PASS wonder land')).toMatch(/^-ERR \[SYS\/TEMP\] You have too many connections/)
    expect(await (await connect(port)).closed()).toMatch(/^-ERR \[SYS\/TEMP\] Too many connections/)
  })

  it('end a client that asks for much and reads nothing, with memory flat', async () => {
    const clock = new ManualClock()
    const [port] = await start({ clock })
    alice.deliver(Buffer.concat([letter, Buffer.from(`${'x'.repeat(78)}\r\n`.repeat(50_000))]))
    const client = await connect(port)
    await client.until(/^.*\r\n/)
    await logIn(client)
    client.deaf()
    const before = process.memoryUsage().rss
    for (let count = 0; count < 200; count++) client.say('RETR 1')
    let over = false
    const gone = client.gone().finally(() => {
      over = true
    })
    while (!over) {
      clock.pass(5000)
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    await gone
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
  })
})

it('a stop says so to those who are connected, and removes nothing that was not asked for with QUIT', async () => {
  alice.deliver(letter)
  const client = await connect((await start())[0])
  await client.until(/^.*\r\n/)
  await logIn(client)
  await ask(client, 'DELE 1')
  await present(running[0], 'service').stop()
  expect(await client.closed()).toBe('-ERR [SYS/TEMP] This node is being stopped.\r\n')
  expect(await alice.status('INBOX')).toMatchObject({ messages: 1 })
})

it('ends a session whose login was taken back', async () => {
  const [port] = await start()
  const client = await RawClient.open(port)
  clients.push(client)
  await client.until(/^\+OK.*\r\n/)
  client.say('USER alice')
  await client.until(/^\+OK.*\r\n/)
  client.say('PASS wonder land')
  await client.until(/^\+OK.*\r\n/)
  expect(await logins.end('alice', 'password', 'over')).toBe(1)
  await client.closed()
  expect(await logins.end('alice', 'password', 'over')).toBe(0)
})
