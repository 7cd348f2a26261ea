import { createHash } from 'node:crypto'
import { memoryAccount } from '@posthorn/imap/memory'
import { createTransport } from 'nodemailer'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { present } from '../../base/assert.ts'
import { systemClock } from '../../base/clock.ts'
import type { Scratch, StageOptions } from '../../stores/spool/spool.ts'
import {
  directoryUsers,
  domain,
  FakeDesk,
  FakeSpool,
  ManualClock,
  noAppPasswords,
  plainLogin,
  RawClient,
  RecordingLog,
  testCertificate,
} from './fakes.ts'
import { type MailServer, type MailServerOptions, mailServer } from './index.ts'

const mebibyte = 1024 * 1024
const anyPort = { host: '127.0.0.1', port: 0 }

let desk: FakeDesk
let spool: FakeSpool
let log: RecordingLog
let server: MailServer | undefined

beforeEach(() => {
  desk = new FakeDesk()
  spool = new FakeSpool()
  log = new RecordingLog()
})

afterEach(async () => {
  await server?.stop()
  await server?.stop()
  expect(log.lines.join('\n')).not.toContain('wonder land')
})

async function start(over: Partial<MailServerOptions> = {}): Promise<MailServer> {
  const account = memoryAccount({ address: `alice@${domain}`, now: () => systemClock.now() })
  server = await mailServer({
    desk,
    spool,
    users: directoryUsers,
    appPasswords: noAppPasswords,
    mailbox: { account: () => account },
    domains: [domain],
    certificate: await testCertificate(),
    listeners: { smtp: anyPort, smtps: anyPort, imap: anyPort, imaps: anyPort },
    clock: systemClock,
    random: length => Buffer.alloc(length, 0x5a),
    log,
    ...over,
  })
  return server
}

function portOf(name: keyof MailServer['listeners']): number {
  const listener = present(server?.listeners[name], name)
  return 'port' in listener ? listener.port : 0
}

describe('the mail server', () => {
  it('tells its real listeners', async () => {
    const { listeners } = await start({ listeners: { smtp: anyPort, imaps: anyPort } })
    expect(listeners).toEqual({
      smtp: { host: '127.0.0.1', port: expect.any(Number), security: 'starttls' },
      imaps: { host: '127.0.0.1', port: expect.any(Number), security: 'tls' },
    })
    expect(portOf('smtp')).toBeGreaterThan(0)
  })

  it('starts nothing when one port cannot be had', async () => {
    await start({ listeners: { imap: anyPort } })
    const first = server
    const taken = portOf('imap')
    const free = await RawClient.open(taken)
    free.end()
    await expect(
      start({ listeners: { smtp: anyPort, imap: { host: '127.0.0.1', port: taken } } }),
    ).rejects.toMatchObject({
      code: 'port-taken',
    })
    server = first
  })

  it.each([
    ['in clear', 'smtp', { ignoreTLS: true }],
    ['under STARTTLS', 'smtp', { requireTLS: true }],
    ['under TLS', 'smtps', { secure: true }],
  ] as const)('takes letters of a common client %s', async (_name, listener, security) => {
    await start()
    const transport = createTransport({
      host: '127.0.0.1',
      port: portOf(listener),
      auth: { user: `alice@${domain}`, pass: 'wonder land' },
      tls: { rejectUnauthorized: false },
      ...security,
    })
    const info = await transport.sendMail({
      from: `alice@${domain}`,
      to: [`bob@${domain}`, 'carol@far.alt', 'x@nowhere.alt'],
      subject: 'Grüße',
      text: `Hello.\n.\n..\n${'long '.repeat(500)}`,
      attachments: [{ filename: 'a.bin', content: Buffer.alloc(300_000, 0xa5) }],
    })
    transport.close()
    expect(info.accepted).toEqual([`bob@${domain}`, 'carol@far.alt'])
    expect(info.rejected).toEqual(['x@nowhere.alt'])
    expect(info.response).toMatch(/^250 2\.6\.0/)
    expect(desk.letters).toMatchObject([{ sender: `alice@${domain}`, recipients: [`bob@${domain}`, 'carol@far.alt'] }])
  })

  it('counts wrong passwords of both protocols together', async () => {
    const clock = new ManualClock()
    await start({ clock })
    const imap = await RawClient.open(portOf('imap'))
    await imap.until(/^\* OK .*\r\n/)
    const smtp = await RawClient.open(portOf('smtp'))
    await smtp.hear()
    await smtp.ask('EHLO x')
    const heldBack = async (delayMs: number) => {
      const waiting = clock.sleeping
      return async (answer: Promise<string>) => {
        while (clock.sleeping === waiting) await new Promise(resolve => setImmediate(resolve))
        clock.pass(delayMs - 1)
        expect(clock.sleeping).toBe(waiting + 1)
        clock.pass(1)
        return answer
      }
    }
    for (const [tag, delayMs] of [['a', 250] as const, ['b', 500] as const]) {
      const held = await heldBack(delayMs)
      imap.say(`${tag} LOGIN alice no`)
      expect(await held(imap.until(/^[ab] .*\r\n/))).toMatch(/ NO /)
    }
    const held = await heldBack(1000)
    expect(await held(smtp.ask(plainLogin('alice', 'no')))).toMatch(/^535/)
    expect(await smtp.ask(plainLogin('alice', 'wonder land'))).toMatch(/^235/)
    imap.end()
    smtp.end()
  })

  it('takes 160 MB in flat memory, byte for byte', async () => {
    const sink = new SinkSpool()
    await start({ spool: sink, smtpLimits: { messageBytesMax: 256 * mebibyte } })
    const client = await RawClient.open(portOf('smtp'))
    await client.hear()
    await client.ask('EHLO x')
    await client.ask(plainLogin('alice'))
    await client.ask(`MAIL FROM:<alice@${domain}>`)
    await client.ask('RCPT TO:<carol@far.alt>')
    await client.ask('DATA')
    const before = process.memoryUsage().rss
    const chunk = Buffer.from(`${'a line of text that says little\r\n'.repeat(2000)}..and one with a dot in front\r\n`)
    const plain = Buffer.from(chunk.toString().replaceAll('\r\n..', '\r\n.'))
    const hash = createHash('sha256').update('Subject: big\r\n\r\n')
    client.send('Subject: big\r\n\r\n')
    for (let sent = 0; sent < 160 * mebibyte; sent += chunk.length) {
      hash.update(plain)
      if (!client.send(chunk)) await client.drained()
    }
    client.send('.\r\n')
    expect(await client.hear()).toMatch(/^250/)
    client.end()
    expect(sink.sha256).toBe(hash.digest('hex'))
    expect(sink.rssMax - before).toBeLessThan(80 * mebibyte)
  })
})

/** Keeps the hash only, and watches the memory meanwhile. */
class SinkSpool {
  sha256 = ''
  rssMax = 0

  async scratch(source: AsyncIterable<Uint8Array>, _options: StageOptions): Promise<Scratch> {
    const hash = createHash('sha256')
    let sizeBytes = 0
    for await (const chunk of source) {
      hash.update(chunk)
      sizeBytes += chunk.length
      this.rssMax = Math.max(this.rssMax, process.memoryUsage().rss)
    }
    this.sha256 = hash.digest('hex')
    return { sizeBytes, read: async function* () {}, discard: async () => {} }
  }
}
