import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { present } from '../../../base/assert.ts'
import { systemClock } from '../../../base/clock.ts'
import { OperatingError } from '../../../base/errors.ts'
import { authenticator } from '../authenticate.ts'
import {
  directoryUsers,
  domain,
  FakeDesk,
  FakeSpool,
  ManualClock,
  noAppPasswords,
  passwords,
  plainLogin,
  RawClient,
  RecordingLog,
  smugglingEnds,
  testCertificate,
} from '../fakes.ts'
import { saidInPieces, scripts, tries } from '../fuzzing.ts'
import { OpenLogins } from '../open-logins.ts'
import { isLoopback } from '../remote.ts'
import { LoginThrottle } from '../throttle.ts'
import type { SmtpService } from './host.ts'
import { type SmtpOptions, startSmtp } from './index.ts'

let desk: FakeDesk
let spool: FakeSpool
let log: RecordingLog
let logins: OpenLogins
let running: SmtpService[]
let clients: RawClient[]

beforeEach(() => {
  desk = new FakeDesk()
  spool = new FakeSpool()
  log = new RecordingLog()
  logins = new OpenLogins()
  running = []
  clients = []
})

afterEach(async () => {
  for (const client of clients) client.end()
  for (const service of running) await service.stop()
  const told = log.lines.join('\n')
  for (const password of Object.values(passwords)) {
    expect(told).not.toContain(password)
    expect(told).not.toContain(Buffer.from(password).toString('base64').replaceAll('=', ''))
  }
  expect(spool.held, 'scratch that nobody discarded').toBe(0)
})

async function start(over: Partial<SmtpOptions> = {}): Promise<readonly number[]> {
  const clock = over.clock ?? systemClock
  const throttle = new LoginThrottle({ clock })
  const signal = new AbortController().signal
  const service = await startSmtp({
    desk,
    spool,
    authenticate: authenticator({
      ...{ users: directoryUsers, appPasswords: noAppPasswords, logins },
      ...{ domains: [domain], throttle, clock, log, signal },
    }),
    logins,
    listen: [{ host: '127.0.0.1', port: 0, security: 'starttls' }],
    certificate: await testCertificate(),
    serverName: domain,
    domains: [domain, 'camp.example'],
    plaintextLogin: isLoopback,
    clock,
    random: length => Buffer.alloc(length, 0x5a),
    log,
    ...over,
  })
  running.push(service)
  return service.ports
}

async function connect(port: number | undefined, options?: { tls?: boolean }): Promise<RawClient> {
  const client = await RawClient.open(present(port, 'port'), options)
  clients.push(client)
  return client
}

async function loggedIn(port: number | undefined, user = 'alice'): Promise<RawClient> {
  const client = await connect(port)
  await client.hear()
  await client.ask('EHLO [127.0.0.1]')
  expect(await client.ask(plainLogin(`${user}@${domain}`, passwords[user]))).toMatch(/^235 2\.7\.0/)
  return client
}

/** Up to the 354. */
async function ready(port: number | undefined, recipients = [`bob@${domain}`]): Promise<RawClient> {
  const client = await loggedIn(port)
  expect(await client.ask(`MAIL FROM:<alice@${domain}>`)).toMatch(/^250 2\.1\.0/)
  for (const recipient of recipients) expect(await client.ask(`RCPT TO:<${recipient}>`)).toMatch(/^250 2\.1\.5/)
  expect(await client.ask('DATA')).toMatch(/^354/)
  return client
}

const letter = 'From: alice\r\nMessage-ID: <1@x>\r\n\r\nHello.\r\n'

