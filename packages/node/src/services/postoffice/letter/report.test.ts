import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddress } from './address.ts'
import { excerptLimits, excerptOf } from './excerpt.ts'
import { buildReport, type ReportOptions } from './report.ts'
import { readReport, valueIn } from './report-reader.ts'

const at = Date.UTC(2026, 10, 22, 6)
const address = 'bob@ridge.alt'

function options(more: Partial<ReportOptions> = {}): ReportOptions {
  return {
    ...{ kind: 'failed', reporter: { domain: 'camp.alt', nodeName: 'camp' } },
    to: parseAddress('alice@camp.alt') ?? expect.unreachable(),
    recipients: [{ address, status: '5.1.1', reason: 'Nobody here is called bob' }],
    ...{ wishes: undefined, originalMessageId: '1@camp.alt', original: null },
    ...{ arrivedAt: at - 1000, messageId: 'failed.1@camp.alt', at },
    ...more,
  }
}

const built = (more: Partial<ReportOptions> = {}) => Buffer.from(buildReport(options(more))).toString('latin1')

async function excerpt(letter: string, whole: boolean) {
  const bytes = Buffer.from(letter)
  const body = {
    sizeBytes: bytes.length,
    read: async function* () {
      yield bytes
    },
  }
  return excerptOf(body, whole)
}

describe('a report', () => {
  it('says what there is to say, in the order of the standard', () => {
    const wishes = {
      envelopeId: 'QQ 314159',
      recipients: { [address]: { originalRecipient: 'rfc822;Bob@elsewhere.example' } },
    }
    const diagnostic = 'smtp; 550 5.1.1 no such user'
    const recipients = [{ address, status: '4.4.1', reason: 'x', diagnostic, remoteMta: 'mx.example' }]
    const read = readReport(built({ kind: 'delayed', wishes, recipients, willRetryUntil: at + 86_400_000 }))
    expect(read.message).toEqual([
      ['Original-Envelope-Id', 'QQ 314159'],
      ['Reporting-MTA', 'dns; camp.alt'],
      ['Arrival-Date', 'Sun, 22 Nov 2026 05:59:59 +0000'],
    ])
    expect(read.recipients).toEqual([
      [
        ['Original-Recipient', 'rfc822;Bob@elsewhere.example'],
        ['Final-Recipient', `rfc822; ${address}`],
        ['Action', 'delayed'],
        ['Status', '4.4.1'],
        ['Remote-MTA', 'dns; mx.example'],
        ['Diagnostic-Code', diagnostic],
        ['Last-Attempt-Date', 'Sun, 22 Nov 2026 06:00:00 +0000'],
        ['Will-Retry-Until', 'Mon, 23 Nov 2026 06:00:00 +0000'],
      ],
    ])
    expect(valueIn(read.header, 'Auto-Submitted')).toBe('auto-replied')
    expect(read.original).toEqual({ type: 'text/rfc822-headers', content: 'Message-ID: <1@camp.alt>\r\n' })
  })

  it.each([
    ['failed', 'failed'],
    ['returned', 'failed'],
    ['delayed', 'delayed'],
    ['delivered', 'delivered'],
    ['relayed', 'relayed'],
  ] as const)('of kind %s has the action %s', (kind, action) => {
    const { recipients, text } = readReport(built({ kind }))
    expect(valueIn(recipients[0] ?? [], 'Action')).toBe(action)
    expect(text).toContain(address)
  })

  it('has reasons in any language: whole for people, in encoded words for programs', () => {
    const reason = `Kein Platz für größere Briefe – 郵便受けがいっぱいです ${'ж'.repeat(100)}`
    const read = readReport(built({ recipients: [{ address, status: '5.2.2', reason }] }))
    expect(read.text).toContain(reason)
    const [, words = ''] = valueIn(read.recipients[0] ?? [], 'Diagnostic-Code').split('x-posthorn; ')
    const decoded = words.split(' ').map(word => Buffer.from(word.slice('=?utf-8?B?'.length, -2), 'base64').toString())
    expect(decoded.join('')).toBe(reason)
  })

  it('leaves an id out that has no room in a line, rather than cut it', () => {
    const { header, original } = readReport(built({ originalMessageId: 'x'.repeat(996) }))
    expect(header.some(([name]) => name === 'In-Reply-To')).toBe(false)
    expect(original).toBeUndefined()
  })

  it('is what was put into it, whatever that is: nothing becomes a header, a field or a part', () => {
    const evil = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom('\r\n', '\n', '\r', 'Bcc: x@y', '--=_report_0', '--=_report_0--', ' ', '\0', '\u2028')),
    )
    const text = evil.map(some => (typeof some === 'string' ? some : some.join('')))
    fc.assert(
      fc.property(fc.record({ address: text, reason: text, diagnostic: text, id: text, bytes: text }), given => {
        const { reason, diagnostic, id, bytes } = given
        const recipients = [{ address: given.address, status: id, reason, diagnostic, remoteMta: reason }]
        const original = { whole: true, bytes: Buffer.from(`Subject: x\r\n\r\n${bytes}`) }
        const wishes = { envelopeId: id, recipients: { [given.address]: { originalRecipient: id } } }
        const reporter = { domain: 'camp.alt', nodeName: reason }
        const read = readReport(built({ recipients, original, wishes, reporter, originalMessageId: id }))
        expect(read.recipients).toHaveLength(1)
        expect(read.original?.content).toBe(original.bytes.toString('latin1'))
        expect(read.header.some(([name]) => name === 'Bcc')).toBe(false)
      }),
    )
  })
})

