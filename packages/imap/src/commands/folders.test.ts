import { expect, test } from 'vitest'
import { converseInPieces, loggedIn, testAccount } from '../testing/conversation.ts'

const login = `S: * OK …
  C: 0 LOGIN alice@camp.alt pw
  S: 0 OK …
`

test('folders are made, listed, subscribed, renamed and removed', async () => {
  await converseInPieces(
    `${login}
    C: 1 CREATE a/b/
    S: 1 OK Create completed
    C: 2 CREATE "INBOX"
    S: 2 NO [ALREADYEXISTS] There is such a folder
    C: 3 LIST "" %
    S: * LIST (\\HasNoChildren \\Drafts) "/" "Drafts"
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
    S: * LIST (\\HasNoChildren \\Trash) "/" "Trash"
    S: * LIST (\\Noselect \\HasChildren) "/" "a"
    S: 3 OK List completed
    C: 4 LIST a/ %
    S: * LIST (\\HasNoChildren) "/" "a/b"
    S: 4 OK List completed
    C: 5 LIST "" inbox
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: 5 OK List completed
    C: 6 LIST "" ""
    S: * LIST (\\Noselect) "/" ""
    S: 6 OK List completed
    C: 7 UNSUBSCRIBE Drafts
    S: 7 OK Unsubscribe completed
    C: 8 LSUB "" "D*"
    S: 8 OK Lsub completed
    C: 9 RENAME a/b c&AOQ-
    S: 9 OK Rename completed
    C: 10 LIST "" c*
    S: * LIST (\\HasNoChildren) "/" "c&AOQ-"
    S: 10 OK List completed
    C: 11 DELETE c&AOQ-
    S: 11 OK Delete completed
    C: 12 DELETE INBOX
    S: 12 NO [CANNOT] INBOX cannot be deleted
    C: 13 STATUS INBOX (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN SIZE)
    S: * STATUS "INBOX" (MESSAGES 0 RECENT 0 UIDNEXT 1 UIDVALIDITY 1700000000 UNSEEN 0 SIZE 0)
    S: 13 OK Status completed
    C: 14 STATUS nowhere (MESSAGES)
    S: 14 NO [NONEXISTENT] There is no such folder
    C: 15 NAMESPACE
    S: * NAMESPACE (("" "/")) NIL NIL
    S: 15 OK Namespace completed
    C: 16 ENABLE CONDSTORE UTF8=ACCEPT
    S: * ENABLED CONDSTORE UTF8=ACCEPT
    S: 16 OK Enable completed
    C: 17 GETQUOTA Other
    S: 17 NO [NONEXISTENT] No such quota root
    C: 18 GETQUOTAROOT INBOX
    S: * QUOTAROOT "INBOX" "User quota"
    S: * QUOTA "User quota" ()
    S: 18 OK Getquotaroot completed
    C: 19 GETMETADATA (MAXSIZE 10) INBOX /shared/comment
    S: * METADATA "INBOX" ("/shared/comment" NIL)
    S: 19 OK Getmetadata completed
    C: 20 ID NIL
    S: * ID ("name" "Posthorn")
    S: 20 OK [CAPABILITY …] ID completed
    `,
    () => ({}),
  )
})

test('maxsmtprecipients is never told, whatever the host says', async () => {
  const client = await loggedIn({ options: { metadata: () => 'line one\r\nB * BYE' } })
  const lines = await client.command('1 GETMETADATA "" (/shared/vendor/deltachat/MAXsmtprecipients /shared/admin)')
  expect(lines).toEqual([
    '* METADATA "" ("/shared/vendor/deltachat/MAXsmtprecipients" NIL "/shared/admin" {17}',
    'line one',
    'B * BYE)',
    '1 OK Getmetadata completed',
  ])
})

test('mailbox names with .., /, NUL, wildcards and modified UTF-7 tricks never reach the store', async () => {
  const account = testAccount()
  const asked: string[] = []
  account.create = async name => {
    asked.push(name)
    return undefined
  }
  const client = await loggedIn({ account })
  const names = [
    '"../x"',
    '"a/../b"',
    '"/etc"',
    '"a//b"',
    '"."',
    'a/..',
    '"a*"',
    '"a%"',
    '"a\\\\b"',
    '"&AC8-etc"',
    '"&AC4ALg-/x"',
    '"&AAA-"',
    '"&2D0-"',
    '"&AOQ"',
    '"&&-"',
    '"&AOT-"',
    '"&AOQA-"',
    '"a\xffb"',
    '"\u00c3"',
    '""',
  ]
  for (const name of names) {
    expect((await client.command(`1 CREATE ${name}`)).at(-1), name).toMatch(/^1 (BAD|NO) /)
    expect((await client.command('2 NOOP')).at(-1)).toBe('2 OK Noop completed')
  }
  await client.send('3 CREATE {3+}\r\na\0b\r\n')
  expect(await client.line()).toMatch(/^3 BAD/)
  await client.send('3 CREATE a\0b\r\n')
  expect(await client.line()).toBe('3 BAD NUL is not allowed')
  expect((await client.command(`4 CREATE "${'x'.repeat(1001)}"`)).at(-1)).toBe('4 NO [LIMIT] Mailbox name too long')
  expect((await client.command(`4 CREATE "${'x/'.repeat(30)}x"`)).at(-1)).toMatch(/^4 NO \[LIMIT\]/)
  expect(asked).toEqual([])
  await client.command('5 CREATE "Gr\xc3\xbc\xc3\x9fe"')
  await client.command('6 CREATE inbox/Sub')
  expect(asked).toEqual(['Grüße', 'INBOX/Sub'])
})