describe('a submission', () => {
  it('reads as a conversation', async () => {
    const [port] = await start()
    const client = await connect(port)
    expect(await client.hear()).toBe(`220 ${domain} ESMTP Posthorn`)
    expect(await client.ask('EHLO [127.0.0.1]')).toBe(
      `250-${domain}|250-PIPELINING|250-8BITMIME|250-SMTPUTF8|250-ENHANCEDSTATUSCODES|250-DSN|250-AUTH PLAIN LOGIN` +
        '|250-STARTTLS|250 SIZE 67108864',
    )
    expect(await client.ask(`MAIL FROM:<alice@${domain}>`)).toBe('530 5.7.0 Log in first.')
    expect(await client.ask(plainLogin(`alice@${domain}`, 'wonder land'))).toBe('235 2.7.0 Authentication successful')
    expect(await client.ask(`MAIL FROM:<alice@${domain}> BODY=8BITMIME SIZE=100`)).toBe('250 2.1.0 Accepted')
    expect(await client.ask(`RCPT TO:<bob@${domain}>`)).toBe('250 2.1.5 Accepted')
    expect(await client.ask('RCPT TO:<carol@far.alt>')).toBe('250 2.1.5 Accepted')
    expect(await client.ask('DATA')).toMatch(/^354 /)
    client.send('Subject: x\r\n\r\n..dots\r\n\xe4 8 bit\r\n.\r\n')
    expect(await client.hear()).toBe(`250 2.6.0 letter-1@${domain} is in this node's care now.`)
    expect(await client.ask('QUIT')).toBe('221 2.0.0 Bye')
    expect(desk.letters).toMatchObject([
      {
        sender: `alice@${domain}`,
        login: 'alice',
        recipients: [`bob@${domain}`, 'carol@far.alt'],
        text: 'Subject: x\r\n\r\n.dots\r\n\xe4 8 bit\r\n',
      },
    ])
  })

  it('takes Delta Chat’s pipelining: recipients and DATA at once, several letters on a connection', async () => {
    const [port] = await start()
    const client = await loggedIn(port)
    for (const number of [1, 2, 3]) {
      expect(await client.ask(`MAIL FROM:<alice@${domain}> BODY=8BITMIME`)).toMatch(/^250/)
      client.send(`RCPT TO:<bob@${domain}>\r\nRCPT TO:<carol@far.alt>\r\nDATA\r\n`)
      expect(await client.hear()).toMatch(/^250/)
      expect(await client.hear()).toMatch(/^250/)
      expect(await client.hear()).toMatch(/^354/)
      client.send(`${letter}.\r\n`)
      expect(await client.hear()).toMatch(/^250 2\.6\.0/)
      expect(desk.letters.length).toBe(number)
    }
  })

  it('says 250 only after the desk did', async () => {
    let allow: () => void = () => {}
    let asked: () => void = () => {}
    const submitting = new Promise<void>(resolve => {
      asked = resolve
    })
    desk.before = () => {
      asked()
      return new Promise(resolve => {
        allow = resolve
      })
    }
    const [port] = await start()
    const client = await ready(port)
    client.send(`${letter}.\r\nNOOP\r\n`)
    await submitting
    let answered = false
    const answer = client.hear().then(text => {
      answered = true
      return text
    })
    await new Promise(resolve => setImmediate(resolve))
    expect(answered).toBe(false)
    allow()
    expect(await answer).toMatch(/^250 2\.6\.0/)
    expect(await client.hear()).toBe('250 2.0.0 OK')
  })

  it('greets at once: the library’s pause for spammers is not ours', async () => {
    const [port] = await start({ clock: new ManualClock() })
    for (let count = 0; count < 20; count++) {
      const client = await connect(port)
      client.say('EHLO early')
      expect(await client.hear()).toMatch(/^220/)
      expect(await client.hear()).toMatch(/^250/)
      client.end()
    }
  })

  it('takes the login under any of our domains, and a bare name', async () => {
    const [port] = await start()
    for (const name of ['alice', `ALICE@${domain.toUpperCase()}`]) {
      const client = await connect(port)
      await client.hear()
      await client.ask('EHLO x')
      expect(await client.ask(plainLogin(name, 'wonder land'))).toMatch(/^235/)
      expect(await client.ask('MAIL FROM:<Alice@Camp.Example>')).toMatch(/^250/)
    }
  })

  it('speaks AUTH LOGIN', async () => {
    const [port] = await start()
    const client = await connect(port)
    await client.hear()
    await client.ask('EHLO x')
    expect(await client.ask('AUTH LOGIN')).toBe('334 VXNlcm5hbWU6')
    expect(await client.ask(Buffer.from('bob').toString('base64'))).toBe('334 UGFzc3dvcmQ6')
    expect(await client.ask(Buffer.from('builder').toString('base64'))).toMatch(/^235/)
  })
})

