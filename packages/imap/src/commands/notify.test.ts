/** NOTIFY (RFC 5465). */
import { describe, expect, test } from 'vitest'
import type { MemoryAccount } from '../memory/account.ts'
import { letter, loggedIn, type TestClient, testAccount } from '../testing/conversation.ts'

function filled(count: number): MemoryAccount {
  const account = testAccount()
  for (let number = 1; number <= count; number += 1) account.deliver(letter(`m${number}`))
  return account
}

async function client(account: MemoryAccount, ...commands: string[]): Promise<TestClient> {
  const one = await loggedIn({ account })
  for (const command of commands) expect((await one.command(`s ${command}`)).at(-1)).toMatch(/^s OK/)
  return one
}

async function heard(one: TestClient): Promise<string[]> {
  return (await one.rest()).split('\r\n').filter(Boolean)
}

const MESSAGES = '(MessageNew MessageExpunge)'
const ALL = '(MessageNew MessageExpunge FlagChange)'

describe('the selected folder', () => {
  test('selected: at once, while no command runs', async () => {
    const account = filled(2)
    const one = await client(account, 'SELECT INBOX', `NOTIFY SET (SELECTED ${ALL})`)
    account.deliver(letter('new'))
    expect(await heard(one)).toEqual(['* 3 EXISTS'])
    const other = await client(account, 'SELECT INBOX', 'STORE 1 +FLAGS (\\Deleted)')
    expect(await heard(one)).toEqual(['* 1 FETCH (UID 1 FLAGS (\\Deleted))'])
    await other.command('1 EXPUNGE')
    expect(await heard(one)).toEqual(['* 1 EXPUNGE'])
    expect(await one.command('2 UID FETCH 2 UID')).toEqual(['* 1 FETCH (UID 2)', '2 OK Fetch completed'])
  })

  test('new messages come with what the client asked for', async () => {
    const account = filled(1)
    const items = 'UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)]'
    const one = await client(account, 'SELECT INBOX', `NOTIFY SET (SELECTED (MessageNew (${items}) MessageExpunge))`)
    account.deliver(letter('new'))
    expect(await heard(one)).toEqual([
      '* 2 EXISTS',
      '* 2 FETCH (UID 2 FLAGS () BODY[HEADER.FIELDS (SUBJECT)] {16}',
      'Subject: new',
      ')',
    ])
    await client(account, 'SELECT INBOX', 'STORE 1 +FLAGS (\\Flagged)')
    // Flags were not asked for; the next command tells them.
    expect(await heard(one)).toEqual([])
    expect(await one.command('1 NOOP')).toEqual(['* 1 FETCH (UID 1 FLAGS (\\Flagged))', '1 OK Noop completed'])
  })

  test('selected-delayed: numbers shift only where a command allows it', async () => {
    const account = filled(3)
    const one = await client(account, 'SELECT INBOX', `NOTIFY SET (SELECTED-DELAYED ${ALL})`)
    await client(account, 'SELECT INBOX', 'STORE 1 +FLAGS.SILENT (\\Deleted)', 'EXPUNGE')
    account.deliver(letter('new'))
    expect((await heard(one)).filter(line => !line.includes('FETCH'))).toEqual(['* 4 EXISTS'])
    expect(await one.command('1 FETCH 2 UID')).toEqual(['* 2 FETCH (UID 2)', '1 OK Fetch completed'])
    expect(await one.command('2 NOOP')).toEqual(['* 1 EXPUNGE', '2 OK Noop completed'])
  })

  test('IDLE tells what NOTIFY asks for, of other folders too', async () => {
    const account = filled(2)
    const one = await client(account, 'SELECT Drafts', `NOTIFY SET (SELECTED ${ALL}) (INBOXES ${MESSAGES})`)
    await one.send('1 IDLE\r\n')
    expect(await heard(one)).toEqual(['+ idling'])
    account.deliver(letter('new'))
    expect(await heard(one)).toEqual(['* STATUS "INBOX" (MESSAGES 3 UIDNEXT 4 UIDVALIDITY 1700000000)'])
    await client(account, 'SELECT INBOX', 'COPY 1 Drafts')
    expect(await heard(one)).toEqual(['* 1 EXISTS'])
    await one.send('DONE\r\n')
    expect(await heard(one)).toEqual(['1 OK Idle completed'])
  })

  test('NONE, and a SET without it, leave the selected folder to the commands', async () => {
    for (const request of ['NONE', `SET (MAILBOXES Drafts ${MESSAGES})`, 'SET (SELECTED NONE)']) {
      const account = filled(1)
      const one = await client(account, 'SELECT INBOX', `NOTIFY ${request}`)
      account.deliver(letter('new'))
      expect(await heard(one)).toEqual([])
      expect(await one.command('1 NOOP')).toEqual(['* 2 EXISTS', '1 OK Noop completed'])
    }
  })
})

