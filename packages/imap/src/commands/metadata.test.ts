import { expect, test } from 'vitest'
import { converseInPieces, loggedIn, testAccount } from '../testing/conversation.ts'

const login = `S: * OK …
  C: 0 LOGIN alice@camp.alt pw
  S: 0 OK …
`

test('annotations are set, told by depth and size, and removed', async () => {
  await converseInPieces(
    `${login}
    C: 1 SETMETADATA INBOX (/private/comment "My inbox" /private/Vendor/x/a {3+}
    C: abc /private/vendor/x/b/c "d")
    S: 1 OK Setmetadata completed
    C: 2 GETMETADATA INBOX (/private/comment /PRIVATE/vendor/x)
    S: * METADATA "INBOX" ("/private/comment" "My inbox" "/PRIVATE/vendor/x" NIL)
    S: 2 OK Getmetadata completed
    C: 3 GETMETADATA (DEPTH 1) INBOX /private/vendor/x
    S: * METADATA "INBOX" ("/private/vendor/x" NIL "/private/vendor/x/a" "abc")
    S: 3 OK Getmetadata completed
    C: 4 GETMETADATA (DEPTH infinity MAXSIZE 0) INBOX (/private)
    S: * METADATA "INBOX" ("/private" NIL)
    S: 4 OK [METADATA LONGENTRIES 8] Getmetadata completed
    C: 5 GETMETADATA (MAXSIZE 3 DEPTH infinity) INBOX (/private/vendor /private/comment)
    S: * METADATA "INBOX" ("/private/vendor" NIL "/private/vendor/x/a" "abc" "/private/vendor/x/b/c" "d")
    S: 5 OK [METADATA LONGENTRIES 8] Getmetadata completed
    C: 6 SETMETADATA INBOX (/private/comment NIL)
    S: 6 OK Setmetadata completed
    C: 7 GETMETADATA INBOX /private/comment
    S: * METADATA "INBOX" ("/private/comment" NIL)
    S: 7 OK Getmetadata completed
    C: 8 SETMETADATA "" (/private/comment ~{3+}
    C: a\0b)
    S: 8 OK Setmetadata completed
    C: 9 GETMETADATA "" /private/comment
    S: * METADATA "" ("/private/comment" ~{3}
    S: a\0b)
    S: 9 OK Getmetadata completed
    C: 10 GETMETADATA nowhere /private/comment
    S: 10 NO [NONEXISTENT] There is no such folder
    C: 11 SETMETADATA Sent (/private/specialuse "\\\\Nonsense")
    S: 11 NO [USEATTR] This is no special use here
    C: 12 GETMETADATA (DEPTH infinity) "" /shared/comment
    S: * METADATA "" ("/shared/comment" "Node camp")
    S: 12 OK Getmetadata completed
    `,
    () => ({}),
  )
})

test('what is shared is the node’s; a push token is not kept', async () => {
  const account = testAccount()
  const client = await loggedIn({ account })
  const refused = async (command: string) => (await client.command(`1 SETMETADATA ${command}`)).at(-1)
  expect(await refused('"" (/shared/comment "mine")')).toMatch(/^1 NO \[NOPERM\]/)
  expect(await refused('INBOX (/private/a "b" /shared/comment "mine")')).toMatch(/^1 NO \[NOPERM\]/)
  expect(await refused('INBOX (/private/devicetoken "fcm:x")')).toMatch(/^1 NO \[CANNOT\]/)
  expect(await refused('INBOX (/other/a "b")')).toMatch(/^1 BAD/)
  expect((await account.annotations('INBOX')) instanceof Map && (await account.annotations('INBOX'))).toEqual(new Map())
})

test('METADATA: entries and values without bound, and names that are tricks', async () => {
  const client = await loggedIn()
  const set = async (list: string) => (await client.command(`1 SETMETADATA INBOX (${list})`)).at(-1)
  await client.send(`0 SETMETADATA INBOX (/private/a {16385+}\r\n${'x'.repeat(16_385)})\r\n`)
  expect(await client.line()).toBe('0 NO [METADATA MAXSIZE 16384] The value is too large')
  const many = Array.from({ length: 101 }, (_, at) => `/private/${at} x`)
  expect(await set(many.map(each => each.replace(' x', ' "x"')).join(' '))).toBe('1 NO [LIMIT] Too many entries')
  for (let at = 0; at < 2; at += 1) {
    const some = Array.from({ length: 100 }, (_, each) => `/private/${at}-${each} "x"`)
    expect(await set(some.join(' '))).toBe(
      at === 0 ? '1 OK Setmetadata completed' : '1 NO [METADATA TOOMANY] Too many annotations',
    )
  }
  for (const name of [
    '""',
    '/private/',
    '/private//a',
    '/private/a*',
    '/private/%',
    '"/private/a b"',
    'private/a',
    '/private/../b/',
  ]) {
    expect(await set(`${name} "x"`), name).toMatch(/^1 BAD /)
  }
  expect(await set(`/private/${'a/'.repeat(200)}b "x"`)).toBe('1 BAD Entry expected')
})

test('quota: what has a limit is told, and nobody sets their own', async () => {
  await converseInPieces(
    `${login}
    C: 1 GETQUOTAROOT INBOX
    S: * QUOTAROOT "INBOX" "User quota"
    S: * QUOTA "User quota" (STORAGE 0 10 MESSAGE 0 5)
    S: 1 OK Getquotaroot completed
    C: 2 SETQUOTA "User quota" (STORAGE 99999)
    S: 2 NO [NOPERM] Ask whoever runs this node for more room
    `,
    () => ({ account: testAccount({ limitBytes: 10_240, limitMessages: 5 }) }),
  )
})
