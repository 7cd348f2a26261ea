/** POP3 rows of docs/reference/threats.md, one test for each attack. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binaryOf, bytesOf } from '../grammar/bytes.ts'
import { letter, TEST_NOW, testAccount } from '../testing/conversation.ts'
import { tries } from '../testing/fuzzing.ts'
import { Pop3Client, pop3LoggedIn } from '../testing/pop3.ts'
import { pop3LimitsWith } from './limits.ts'
import { DotStuffing } from './multiline.ts'

async function greeted(options: ConstructorParameters<typeof Pop3Client>[0] = {}): Promise<Pop3Client> {
  const client = new Pop3Client(options)
  await client.line()
  return client
}

test('STLS injection: commands sent in clear behind it are dropped, and who was named is forgotten', async () => {
  const client = await greeted({ options: { starttls: true } })
  expect(await client.ask('USER alice@camp.alt')).toMatch(/^\+OK/)
  await client.send('STLS\r\nUSER alice@camp.alt\r\nPASS pw\r\n')
  expect(await client.rest()).toBe('+OK Begin TLS negotiation now\r\n<starttls>\r\n')
  await client.send('DELE 1\r\n')
  client.connection.secured()
  expect(await client.ask('PASS pw')).toBe('-ERR USER first')
  expect(await client.lines('CAPA')).not.toContain('STLS')
  expect(await client.ask('STLS')).toBe('-ERR TLS is on already')
})

test('a password in clear where others can listen: refused before it is sent', async () => {
  const client = await greeted({ options: { plaintextLogin: false, starttls: true } })
  const capabilities = await client.lines('CAPA')
  expect(capabilities).toContain('STLS')
  expect(capabilities.filter(line => /USER|SASL/.test(line))).toEqual([])
  for (const line of ['USER alice@camp.alt', 'PASS pw', `AUTH PLAIN ${btoa('\0alice@camp.alt\0pw')}`, 'AUTH LOGIN']) {
    expect(await client.ask(line), line).toBe('-ERR Log in under TLS only: STLS')
  }
  expect(await client.lines('AUTH')).toEqual(['+OK Mechanisms', '.'])
  expect(client.connection.state).toBe('authorization')
})

test('guesses without end, and who asks whether a user exists learns nothing', async () => {
  const client = await greeted()
  expect(await client.ask('USER nobody')).toBe(await client.ask('USER alice@camp.alt'))
  for (let count = 1; count < 5; count += 1) {
    await client.ask('USER alice@camp.alt')
    expect(await client.ask('PASS no')).toBe('-ERR [AUTH] Wrong name or password')
  }
  await client.send('USER alice@camp.alt\r\nPASS no\r\n')
  expect(await client.rest()).toContain('-ERR [SYS/TEMP] Too many failed logins\r\n<close>')
})

test('lines of megabytes, rubbish, and commands without end', async () => {
  const long = await pop3LoggedIn()
  for (let sent = 0; sent < 200; sent += 1) await long.send('x'.repeat(65_536))
  expect(await long.rest()).toBe('-ERR [SYS/TEMP] Line too long\r\n<close>\r\n')
  const rubbish = await pop3LoggedIn()
  await rubbish.send('\0\x80\r\n'.repeat(1000))
  const answers = (await rubbish.rest()).split('\r\n').filter(Boolean)
  expect(answers).toHaveLength(22)
  expect(answers.slice(-2)).toEqual(['-ERR [SYS/TEMP] Too many bad commands', '<close>'])
  const flood = await greeted()
  await flood.send('CAPA\r\n'.repeat(1000))
  expect(await flood.rest()).toMatch(/Too many commands before login\r\n<close>\r\n$/)
  const many = await pop3LoggedIn()
  await many.send('NOOP\r\n'.repeat(1000))
  expect((await many.rest()).split('\r\n').filter(Boolean)).toHaveLength(1000)
})

test('numbers that are none, or are nobody’s', async () => {
  const account = testAccount()
  account.deliver(letter('m'))
  const client = await pop3LoggedIn({ account })
  for (const number of ['0', '2', '999999999']) {
    expect(await client.ask(`RETR ${number}`), number).toBe('-ERR There is no such message, or it is marked as deleted')
  }
  for (const number of ['', '-1', '1.5', '+1', '1e3', '4294967297', '99999999999999999999', '*', '1 2', '１']) {
    expect(await client.ask(`DELE ${number}`), number).toBe('-ERR A message number is needed')
  }
  for (const args of ['1', '1 -1', '1 1 1', ' 1', '1 x']) {
    expect(await client.ask(`TOP ${args}`), args).toMatch(/^-ERR TOP needs/)
  }
  expect(await client.ask('STAT')).toMatch(/^\+OK 1 /)
})

test('connections that never log in, never finish a command, never read or never speak again', async () => {
  const silent = await greeted()
  silent.connection.wake(TEST_NOW + 61_000)
  expect(await silent.rest()).toBe('<close>\r\n')
  const account = testAccount()
  account.deliver(letter('m'))
  const half = await pop3LoggedIn({ account })
  await half.send('DELE 1\r\nQUI')
  const quiet = await pop3LoggedIn({ account })
  await quiet.send('DELE 1\r\n')
  const busy = await pop3LoggedIn({ account })
  for (let minute = 1; minute <= 11; minute += 1) {
    for (const client of [half, quiet, busy]) client.connection.wake(TEST_NOW + minute * 60_000)
    await busy.ask('NOOP')
  }
  // RFC 1939 section 3: without a word, and without removing anything.
  expect(await half.rest()).toBe('+OK Message 1 goes with QUIT\r\n<close>\r\n')
  expect(await quiet.rest()).toBe('+OK Message 1 goes with QUIT\r\n<close>\r\n')
  expect(await account.status('INBOX')).toMatchObject({ messages: 1 })
  busy.connection.wake(TEST_NOW * 2)
  busy.connection.wake(1)
  expect(await busy.ask('NOOP')).toBe('+OK Here')
})

test('limits that make no sense are refused', () => {
  for (const value of [0, -1, 1.5, Number.NaN, '5' as unknown as number]) {
    expect(() => pop3LimitsWith({ lineBytesMax: value })).toThrow('lineBytesMax must be a positive whole number')
  }
  expect(() => pop3LimitsWith({ nonsense: 1 } as object)).toThrow('unknown POP3 limit: nonsense')
})

/** What a client makes of a multi-line answer: everything up to the first line that is a dot alone. */
function unstuffed(answer: string): { letter: string; rest: string } {
  const found = /(?:^|(?<=\r\n))\.\r\n/.exec(answer)
  const at = found?.index ?? answer.length
  return { letter: answer.slice(0, at).replace(/(^|\r\n)\./g, '$1'), rest: answer.slice(at + 3) }
}