describe('who may send what', () => {
  it('refuses wrong passwords, and hangs up on guessing', async () => {
    const [port] = await start({ limits: { loginFailuresMax: 3 }, clock: systemClock })
    const client = await connect(port)
    await client.hear()
    await client.ask('EHLO x')
    expect(await client.ask(plainLogin('alice', 'no'))).toBe('535 5.7.8 The user name or the password is wrong.')
    expect(await client.ask(plainLogin('nobody', 'no'))).toBe('535 5.7.8 The user name or the password is wrong.')
    expect(await client.ask(plainLogin('alice@elsewhere.alt', 'wonder land'))).toMatch(/^421 4\.7\.0/)
    expect(await client.hear()).toBe('')
  })

  it('lets nobody act as another', async () => {
    const [port] = await start()
    const client = await connect(port)
    await client.hear()
    await client.ask('EHLO x')
    expect(await client.ask(plainLogin('alice', 'wonder land', 'bob'))).toMatch(/^535 5\.7\.8 You can only act as/)
    expect(await client.ask(`MAIL FROM:<alice@${domain}>`)).toMatch(/^530/)
    expect(await client.ask(plainLogin('alice', 'wonder land', `alice@${domain}`))).toMatch(/^235/)
  })

  it('refuses any sender but the login, and none', async () => {
    const [port] = await start()
    const client = await loggedIn(port)
    for (const sender of [`bob@${domain}`, 'alice@far.alt', `alice+x@${domain}`, `alice@${domain}.evil.alt`]) {
      expect(await client.ask(`MAIL FROM:<${sender}>`)).toMatch(/^553 5\.7\.1 You are logged in as alice@/)
    }
    expect(await client.ask('MAIL FROM:<>')).toMatch(/^553 5\.7\.1/)
    expect(await client.ask(`RCPT TO:<bob@${domain}>`)).toMatch(/^503/)
  })

  it('tells people why a recipient cannot be reached', async () => {
    const [port] = await start()
    const client = await loggedIn(port)
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    expect(await client.ask(`RCPT TO:<zoe@${domain}>`)).toBe('550 5.1.1 Nobody here is called zoe.')
    expect(await client.ask('RCPT TO:<x@nowhere.alt>')).toBe('550 5.1.2 No node is known for nowhere.alt.')
    expect(await client.ask('RCPT TO:<"x"@far.alt>')).toBe('553 5.1.3 That is no address.')
    expect(await client.ask(`RCPT TO:<${'x'.repeat(65)}@far.alt>`)).toMatch(/^553 5\.1\.3/)
    expect(await client.ask('RCPT TO:<z\xc3\xbcrich@far.alt>')).toMatch(/^553 5\.6\.7/)
    expect(await client.ask('RCPT TO:<x@camp_1.far.alt>')).toMatch(/^250/)
    expect(await client.ask('RCPT TO:<x@xn--cmp-qla.far.alt>')).toMatch(/^250/)
    expect(await client.ask('DATA')).toMatch(/^354/)
    client.send(`${letter}.\r\n`)
    expect(await client.hear()).toMatch(/^250/)
    expect(desk.letters[0]?.recipients).toEqual(['x@camp_1.far.alt', 'x@xn--cmp-qla.far.alt'])
  })

  it('takes a thousand recipients and no more, each once', async () => {
    const [port] = await start({ limits: { recipientsMax: 3 } })
    const client = await loggedIn(port)
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    for (const name of ['a', 'b', 'c']) expect(await client.ask(`RCPT TO:<${name}@far.alt>`)).toMatch(/^250/)
    expect(await client.ask('RCPT TO:<d@far.alt>')).toBe('452 4.5.3 No more than 3 recipients at a time.')
  })

  it('hangs up when the directory is in trouble: that is not the letter’s fault', async () => {
    const [port] = await start()
    const client = await loggedIn(port)
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    expect(await client.ask(`RCPT TO:<broken@${domain}>`)).toMatch(/^421 4\.3\.0/)
    expect(await client.hear()).toBe('')
  })

  it.each([
    ['a second command in the address', `<alice@${domain}>\rRCPT TO:<bob@${domain}>`],
    ['an address that goes on behind its bracket', `<alice@${domain}>x@far.alt>`],
    ['another person behind our own', `<alice@${domain},bob@${domain}>`],
    ['a source route through us', `<@${domain},@far.alt:alice@${domain}>`],
    ['a quoted local part', `<"alice"@${domain}>`],
    ['a quoted local part with an address in it', `<"alice@${domain}"@far.alt>`],
    ['a percent hack', `<alice%far.alt@${domain}>`],
    ['a look-alike letter', `<\u0430lice@${domain}> SMTPUTF8`],
    ['a domain with a dot behind', `<alice@${domain}.>`],
    ['a parameter nobody knows', `<alice@${domain}> X-EVIL=1\0`],
    ['a NUL', `<alice\0@${domain}>`],
  ])('MAIL FROM with %s is no way to be somebody else', async (_, path) => {
    const [port] = await start()
    const client = await loggedIn(port)
    const answer = await client.ask(`MAIL FROM:${path}`)
    // Where it is taken, it is taken for alice alone.
    if (!answer.startsWith('250')) expect(answer).toMatch(/^5/)
    await client.ask(`RCPT TO:<bob@${domain}>`)
    if ((await client.ask('DATA')).startsWith('354')) await client.ask('Subject: x\r\n\r\nx\r\n.')
    for (const { sender, recipients } of desk.letters) {
      expect(sender).toBe(`alice@${domain}`)
      expect(recipients).toEqual([`bob@${domain}`])
    }
  })

  it.each([
    ['a quoted local part', `<"bob"@${domain}>`],
    ['a quoted local part with a line end', `<"bob\rX: y"@${domain}>`],
    ['an option for a program', '<-oX/tmp/x@far.alt\r>'],
    ['two at once', `<bob@${domain},alice@${domain}>`],
    ['letters that are not ASCII', `<b\u00f6b@${domain}>`],
    ['64 kB', `<${'b'.repeat(65_536)}@far.alt>`],
  ])('RCPT TO with %s is refused', async (_, path) => {
    const [port] = await start()
    const client = await loggedIn(port)
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    expect(await client.ask(`RCPT TO:${path}`)).toMatch(/^[45]/)
    expect(desk.letters).toEqual([])
  })

  it('RCPT TO with a source route is taken for its last address alone (RFC 5321 appendix C)', async () => {
    const [port] = await start()
    const client = await loggedIn(port)
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    expect(await client.ask(`RCPT TO:<@far.alt,@${domain}:bob@${domain}>`)).toMatch(/^250/)
    await client.ask('DATA')
    await client.ask('Subject: x\r\n\r\nx\r\n.')
    expect(desk.letters.map(({ recipients }) => recipients)).toEqual([[`bob@${domain}`]])
  })

  it('10,000 RCPT in one breath: as many as allowed are taken, the rest refused, and others are served', async () => {
    const [port] = await start()
    const client = await loggedIn(port)
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    for (let count = 0; count < 10; count += 1) {
      const commands = Array.from({ length: 1000 }, (_, index) => `RCPT TO:<u${count * 1000 + index}@far.alt>\r\n`)
      client.send(commands.join(''))
    }
    let taken = 0
    for (let answers = 0; answers < 10_000; answers += 1) {
      const answer = await client.hear()
      if (answer.startsWith('250')) taken += 1
      else expect(answer).toMatch(/^452 4\.5\.3/)
    }
    expect(taken).toBe(1000)
    const other = await loggedIn(port, 'bob')
    expect(await other.ask('NOOP')).toMatch(/^250/)
  })

  it('does not let header injection through an address', async () => {
    const [port] = await start()
    const client = await loggedIn(port)
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    for (const evil of ['x\rBcc: y@far.alt', 'x\0y@far.alt', '<x@far.alt>', 'x y@far.alt', '@@far.alt', 'x@']) {
      expect(await client.ask(`RCPT TO:<${evil}>`)).toMatch(/^5/)
    }
  })
})

