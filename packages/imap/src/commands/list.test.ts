import { expect, test } from 'vitest'
import { converseInPieces, letter, loggedIn, testAccount } from '../testing/conversation.ts'

const login = `S: * OK …
  C: 0 LOGIN alice@camp.alt pw
  S: 0 OK …
`

/** INBOX, Drafts, Sent, Trash; and lists of which only the last one is subscribed, below a level that is no folder. */
async function withLists() {
  const account = testAccount()
  for (const name of ['Sent', 'Trash', 'Drafts']) await account.subscribe(name, false)
  await account.create('lists/nncp')
  await account.create('lists/imap')
  await account.create('lists/imap/old')
  await account.subscribe('lists/nncp', false)
  await account.subscribe('lists/imap', false)
  return account
}

test('LIST: selection and return options, several patterns', async () => {
  const account = await withLists()
  await converseInPieces(
    `${login}
    C: 1 LIST (SUBSCRIBED) "" *
    S: * LIST (\\Subscribed \\HasNoChildren) "/" "INBOX"
    S: * LIST (\\Subscribed \\HasNoChildren) "/" "lists/imap/old"
    S: 1 OK List completed
    C: 2 LIST (SUBSCRIBED RECURSIVEMATCH) "" %
    S: * LIST (\\Subscribed \\HasNoChildren) "/" "INBOX"
    S: * LIST (\\NonExistent \\HasChildren) "/" "lists" ("CHILDINFO" ("SUBSCRIBED"))
    S: 2 OK List completed
    C: 3 LIST "" (inbox "lists/%") RETURN (SUBSCRIBED CHILDREN)
    S: * LIST (\\Subscribed \\HasNoChildren) "/" "INBOX"
    S: * LIST (\\HasChildren) "/" "lists/imap"
    S: * LIST (\\HasNoChildren) "/" "lists/nncp"
    S: 3 OK List completed
    C: 4 LIST (SPECIAL-USE) "" * RETURN (SPECIAL-USE)
    S: * LIST (\\HasNoChildren \\Drafts) "/" "Drafts"
    S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
    S: * LIST (\\HasNoChildren \\Trash) "/" "Trash"
    S: 4 OK List completed
    C: 5 LIST () "" (%) RETURN ()
    S: * LIST (\\HasNoChildren \\Drafts) "/" "Drafts"
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: * LIST (\\HasNoChildren \\Sent) "/" "Sent"
    S: * LIST (\\HasNoChildren \\Trash) "/" "Trash"
    S: * LIST (\\NonExistent \\HasChildren) "/" "lists"
    S: 5 OK List completed
    C: 6 LIST (REMOTE RECURSIVEMATCH) "" *
    S: 6 BAD RECURSIVEMATCH needs another selection option
    C: 7 LIST (NONSENSE) "" *
    S: 7 BAD Unknown selection option
    C: 8 LIST "" * RETURN (NONSENSE)
    S: 8 BAD Unknown return option
    C: 9 LIST "" ()
    S: 9 BAD Pattern expected
    `,
    () => ({ account }),
  )
})

test('LIST RETURN (STATUS …) and (METADATA …) answer for each folder that is one', async () => {
  const account = await withLists()
  account.deliver(letter('one'))
  const inbox = await account.open('INBOX')
  if (!('refused' in inbox)) await inbox.storeFlags([1], 'add', ['\\Deleted'])
  const metadata = 'METADATA (/private/comment)'
  await account.annotate('INBOX', new Map([['/private/comment', Uint8Array.of(97)]]))
  await converseInPieces(
    `${login}
    C: 1 LIST "" (INBOX lists lists/imap) RETURN (STATUS (MESSAGES DELETED DELETED-STORAGE SIZE) ${metadata})
    S: * LIST (\\HasNoChildren) "/" "INBOX"
    S: * STATUS "INBOX" (MESSAGES 1 DELETED 1 DELETED-STORAGE 137 SIZE 137)
    S: * METADATA "INBOX" ("/private/comment" "a")
    S: * LIST (\\HasChildren) "/" "lists/imap"
    S: * STATUS "lists/imap" (MESSAGES 0 DELETED 0 DELETED-STORAGE 0 SIZE 0)
    S: * METADATA "lists/imap" ("/private/comment" NIL)
    S: 1 OK List completed
    C: 2 STATUS INBOX (APPENDLIMIT)
    S: * STATUS "INBOX" (APPENDLIMIT 67108864)
    S: 2 OK Status completed
    C: 3 LIST "" INBOX RETURN (STATUS (NONSENSE))
    S: 3 BAD Unknown STATUS item
    `,
    () => ({ account }),
  )
})

test('CREATE with a special use; what no folder can be is refused', async () => {
  await converseInPieces(
    `${login}
    C: 1 CREATE Gone (USE (\\archive))
    S: 1 OK Create completed
    C: 2 LIST "" Gone
    S: * LIST (\\HasNoChildren \\Archive) "/" "Gone"
    S: 2 OK List completed
    C: 3 CREATE All (USE (\\All))
    S: 3 NO [USEATTR] No folder here can have this special use
    C: 4 CREATE Both (USE (\\Sent \\Junk))
    S: 4 NO [USEATTR] A folder has one special use at most
    C: 5 CREATE Bad (USE Sent)
    S: 5 BAD List expected
    C: 6 LIST "" All
    S: 6 OK List completed
    `,
    () => ({}),
  )
})

test('the usual folders are made at the first LIST, but not for Delta Chat', async () => {
  const account = testAccount()
  let furnished = 0
  account.furnish = async () => {
    furnished += 1
  }
  const chat = await loggedIn({ account })
  await chat.command('1 ID ("name" "Delta Chat")')
  await chat.command('2 LIST "" *')
  expect(furnished).toBe(0)
  const mail = await loggedIn({ account })
  await mail.command('1 LIST "" ""')
  await mail.command('2 SELECT INBOX')
  expect(furnished).toBe(0)
  await mail.command('3 LSUB "" *')
  await mail.command('4 LIST "" *')
  expect(furnished).toBe(1)
})

test('LIST of a thousand patterns and of patterns that blow up stays small', async () => {
  const client = await loggedIn({ account: await withLists() })
  const many = Array.from({ length: 1000 }, () => '*').join(' ')
  expect(await client.command(`1 LIST "" (${many})`)).toEqual(['1 NO [LIMIT] Too many patterns'])
  expect(await client.command(`2 LIST "" "${'*%'.repeat(400)}x"`)).toEqual(['2 OK List completed'])
  expect(await client.command(`3 LIST "" INBOX RETURN (${'('.repeat(5000)}`)).toEqual(['3 BAD Return option expected'])
})
