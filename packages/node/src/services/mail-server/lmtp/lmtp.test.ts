import { mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createServer, connect as netConnect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { present } from '../../../base/assert.ts'
import { systemClock } from '../../../base/clock.ts'
import { OperatingError } from '../../../base/errors.ts'
import {
  domain,
  FakeDesk,
  FakeSpool,
  ManualClock,
  RawClient,
  RecordingLog,
  smugglingEnds,
  testCertificate,
} from '../fakes.ts'
import { saidInPieces, scripts, tries } from '../fuzzing.ts'
import type { SmtpService } from '../smtp/host.ts'
import type { Submission } from '../submission.ts'
import { type LmtpOptions, startLmtp } from './index.ts'

/** Refuses those whose mailbox is `full` or `broken`, and those who left meanwhile. */
class PickyDesk extends FakeDesk {
  readonly faults = new Map<string, OperatingError>()

  override async submit(submission: Submission): Promise<{ messageId: string }> {
    const fault = submission.recipients.map(recipient => this.faults.get(recipient)).find(Boolean)
    if (fault !== undefined) throw fault
    return super.submit(submission)
  }
}

let desk: PickyDesk
let spool: FakeSpool
let running: SmtpService[]
let clients: RawClient[]
let folder: string

beforeEach(async () => {
  desk = new PickyDesk()
  spool = new FakeSpool()
  running = []
  clients = []
  folder = await mkdtemp(join(tmpdir(), 'posthorn-lmtp-'))
})

afterEach(async () => {
  for (const client of clients) client.end()
  for (const service of running) await service.stop()
  await rm(folder, { recursive: true })
  expect(spool.held, 'scratch that nobody discarded').toBe(0)
})

async function start(over: Partial<LmtpOptions> = {}): Promise<number> {
  const service = await startLmtp({
    desk,
    spool,
    listen: [{ host: '127.0.0.1', port: 0 }],
    certificate: await testCertificate(),
    serverName: domain,
    clock: systemClock,
    random: length => Buffer.alloc(length, 7),
    log: new RecordingLog(),
    ...over,
  })
  running.push(service)
  return present(service.ports[0], 'port')
}

async function greeted(port: number): Promise<RawClient> {
  const client = await RawClient.open(port)
  clients.push(client)
  expect(await client.hear()).toBe(`220 ${domain} LMTP Posthorn`)
  await client.ask('LHLO mx.example.org')
  return client
}

const alice = `alice@${domain}`
const bob = `bob@${domain}`
const letter = 'Message-ID: <1@x>\r\n\r\nHello.\r\n'

const stamp = /[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} \+0000\r\n/
const traced = new RegExp(`^Received: by ${domain} with LMTP\r\n\tid 0707070707070707; ${stamp.source}\\.dot`)

/** Up to the 354. */
async function ready(port: number, recipients = [alice, bob], sender = 'who@example.org'): Promise<RawClient> {
  const client = await greeted(port)
  expect(await client.ask(`MAIL FROM:<${sender}>`)).toMatch(/^250/)
  for (const recipient of recipients) expect(await client.ask(`RCPT TO:<${recipient}>`)).toMatch(/^250/)
  expect(await client.ask('DATA')).toMatch(/^354/)
  return client
}

describe('LMTP', () => {
  it('reads as a conversation, with an answer for each recipient', async () => {
    const client = await RawClient.open(await start())
    clients.push(client)
    await client.hear()
    expect(await client.ask('EHLO x')).toMatch(/^500/)
    expect(await client.ask('MAIL FROM:<a@b.org>')).toMatch(/^503/)
    expect(await client.ask('LHLO mx')).toBe(
      `250-${domain}|250-PIPELINING|250-8BITMIME|250-SMTPUTF8|250-ENHANCEDSTATUSCODES|250 SIZE 67108864`,
    )
    client.send(`MAIL FROM:<> BODY=8BITMIME SIZE=30\r\nRCPT TO:<${alice}>\r\nRCPT TO:<${bob}>\r\nDATA\r\n`)
    expect([await client.hear(), await client.hear(), await client.hear()]).toEqual([
      '250 2.1.0 Accepted',
      '250 2.1.5 Accepted',
      '250 2.1.5 Accepted',
    ])
    expect(await client.hear()).toMatch(/^354/)
    client.send(`..dot\r\n${letter}.\r\n`)
    expect(await client.hear()).toBe(`250 2.1.5 ${alice} has it.`)
    expect(await client.hear()).toBe(`250 2.1.5 ${bob} has it.`)
    expect(await client.ask('QUIT')).toMatch(/^221/)
    expect(desk.letters).toMatchObject([
      { sender: '', recipients: [alice], text: expect.stringMatching(traced) },
      { sender: '', recipients: [bob], text: expect.stringMatching(traced) },
    ])
    for (const { text } of desk.letters) expect(text.endsWith(`+0000\r\n.dot\r\n${letter}`)).toBe(true)
  })

  it('a recipient that fails takes no other along, and says whether to try again', async () => {
    const port = await start()
    const error = (code: string, retry: 'later' | 'never') => new OperatingError('Why.', { code, retry })
    for (const [fault, answer] of [
      [error('mailbox-full', 'later'), '452 4.2.2 Why.'],
      [error('disk-full', 'later'), '452 4.3.1 This node has no room for your letter now; try again later.'],
      [error('disk-failed', 'later'), '451 4.3.0 This node could not deliver your letter now; try again later.'],
      [error('mail-loop', 'never'), '554 5.4.6 Why.'],
      [error('unknown-user', 'never'), '554 5.3.0 This letter cannot be taken: Why.'],
    ] as const) {
      desk.faults.set(alice, fault)
      const client = await ready(port)
      client.send(`${letter}.\r\n`)
      expect(await client.hear()).toBe(answer)
      expect(await client.hear()).toBe(`250 2.1.5 ${bob} has it.`)
      expect(desk.letters.splice(0)).toMatchObject([{ recipients: [bob] }])
    }
  })

  it('is no relay: who is not here is refused, also where another node would have them', async () => {
    const client = await greeted(await start())
    await client.ask('MAIL FROM:<who@example.org>')
    expect(await client.ask('RCPT TO:<carol@far.alt>')).toMatch(/^550 5\.7\.1/)
    expect(await client.ask('RCPT TO:<x@nowhere.org>')).toMatch(/^550 5\.7\.1/)
    expect(await client.ask(`RCPT TO:<nobody@${domain}>`)).toBe('550 5.1.1 Nobody here is called nobody.')
    expect(await client.ask('RCPT TO:<älice@x>')).toMatch(/^5/)
    expect(await client.ask(`RCPT TO:<${alice}>`)).toMatch(/^250/)
    expect(await client.ask(`RCPT TO:<${alice.toUpperCase()}>`)).toMatch(/^452 4\.5\.3/)
    expect(await client.ask('AUTH PLAIN AGFsaWNlAHg=')).toMatch(/^50/)
    expect(await client.ask('STARTTLS')).toMatch(/^50/)
  })

  it.each(['', 'bounces+a=b.org@lists.example.org', 'prvs=12=x@y_z.org'])('keeps the sender <%s>', async sender => {
    const client = await ready(await start(), [alice], sender)
    client.send(`${letter}.\r\n`)
    expect(await client.hear()).toMatch(/^250/)
    expect(desk.letters).toMatchObject([{ sender }])
  })

  it("is nobody's login, whatever sender it names", async () => {
    const client = await ready(await start(), [bob], alice)
    client.send(`${letter}.\r\n`)
    expect(await client.hear()).toMatch(/^250/)
    expect(desk.letters).toMatchObject([{ sender: alice, login: undefined }])
  })

  it('takes SMTPUTF8 from a sender who has such an address', async () => {
    const client = await greeted(await start())
    const utf8 = (line: string) => client.send(Buffer.from(`${line}\r\n`, 'utf8'))
    utf8('MAIL FROM:<älice@bücher.example> SMTPUTF8 BODY=8BITMIME')
    expect(await client.hear()).toMatch(/^250/)
    utf8(`RCPT TO:<ä@${domain}>`)
    expect(await client.hear()).toMatch(/^553 5\.6\.7/)
    expect(await client.ask(`RCPT TO:<${alice}>`)).toMatch(/^250/)
    await client.ask('DATA')
    client.send(`${letter}.\r\n`)
    expect(await client.hear()).toMatch(/^250/)
    expect(desk.letters).toMatchObject([{ sender: 'älice@xn--bcher-kva.example' }])
  })

  it('says 421 and hangs up when the letter cannot be spooled, and nobody gets it', async () => {
    spool.roomBytes = 10
    const client = await ready(await start())
    client.send(`${letter}.\r\n`)
    expect(await client.hear()).toMatch(/^421 4\.3\.1/)
    expect(await client.closed()).toBe('')
    expect(desk.letters).toEqual([])
  })

  it('a letter that is too large is refused for each recipient', async () => {
    const port = await start({ limits: { messageBytesMax: 1000 } })
    const client = await ready(port)
    client.send(`x: ${'y'.repeat(2000)}\r\n.\r\nNOOP\r\n`)
    expect(await client.hear()).toMatch(/^552/)
    expect(await client.hear()).toMatch(/^552/)
    expect(await client.hear()).toMatch(/^250 2\.0\.0/)
    expect(desk.letters).toEqual([])
    expect(await client.ask('MAIL FROM:<a@b.org> SIZE=1001')).toMatch(/^552/)
  })
})

describe('a client that closes its half behind its last word, as Exim does', () => {
  /** Says it all and closes its half; answers all that was answered. */
  async function sayAndClose(port: number, text: string): Promise<string> {
    const socket = netConnect({ port, host: '127.0.0.1', allowHalfOpen: true })
    let heard = ''
    socket.on('data', chunk => {
      heard += chunk.toString('latin1')
    })
    socket.end(`LHLO x\r\nMAIL FROM:<a@b.org>\r\nRCPT TO:<${alice}>\r\nDATA\r\n${text}`)
    await new Promise(resolve => socket.once('end', resolve))
    return heard
  }

  it('hears the answers', async () => {
    let finish = () => {}
    desk.before = () =>
      new Promise(resolve => {
        finish = resolve
      })
    const clock = new ManualClock()
    const port = await start({ clock })
    const answers = sayAndClose(port, `${letter}.\r\nQUIT\r\n`)
    while (spool.held === 0) await new Promise(resolve => setImmediate(resolve))
    for (const _time of [1, 2, 3]) {
      // One sleeps for the pace of the letter, the other for the client.
      while (clock.sleeping < 2) await new Promise(resolve => setImmediate(resolve))
      clock.pass(1000)
    }
    finish()
    expect(await answers).toMatch(/250 2\.1\.5 .* has it\.\r\n221 2\.0\.0 Bye\r\n$/)
    expect(desk.letters).toHaveLength(1)
  })

  it('and one that closed within a letter, or without QUIT, is gone soon', async () => {
    const port = await start({ limits: { connectionsMax: 1 } })
    expect(await sayAndClose(port, 'From: half')).toMatch(/354 .*\r\n$/)
    expect(desk.letters).toEqual([])
    expect(await sayAndClose(port, `${letter}.\r\nNOOP\r\n`)).toMatch(/has it\.\r\n250 2\.0\.0 OK\r\n$/)
    expect(await sayAndClose(port, `${letter}.\r\nQUIT\r\n`)).toMatch(/221 2\.0\.0 Bye\r\n$/)
  })
})

describe('a Unix socket', () => {
  it('is for its owner and their group; one that a crash left behind is taken over', async () => {
    const path = join(folder, 'lmtp.sock')
    const dead = createServer()
    await new Promise<void>(resolve => dead.listen(`${path}.tmp`, resolve))
    // Under another name it is not removed when its server ends.
    await rename(`${path}.tmp`, path)
    await new Promise(resolve => dead.close(resolve))
    expect((await stat(path)).isSocket()).toBe(true)
    await start({ listen: [{ path }] })
    expect((await stat(path)).mode & 0o777).toBe(0o660)
    const socket = netConnect(path)
    const greeting = await new Promise<string>(resolve => socket.once('data', data => resolve(data.toString())))
    expect(greeting).toBe(`220 ${domain} LMTP Posthorn\r\n`)
    socket.destroy()
    await expect(start({ listen: [{ path }] })).rejects.toMatchObject({ code: 'port-taken' })
  })

  it('never takes the place of a file, and says what is wrong', async () => {
    const path = join(folder, 'letters.sock')
    await writeFile(path, 'dear to somebody')
    await expect(start({ listen: [{ path }] })).rejects.toMatchObject({ code: 'port-taken' })
    expect((await stat(path)).size).toBe(16)
    await expect(start({ listen: [{ path: join(folder, 'no', 'x.sock') }] })).rejects.toMatchObject({
      code: expect.stringMatching(/no-such-address|port-forbidden/),
    })
    await expect(start({ listen: [{ path: join(folder, 'y'.repeat(120)) }] })).rejects.toMatchObject({
      code: 'no-such-address',
    })
  })
})

describe('SMTP smuggling over LMTP', () => {
  const evil = `MAIL FROM:<alice@${domain}>\r\nRCPT TO:<${bob}>\r\nDATA\r\nSubject: smuggled\r\n\r\n`

  it.each(smugglingEnds.map(end => [JSON.stringify(end), end]))(
    'with %s ends in a refusal for each recipient and no letter',
    async (_name, end) => {
      const port = await start()
      for (const pieces of [1, 3, 40]) {
        const client = await ready(port)
        const bytes = `Subject: bait\r\n\r\nbait${end}${evil}x\r\n.\r\n`
        for (let at = 0; at < bytes.length; at += Math.ceil(bytes.length / pieces)) {
          client.send(bytes.slice(at, at + Math.ceil(bytes.length / pieces)))
          await new Promise(resolve => setImmediate(resolve))
        }
        for (const _recipient of [alice, bob]) expect(await client.hear()).toMatch(/^550 5\.6\.11/)
        expect(await client.ask('NOOP')).toBe('250 2.0.0 OK')
        client.end()
      }
      expect(desk.letters).toEqual([])
    },
  )
})

it('whatever is said, at any cut: an end, and no letter but those that were answered', async () => {
  const port = await start()
  const words = ['LHLO x', 'EHLO x', 'MAIL FROM:<a@b.org>', 'MAIL FROM:<>', `RCPT TO:<${alice}>`, `RCPT TO:<${bob}>`]
  const more = ['RCPT TO:<x@far.alt>', 'DATA', 'Subject: x', '', '.', '..', 'RSET', 'NOOP', 'AUTH PLAIN =', '\0\x80']
  await fc.assert(
    fc.asyncProperty(scripts([...words, ...more, 'STARTTLS']), async script => {
      desk.letters.length = 0
      const answers = await saidInPieces(port, script)
      expect(answers.match(/has it\.\r\n/g)?.length ?? 0).toBe(desk.letters.length)
      expect(answers).toMatch(/^220 /)
    }),
    tries(150, 2033),
  )
})
