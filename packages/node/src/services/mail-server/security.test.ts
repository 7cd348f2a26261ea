/** What attacks any of the mail ports, on all of them: rows of docs/reference/threats.md. */
import { spawn, spawnSync } from 'node:child_process'
import { memoryAccount } from '@posthorn/imap/memory'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { present } from '../../base/assert.ts'
import { systemClock } from '../../base/clock.ts'
import {
  domain,
  FakeDesk,
  FakeSpool,
  ManualClock,
  noAppPasswords,
  passwords,
  plainLogin,
  RawClient,
  RecordingLog,
  testCertificate,
} from './fakes.ts'
import { type MailListenerName, type MailServer, mailServer } from './index.ts'
import { isLoopback } from './remote.ts'

const opensslMissing = spawnSync('openssl', ['version']).error !== undefined

const anyPort = { host: '127.0.0.1', port: 0 }
const all = { smtp: anyPort, smtps: anyPort, imap: anyPort, imaps: anyPort, pop3: anyPort, pop3s: anyPort }

let server: MailServer
let clients: RawClient[]
let log: RecordingLog
/** Names whose password was looked at. */
let checked: string[]

beforeEach(() => {
  clients = []
  checked = []
  log = new RecordingLog()
})

afterEach(async () => {
  for (const client of clients) client.end()
  await server.stop()
})

async function start(clock = systemClock): Promise<void> {
  server = await mailServer({
    desk: new FakeDesk(),
    spool: new FakeSpool(),
    users: {
      async verify(name, password) {
        checked.push(name)
        // `many…` are people without number, for tests with many of them.
        return passwords[name] === password || (name.startsWith('many') && password === 'many')
      },
    },
    appPasswords: noAppPasswords,
    mailbox: { account: (_user, address) => memoryAccount({ address, now: () => clock.now() }) },
    domains: [domain],
    certificate: await testCertificate(),
    listeners: all,
    clock,
    random: length => Buffer.alloc(length, 0x5a),
    log,
  })
}

function portOf(name: MailListenerName): number {
  const listener = present(server.listeners[name], name)
  return 'port' in listener ? listener.port : 0
}

interface Protocol {
  readonly name: 'smtp' | 'imap' | 'pop3'
  readonly starttls: string
  /** Lines that log in, and the one that must say whether it is so. */
  readonly login: (user: string, password: string) => readonly string[]
  /** Needs a login. */
  readonly inside: string
  readonly yes: RegExp
  readonly no: RegExp
}

const protocols: readonly Protocol[] = [
  {
    name: 'smtp',
    starttls: 'STARTTLS',
    login: (user, password) => ['EHLO x', plainLogin(user, password)],
    inside: `MAIL FROM:<alice@${domain}>`,
    yes: /^2/,
    no: /^5/,
  },
  {
    name: 'imap',
    starttls: 'a STARTTLS',
    login: (user, password) => [`b LOGIN ${user} "${password}"`],
    inside: 'c SELECT INBOX',
    yes: /^\w OK/m,
    no: /^\w (NO|BAD)/m,
  },
  {
    name: 'pop3',
    starttls: 'STLS',
    login: (user, password) => [`USER ${user}`, `PASS ${password}`],
    inside: 'STAT',
    yes: /^\+OK/,
    no: /^-ERR/,
  },
]

/** The last line of the answer to a line. */
async function ask(client: RawClient, name: string, line: string): Promise<string> {
  client.say(line)
  const end = name === 'smtp' ? /^\d{3} .*\r\n/m : name === 'imap' ? /^[a-z] .*\r\n/m : /^[+-].*\r\n/m
  return (await client.until(end)).trimEnd().split('\r\n').at(-1) ?? ''
}

async function greeted(name: MailListenerName): Promise<RawClient> {
  const client = await RawClient.open(portOf(name), { tls: name.endsWith('s') })
  clients.push(client)
  await client.until(/^.*\r\n/)
  return client
}

async function logIn(client: RawClient, { name, login }: Protocol, user: string, password: string): Promise<string> {
  let last = ''
  for (const line of login(user, password)) last = await ask(client, name, line)
  return last
}

describe.each(protocols)('$name', protocol => {
  const { name, starttls, login, inside, yes, no } = protocol

  it('STARTTLS injection: what is sent in clear behind it counts for nothing', async () => {
    await start()
    const client = await greeted(name)
    if (name === 'smtp') await ask(client, name, 'EHLO x')
    client.send(`${[starttls, ...login('alice', 'wonder land'), inside].join('\r\n')}\r\n`)
    expect(await client.until(/^.*\r\n/)).toMatch(yes)
    await client.secure()
    expect(await ask(client, name, inside)).toMatch(no)
    expect(checked).toEqual([])
    expect(await logIn(client, protocol, 'alice', 'wonder land')).toMatch(yes)
    expect(await ask(client, name, inside)).toMatch(yes)
  })

  it('who guesses user names learns nothing: an unknown one takes the same way as a known one', async () => {
    await start()
    const answers = new Set<string>()
    for (const user of ['alice', 'nobody']) answers.add(await logIn(await greeted(name), protocol, user, 'wrong'))
    expect([...answers]).toHaveLength(1)
    expect(checked).toEqual(['alice', 'nobody'])
  })
})

