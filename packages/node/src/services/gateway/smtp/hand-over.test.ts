import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../../base/clock.ts'
import { HandClock } from '../../../base/hand-clock.ts'
import { scratchDirectory } from '../../../stores/files/scratch-directory.ts'
import type { Handover } from '../../../stores/queue/index.ts'
import type { Envelope } from '../../../stores/spool/envelope.ts'
import { loadOrMakeCertificate } from '../../mail-server/index.ts'
import type { HandedOver } from '../verdict.ts'
import { handToServer } from './hand-over.ts'
import { scriptedServer } from './scripted-server.ts'
import type { MailServer } from './session.ts'

const text = 'Subject: hi\r\n\r\n.dot\r\nhello\r\n'

function handover(recipients: readonly string[], more: Partial<Envelope> = {}): Handover {
  return {
    ...{ id: 1, gateway: 'out', messageId: 'm@camp', sizeBytes: text.length, queuedAt: 0, ageDays: 0, attempts: 0 },
    ...{ dueAt: null, reason: null, warned: false, begun: false },
    envelope: { returnPath: 'alice@camp.example', recipients, ...more },
  }
}

function bodyOf(...chunks: readonly (string | Error)[]) {
  return {
    sizeBytes: chunks.join('').length,
    async *read() {
      for (const chunk of chunks) {
        if (chunk instanceof Error) throw chunk
        yield Buffer.from(chunk, 'latin1')
      }
    },
  }
}

async function hand(
  server: MailServer,
  letter: Handover,
  options: { clock?: Clock; signal?: AbortSignal; body?: ReturnType<typeof bodyOf> } = {},
): Promise<HandedOver> {
  const { clock = systemClock, signal = new AbortController().signal, body = bodyOf(text) } = options
  return handToServer(server, { handover: letter, body, name: 'camp.example' }, { clock, signal })
}

const kinds = ({ verdicts }: HandedOver) => Object.fromEntries([...verdicts].map(([to, { kind }]) => [to, kind]))

test('a letter leaves with its envelope, stuffed, and each recipient has its own answer', async () => {
  const told = (line: string) =>
    line.includes('gone') ? '550 5.1.1 no such user' : line.includes('full') ? '452 4.2.2 full' : '250 ok'
  const { server, lines, letters } = await scriptedServer({ RCPT: told })
  const outcome = await hand(server, handover(['a@x.example', 'gone@x.example', 'full@x.example']))
  expect(kinds(outcome)).toEqual({ 'a@x.example': 'done', 'gone@x.example': 'failed', 'full@x.example': 'later' })
  const refused = { status: '5.1.1', reason: '550 5.1.1 no such user', diagnostic: 'smtp; 550 5.1.1 no such user' }
  expect(outcome.verdicts.get('gone@x.example')).toMatchObject(refused)
  expect(letters).toEqual(['Subject: hi\r\n\r\n..dot\r\nhello\r\n'])
  expect(lines.slice(0, 2)).toEqual([
    'EHLO camp.example',
    `MAIL FROM:<alice@camp.example> SIZE=${text.length} BODY=8BITMIME`,
  ])
  await expect.poll(() => lines.at(-1)).toBe('QUIT')
})

test('without any extension it goes line by line; after HELO as well', async () => {
  const { server, lines } = await scriptedServer({ EHLO: '502 what' })
  expect(kinds(await hand(server, handover(['a@x.example'])))).toEqual({ 'a@x.example': 'done' })
  expect(lines.slice(0, 4)).toEqual([
    'EHLO camp.example',
    'HELO camp.example',
    'MAIL FROM:<alice@camp.example>',
    'RCPT TO:<a@x.example>',
  ])
})