describe('the size of a letter', () => {
  const limits = { messageBytesMax: 5000, headerBytesMax: 1000 }

  it('is refused at MAIL when announced', async () => {
    const [port] = await start({ limits })
    const client = await loggedIn(port)
    expect(await client.ask(`MAIL FROM:<alice@${domain}> SIZE=5001`)).toMatch(/^552 5\.3\.4/)
    expect(await client.ask(`MAIL FROM:<alice@${domain}> SIZE=5000`)).toMatch(/^250/)
  })

  it('is refused after DATA when it lied, and nothing is kept', async () => {
    const [port] = await start({ limits })
    const client = await loggedIn(port)
    await client.ask(`MAIL FROM:<alice@${domain}> SIZE=1`)
    await client.ask(`RCPT TO:<bob@${domain}>`)
    await client.ask('DATA')
    client.send(`Subject: x\r\n\r\n${'a line of twenty b.\r\n'.repeat(50_000)}.\r\n`)
    expect(await client.hear()).toMatch(/^552 5\.3\.4 The letter is larger than 5000 bytes/)
    expect(desk.letters).toEqual([])
    expect(await client.ask('NOOP')).toMatch(/^250/)
  })

  it('may be all body in one line, but not all header', async () => {
    const [port] = await start({ limits })
    const client = await ready(port)
    client.send(`Subject: x\r\n\r\n${'x'.repeat(4900)}\r\n.\r\n`)
    expect(await client.hear()).toMatch(/^250/)
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    await client.ask(`RCPT TO:<bob@${domain}>`)
    await client.ask('DATA')
    client.send(`Subject: ${'x'.repeat(1000)}\r\n\r\nbody\r\n.\r\n`)
    expect(await client.hear()).toMatch(/^552 5\.3\.4 The header/)
    expect(desk.letters.length).toBe(1)
  })

  it('may be nothing at all', async () => {
    const [port] = await start()
    const client = await ready(port)
    client.send('.\r\n')
    expect(await client.hear()).toMatch(/^250/)
    expect(desk.letters[0]?.sizeBytes).toBe(0)
  })
})

