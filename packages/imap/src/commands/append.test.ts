import { expect, test } from 'vitest'
import { converseInPieces, loggedIn, testAccount } from '../testing/conversation.ts'

const login = `S: * OK …
  C: 0 LOGIN alice@camp.alt pw
  S: 0 OK …
`

test('MULTIAPPEND: all messages of one command, or none', async () => {
  await converseInPieces(
    `${login}
    C: 1 APPEND INBOX (\\Seen) {3+}
    C: one "17-Jul-1996 02:44:25 -0700" {3}
    S: + OK
    C: two ~{3+}
    C: 3\r
    S: 1 OK [APPENDUID 1700000000 1:3] Append completed
    C: 2 APPEND INBOX {3+}
    C: one (\\Nonsense) {3+}
    C: two
    S: 2 BAD Unknown system flag
    C: 3 APPEND INBOX {3+}
    C: one {99999999999}
    S: 3 NO [TOOBIG] The message is too large
    C: 4 APPEND INBOX {3+}
    C: one {3+}
    C: t\0o
    S: 4 NO [CANNOT] The message holds NUL bytes
    C: 5 APPEND INBOX {3+}
    C: one nonsense
    S: 5 BAD Message literal expected
    C: 6 STATUS INBOX (MESSAGES SIZE)
    S: * STATUS "INBOX" (MESSAGES 3 SIZE 9)
    S: 6 OK Status completed
    `,
    () => ({}),
  )
})

test('APPEND of literal8: what would have to be encoded anew is refused, the connection goes on', async () => {
  const client = await loggedIn()
  await client.send('1 APPEND INBOX ~{3+}\r\na\0b\r\n2 APPEND INBOX ~{3+}\r\na\nb\r\n3 NOOP\r\n')
  expect(await client.line()).toBe('1 NO [UNKNOWN-CTE] The message holds NUL bytes')
  expect(await client.line()).toBe('2 NO [UNKNOWN-CTE] The message holds bytes that need an encoding')
  expect(await client.line()).toBe('3 OK Noop completed')
})

test('APPEND of a thousand messages at once, and over the quota in the middle, keeps none', async () => {
  const account = testAccount({ limitBytes: 1000 })
  const client = await loggedIn({ account })
  const rest = ' {3+}\r\nabc'.repeat(1000)
  await client.send(`1 APPEND INBOX${rest}\r\n2 NOOP\r\n`)
  expect(await client.line()).toBe('1 NO [LIMIT] Too many messages at once')
  expect(await client.line()).toBe('2 OK Noop completed')
  await client.send(`3 APPEND INBOX {600+}\r\n${'x'.repeat(600)} {600+}\r\n${'x'.repeat(600)}\r\n4 NOOP\r\n`)
  expect(await client.line()).toBe('3 NO [OVERQUOTA] The mailbox is full')
  expect(await client.line()).toBe('4 OK Noop completed')
  expect(await account.status('INBOX')).toMatchObject({ messages: 0 })
})
