import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib'
import { type MemoryAccount, memoryAccount } from '@posthorn/imap/memory'
import { type FetchMessageObject, ImapFlow } from 'imapflow'
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
import { type ImapOptions, startImap } from './index.ts'

let accounts: Map<string, MemoryAccount>
let running: MachineService[]
let clients: RawClient[]
let log: RecordingLog
let logins: OpenLogins

beforeEach(() => {
  logins = new OpenLogins()
  accounts = new Map()
  running = []
  clients = []
  log = new RecordingLog()
})

afterEach(async () => {
  for (const client of clients) client.end()
  for (const service of running) await service.stop()
  expect(log.lines.join('\n')).not.toContain('wonder land')
})

function accountOf(user: string): MemoryAccount {
  const account = accounts.get(user) ?? memoryAccount({ address: `${user}@${domain}`, now: () => systemClock.now() })
  accounts.set(user, account)
  return account
}

async function start(over: Partial<ImapOptions> = {}): Promise<readonly [number, number]> {
  const clock = over.clock ?? systemClock
  const throttle = new LoginThrottle({ clock })
  const signal = new AbortController().signal
  const service = await startImap({
    authenticate: authenticator({
      ...{ users: directoryUsers, appPasswords: noAppPasswords, logins },
      ...{ domains: [domain], throttle, clock, log, signal },
    }),
    logins,
    account: accountOf,
    listen: [
      { host: '127.0.0.1', port: 0, security: 'starttls' },
      { host: '127.0.0.1', port: 0, security: 'tls' },
    ],
    certificate: await testCertificate(),
    serverName: domain,
    plaintextLogin: () => true,
    compress: () => false,
    metadata: () => null,
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

async function loggedIn(port: number, user = 'alice'): Promise<RawClient> {
  const client = await connect(port)
  await client.until(/^\* OK .*\r\n/)
  client.say(`a LOGIN ${user} "${user === 'alice' ? 'wonder land' : 'builder'}"`)
  expect(await client.until(/^a .*\r\n/m)).toMatch(/a OK/)
  return client
}

function sourceOf(message: FetchMessageObject | false | undefined): Buffer {
  return present(message === false ? undefined : message?.source, 'the message')
}

const letter = Buffer.from('From: bob@far.alt\r\nSubject: hi\r\nMessage-ID: <1@x>\r\n\r\nHello.\r\n')

describe('a mail program', () => {
  it.each([
    ['in clear', { index: 0, secure: false, doSTARTTLS: false }],
    ['under STARTTLS', { index: 0, secure: false, doSTARTTLS: true }],
    ['under TLS', { index: 1, secure: true, doSTARTTLS: undefined }],
  ] as const)('reads, writes and waits %s', async (_name, { index, secure, doSTARTTLS }) => {
    const ports = await start()
    accountOf('alice').deliver(letter)
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: ports[index],
      secure,
      ...(doSTARTTLS === undefined ? {} : { doSTARTTLS }),
      auth: { user: `alice@${domain}`, pass: 'wonder land' },
      tls: { rejectUnauthorized: false },
      logger: false,
    })
    await client.connect()
    expect(client.secureConnection).toBe(secure || doSTARTTLS === true)
    const lock = await client.getMailboxLock('INBOX')
    const first = await client.fetchOne('1', { source: true, envelope: true })
    expect(sourceOf(first).equals(letter)).toBe(true)
    const exists = new Promise<number>(resolve => client.on('exists', event => resolve(event.count)))
    const idling = client.idle()
    accountOf('alice').deliver(letter)
    expect(await exists).toBe(2)
    await client.noop()
    await idling
    const big = Buffer.concat([letter, Buffer.from('a line of twenty b.\r\n'.repeat(150_000))])
    await client.append('INBOX', big, ['\\Seen'])
    const back = await client.fetchOne('3', { source: true })
    expect(sourceOf(back).equals(big)).toBe(true)
    lock.release()
    await client.logout()
  })
})

describe('STARTTLS', () => {
  it('drops what came in clear behind it', async () => {
    const [port] = await start()
    const client = await connect(port)
    await client.until(/^\* OK .*\r\n/)
    client.send('a STARTTLS\r\nb LOGIN alice "wonder land"\r\nc NOOP\r\n')
    expect(await client.until(/^a .*\r\n/m)).toMatch(/^a OK/)
    await client.secure()
    client.say('d SELECT INBOX')
    expect(await client.until(/^.*\r\n/)).toMatch(/^d (NO|BAD)/)
    client.say('e LOGIN alice "wonder land"')
    expect(await client.until(/^e .*\r\n/m)).toMatch(/e OK/)
  })

  it('that fails ends that connection alone', async () => {
    const [port] = await start()
    const other = await loggedIn(port)
    const client = await connect(port)
    await client.until(/^\* OK .*\r\n/)
    client.say('a STARTTLS')
    await client.until(/^a OK.*\r\n/)
    client.send('this is no handshake\r\n')
    await client.closed()
    other.say('b NOOP')
    expect(await other.until(/^b .*\r\n/m)).toMatch(/b OK/)
  })

  it('comes before the login where plaintext is not allowed', async () => {
    const [port] = await start({ plaintextLogin: () => false })
    const client = await connect(port)
    await client.until(/^\* OK .*\r\n/)
    client.say('0 CAPABILITY')
    expect(await client.until(/^0 .*\r\n/m)).toContain('LOGINDISABLED')
    client.say('a LOGIN alice "wonder land"')
    expect(await client.until(/^a .*\r\n/)).toMatch(/^a (NO|BAD)/)
  })
})

/** Speaks deflate over a raw client that has logged in. */
class Squeezed {
  readonly #client: RawClient
  readonly #deflater = createDeflateRaw()
  readonly #inflater = createInflateRaw()
  #heard = ''
  #wake = () => {}

  constructor(client: RawClient) {
    this.#client = client
    this.#inflater.on('data', (piece: Buffer) => {
      this.#heard += piece.toString('latin1')
      this.#wake()
    })
    this.#deflater.on('data', (piece: Buffer) => client.send(piece))
    client.listen(bytes => this.#inflater.write(bytes))
  }

  say(text: string | Buffer): void {
    this.#deflater.write(text)
    this.#deflater.flush(constants.Z_SYNC_FLUSH)
  }

  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#heard)) {
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const heard = this.#heard
    this.#heard = ''
    return heard
  }

  get raw(): RawClient {
    return this.#client
  }
}