describe('SMTP smuggling', () => {
  const evil = `MAIL FROM:<alice@${domain}>\r\nRCPT TO:<bob@${domain}>\r\nDATA\r\nSubject: smuggled\r\n\r\n`

  it.each(smugglingEnds.map(end => [JSON.stringify(end), end]))(
    'with %s ends in one refusal and no letter',
    async (_name, end) => {
      const [port] = await start()
      for (const pieces of [1, 3]) {
        const client = await ready(port)
        const bytes = `Subject: bait\r\n\r\nbait${end}${evil}x\r\n.\r\n`
        for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / pieces)) {
          client.send(bytes.slice(at, at + Math.ceil(bytes.length / pieces)))
          await new Promise(resolve => setImmediate(resolve))
        }
        expect(await client.hear()).toBe(
          '550 5.6.11 The letter has a line that does not end in CR LF; nothing of it was taken.',
        )
        expect(await client.ask('NOOP')).toBe('250 2.0.0 OK')
        client.end()
      }
      expect(desk.letters).toEqual([])
    },
  )

  it('cut at every byte is the same refusal', async () => {
    const [port] = await start()
    const bytes = 'Subject: bait\r\n\r\nbait\n.\nMAIL FROM:<x>\r\n.\r\n'
    const client = await ready(port)
    for (const byte of bytes) {
      client.send(byte)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(await client.hear()).toMatch(/^550 5\.6\.11/)
    expect(desk.letters).toEqual([])
  })

  it('does not run what was pipelined behind a refused letter as if it belonged to it', async () => {
    const [port] = await start()
    const client = await ready(port)
    client.send(`bare\nline\r\n.\r\nDATA\r\n`)
    expect(await client.hear()).toMatch(/^550 5\.6\.11/)
    expect(await client.hear()).toMatch(/^503/)
  })
})