it('passwords in clear are for this machine alone, whatever its address looks like', () => {
  for (const near of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', '::FFFF:127.0.0.1']) {
    expect(isLoopback(near), near).toBe(true)
  }
  const far = ['10.0.0.1', '192.168.1.127', '0.0.0.0', '::', 'fe80::1', '::ffff:10.0.0.1', '1::1', '127.0.0.1.evil', '']
  for (const remote of [...far, '128.0.0.1', '1127.0.0.1', '::ffff:128.0.0.1', '::127.0.0.1', 'socket']) {
    expect(isLoopback(remote), remote).toBe(false)
  }
})

it('guesses over POP3 count with those over IMAP and SMTP, and the owner still gets in', async () => {
  const clock = new ManualClock()
  await start(clock)
  for (const [index, protocol] of [...protocols, ...protocols].entries()) {
    const client = await greeted(protocol.name)
    let over = false
    const answer = logIn(client, protocol, 'alice', 'wrong').finally(() => {
      over = true
    })
    let heldMs = 0
    while (!over) {
      if (clock.sleeping > 0 && checked.length === index + 1) {
        clock.pass(250)
        heldMs += 250
      }
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(await answer).toMatch(protocol.no)
    // Doubled with each, wherever it came from; up to four seconds.
    expect(heldMs).toBeGreaterThanOrEqual(Math.min(250 * 2 ** index, 4000))
  }
  for (const protocol of protocols) {
    const client = await greeted(protocol.name)
    expect(await logIn(client, protocol, 'alice', 'wonder land')).toMatch(protocol.yes)
  }
})

it('500 idle connections are held at little cost, and the next ones are served', async () => {
  await start(new ManualClock())
  const before = process.memoryUsage().rss
  for (let count = 0; count < 500; count++) {
    const protocol = present(protocols[1 + (count % 2)], 'IMAP or POP3')
    const client = await greeted(protocol.name)
    expect(await logIn(client, protocol, `many${count}`, 'many')).toMatch(protocol.yes)
    if (protocol.name === 'pop3') continue
    await ask(client, 'imap', 'c SELECT INBOX')
    client.say('d IDLE')
    await client.until(/^\+.*\r\n/m)
  }
  for (const protocol of protocols) {
    const client = await greeted(protocol.name)
    expect(await logIn(client, protocol, 'alice', 'wonder land')).toMatch(protocol.yes)
  }
  // The clients and their sockets live in this process too.
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
})

describe.skipIf(opensslMissing)('TLS as openssl sees it', () => {
  /** Hand-shakes as a client; answers what openssl says. */
  function handshake(listener: MailListenerName, ...args: readonly string[]): Promise<{ ok: boolean; text: string }> {
    const starttls = listener.endsWith('s') ? [] : ['-starttls', listener]
    // Without this the client itself would refuse old protocols, and nothing were shown of the server.
    const old = ['-cipher', 'DEFAULT@SECLEVEL=0']
    const at = `127.0.0.1:${portOf(listener)}`
    return new Promise((resolve, reject) => {
      const child = spawn('openssl', ['s_client', '-connect', at, ...starttls, ...old, ...args])
      let text = ''
      child.stdout.on('data', chunk => {
        text += chunk
      })
      child.stderr.on('data', chunk => {
        text += chunk
      })
      child.once('error', reject)
      child.once('close', code => resolve({ ok: code === 0, text }))
      child.stdin.end()
    })
  }

  it.each(Object.keys(all) as MailListenerName[])('%s takes TLS 1.2 and 1.3, and nothing older', async listener => {
    await start()
    for (const version of ['1_2', '1_3']) {
      const { ok, text } = await handshake(listener, `-tls${version}`)
      expect(ok, text).toBe(true)
      expect(text).toContain(`TLSv${version.replace('_', '.')}`)
    }
    for (const version of ['1', '1_1']) {
      const { ok, text } = await handshake(listener, `-tls${version}`)
      expect(ok, text).toBe(false)
      expect(text).toMatch(/alert protocol version|Cipher is \(NONE\)/)
    }
  })

  it.each(['imaps', 'smtps', 'pop3s', 'imap', 'pop3'] as const)(
    '%s chooses no ALPN, and minds none that a client offers',
    async listener => {
      await start()
      const { ok, text } = await handshake(listener, '-alpn', 'imap,smtp,pop3')
      expect(ok, text).toBe(true)
      expect(text).toContain('No ALPN negotiated')
    },
  )
})