describe('what comes back of a letter', () => {
  const head = 'From: a\r\nSubject: x\r\n'

  it('is its header, without what is too long or can stand in no header', async () => {
    const keydata = `Autocrypt: keydata=${'A'.repeat(2000)}\r\n`
    const odd = 'no field at all\r\nNul: a\0b\r\n'
    const letter = `${keydata}${head}${odd}To: b\r\n\tand c\r\n\r\nSecret.\r\n`
    expect(Buffer.from((await excerpt(letter, false)).bytes).toString()).toBe(`${head}To: b\r\n\tand c\r\n`)
    const many = await excerpt(`${'Received: x\r\n'.repeat(20_000)}\r\n`, false)
    expect(many.bytes.length).toBeLessThanOrEqual(excerptLimits.headerBytesMax)
  })

  it('is all of it when that was asked, is small, and may stand in another letter', async () => {
    expect(await excerpt(`${head}\r\nText.\n`, true)).toEqual({
      whole: true,
      bytes: Buffer.from(`${head}\r\nText.\r\n`),
    })
    for (const text of ['x'.repeat(999), 'a\0b', 'a\rb', 'x\r\n'.repeat(30_000)]) {
      expect(await excerpt(`${head}\r\n${text}\r\n`, true)).toEqual({ whole: false, bytes: Buffer.from(head) })
    }
  })

  it('has the types for UTF-8 where its header is in UTF-8', async () => {
    const letter = 'Subject: Grüße\r\n\r\nText.\r\n'
    const types = await Promise.all(
      [false, true].map(async whole => readReport(built({ original: await excerpt(letter, whole) })).original?.type),
    )
    expect(types).toEqual(['message/global-headers', 'message/global'])
    const plain = readReport(built({ original: await excerpt('Subject: x\r\n\r\nGrüße\r\n', true) }))
    expect(plain.original?.type).toBe('message/rfc822')
  })
})

const python = `
import email, email.policy, json, sys
out = []
for line in sys.stdin.read().split():
    message = email.message_from_bytes(bytes.fromhex(line), policy=email.policy.default.clone(raise_on_defect=True))
    text, status, *rest = message.get_payload()
    out.append({
        'type': message.get_content_type(), 'report': message['Content-Type'].params['report-type'],
        'text': text.get_content(), 'groups': [dict(group.items()) for group in status.get_payload()],
        'original': [part.get_content_type() for part in rest], 'subject': message['Subject'],
    })
print(json.dumps(out))
`

it('is understood by the mail package of Python', async context => {
  const reports = [
    built(),
    built({ recipients: [{ address, status: '5.2.2', reason: 'Kein Platz für größere Briefe' }] }),
    built({ kind: 'delayed', original: await excerpt('Subject: x\r\n\r\nText\r\n', true) }),
    built({ kind: 'delivered', original: await excerpt('Subject: x\r\n\r\nText\r\n', false) }),
  ]
  const input = reports.map(report => Buffer.from(report, 'latin1').toString('hex')).join('\n')
  const { error, stdout, stderr } = spawnSync('python3', ['-c', python], { input, encoding: 'utf8' })
  if (error !== undefined) {
    process.stderr.write('SKIPPED: python3 is not installed, so nobody else has read the reports\n')
    return context.skip('python3 is not installed')
  }
  expect(stderr).toBe('')
  const read = JSON.parse(stdout) as { type: string; report: string; text: string; groups: Record<string, string>[] }[]
  expect(read).toHaveLength(4)
  for (const one of read) {
    expect(one).toMatchObject({ type: 'multipart/report', report: 'delivery-status' })
    expect(one.groups.map(group => group['Final-Recipient'])).toEqual([undefined, `rfc822; ${address}`])
  }
  expect(read[1]?.text).toContain('Kein Platz für größere Briefe')
  expect(read[1]?.groups[1]?.['Diagnostic-Code']).toContain('größere')
  expect(read).toMatchObject([
    { original: ['text/rfc822-headers'] },
    { original: ['text/rfc822-headers'] },
    { original: ['message/rfc822'] },
    { original: ['text/rfc822-headers'] },
  ])
})