test('letters cannot end their answer early, whatever they hold and wherever they are cut', () => {
  const piece = fc.constantFrom('.', '\r\n', '\r\n.', '\r\n.\r\n', '\r', '.\r\n', 'a', '..', '\r\r\n', ' ')
  const letters = fc.array(fc.array(piece, { maxLength: 12 }).map(pieces => pieces.join('')))
  fc.assert(
    fc.property(letters, chunks => {
      const dots = new DotStuffing()
      const sent = chunks.map(chunk => binaryOf(dots.stuff(bytesOf(chunk)))).join('') + dots.end()
      const whole = chunks.join('')
      const { letter: got, rest } = unstuffed(sent)
      expect(rest).toBe('')
      expect(got).toBe(whole === '' || whole.endsWith('\r\n') ? whole : `${whole}\r\n`)
    }),
    tries(2000, 1939),
  )
})

const seeds = ['CAPA', 'USER alice@camp.alt', 'PASS pw', 'AUTH PLAIN AGFsaWNlQGNhbXAuYWx0AHB3', 'AUTH LOGIN', 'STAT']
const more = ['LIST 1', 'UIDL', 'RETR 1', 'TOP 1 2', 'DELE 2', 'RSET', 'NOOP', 'STLS', 'QUIT', '*', '=']
const alphabet = fc.constantFrom(...' .+=*\r\n\0aZ019\u00e9\u00ff'.split(''))

test('whatever comes, at any cut: no fault of ours, nothing removed without QUIT, and the end is the end', async () => {
  const line = fc.tuple(fc.constantFrom(...seeds, ...more), fc.array(alphabet, { maxLength: 3 }), fc.boolean())
  const lines = fc.array(line.map(([text, noise, broken]) => `${text}${broken ? noise.join('') : ''}\r\n`))
  await fc.assert(
    fc.asyncProperty(lines, fc.array(fc.nat(200), { maxLength: 10 }), fc.boolean(), async (said, cuts, secure) => {
      const account = testAccount()
      for (const name of ['a', 'b', 'c']) account.deliver(letter(name, '.\r\n..\r\n'))
      const client = new Pop3Client({ account, options: { secure, starttls: !secure } })
      const text = said.join('')
      const sorted = [...new Set(cuts)].filter(cut => cut < text.length).sort((one, other) => one - other)
      await client.send(text, sorted)
      await client.rest()
      if (client.received.endsWith('<starttls>\r\n')) client.connection.secured()
      const quit = /Goodbye\r\n<close>\r\n$/.test(client.received)
      client.connection.end('done')
      await client.rest()
      expect(client.closed).toBe(true)
      expect(client.connection.state).toBe('logout')
      expect(client.events.filter(event => event.kind === 'error')).toEqual([])
      if (!quit) expect(await account.status('INBOX')).toMatchObject({ messages: 3 })
    }),
    tries(300, 2449),
  )
})
