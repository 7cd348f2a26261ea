/** FETCH, STORE, SEARCH, COPY, MOVE, APPEND, EXPUNGE. */
import { expect, test } from 'vitest'
import { bytesOf } from '../grammar/bytes.ts'
import { converseInPieces, letter, loggedIn, type Script, testAccount } from '../testing/conversation.ts'

const selected = (count: number) => `S: * OK …
  C: 0 LOGIN alice@camp.alt pw
  S: 0 OK …
  C: 0 SELECT INBOX
  S: * FLAGS …
  S: * OK [PERMANENTFLAGS …
  S: * ${count} EXISTS
  S: * 0 RECENT
  S: * OK [UNSEEN 1] First unseen
  S: * OK [UIDVALIDITY …
  S: * OK [UIDNEXT ${count + 1}] …
  S: * OK [HIGHESTMODSEQ …
  S: 0 OK [READ-WRITE] …
`

function three(): Script {
  const account = testAccount()
  for (const name of ['one', 'two', 'three']) account.deliver(letter(name, `Body of ${name}`))
  return { account }
}

test('ranges, star and UIDs that are not there', async () => {
  await converseInPieces(
    `${selected(3)}
    C: 1 UID FETCH 10:509 (FLAGS)
    S: 1 OK Fetch completed
    C: 2 UID FETCH 559:* UID
    S: * 3 FETCH (UID 3)
    S: 2 OK Fetch completed
    C: 3 FETCH 1:4294967295 UID
    S: * 1 FETCH (UID 1)
    S: * 2 FETCH (UID 2)
    S: * 3 FETCH (UID 3)
    S: 3 OK Fetch completed
    C: 4 FETCH 3,*:2,2 (UID)
    S: * 2 FETCH (UID 2)
    S: * 3 FETCH (UID 3)
    S: 4 OK Fetch completed
    C: 5 FETCH 0 UID
    S: 5 BAD Numbers in message sets are 1 to 4294967295
    C: 6 FETCH 1:2:3 UID
    S: 6 BAD Message set expected
    C: 7 UID FETCH 4294967296 UID
    S: 7 BAD …
    `,
    three,
  )
})

test('sections, partials and the old RFC822 items', async () => {
  const bob = '(("Bob" NIL "bob" "camp.alt"))'
  const date = '"Thu, 19 Nov 2026 01:56:14 +0000"'
  const to = '((NIL NIL "alice" "camp.alt"))'
  const envelope = `(${date} "three" ${bob} ${bob} ${bob} ${to} NIL NIL NIL "<three@localhost>")`
  const plain = '"text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 13 1'
  await converseInPieces(
    `${selected(3)}
    C: 1 FETCH 1 (BODY.PEEK[]<2.4> BODY.PEEK[]<5000.9> BODY.PEEK[TEXT] BODY.PEEK[1] BODY.PEEK[2])
    S: * 1 FETCH (BODY[]<2> {4}
    S: om:  BODY[]<5000> "" BODY[TEXT] {13}
    S: Body of one
    S:  BODY[1] {13}
    S: Body of one
    S:  BODY[2] NIL)
    S: 1 OK Fetch completed
    C: 2 FETCH 2 (body.peek[header.fields (Subject "X-Y")] BODY.PEEK[HEADER.FIELDS.NOT (from To date subject)])
    S: * 2 FETCH (BODY[HEADER.FIELDS (Subject X-Y)] {16}
    S: Subject: two
    S:${' '}
    S:  BODY[HEADER.FIELDS.NOT (from To date subject)] {31}
    S: Message-ID: <two@localhost>
    S:${' '}
    S: )
    S: 2 OK Fetch completed
    C: 3 FETCH 3 (RFC822.HEADER)
    S: * 3 FETCH (RFC822.HEADER {134}
    S: From: Bob <bob@camp.alt>
    S: To: alice@camp.alt
    S: Subject: three
    S: Date: Thu, 19 Nov 2026 01:56:14 +0000
    S: Message-ID: <three@localhost>
    S:${' '}
    S: )
    S: 3 OK Fetch completed
    C: 4 FETCH 3 RFC822.TEXT
    S: * 3 FETCH (RFC822.TEXT {15}
    S: Body of three
    S: )
    S: * 3 FETCH (UID 3 FLAGS (\\Seen))
    S: 4 OK Fetch completed
    C: 5 FETCH 3 ALL
    S: * 3 FETCH (FLAGS (\\Seen) INTERNALDATE "21-Nov-2026 20:57:05 +0000" RFC822.SIZE 149 ENVELOPE ${envelope})
    S: 5 OK Fetch completed
    C: 6 FETCH 1 (BODY BODYSTRUCTURE)
    S: * 1 FETCH (BODY (${plain}) BODYSTRUCTURE (${plain} NIL NIL NIL NIL))
    S: 6 OK Fetch completed
    C: 7 FETCH 1 BODY[MIME]
    S: 7 BAD Unknown section
    C: 8 FETCH 1 BODY[1.]
    S: 8 BAD Unknown section
    C: 9 FETCH 1 (BODY[FOO1])
    S: 9 BAD Unknown section
    C: 10 FETCH 1 ()
    S: 10 BAD FETCH item expected
    `,
    three,
  )
})