async function squeezed(port: number): Promise<Squeezed> {
  const client = await loggedIn(port)
  client.say('z COMPRESS DEFLATE')
  expect(await client.until(/^z .*\r\n/m)).toMatch(/^z OK/m)
  return new Squeezed(client)
}

describe('COMPRESS=DEFLATE', () => {
  it('carries a conversation both ways, each answer complete', async () => {
    const [port] = await start({ compress: () => true })
    accountOf('alice').deliver(Buffer.concat([letter, Buffer.from('a line of twenty b.\r\n'.repeat(50_000))]))
    const client = await squeezed(port)
    client.say('a SELECT INBOX\r\n')
    expect(await client.until(/^a OK.*\r\n/m)).toContain('* 1 EXISTS')
    client.say('b FETCH 1 RFC822.SIZE\r\nc FETCH 1 BODY.PEEK[]\r\n')
    const heard = await client.until(/^c OK.*\r\n/m)
    expect(heard.length).toBeGreaterThan(50_000 * 21)
    const big = Buffer.from('x'.repeat(3_000_000))
    client.say(`d APPEND INBOX {${big.length}+}\r\n`)
    client.say(big)
    client.say('\r\ne COMPRESS DEFLATE\r\nf IDLE\r\n')
    expect(await client.until(/^\+ /m)).toMatch(/^d OK[\s\S]*^e NO \[COMPRESSIONACTIVE\]/m)
    accountOf('alice').deliver(letter)
    expect(await client.until(/EXISTS/)).toBe('* 3 EXISTS\r\n')
  })

  it('is only for those who are logged in, and only where it is on offer', async () => {
    const [port] = await start({ compress: () => true })
    const stranger = await connect(port)
    expect(await stranger.until(/^\* OK .*\r\n/)).not.toContain('COMPRESS')
    stranger.say('a COMPRESS DEFLATE')
    expect(await stranger.until(/^a .*\r\n/)).toMatch(/^a BAD/)
    const [other] = await start()
    const client = await loggedIn(other)
    client.say('a COMPRESS DEFLATE')
    expect(await client.until(/^a .*\r\n/m)).toMatch(/^a NO \[CANNOT\]/)
    client.say('b CAPABILITY')
    expect(await client.until(/^b .*\r\n/m)).not.toContain('COMPRESS')
  })

  it('ends a bomb: little that becomes far too much', async () => {
    const limits = { inflatedFreeBytes: 1024 * 1024, inflatedRatioMax: 100 }
    const [port] = await start({ compress: () => true, limits })
    const client = await squeezed(port)
    client.say(`a APPEND INBOX {${32 * 1024 * 1024}+}\r\n`)
    client.say(Buffer.alloc(32 * 1024 * 1024, 120))
    expect(await client.until(/BYE/)).toContain('becomes too much')
    expect((await accountOf('alice').status('INBOX')) as object).toMatchObject({ messages: 0 })
  })

  it('ends what is no deflate stream, and that connection alone', async () => {
    const [port] = await start({ compress: () => true })
    const other = await squeezed(port)
    const client = await squeezed(port)
    client.raw.send(Buffer.alloc(4096, 255))
    await client.raw.closed()
    other.say('a NOOP\r\n')
    expect(await other.until(/^a .*\r\n/m)).toMatch(/a OK/)
  })

  it('drops what came behind the command without being compressed', async () => {
    const [port] = await start({ compress: () => true })
    const client = await loggedIn(port)
    client.send('z COMPRESS DEFLATE\r\ny LOGOUT\r\n')
    expect(await client.until(/^z .*\r\n/m)).toMatch(/^z OK/m)
    const deflated = new Squeezed(client)
    deflated.say('a NOOP\r\n')
    expect(await deflated.until(/^a .*\r\n/m)).toBe('a OK Noop completed\r\n')
  })
})