test('wishes go along to a server that knows them, and to no other', async () => {
  const wishes = {
    returns: 'headers',
    envelopeId: 'id +1',
    recipients: {
      'a@x.example': { notify: ['success', 'delay'], originalRecipient: 'rfc822;a=b@x.example' },
      'b@x.example': { notify: [] },
      'c@x.example': { originalRecipient: 'bad\r\nRCPT TO:<d@x.example>' },
    },
  } as const
  const { server, lines } = await scriptedServer({ EHLO: '250-server\r\n250 DSN' })
  const letter = handover(['a@x.example', 'b@x.example', 'c@x.example', 'toString@x.example'], { wishes })
  expect((await hand(server, letter)).tellsSenders).toBe(true)
  expect(lines.slice(1, 6)).toEqual([
    'MAIL FROM:<alice@camp.example> RET=HDRS ENVID=id+20+2B1',
    'RCPT TO:<a@x.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+3Db@x.example',
    'RCPT TO:<b@x.example> NOTIFY=NEVER',
    'RCPT TO:<c@x.example>',
    'RCPT TO:<toString@x.example>',
  ])
  const other = await scriptedServer()
  expect((await hand(other.server, letter)).tellsSenders).toBe(false)
  expect(other.lines[2]).toBe('RCPT TO:<a@x.example>')
})

test.each([
  ['MAIL 4xx', { MAIL: '451 4.3.0 later' }, 'later'],
  ['MAIL 5xx', { MAIL: '550 5.7.1 not you' }, 'failed'],
  ['MAIL that wants a login', { MAIL: '530 5.7.0 log in' }, 'later'],
  ['too many recipients, in old words', { RCPT: '552 too many' }, 'later'],
  ['DATA 4xx', { DATA: '451 4.3.0 later' }, 'later'],
  ['DATA 5xx', { DATA: '554 5.7.1 no' }, 'failed'],
  ['DATA answered yes instead of go', { DATA: '250 ok' }, 'later'],
  ['the letter 4xx', { '.': '451 4.7.1 greylisted' }, 'later'],
  ['the letter 5xx', { '.': '554 5.6.0 spam' }, 'failed'],
])('%s', async (_, script, kind) => {
  const { server, letters } = await scriptedServer(script as Record<string, string>)
  expect(kinds(await hand(server, handover(['a@x.example'])))).toEqual({ 'a@x.example': kind })
  if (!('.' in script)) expect(letters).toEqual([])
})

test('a letter larger than the server takes is not sent', async () => {
  const { server, lines } = await scriptedServer({ EHLO: '250-server\r\n250 SIZE 10' })
  const outcome = await hand(server, handover(['a@x.example']))
  expect(outcome.verdicts.get('a@x.example')).toMatchObject({ kind: 'failed', status: '5.3.4' })
  expect(lines.some(line => line.startsWith('MAIL'))).toBe(false)
})

test('LMTP: an answer for each accepted recipient; those that came before the line was lost count', async () => {
  const answers = (_line: string, socket: { end: () => void }) => {
    setImmediate(() => socket.end())
    return '250 2.0.0 a\r\n550 5.2.2 b is full'
  }
  const script = { RCPT: (line: string) => (line.includes('no@') ? '550 5.1.1 no' : '250 ok'), '.': answers }
  const { server, lines } = await scriptedServer(script, { protocol: 'lmtp' })
  const outcome = await hand(server, handover(['a@x.example', 'no@x.example', 'b@x.example', 'c@x.example']))
  expect(lines[0]).toBe('LHLO camp.example')
  expect(kinds(outcome)).toEqual({ 'a@x.example': 'done', 'no@x.example': 'failed', 'b@x.example': 'failed' })
  expect(outcome.cut).toContain('closed')
})

test.each([
  ['a greeting that sends us away', { GREETING: '421 busy' }, '421 busy'],
  ['no mail server at all', { GREETING: 'SSH-2.0-thing' }, 'no answer'],
  ['no TLS although it is required', {}, 'offers no TLS'],
])('unreachable: %s', async (_, script, why) => {
  const { server } = await scriptedServer(script as Record<string, string>, { tls: 'required' })
  const outcome = await hand(server, handover(['a@x.example']))
  expect(outcome.unreachable).toContain(why)
  expect(outcome.verdicts.size).toBe(0)
})

test('unreachable: nobody listens, or the socket is not there', async () => {
  const { server } = await scriptedServer()
  const nowhere = { ...server, at: { path: '/nonexistent/lmtp' } }
  expect((await hand(nowhere, handover(['a@x.example']))).unreachable).toContain('ENOENT')
})