test('flags: added, removed, replaced, silently, with keywords', async () => {
  await converseInPieces(
    `${selected(3)}
    C: 1 STORE 1:2 +FLAGS (\\seen todo)
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft todo)
    S: * 1 FETCH (UID 1 FLAGS (\\Seen todo))
    S: * 2 FETCH (UID 2 FLAGS (\\Seen todo))
    S: 1 OK Store completed
    C: 2 UID STORE 2 -FLAGS.SILENT todo \\Answered
    S: 2 OK Store completed
    C: 3 UID STORE 9 FLAGS ()
    S: 3 OK Store completed
    C: 4 STORE 1 FLAGS (\\Recent \\Deleted)
    S: * 1 FETCH (UID 1 FLAGS (\\Deleted))
    S: 4 OK Store completed
    C: 5 FETCH 1:* FLAGS
    S: * 1 FETCH (FLAGS (\\Deleted))
    S: * 2 FETCH (FLAGS (\\Seen))
    S: * 3 FETCH (FLAGS ())
    S: 5 OK Fetch completed
    C: 6 STORE 1 +FLAGS (\\Evil)
    S: 6 BAD Unknown system flag
    C: 7 STORE 1 +FLAGS (a"b)
    S: 7 BAD …
    C: 8 EXAMINE INBOX
    S: * OK [CLOSED] …
    S: * FLAGS …
    S: * OK [PERMANENTFLAGS ()] Flags permitted
    S: * 3 EXISTS
    S: * 0 RECENT
    S: * OK [UNSEEN 1] …
    S: * OK [UIDVALIDITY …
    S: * OK [UIDNEXT 4] …
    S: * OK [HIGHESTMODSEQ …
    S: 8 OK [READ-ONLY] Examine completed
    C: 9 STORE 1 +FLAGS (\\Seen)
    S: 9 NO [CANNOT] The folder was opened with EXAMINE
    C: 10 FETCH 3 BODY[1]<0.4>
    S: * 3 FETCH (BODY[1]<0> {4}
    S: Body)
    S: 10 OK Fetch completed
    C: 11 CLOSE
    S: 11 OK Close completed
    C: 12 FETCH 1 FLAGS
    S: 12 BAD Select a folder first
    C: 13 STATUS INBOX (MESSAGES)
    S: * STATUS "INBOX" (MESSAGES 3)
    S: 13 OK …
    `,
    three,
  )
})

test('expunge, copy and move renumber', async () => {
  await converseInPieces(
    `${selected(3)}
    C: 1 COPY 1,3 Trash
    S: 1 OK [COPYUID 1700000003 1,3 1:2] Copy completed
    C: 2 COPY 1 nowhere
    S: 2 NO [TRYCREATE] There is no such folder
    C: 3 UID STORE 1:2 +FLAGS.SILENT (\\Deleted)
    S: 3 OK Store completed
    C: 4 UID EXPUNGE 2:9
    S: * 2 EXPUNGE
    S: 4 OK Expunge completed
    C: 5 EXPUNGE
    S: * 1 EXPUNGE
    S: 5 OK Expunge completed
    C: 6 FETCH 1 UID
    S: * 1 FETCH (UID 3)
    S: 6 OK Fetch completed
    C: 7 MOVE 1 Trash
    S: * OK [COPYUID 1700000003 3 3] Moved
    S: * 1 EXPUNGE
    S: 7 OK Move completed
    C: 8 UID MOVE 3 Trash
    S: 8 OK Move completed
    C: 9 UNSELECT
    S: 9 OK Unselect completed
    `,
    three,
  )
})

