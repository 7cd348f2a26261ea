/** The row "IMAP" of what attacks a node: each attack meets its limit, memory stays flat, the rest goes on. */
import { expect, test } from 'vitest'
import { bytesOf } from './grammar/bytes.ts'
import type { ImapLimits } from './limits.ts'
import { limitsWith } from './limits.ts'
import { letter, loggedIn, TEST_NOW, TestClient, testAccount, testOptions } from './testing/conversation.ts'

async function greeted(limits: Partial<ImapLimits> = {}): Promise<TestClient> {
  const client = new TestClient(testOptions({ options: { limits } }))
  await client.line()
  return client
}

function limitsHit(client: TestClient): string[] {
  return client.events.flatMap(event => (event.kind === 'limit' ? [event.limit] : []))
}

test('literals of 4 GB', async () => {
  const before = await greeted()
  expect(await before.command('1 LOGIN {4294967295}')).toEqual(['1 NO [TOOBIG] Literal too large'])
  expect(await before.command('2 LOGIN {99999999999999999999}')).toEqual(['2 NO [TOOBIG] Literal too large'])
  expect(await before.command('3 LOGIN {4294967295+}')).toEqual(['* BYE Literal too large', '<close>'])
  const after = await loggedIn()
  expect(await after.command('1 SELECT {4294967295}')).toEqual(['1 NO [TOOBIG] Literal too large'])
  expect(await after.command('2 APPEND INBOX {4294967295}')).toEqual(['2 NO [TOOBIG] The message is too large'])
  expect(await after.command('3 SELECT INBOX')).toContain('3 OK [READ-WRITE] Select completed')
  expect(await after.command('4 APPEND INBOX {4294967295+}')).toEqual(['* BYE Message too large', '<close>'])
})

test('a literal that is too large and sent unasked is read and dropped, and the stream stays in step', async () => {
  const client = await loggedIn({ options: { limits: { appendBytesMax: 1000 } } })
  await client.send(
    `1 APPEND INBOX {5000+}\r\n${'x'.repeat(5000)}\r\n2 SELECT {70000+}\r\n${'2 LOGOUT\r\n'.repeat(7000)}`,
  )
  expect(await client.line()).toBe('1 NO [TOOBIG] The message is too large')
  await client.send(' {3+}\r\nabc\r\n3 NOOP\r\n')
  expect(await client.line()).toBe('2 NO [TOOBIG] Literal too large')
  expect(await client.line()).toBe('3 OK Noop completed')
})

test('10 MB lines', async () => {
  const client = await loggedIn()
  await client.send(`1 NOOP ${'x'.repeat(10_000_000)}\r\n2 NOOP\r\n`)
  expect(await client.rest()).toBe('* BYE Line too long\r\n<close>\r\n')
  expect(limitsHit(client)).toEqual(['lineBytesMax'])
  const before = await greeted()
  await before.send(`1 LOGIN ${'x'.repeat(8200)}`)
  expect(await before.rest()).toBe('* BYE Line too long\r\n<close>\r\n')
})

test('nesting of parentheses', async () => {
  const client = await loggedIn()
  await client.command('0 SELECT INBOX')
  const deep = '('.repeat(10_000)
  expect(await client.command(`1 SEARCH ${deep}`)).toEqual(['1 NO [LIMIT] Search keys nested too deep'])
  expect(await client.command(`2 SEARCH ${'NOT '.repeat(10_000)}ALL`)).toEqual([
    '2 NO [LIMIT] Search keys nested too deep',
  ])
  expect(await client.command(`3 SELECT INBOX ${deep}`)).toEqual(['3 BAD Parameter expected'])
  expect((await client.command(`4 FETCH 1 ${deep}`)).at(-1)).toMatch(/^4 BAD/)
  expect((await client.command(`5 ID ${deep}`)).at(-1)).toMatch(/^5 BAD/)
})

test('1,000 pipelined commands', async () => {
  const client = await loggedIn()
  const many = Array.from({ length: 1000 }, (_, index) => `p${index} NOOP\r\n`).join('')
  await client.send(many)
  const answers = (await client.rest()).split('\r\n').filter(Boolean)
  expect(answers).toEqual(Array.from({ length: 1000 }, (_, index) => `p${index} OK Noop completed`))
  const before = await greeted()
  await before.send(many)
  const refused = (await before.rest()).split('\r\n').filter(Boolean)
  expect(refused.slice(-2)).toEqual(['* BYE Too many commands before login', '<close>'])
  expect(refused).toHaveLength(62)
})