describe('limits', () => {
  it('bind connections in total and per person, and say so', async () => {
    const [port] = await start({ limits: { connectionsMax: 4, connectionsPerUserMax: 2 } })
    const first = await loggedIn(port)
    await loggedIn(port)
    const third = await connect(port)
    await third.until(/^\* OK .*\r\n/)
    third.say('a LOGIN alice "wonder land"')
    expect(await third.until(/^a .*\r\n/m)).toMatch(/^a NO .*too many connections/i)
    third.say('b LOGIN bob builder')
    expect(await third.until(/^b .*\r\n/m)).toMatch(/b OK/)
    await connect(port)
    const fifth = await connect(port)
    expect(await fifth.closed()).toMatch(/^\* BYE Too many/)
    first.end()
    for (;;) {
      const client = await connect(port)
      const greeting = await client.until(/^.*\r\n/)
      if (greeting.startsWith('* OK')) {
        client.say('c LOGIN alice "wonder land"')
        expect(await client.until(/^c .*\r\n/m)).toMatch(/c OK/)
        break
      }
    }
  })

  it('end a client that does not log in, by the shared clock', async () => {
    const clock = new ManualClock()
    const [port] = await start({ clock, protocolLimits: { loginMsMax: 10_000 } })
    const client = await connect(port)
    await client.until(/^\* OK .*\r\n/)
    let over = false
    const words = client.closed().finally(() => {
      over = true
    })
    while (!over) {
      clock.pass(5000)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(await words).toMatch(/^\* BYE/)
  })

  it('end a client that asks for much and reads nothing, with memory flat', async () => {
    const clock = new ManualClock()
    const [port] = await start({ clock })
    accountOf('alice').deliver(Buffer.concat([letter, Buffer.from(`${'x'.repeat(78)}\r\n`.repeat(50_000))]))
    const client = await loggedIn(port)
    client.say('b SELECT INBOX')
    await client.until(/^b OK.*\r\n/m)
    client.deaf()
    const before = process.memoryUsage().rss
    for (let count = 0; count < 200; count++) client.say(`c${count} FETCH 1 BODY[]`)
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

  it('do not let 200 pipelined commands starve the others', async () => {
    const [port] = await start()
    const busy = await loggedIn(port)
    const other = await loggedIn(port, 'bob')
    for (let count = 0; count < 200; count++) busy.say(`x${count} NOOP`)
    other.say('b NOOP')
    expect(await other.until(/^b .*\r\n/m)).toMatch(/b OK/)
    expect(await busy.until(/^x199 .*\r\n/m)).toMatch(/x199 OK/)
  })
})

describe('stopping', () => {
  it('says goodbye to those who wait, and frees the port', async () => {
    const [port] = await start()
    const client = await loggedIn(port)
    client.say('b SELECT INBOX')
    await client.until(/^b OK.*\r\n/m)
    client.say('c IDLE')
    await client.until(/^\+.*\r\n/m)
    await present(running[0], 'service').stop()
    expect(await client.closed()).toMatch(/^\* BYE This node is being stopped/m)
    await expect(RawClient.open(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('does not wait for those who do not listen', async () => {
    const clock = new ManualClock()
    const [port] = await start({ clock })
    accountOf('alice').deliver(Buffer.concat([letter, Buffer.from(`${'x'.repeat(78)}\r\n`.repeat(200_000))]))
    const client = await loggedIn(port)
    client.deaf()
    client.send('b SELECT INBOX\r\nc FETCH 1 BODY[]\r\n')
    await new Promise(resolve => setTimeout(resolve, 20))
    let stopped = false
    const stopping = present(running[0], 'service')
      .stop()
      .finally(() => {
        stopped = true
      })
    while (!stopped) {
      clock.pass(1000)
      await new Promise(resolve => setImmediate(resolve))
    }
    await stopping
  })
})

describe('a login that is taken back', () => {
  it('ends at once, also in IDLE, and others go on', async () => {
    const [port] = await start()
    const alice = await loggedIn(port)
    const bob = await loggedIn(port, 'bob')
    alice.say('b SELECT INBOX')
    await alice.until(/^b OK.*\r\n/m)
    alice.say('c IDLE')
    await alice.until(/^\+ .*\r\n/m)
    expect(await logins.end('alice', 'password', 'This password is not valid any more.')).toBe(1)
    expect(await alice.closed()).toContain('* BYE This password is not valid any more.')
    bob.say('b NOOP')
    expect(await bob.until(/^b .*\r\n/m)).toContain('b OK')
    expect(await logins.end('alice', 'password', 'x')).toBe(0)
  })
})