test('search: every kind of key', async () => {
  const account = testAccount()
  const client = await loggedIn({ account })
  account.deliver(letter('one', 'needle in\r\nthe HAY', 'Cc: Carol <carol@x>\r\n'))
  account.deliver(letter('=?utf-8?B?R3LDvMOfZQ==?=', `${'x'.repeat(70_000)}needle`))
  account.deliver(bytesOf('X-Odd: yes\r\n\r\nnothing\r\n'))
  await client.command('0 SELECT INBOX')
  await client.command('0 STORE 2 +FLAGS.SILENT (\\Flagged todo)')
  const cases: [string, string][] = [
    ['ALL', '1 2 3'],
    ['FLAGGED', '2'],
    ['KEYWORD todo', '2'],
    ['UNKEYWORD TODO', '1 3'],
    ['NOT FLAGGED', '1 3'],
    ['OR FLAGGED HEADER X-Odd ""', '2 3'],
    ['2:*', '2 3'],
    ['UID 1,3', '1 3'],
    ['FROM BOB@camp', '1 2'],
    ['CC carol', '1'],
    ['TO alice NOT CC carol', '2'],
    ['CHARSET UTF-8 SUBJECT {7+}\r\nGRÜßE', '2'],
    ['BODY needle', '1 2'],
    ['BODY "the hay"', '1'],
    ['BODY localhost', ''],
    ['TEXT localhost', '1 2'],
    ['NOT TEXT needle', '3'],
    ['HEADER message-id one@', '1'],
    ['SENTON 19-Nov-2026', '1 2'],
    ['SENTBEFORE 19-Nov-2026', ''],
    ['SENTSINCE "1-Nov-2026"', '1 2 3'],
    ['ON 21-Nov-2026', '1 2 3'],
    ['BEFORE 21-Nov-2026', ''],
    ['SINCE 22-Nov-2026', ''],
    ['LARGER 1000', '2'],
    ['SMALLER 50', '3'],
    ['(FLAGGED LARGER 1) (OR SEEN UNSEEN)', '2'],
    ['NEW', ''],
    ['OLD', '1 2 3'],
  ]
  for (const [key, found] of cases) {
    const sent = key.replace('GRÜßE', 'GR\xc3\x9c\xc3\x9fE')
    expect((await client.command(`1 SEARCH ${sent}`)).at(0), key).toBe(`* SEARCH${found === '' ? '' : ` ${found}`}`)
  }
  expect(await client.command('2 SEARCH CHARSET KOI8-R ALL')).toEqual([
    '2 NO [BADCHARSET (US-ASCII UTF-8)] This charset is not supported',
  ])
  expect(await client.command('3 SEARCH ON 31-Feb-2026')).toEqual(['3 BAD Date expected, like 1-Feb-2026'])
  expect(await client.command('4 SEARCH RETURN (ALL) FUZZY ALL')).toEqual(['4 BAD Unknown search key'])
})

test('append: with flags and date, into the selected folder, and what is refused before it is sent', async () => {
  await converseInPieces(
    `${selected(3)}
    C: 1 APPEND INBOX (\\Seen) "17-Jul-1996 02:44:25 -0700" {10+}
    C: A: b
    C:${' '}
    C: hi
    S: * 4 EXISTS
    S: 1 OK [APPENDUID 1700000000 4] Append completed
    C: 2 FETCH 4 (FLAGS INTERNALDATE RFC822)
    S: * 4 FETCH (FLAGS (\\Seen) INTERNALDATE "17-Jul-1996 09:44:25 +0000" RFC822 {10}
    S: A: b
    S:${' '}
    S: hi)
    S: 2 OK Fetch completed
    C: 3 APPEND {5}
    S: + OK
    C: INBOX {3}
    S: + OK
    C: abc
    S: * 5 EXISTS
    S: 3 OK [APPENDUID 1700000000 5] Append completed
    C: 4 APPEND nowhere {3}
    S: 4 NO [TRYCREATE] There is no such folder
    C: 5 APPEND INBOX {99999999999}
    S: 5 NO [TOOBIG] The message is too large
    C: 6 APPEND nowhere {3+}
    C: abc
    S: 6 NO [TRYCREATE] There is no such folder
    C: 7 APPEND INBOX {3+}
    C: abc {0+}
    C: (\\Seen) {3+}
    C: def
    S: 7 NO [CANNOT] The message is empty
    C: 8 APPEND INBOX {3+}
    C: a\0b
    S: 8 NO [CANNOT] The message holds NUL bytes
    C: 9 APPEND INBOX "nonsense" {3+}
    C: abc
    S: 9 BAD Date and time expected, like "17-Jul-2026 02:44:25 -0700"
    C: 10 APPEND INBOX
    S: 10 BAD …
    C: 11 APPEND INBOX {0}
    S: 11 NO [CANNOT] The message is empty
    C: 12 NOOP
    S: 12 OK Noop completed
    `,
    three,
  )
})

test('append over the quota is refused before the message is sent', async () => {
  const client = await loggedIn({ account: testAccount({ limitBytes: 100 }) })
  expect(await client.command('1 APPEND INBOX {101}')).toEqual(['1 NO [OVERQUOTA] There is no room left'])
  expect(await client.command('2 NOOP')).toEqual(['2 OK Noop completed'])
})