test('bad commands without end', async () => {
  const client = await loggedIn()
  await client.send('x\r\n'.repeat(1000))
  const answers = (await client.rest()).split('\r\n').filter(Boolean)
  expect(answers.slice(-2)).toEqual(['* BYE Too many bad commands', '<close>'])
  expect(answers).toHaveLength(22)
})

test('FETCH of everything times everything', async () => {
  const account = testAccount()
  for (let number = 0; number < 200; number += 1) account.deliver(letter('big', 'x'.repeat(100_000)))
  const client = await loggedIn({ account })
  await client.command('0 SELECT INBOX')
  expect(await client.command(`1 FETCH 1:* (${'BODY[] '.repeat(33).trim()})`)).toEqual([
    '1 NO [LIMIT] Too many FETCH items',
  ])
  expect(await client.command(`2 FETCH ${'1,'.repeat(10_001)}1 UID`)).toEqual([
    '2 NO [LIMIT] Too many ranges in the message set',
  ])
  const names = Array.from({ length: 201 }, (_, index) => `h${index}`).join(' ')
  expect(await client.command(`3 FETCH 1 BODY[HEADER.FIELDS (${names})]`)).toEqual([
    '3 NO [LIMIT] Too many header names',
  ])
  expect((await client.command(`4 FETCH 1 BODY[${'1.'.repeat(33)}1]`)).at(-1)).toBe('4 NO [LIMIT] Section too deep')
  expect((await client.command(`5 FETCH 1 BODY[${'1'.repeat(50_000)}X]`)).at(-1)).toBe('5 BAD Unknown section')
})

test('SEARCH blow-ups', async () => {
  const account = testAccount()
  for (let number = 0; number < 20; number += 1) account.deliver(letter('m'))
  const client = await loggedIn({ account, options: { limits: { searchStepsMax: 1000 } } })
  await client.command('0 SELECT INBOX')
  expect(await client.command(`1 SEARCH ${'ALL '.repeat(1001).trim()}`)).toEqual(['1 NO [LIMIT] Too many search keys'])
  expect(await client.command(`2 SEARCH ${'ALL '.repeat(60).trim()}`)).toEqual([
    '2 NO [LIMIT] The search is too large, ask for less at once',
  ])
  expect((await client.command(`3 SEARCH ${'OR ALL '.repeat(15)}ALL`)).at(-1)).toBe('3 OK Search completed')
})

test('flags and tags without measure', async () => {
  const account = testAccount()
  account.deliver(letter('m'))
  const client = await loggedIn({ account })
  await client.command('0 SELECT INBOX')
  expect((await client.command(`1 STORE 1 FLAGS (${'x'.repeat(256)})`)).at(-1)).toBe('1 NO [LIMIT] Flag too long')
  const flags = Array.from({ length: 101 }, (_, index) => `f${index}`).join(' ')
  expect((await client.command(`2 STORE 1 FLAGS (${flags})`)).at(-1)).toBe('2 NO [LIMIT] Too many flags')
  await client.send(`${'t'.repeat(129)} NOOP\r\n`)
  expect(await client.line()).toMatch(/^\* BAD/)
  const entries = Array.from({ length: 101 }, (_, index) => `/shared/e${index}`).join(' ')
  expect((await client.command(`3 GETMETADATA "" (${entries})`)).at(-1)).toBe('3 NO [LIMIT] Too many entries')
})

test('connections that never log in, never finish a command, never read or never speak again', async () => {
  const silent = await greeted()
  silent.connection.wake(TEST_NOW + 59_000)
  expect(silent.closed).toBe(false)
  silent.connection.wake(TEST_NOW + 61_000)
  expect(await silent.rest()).toBe('* BYE Log in sooner\r\n<close>\r\n')
  const half = await loggedIn()
  await half.send('1 NO')
  const idler = await loggedIn()
  await idler.send('1 IDLE\r\n')
  const busy = await loggedIn()
  for (let minute = 1; minute <= 31; minute += 1) {
    for (const client of [half, idler, busy]) client.connection.wake(TEST_NOW + minute * 60_000)
    await busy.command('1 NOOP')
  }
  expect(await half.rest()).toBe('* BYE The command took too long to arrive\r\n<close>\r\n')
  expect(await idler.rest()).toBe('+ idling\r\n* BYE Autologout, idle for too long\r\n<close>\r\n')
  expect(busy.closed).toBe(false)
  // A clock that is set does not end a connection.
  busy.connection.wake(TEST_NOW * 2)
  busy.connection.wake(1)
  expect(await busy.command('2 NOOP')).toEqual(['2 OK Noop completed'])
})