test('a server that is silent costs no more than its time', async () => {
  const clock = new HandClock()
  const { server, lines } = await scriptedServer({ EHLO: '' })
  const handing = hand(server, handover(['a@x.example']), { clock })
  await expect.poll(() => lines).toHaveLength(1)
  clock.pass(300_000)
  expect((await handing).unreachable).toContain('did not answer in time')
})

test('lost after the dot: nobody knows, so it is tried again', async () => {
  const { server, letters } = await scriptedServer({
    '.': (_, socket) => {
      socket.destroy()
      return ''
    },
  })
  const outcome = await hand(server, handover(['a@x.example']))
  expect(letters).toHaveLength(1)
  expect(outcome).toMatchObject({ verdicts: new Map() })
  expect(outcome.cut).toBeDefined()
})

test('a letter that cannot be read to its end is never ended by a dot', async () => {
  const { server, letters, lines } = await scriptedServer()
  const outcome = await hand(server, handover(['a@x.example']), { body: bodyOf('half', new Error('disk gone')) })
  expect(outcome.cut).toBe('disk gone')
  await expect.poll(() => lines).toContain('DATA')
  expect(letters).toEqual([])
})

test('the signal ends it', async () => {
  const stopping = new AbortController()
  const { server } = await scriptedServer({
    MAIL: () => {
      stopping.abort()
      return ''
    },
  })
  await expect(hand(server, handover(['a@x.example']), { signal: stopping.signal })).rejects.toThrow(/abort/i)
})

test('STARTTLS injection: what comes behind the answer in clear is not taken for the server', async () => {
  const script = { EHLO: '250-server\r\n250 STARTTLS', STARTTLS: '220 go\r\n250-evil\r\n250 AUTH PLAIN' }
  const { server, lines } = await scriptedServer(script, { tls: 'required' })
  expect((await hand(server, handover(['a@x.example']))).unreachable).toContain('more than its answer')
  expect(lines).toEqual(['EHLO camp.example', 'STARTTLS'])
})

/** A door with TLS from its first byte, in front of a server without. */
async function tlsDoor(port: number) {
  const directory = await scratchDirectory()
  const made = await loadOrMakeCertificate({
    ...{ directory, names: ['mail.example', 'localhost', '127.0.0.1'], now: Date.now(), random: randomBytes },
  })
  const door = createTlsServer({ key: made.key, cert: made.cert }, secured => {
    const inner = connect(port, '127.0.0.1')
    secured
      .on('error', () => undefined)
      .pipe(inner.on('error', () => undefined))
      .pipe(secured)
  })
  door.on('tlsClientError', () => undefined)
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  onTestFinished(() => void door.close())
  return { port: (door.address() as AddressInfo).port, ca: String(made.cert) }
}

test('TLS is verified; then the password goes, and into no message', async () => {
  const script = { EHLO: '250-server\r\n250 AUTH LOGIN PLAIN', AUTH: '235 welcome' }
  const inside = await scriptedServer(script)
  const door = await tlsDoor(inside.port)
  const login = { user: 'camp', password: async () => 'secret' }
  const server: MailServer = { ...inside.server, ...login, tls: 'implicit', at: { host: '127.0.0.1', port: door.port } }
  const strange = await hand(server, handover(['a@x.example']))
  expect(strange.unreachable).toMatch(/SELF_SIGNED|self.signed/i)
  expect(inside.lines).toEqual([])
  expect(kinds(await hand({ ...server, ca: door.ca }, handover(['a@x.example'])))).toEqual({ 'a@x.example': 'done' })
  expect(inside.lines[1]).toBe(`AUTH PLAIN ${Buffer.from('\0camp\0secret').toString('base64')}`)

  const wrong = await scriptedServer({ ...script, AUTH: '535 5.7.8 wrong' }, login)
  const refused = await hand(wrong.server, handover(['a@x.example']))
  expect(refused.unreachable).toContain('535 5.7.8 wrong')
  expect(JSON.stringify(refused)).not.toContain('secret')
})
