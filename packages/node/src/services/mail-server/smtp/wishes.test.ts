import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../base/clock.ts'
import { authenticator } from '../authenticate.ts'
import {
  directoryUsers,
  domain,
  FakeDesk,
  FakeSpool,
  noAppPasswords,
  plainLogin,
  RawClient,
  RecordingLog,
  testCertificate,
} from '../fakes.ts'
import { OpenLogins } from '../open-logins.ts'
import { LoginThrottle } from '../throttle.ts'
import type { SmtpService } from './host.ts'
import { startSmtp } from './index.ts'
import { judgeEnvelopeId, judgeOriginalRecipient, wishesOf } from './wishes.ts'

let desk: FakeDesk
let service: SmtpService
let client: RawClient

beforeEach(async () => {
  desk = new FakeDesk()
  const [clock, log, signal] = [systemClock, new RecordingLog(), new AbortController().signal]
  const throttle = new LoginThrottle({ clock })
  const logins = new OpenLogins()
  service = await startSmtp({
    ...{ desk, spool: new FakeSpool(), clock, log },
    authenticate: authenticator({
      ...{ users: directoryUsers, appPasswords: noAppPasswords, logins },
      ...{ domains: [domain], throttle, clock, log, signal },
    }),
    logins,
    listen: [{ host: '127.0.0.1', port: 0, security: 'starttls' }],
    certificate: await testCertificate(),
    ...{ serverName: domain, domains: [domain], plaintextLogin: () => true },
    random: length => Buffer.alloc(length, 1),
  })
  client = await RawClient.open(service.ports[0] ?? 0)
  await client.hear()
  await client.ask('EHLO [127.0.0.1]')
  await client.ask(plainLogin('alice'))
})
afterEach(async () => {
  client.end()
  await service.stop()
})

const from = `MAIL FROM:<alice@${domain}>`
const to = `RCPT TO:<bob@${domain}>`

/** All commands are taken; answers what the desk was told. */
async function hand(mail: string, recipients: readonly string[]) {
  expect(await client.ask(`${from}${mail}`)).toMatch(/^250/)
  for (const recipient of recipients) expect(await client.ask(recipient)).toMatch(/^250/)
  expect(await client.ask('DATA')).toMatch(/^354/)
  expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/)
  return desk.letters.at(-1)?.wishes
}

describe('what is asked with a letter (RFC 3461)', () => {
  it('reaches the desk, decoded', async () => {
    const recipients = [
      `${to} NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+2Bx@elsewhere.example`,
      'RCPT TO:<carol@far.alt> notify=never',
      'RCPT TO:<dora@far.alt>',
    ]
    expect(await hand(' RET=HDRS ENVID=QQ+20314159', recipients)).toEqual({
      returns: 'headers',
      envelopeId: 'QQ 314159',
      recipients: {
        [`bob@${domain}`]: { notify: ['success', 'failure'], originalRecipient: 'rfc822;Bob+x@elsewhere.example' },
        'carol@far.alt': { notify: [] },
      },
    })
    expect(await hand(' RET=FULL', [to])).toEqual({ returns: 'full' })
    expect(await hand(' BODY=8BITMIME SMTPUTF8 SIZE=10', [to])).toBeUndefined()
    expect(await hand('', [`${to} NOTIFY=DELAY,DELAY`])).toEqual({
      recipients: { [`bob@${domain}`]: { notify: ['delay'] } },
    })
  })

  it.each([
    ['RET=SOME'],
    ['RET='],
    ['RET=FULL RET=HDRS'],
    ['ENVID='],
    ['ENVID=+0D+0ABcc:+20x'],
    ['ENVID=+C3+BC'],
    ['ENVID=+00'],
    [`ENVID=${'x'.repeat(101)}`],
  ])('MAIL with %s is refused, and nothing is begun', async parameters => {
    expect(await client.ask(`${from} ${parameters}`)).toMatch(/^501 5\./)
    expect(await client.ask(to)).toMatch(/^503/)
    expect(await hand('', [to])).toBeUndefined()
  })

  it.each([
    ['NOTIFY=SOMETIMES'],
    ['NOTIFY=NEVER,FAILURE'],
    ['NOTIFY=SUCCESS,'],
    ['NOTIFY'],
    ['ORCPT=bob@x'],
    ['ORCPT=rfc822;'],
    ['ORCPT=rfc822;bob+0D+0AX-Evil:+20yes'],
    ['ORCPT=rfc822;+00'],
    ['ORCPT=rfc822;b\u00f6b@x'],
    [`ORCPT=rfc822;${'x'.repeat(500)}`],
    ['NOTIFY=NEVER NOTIFY=NEVER'],
  ])('RCPT with %s is refused, and the others go on', async parameters => {
    expect(await client.ask(from)).toMatch(/^250/)
    expect(await client.ask(`${to} ${parameters}`)).toMatch(/^501 5\./)
    expect(await client.ask('RCPT TO:<carol@far.alt>')).toMatch(/^250/)
    expect(await client.ask('DATA')).toMatch(/^354/)
    expect(await client.ask('Subject: x\r\n\r\nx\r\n.')).toMatch(/^250/)
    expect(desk.letters.at(-1)?.recipients).toEqual(['carol@far.alt'])
  })

  it('letters with headers in UTF-8 are taken as they are; addresses in it are not', async () => {
    expect(await client.ask(`${from} SMTPUTF8`)).toMatch(/^250/)
    client.send(Buffer.from(`RCPT TO:<b\u00f6b@${domain}>\r\n`, 'utf8'))
    expect(await client.hear()).toMatch(/^553 5\.6\.7/)
    expect(await client.ask(to)).toMatch(/^250/)
    expect(await client.ask('DATA')).toMatch(/^354/)
    client.send(Buffer.from('Subject: Gr\u00fc\u00dfe\r\n\r\nx\r\n.\r\n', 'utf8'))
    expect(await client.hear()).toMatch(/^250/)
    expect(Buffer.from(desk.letters.at(-1)?.text ?? '', 'latin1').toString()).toContain('Subject: Gr\u00fc\u00dfe\r\n')
  })

  it('never lets anything through that is not printable', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom('+', '0', 'A', 'D', 'a') }))
    fc.assert(
      fc.property(text, given => {
        const mailFrom = { address: 'a@b', args: { ENVID: given } }
        const recipient = { address: 'c@d', args: { ORCPT: `rfc822;${given}`, NOTIFY: given } }
        if (judgeEnvelopeId(mailFrom) ?? judgeOriginalRecipient(recipient)) return
        const wishes = wishesOf({ mailFrom, rcptTo: [recipient] })
        expect(`${wishes?.envelopeId}${wishes?.recipients?.['c@d']?.originalRecipient}`).toMatch(/^[ -~]*$/)
      }),
    )
  })
})