test('limits that make no sense are refused', () => {
  for (const value of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number]) {
    expect(() => limitsWith({ lineBytesMax: value })).toThrow('lineBytesMax must be a positive whole number')
  }
  expect(() => limitsWith({ nonsense: 1 } as Partial<ImapLimits>)).toThrow('unknown IMAP limit: nonsense')
})

test('headers, subjects and names cannot begin an answer of their own', async () => {
  const account = testAccount()
  const evil = 'a" b\\ \x01 \xe4 ) BODY[] {3}'
  account.deliver(letter(evil, 'x', `Content-Type: text/x-"\r\nX: y\rZ\r\nReply-To: "q\\"\r\n * BYE" <r"@s>\r\n`))
  await account.create('x"]\r\n* BYE')
  const client = await loggedIn({ account })
  await client.command('0 SELECT INBOX')
  for (const item of ['ENVELOPE', 'BODYSTRUCTURE', 'BODY.PEEK[HEADER.FIELDS (subject)]']) {
    await client.send(`1 FETCH 1 (${item})\r\n2 LIST "" *\r\n`)
    const answer = await client.rest()
    // What stands in literals is the client's to count over; no line outside of them may be ours.
    const outside = withoutLiterals(answer)
    expect(
      outside.split('\r\n').filter(line => !/^(\* (1 FETCH|LIST) |[12] OK |$)/.test(line)),
      item,
    ).toEqual([])
    expect(outside, item).not.toContain('\x01')
  }
})

function withoutLiterals(answer: string): string {
  let left = answer
  let outside = ''
  for (;;) {
    const found = /\{(\d+)\}\r\n/.exec(left)
    if (found === null) return outside + left
    outside += `${left.slice(0, found.index)}<literal>`
    left = left.slice(found.index + found[0].length + Number(found[1]))
  }
}

test('other users: nothing a client says reaches another account', async () => {
  const mine = testAccount()
  const client = await loggedIn({ account: mine })
  for (const name of ['"/bob/INBOX"', '"~bob"', '"user/bob"', '"../bob/INBOX"', '"#shared/bob"']) {
    expect((await client.command(`1 SELECT ${name}`)).at(-1), name).toMatch(/^1 (NO \[NONEXISTENT\]|BAD)/)
  }
  expect((await client.command('2 LOGIN bob pw')).at(-1)).toBe('2 BAD Already logged in')
  expect((await client.command('3 AUTHENTICATE PLAIN')).at(-1)).toBe('3 BAD Already logged in')
})

test('MIME bombs: nesting, parts and headers without end are fetched whole, and understood to a bound', async () => {
  let deep = ''
  for (let level = 0; level < 10_000; level += 1) {
    deep += `Content-Type: multipart/mixed; boundary=b${level}e\r\n\r\n--b${level}e\r\n`
  }
  const wide = `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(100_000)}`
  const header = `To: ${'<a@b>,('.repeat(1_500_000)}\r\nSubject: s\r\n\r\nbody\r\n`
  const parameters = `Content-Type: text/plain${'; a="'.repeat(20_000)}\r\n\r\nx\r\n`
  const account = testAccount()
  for (const bomb of [deep, wide, header, parameters]) account.deliver(bytesOf(bomb))
  const client = await loggedIn({ account })
  await client.command('1 SELECT INBOX')
  const lines = await client.command(
    '2 FETCH 1:4 (ENVELOPE BODY BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (SUBJECT)] BODY.PEEK[1.1.1] BINARY.SIZE[1])',
  )
  expect(lines.at(-1)).toBe('2 OK Fetch completed')
  expect(client.received.length).toBeLessThan(1024 * 1024)
  const sections = `3 FETCH 1 BODY.PEEK[${'1.'.repeat(10_000)}1]`
  expect(await client.command(sections)).toEqual(['3 NO [LIMIT] Section too deep'])
  for (const [index, bomb] of [deep, wide, header, parameters].entries()) {
    expect((await client.command(`4 FETCH ${index + 1} RFC822.SIZE`)).at(0)).toContain(`RFC822.SIZE ${bomb.length})`)
  }
})