describe('STARTTLS', () => {
  it('drops what was said before it', async () => {
    const [port] = await start({ plaintextLogin: () => false })
    const client = await connect(port)
    await client.hear()
    await client.ask('EHLO x')
    client.send(`STARTTLS\r\nEHLO injected\r\n${plainLogin('alice', 'wonder land')}\r\nNOOP\r\n`)
    expect(await client.hear()).toMatch(/^220/)
    await client.secure()
    expect(await client.ask('MAIL FROM:<x@y>')).toMatch(/^503/)
    expect(await client.ask('EHLO x')).toContain('AUTH PLAIN LOGIN')
    expect(await client.ask(plainLogin('alice', 'wonder land'))).toMatch(/^235/)
  })

  it('comes before the login where plaintext is not allowed, and that is what the server says', async () => {
    const [port] = await start({ plaintextLogin: () => false })
    const client = await connect(port)
    await client.hear()
    expect(await client.ask('EHLO x')).not.toContain('AUTH')
    expect(await client.ask(plainLogin('alice', 'wonder land'))).toMatch(/^538/)
  })
})

describe('when this node cannot store', () => {
  it('hangs up, and keeps the sender out until there is room, so that the letter stays with the client', async () => {
    const clock = new ManualClock()
    const [port] = await start({ clock, limits: { storageHoldMs: 1000, storageTrialMs: 5000 } })
    spool.roomBytes = 1000
    const client = await ready(port)
    const second = await loggedIn(port)
    client.send(`Subject: big\r\n\r\n${'a line of twenty b.\r\n'.repeat(1000)}.\r\n`)
    expect(await client.hear()).toMatch(/^421 4\.3\.1 This node has no room/)
    expect(await client.hear()).toBe('')
    expect(await second.hear()).toMatch(/^421 4\.3\.1/)
    expect(desk.letters).toEqual([])
    const knock = async (user: string) => {
      const again = await connect(port)
      await again.hear()
      await again.ask('EHLO x')
      return again.ask(plainLogin(user, passwords[user]))
    }
    expect(await knock('alice')).toMatch(/^421 4\.3\.1/)
    expect(await knock('bob')).toMatch(/^235/)
    clock.pass(1000)
    expect(await knock('alice'), 'a trial fails').toMatch(/^421 4\.3\.1/)
    spool.roomBytes = Number.POSITIVE_INFINITY
    expect(await knock('alice'), 'the next trial is not due').toMatch(/^421 4\.3\.1/)
    clock.pass(5000)
    expect(await knock('alice')).toMatch(/^235/)
  })

  it('does the same when the desk fails', async () => {
    desk.before = async () => {
      throw new Error('database is locked')
    }
    const [port] = await start()
    const client = await ready(port)
    client.send(`${letter}.\r\n`)
    expect(await client.hear()).toMatch(/^421 4\.3\.0/)
    expect(await client.hear()).toBe('')
  })

  it('refuses for good what the desk refuses for good', async () => {
    const [port] = await start()
    for (const [code, answer] of [
      ['unknown-user', '5.3.0 This letter cannot be taken: it has passed this node thirty times.'],
      ['mail-loop', '5.4.6 it has passed this node thirty times.'],
    ] as const) {
      desk.before = async () => {
        throw new OperatingError('it has passed this node thirty times.', { code, retry: 'never' })
      }
      const client = await ready(port)
      client.send(`${letter}.\r\n`)
      expect(await client.hear()).toBe(`554 ${answer}`)
      expect(await client.ask('NOOP')).toMatch(/^250/)
    }
  })
})

