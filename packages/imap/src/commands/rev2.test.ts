/** What changes for a client that has said ENABLE IMAP4rev2 (RFC 9051 appendix E), and UTF8=ACCEPT (RFC 6855). */
import { expect, test } from 'vitest'
import { converseInPieces, letter, loggedIn, type Script, testAccount } from '../testing/conversation.ts'

const start = (capability: string) => `S: * OK …
  C: 0 AUTHENTICATE PLAIN AGFsaWNlQGNhbXAuYWx0AHB3
  S: 0 OK …
  C: 0 ENABLE ${capability}
  S: * ENABLED ${capability}
  S: 0 OK Enable completed
`

function one(): Script {
  const account = testAccount()
  account.deliver(letter('one'))
  return { account }
}

test('SELECT tells LIST, and neither RECENT nor UNSEEN', async () => {
  await converseInPieces(
    `${start('IMAP4rev2')}
    C: 1 SELECT INBOX
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Flags permitted
    S: * 1 EXISTS
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: * OK [UIDVALIDITY 1700000000] UIDs valid
    S: * OK [UIDNEXT 2] Predicted next UID
    S: * OK [HIGHESTMODSEQ 2] Highest
    S: 1 OK [READ-WRITE] Select completed
    C: 2 SELECT Sent
    S: * OK [CLOSED] The folder before is closed
    S: * FLAGS …
    S: * OK [PERMANENTFLAGS …
    S: * 0 EXISTS
    S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
    S: * OK [UIDVALIDITY …
    S: * OK [UIDNEXT 1] …
    S: * OK [HIGHESTMODSEQ 1] …
    S: 2 OK [READ-WRITE] Select completed
    C: 3 STATUS INBOX (MESSAGES UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE)
    S: * STATUS "INBOX" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1700000000 UNSEEN 1 DELETED 0 SIZE 137)
    S: 3 OK Status completed
    C: 4 ENABLE IMAP4rev2
    S: * ENABLED
    S: 4 OK Enable completed
    `,
    one,
  )
})

test.each(['IMAP4rev2', 'UTF8=ACCEPT'])(
  '%s: mailbox names are UTF-8 both ways, and & is only a sign',
  async capability => {
    // Binary strings: one character for one byte.
    const umlaut = 'Gr\xc3\xbc\xc3\x9fe'
    const decomposed = 'Cafe\xcc\x81'
    const composed = 'Caf\xc3\xa9'
    await converseInPieces(
      `${start(capability)}
    C: 1 CREATE "${umlaut}"
    S: 1 OK Create completed
    C: 2 CREATE "&AOQ-"
    S: 2 OK Create completed
    C: 3 LIST "" "${umlaut.slice(0, 4)}*"
    S: * LIST (\\HasNoChildren) "/" "${umlaut}"
    S: 3 OK List completed
    C: 4 LIST "" &*
    S: * LIST (\\HasNoChildren) "/" "&AOQ-"
    S: 4 OK List completed
    C: 5 CREATE "${decomposed}"
    S: * LIST (\\HasNoChildren) "/" "${composed}" ("OLDNAME" ("${decomposed}"))
    S: 5 OK Create completed
    C: 6 STATUS "${composed}" (MESSAGES)
    S: * STATUS "${composed}" (MESSAGES 0)
    S: 6 OK Status completed
    C: 7 RENAME "${umlaut}" {10+}
    C: ${decomposed}/x/
    S: 7 BAD …
    C: 8 RENAME "${umlaut}" "x${decomposed}"
    S: * LIST (\\HasNoChildren) "/" "x${composed}" ("OLDNAME" ("x${decomposed}"))
    S: 8 OK Rename completed
    C: 9 CREATE "\xff\xfe"
    S: 9 BAD The mailbox name is not UTF-8
    C: 10 GETQUOTAROOT "${composed}"
    S: * QUOTAROOT "${composed}" "User quota"
    S: * QUOTA …
    S: 10 OK Getquotaroot completed
    `,
      one,
    )
  },
)

test('without it names are modified UTF-7, and what was made in UTF-8 is the same folder', async () => {
  const account = testAccount()
  const [old, modern] = [await loggedIn({ account }), await loggedIn({ account })]
  await modern.command('1 ENABLE IMAP4rev2')
  await modern.command('2 CREATE "Gr\xc3\xbc\xc3\x9fe & so"')
  expect(await old.command('3 LIST "" Gr*')).toContain('* LIST (\\HasNoChildren) "/" "Gr&APwA3w-e &- so"')
  expect(await old.command('4 STATUS "Gr&APwA3w-e &- so" (MESSAGES)')).toHaveLength(2)
})

test('HASCHILDREN: a level that is no folder cannot be deleted while there is something below', async () => {
  const client = await loggedIn()
  await client.command('1 CREATE a/b')
  expect(await client.command('2 DELETE a')).toEqual(['2 NO [HASCHILDREN] Only the folders below it are there'])
  expect(await client.command('3 DELETE a/b')).toEqual(['3 OK Delete completed'])
  expect(await client.command('4 DELETE a')).toEqual(['4 NO [NONEXISTENT] There is no such folder'])
})

test('every FETCH that was not asked for has a UID', async () => {
  const account = testAccount()
  account.deliver(letter('one'))
  const [client, other] = [await loggedIn({ account }), await loggedIn({ account })]
  await client.command('1 ENABLE IMAP4rev2')
  for (const each of [client, other]) await each.command('2 SELECT INBOX')
  await other.command('3 STORE 1 +FLAGS (\\Seen)')
  expect(await client.command('4 NOOP')).toEqual(['* 1 FETCH (UID 1 FLAGS (\\Seen))', '4 OK Noop completed'])
})

test('APPEND UTF8 keeps the message as it came, once that is enabled', async () => {
  const message = 'Subject: Gr\xc3\xbc\xc3\x9fe\r\n\r\nHi\r\n'
  const literal = `{${message.length}+}\nC: ${message.replaceAll('\r\n', '\nC: ')}`
  await converseInPieces(
    `${start('UTF8=ACCEPT')}
    C: 1 APPEND INBOX (\\Seen) UTF8 (~${literal})
    S: 1 OK [APPENDUID 1700000000 2] Append completed
    C: 2 APPEND INBOX UTF8 (~${literal}
    S: 2 BAD The parenthesis is not closed
    C: 3 SELECT INBOX
    S: * FLAGS …
    S: * OK [PERMANENTFLAGS …
    S: * 2 EXISTS
    S: * 0 RECENT
    S: * OK [UNSEEN 1] …
    S: * OK [UIDVALIDITY …
    S: * OK [UIDNEXT 3] …
    S: * OK [HIGHESTMODSEQ …
    S: 3 OK …
    C: 4 FETCH 2 BODY[HEADER]
    S: * 2 FETCH (BODY[HEADER] {20}
    S: Subject: Gr\xc3\xbc\xc3\x9fe
    S:${' '}
    S: )
    S: 4 OK Fetch completed
    C: 5 NOOP
    S: 5 OK …
    `,
    one,
  )
  const client = await loggedIn()
  await client.send('1 APPEND INBOX UTF8 (~{5+}\r\nA: b\n)\r\n')
  expect(await client.line()).toBe('1 BAD Enable UTF8=ACCEPT first')
  expect(await client.command('2 NOOP')).toEqual(['2 OK Noop completed'])
})