describe('other folders', () => {
  test('STATUS at first if asked for, then of what changes', async () => {
    const account = filled(1)
    const one = await client(account, 'SELECT Drafts', 'ENABLE CONDSTORE')
    expect(await one.command(`1 NOTIFY SET STATUS (PERSONAL ${ALL})`)).toEqual([
      '* STATUS "INBOX" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1700000000 UNSEEN 1 HIGHESTMODSEQ 2)',
      '* STATUS "Sent" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1700000002 UNSEEN 0 HIGHESTMODSEQ 1)',
      '* STATUS "Trash" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY 1700000003 UNSEEN 0 HIGHESTMODSEQ 1)',
      '1 OK Notify completed',
    ])
    const other = await client(account, 'SELECT INBOX', 'STORE 1 +FLAGS.SILENT (\\Seen)')
    expect(await heard(one)).toEqual([
      '* STATUS "INBOX" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1700000000 UNSEEN 0 HIGHESTMODSEQ 3)',
    ])
    await other.command('2 UID MOVE 1 Trash')
    expect((await heard(one)).sort()).toEqual([
      '* STATUS "INBOX" (MESSAGES 0 UIDNEXT 2 UIDVALIDITY 1700000000 UNSEEN 0 HIGHESTMODSEQ 4)',
      '* STATUS "Trash" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 1700000003 UNSEEN 0 HIGHESTMODSEQ 2)',
    ])
    await one.command('3 NOTIFY NONE')
    account.deliver(letter('unheard'))
    expect(await heard(one)).toEqual([])
  })

  test.each([
    ['MAILBOXES (a Sent)', ['a', 'Sent']],
    ['SUBTREE a', ['a', 'a/b']],
    ['INBOXES', ['INBOX']],
    ['SUBSCRIBED', ['INBOX', 'a', 'a/b', 'ab', 'Sent']],
    ['PERSONAL', ['INBOX', 'a', 'a/b', 'ab', 'Sent', 'silent']],
  ])('%s', async (filter, expected) => {
    const account = filled(1)
    for (const name of ['a', 'a/b', 'ab', 'silent']) await account.create(name)
    await account.subscribe('silent', false)
    const one = await client(account, `NOTIFY SET (${filter} ${MESSAGES})`)
    const other = await client(account, 'SELECT Drafts', 'ENABLE UTF8=ACCEPT')
    for (const name of ['INBOX', 'a', 'a/b', 'ab', 'Sent', 'silent']) {
      await other.send(`1 APPEND ${name} {6+}\r\nA: b\r\n\r\n`)
    }
    const names = (await heard(one)).map(line => /^\* STATUS "(.*)" \(MESSAGES/.exec(line)?.[1] ?? line)
    expect(names.sort()).toEqual([...expected].sort())
  })
})

describe('the folders themselves', () => {
  test('made, renamed with what is below, removed, subscribed', async () => {
    const account = filled(0)
    const one = await client(account, 'NOTIFY SET (PERSONAL (MailboxName SubscriptionChange))')
    const other = await client(account, 'CREATE a', 'CREATE a/b')
    expect(await heard(one)).toEqual(['* LIST (\\HasNoChildren) "/" "a"', '* LIST (\\HasNoChildren) "/" "a/b"'])
    await other.command('1 RENAME a c')
    expect(await heard(one)).toEqual(['* LIST (\\HasChildren) "/" "c" ("OLDNAME" ("a"))'])
    await other.command('2 UNSUBSCRIBE c/b')
    expect(await heard(one)).toEqual(['* LIST (\\HasNoChildren) "/" "c/b"'])
    await other.command('3 SUBSCRIBE c/b')
    expect(await heard(one)).toEqual(['* LIST (\\Subscribed \\HasNoChildren) "/" "c/b"'])
    await other.command('4 DELETE c/b')
    expect(await heard(one)).toEqual(['* LIST (\\NonExistent \\HasNoChildren) "/" "c/b"'])
  })

  test('too many to keep an eye on', async () => {
    const account = filled(0)
    const one = await loggedIn({ account, options: { limits: { notifyFoldersMax: 5 } } })
    expect(await one.command('1 NOTIFY SET (PERSONAL (MailboxName))')).toEqual(['1 OK Notify completed'])
    await account.create('five')
    expect(await heard(one)).toEqual(['* LIST (\\HasNoChildren) "/" "five"'])
    await account.create('six')
    expect(await heard(one)).toEqual(['* OK [NOTIFICATIONOVERFLOW] There are too many folders to keep an eye on'])
    await account.create('seven')
    expect(await heard(one)).toEqual([])
    expect(await one.command('2 NOTIFY SET (PERSONAL (MailboxName))')).toEqual([
      '2 NO [NOTIFICATIONOVERFLOW] There are too many folders',
    ])
  })
})

test('what cannot be asked for', async () => {
  const one = await client(filled(0), 'SELECT INBOX')
  const answers: [string, RegExp][] = [
    ['NOTIFY', /BAD/],
    ['NOTIFY SET', /BAD/],
    ['NOTIFY SET (SELECTED (MessageNew))', /BAD MessageNew and MessageExpunge go together/],
    ['NOTIFY SET (PERSONAL (FlagChange))', /BAD FlagChange needs MessageNew/],
    [`NOTIFY SET (SELECTED ${MESSAGES}) (SELECTED-DELAYED ${MESSAGES})`, /BAD The selected folder can be named once/],
    ['NOTIFY SET (SELECTED (MailboxName))', /BAD Only messages/],
    ['NOTIFY SET (PERSONAL (MessageNew (UID) MessageExpunge))', /BAD Only the selected folder/],
    ['NOTIFY SET (SELECTED (MessageNew (FROB) MessageExpunge))', /BAD Unknown FETCH item/],
    ['NOTIFY SET (NOWHERE (MailboxName))', /BAD Unknown mailbox filter/],
    [`NOTIFY SET ${'(PERSONAL (MailboxName)) '.repeat(101).trim()}`, /NO \[LIMIT\]/],
    [
      'NOTIFY SET (PERSONAL (MailboxMetadataChange))',
      /NO \[BADEVENT \(MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange\)\]/,
    ],
  ]
  for (const [command, answer] of answers) expect((await one.command(`1 ${command}`)).at(-1)).toMatch(answer)
})

test('a notice never falls into an answer or a literal, however the bytes come', async () => {
  const account = filled(3)
  const one = await client(
    account,
    'SELECT INBOX',
    `NOTIFY SET (SELECTED (MessageNew (UID BODY.PEEK[]) MessageExpunge))`,
  )
  const message = 'A: b\r\n\r\nHello\r\n'
  for (const [round, cut] of [3, 10, 20, 24, 26, 30].entries()) {
    const bytes = `${round} APPEND Drafts {${message.length}}\r\n${message}\r\n`
    await one.send(bytes.slice(0, cut))
    account.deliver(letter('between'))
    await one.send(bytes.slice(cut))
    account.deliver(letter('after'))
    const text = await one.rest()
    expect(text).toMatch(/^\+ OK\r\n/m)
    expect(text).toMatch(new RegExp(`^${round} OK \\[APPENDUID`, 'm'))
    expect(text.match(/^\* \d+ FETCH \(UID \d+ BODY\[\] \{\d+\}\r\nFrom: [\s\S]*?\r\nHello\r\n\)\r\n/gm)).toHaveLength(
      2,
    )
  }
})