describe('impolite clients', () => {
  it('leave nothing behind when they go in the middle of a letter', async () => {
    const [port] = await start()
    const client = await ready(port)
    client.send('Subject: half\r\n\r\nhalf a li')
    client.end()
    const next = await ready(port)
    next.send(`${letter}.\r\n`)
    expect(await next.hear()).toMatch(/^250/)
    expect(desk.letters.length).toBe(1)
  })

  it('are cut off when a letter takes too long, but not for being slow on a slow road', async () => {
    const clock = new ManualClock()
    const [port] = await start({ clock, limits: { dataMsMax: 10_000, dataBytesPerSecondMin: 10 } })
    const client = await ready(port)
    client.send(`Subject: slow\r\n\r\n${'x'.repeat(1000)}\r\n`)
    while (spool.begun === 0) await new Promise(resolve => setImmediate(resolve))
    for (const ms of [10_000, 60_000]) {
      clock.pass(ms)
      await new Promise(resolve => setImmediate(resolve))
      expect(await (await loggedIn(port, 'bob')).ask('NOOP')).toMatch(/^250/)
    }
    client.send('a little more\r\n')
    let cut = false
    const words = client.hear().finally(() => {
      cut = true
    })
    while (!cut) {
      clock.pass(60_000)
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(await words).toMatch(/^421 4\.4\.2/)
    expect(await client.hear()).toBe('')
    expect(desk.letters).toEqual([])
  })

  it('are sent away when they do not log in', async () => {
    const clock = new ManualClock()
    const [port] = await start({ clock, limits: { loginMsMax: 1000 } })
    const idler = await connect(port)
    await idler.hear()
    const worker = await loggedIn(port)
    clock.pass(1000)
    expect(await idler.hear()).toMatch(/^421 4\.7\.0/)
    expect(await worker.ask('NOOP')).toMatch(/^250/)
  })

  it('are turned away in words when there are too many', async () => {
    const [port] = await start({ limits: { connectionsMax: 2 } })
    const first = await connect(port)
    const second = await connect(port)
    await first.hear()
    await second.hear()
    const third = await connect(port)
    expect(await third.closed()).toBe('421 4.7.0 Too many connections; try again in a moment.\r\n')
    expect(await first.ask('QUIT')).toMatch(/^221/)
    await first.closed()
    // The place is free when the server has seen the close as well.
    for (let greeting = ''; !greeting.startsWith('220'); ) greeting = await (await connect(port)).hear()
  })

  it('cannot make the server buffer a line without end, nor play with its jokes', async () => {
    const [port] = await start()
    const client = await loggedIn(port)
    for (const joke of ['WIZ x', 'SHELL', 'KILL', 'XCLIENT ADDR=1.2.3.4', 'GET / HTTP/1.0']) {
      expect(await client.ask(joke)).toMatch(/^(500|502|421)/)
    }
    const other = await loggedIn(port)
    other.send('NOOP '.padEnd(5000, 'x'))
    expect(await other.hear()).toMatch(/^421/)
  })

  it('do not disturb the others with broken TLS', async () => {
    const ports = await start({
      listen: [
        { host: '127.0.0.1', port: 0, security: 'starttls' },
        { host: '127.0.0.1', port: 0, security: 'tls' },
      ],
    })
    const rude = await connect(ports[1])
    rude.send('EHLO plain text\r\n')
    await rude.closed()
    const ruder = await connect(ports[0])
    await ruder.hear()
    await ruder.ask('STARTTLS')
    ruder.send('no handshake at all')
    await ruder.closed()
    const polite = await connect(ports[1], { tls: true })
    expect(await polite.hear()).toMatch(/^220/)
    expect(await polite.ask('EHLO x')).toContain('AUTH PLAIN LOGIN')
  })
})

describe('stopping', () => {
  it('gives letters that came in full their answer, tells the others, and frees the port', async () => {
    let allow: () => void = () => {}
    let asked: () => void = () => {}
    const submitting = new Promise<void>(resolve => {
      asked = resolve
    })
    desk.before = () => {
      asked()
      return new Promise(resolve => {
        allow = resolve
      })
    }
    const [port] = await start()
    const idler = await loggedIn(port, 'bob')
    const halfway = await ready(port)
    halfway.send('Subject: half')
    const client = await ready(port)
    client.send(`${letter}.\r\n`)
    await submitting
    const stopped = present(running[0], 'service').stop()
    expect(await idler.hear()).toMatch(/^421 4\.3\.2/)
    expect(await halfway.hear()).toMatch(/^421 4\.3\.2/)
    allow()
    expect(await client.hear()).toMatch(/^250/)
    await stopped
    await expect(RawClient.open(present(port, 'port'))).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(desk.letters.length).toBe(1)
  })

  it('tells an operator that the port is taken, in words', async () => {
    const [port] = await start()
    const listen = [
      { host: '127.0.0.1', port: 0, security: 'tls' as const },
      { host: '127.0.0.1', port: present(port, 'port'), security: 'starttls' as const },
    ]
    await expect(start({ listen })).rejects.toMatchObject({ code: 'port-taken', retry: 'never' })
  })
})

it('whatever is said, at any cut: an end, and no letter but those that were answered', async () => {
  const [port] = await start()
  const words = ['EHLO x', 'HELO x', plainLogin('alice'), 'AUTH LOGIN', `MAIL FROM:<alice@${domain}>`, 'MAIL FROM:<>']
  const more = [`RCPT TO:<bob@${domain}>`, 'RCPT TO:<x@far.alt>', 'DATA', 'Subject: x', '', '.', '..', 'RSET', '\0\x80']
  const login = `EHLO x\r\n${plainLogin('alice')}\r\n`
  await fc.assert(
    fc.asyncProperty(scripts([...words, ...more]), fc.boolean(), async ({ text, cuts }, loggedInFirst) => {
      desk.letters.length = 0
      const answers = await saidInPieces(present(port, 'port'), { text: (loggedInFirst ? login : '') + text, cuts })
      expect(answers.match(/^250 2\.6\.0/gm)?.length ?? 0).toBe(desk.letters.length)
      expect(answers).toMatch(/^220 /)
    }),
    tries(150, 5321),
  )
})

describe('aliases and logins that are taken back', () => {
  it('takes letters of an alias of the user, and of nobody else', async () => {
    const [port] = await start()
    for (const [user, answer] of [
      ['alice', /^250/],
      ['bob', /^553 5\.7\.1/],
    ] as const) {
      const client = await connect(port)
      await client.hear()
      await client.ask('EHLO x')
      await client.ask(plainLogin(user))
      expect(await client.ask(`MAIL FROM:<Team@${domain}>`)).toMatch(answer)
      expect(await client.ask(`MAIL FROM:<else@${domain}>`)).toMatch(user === 'alice' ? /^503/ : /^553/)
    }
  })

  it('says which mailbox is full, for good', async () => {
    desk.before = async () => {
      throw new OperatingError('The mailbox of bob is full', { code: 'mailbox-full', retry: 'never' })
    }
    const [port] = await start()
    const client = await connect(port)
    await client.hear()
    await client.ask('EHLO x')
    await client.ask(plainLogin('alice'))
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    await client.ask(`RCPT TO:<bob@${domain}>`)
    await client.ask('DATA')
    expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toBe('552 5.2.2 The mailbox of bob is full')
  })

  it('ends a session whose login was taken back', async () => {
    const [port] = await start()
    const client = await connect(port)
    await client.hear()
    await client.ask('EHLO x')
    await client.ask(plainLogin('alice'))
    expect(await logins.end('alice', 'all', 'over')).toBe(1)
    expect(await client.closed()).toMatch(/^421 4\.7\.0 This password is not valid any more\./)
    expect(await logins.end('alice', 'all', 'over')).toBe(0)
  })
})
