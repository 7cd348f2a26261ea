import { expect, test } from 'vitest'
import { binaryOf, bytesOf } from '../grammar/bytes.ts'
import type { Folder, MailAccount } from '../mailbox.ts'
import type { MemoryAccount } from '../memory/account.ts'
import { letter, testAccount } from '../testing/conversation.ts'
import { Pop3Client, type Pop3TestServer, pop3LoggedIn } from '../testing/pop3.ts'
import { inPieces } from '../testing/wire.ts'

function withLetters(...letters: readonly (string | Uint8Array)[]): MemoryAccount {
  const account = testAccount()
  for (const each of letters) account.deliver(typeof each === 'string' ? bytesOf(each) : each)
  return account
}

const inPiecesOf = (script: string, server: () => Pop3TestServer) =>
  inPieces(script, () => ({ client: new Pop3Client(server()) }))

const three = () => withLetters('A: 1\r\n\r\none\r\n.two\r\n..\r\nthree\r\n', 'B: 2\r\n\r\n', 'C: 3\r\n\r\nno end')

async function inbox(account: MailAccount): Promise<Folder> {
  const folder = await account.open('INBOX')
  if ('refused' in folder) throw new Error(folder.text)
  return folder
}

const wholeSession = `
    S: +OK camp.alt ready
    C: CAPA
    S: +OK This is what can be done
    S: TOP
    S: UIDL
    S: RESP-CODES
    S: AUTH-RESP-CODE
    S: PIPELINING
    S: USER
    S: SASL PLAIN LOGIN
    S: EXPIRE NEVER
    S: IMPLEMENTATION Posthorn
    S: .
    C: user alice@camp.alt
    S: +OK Send the password
    C: PASS pw
    S: +OK 3 messages, 52 octets
    C: STAT
    C: LIST
    C: LIST 2
    C: UIDL
    C: UIDL 3
    S: +OK 3 52
    S: +OK 3 messages
    S: 1 30
    S: 2 8
    S: 3 14
    S: .
    S: +OK 2 8
    S: +OK 3 messages
    S: 1 1700000000.1
    S: 2 1700000000.2
    S: 3 1700000000.3
    S: .
    S: +OK 3 1700000000.3
    C: RETR 1
    S: +OK 30 octets
    S: A: 1
    S:${' '}
    S: one
    S: ..two
    S: ...
    S: three
    S: .
    C: TOP 1 1
    C: TOP 2 10
    C: TOP 3 0
    C: RETR 3
    S: +OK 30 octets
    S: A: 1
    S:${' '}
    S: one
    S: .
    S: +OK 8 octets
    S: B: 2
    S:${' '}
    S: .
    S: +OK 14 octets
    S: C: 3
    S:${' '}
    S: .
    S: +OK 14 octets
    S: C: 3
    S:${' '}
    S: no end
    S: .
    C: DELE 2
    C: DELE 2
    C: RETR 2
    C: STAT
    C: LIST
    S: +OK Message 2 goes with QUIT
    S: -ERR There is no such message, or it is marked as deleted
    S: -ERR There is no such message, or it is marked as deleted
    S: +OK 2 44
    S: +OK 2 messages
    S: 1 30
    S: 3 14
    S: .
    C: RSET
    C: NOOP
    C: DELE 1
    C: QUIT
    S: +OK Nothing is marked as deleted now
    S: +OK Here
    S: +OK Message 1 goes with QUIT
    S: +OK Removed for good: 1. Goodbye
    S: <close>`

test('a session reads as a conversation', async () => {
  await inPiecesOf(wholeSession, () => ({ account: three(), options: { expireDays: null } }))
})

test('AUTH: PLAIN and LOGIN, with and without an initial response, cancelled, wrong', async () => {
  const plain = btoa('\0alice@camp.alt\0pw')
  const wrong = btoa('\0alice@camp.alt\0no')
  const script = `
    S: +OK camp.alt ready
    C: AUTH
    S: +OK Mechanisms
    S: PLAIN
    S: LOGIN
    S: .
    C: AUTH PLAIN ${wrong}
    S: -ERR [AUTH] Wrong name or password
    C: AUTH PLAIN
    S: + …
    C: *
    S: -ERR Authentication cancelled
    C: AUTH plain =
    S: -ERR Not a PLAIN message
    C: AUTH PLAIN ${btoa('bob\0alice@camp.alt\0pw')}
    S: -ERR [AUTH] Logging in for somebody else is not possible
    C: AUTH CRAM-MD5
    S: -ERR This mechanism is not supported
    C: AUTH LOGIN
    S: + VXNlcm5hbWU6
    C: ${btoa('alice@camp.alt')}
    S: + UGFzc3dvcmQ6
    C: ${btoa('nein')}
    S: -ERR [AUTH] Wrong name or password
    C: AUTH PLAIN
    S: + …
    C: ${plain}
    S: +OK 0 messages, 0 octets
    C: AUTH PLAIN ${plain}
    S: -ERR Already logged in
    C: USER bob
    S: -ERR Already logged in
    C: UIDL
    S: +OK 0 messages
    S: .
    C: QUIT
    S: +OK Goodbye
    S: <close>`
  await inPiecesOf(script, () => ({}))
})

test('a password may hold blanks and letters of any alphabet; PASS needs USER just before it', async () => {
  const account = testAccount()
  const options = {
    authenticate: async (_name: string, password: string) =>
      password === ' pass  wörd ' ? account : ({ refused: 'credentials', text: 'no' } as const),
  }
  const client = new Pop3Client({ account, options })
  await client.line()
  expect(await client.ask('PASS x')).toBe('-ERR USER first')
  await client.ask('USER alice')
  await client.ask('NOOP')
  expect(await client.ask('PASS x')).toBe('-ERR USER first')
  await client.ask('USER alice')
  await client.send(`PASS ${binaryOf(new TextEncoder().encode(' pass  wörd '))}\r\n`)
  expect(await client.line()).toMatch(/^\+OK/)
})

test('a login lets held mail in, as for any client that is not Delta Chat', async () => {
  const account = testAccount({ holding: true })
  account.deliver(letter('early'))
  const client = await pop3LoggedIn({ account })
  expect(account.held).toBe(0)
  expect(await client.ask('STAT')).toMatch(/^\+OK 1 /)
})

test('what is deleted goes with QUIT only, and is durable before its +OK', async () => {
  const account = three()
  for (const how of ['cut', 'bye'] as const) {
    const client = await pop3LoggedIn({ account })
    await client.ask('DELE 1')
    client.connection.end(how === 'bye' ? 'The node stops' : undefined)
    expect(await client.rest()).toBe(how === 'bye' ? '-ERR [SYS/TEMP] The node stops\r\n<close>\r\n' : '<close>\r\n')
    expect(await account.status('INBOX')).toMatchObject({ messages: 3, unseen: 3 })
  }
  let finish = () => {}
  const expunging = new Promise<void>(resolve => {
    finish = resolve
  })
  withFolder(account, folder => ({
    async expunge(uids) {
      await expunging
      return folder.expunge(uids)
    },
  }))
  const client = await pop3LoggedIn({ account })
  await client.send('DELE 1\r\nDELE 3\r\nQUIT\r\n')
  expect(await client.rest()).not.toContain('Goodbye')
  finish()
  expect(await client.rest()).toBe('+OK Removed for good: 2. Goodbye\r\n<close>\r\n')
  expect((await (await inbox(account)).changes(0)).added.map(row => row.uid)).toEqual([2])
  expect(client.events).toContainEqual({ kind: 'removed', address: 'alice@camp.alt', letters: 2 })
})

test('a QUIT that could not remove says -ERR, and the letters are there next time', async () => {
  const account = three()
  const open = account.open.bind(account)
  withFolder(account, () => ({ expunge: () => Promise.reject(new Error('disk')) }))
  const client = await pop3LoggedIn({ account })
  await client.send('DELE 2\r\nQUIT\r\n')
  expect(await client.rest()).toBe(
    '+OK Message 2 goes with QUIT\r\n' +
      '-ERR [SYS/TEMP] The messages could not be removed; they are still there\r\n<close>\r\n',
  )
  account.open = open
  expect(await (await pop3LoggedIn({ account })).ask('STAT')).toBe('+OK 3 52')
})

test('two sessions and IMAP on one maildrop: numbers keep their letters, what others removed is told', async () => {
  const account = three()
  const one = await pop3LoggedIn({ account })
  const other = await pop3LoggedIn({ account })
  account.deliver(letter('late'))
  await other.send('DELE 1\r\nQUIT\r\n')
  await other.rest()
  expect(await one.ask('STAT')).toBe('+OK 3 52')
  expect(await one.ask('RETR 1')).toBe('-ERR Another program has removed this message meanwhile')
  expect(await one.lines('TOP 2 0')).toEqual(['+OK 8 octets', 'B: 2', '', '.'])
  await one.send('DELE 1\r\nDELE 2\r\nQUIT\r\n')
  expect(await one.rest()).toContain('+OK Removed for good: 1. Goodbye')
  const next = await pop3LoggedIn({ account })
  expect(await next.lines('UIDL')).toEqual(['+OK 2 messages', '1 1700000000.3', '2 1700000000.4', '.'])
})

test('reading leaves no trace: nothing becomes \\Seen, so that a chat app still shows it as new', async () => {
  const account = three()
  const client = await pop3LoggedIn({ account })
  await client.send('RETR 1\r\nTOP 2 9\r\nQUIT\r\n')
  await client.rest()
  expect(await account.status('INBOX')).toMatchObject({ unseen: 3 })
})

const MIB = 1024 * 1024

test('a letter of 60 MB streams: little waits for a slow reader, dots are doubled wherever it is cut', async () => {
  const account = withLetters('x: y\r\n\r\n')
  const line = '.a line that begins with a dot\r\n'
  const text = line.repeat(4096)
  let given = 0
  let widest = 0
  withFolder(account, () => ({
    read: async () =>
      (async function* () {
        // Cut at another place each time, between CR and LF and before the dot too.
        for (let number = 0; given < 60 * MIB; number += 1) {
          const from = given % line.length
          const chunk = bytesOf(text.slice(from, from + 65_000 + (number % 64)))
          given += chunk.length
          yield chunk
        }
      })(),
  }))
  const client = new Pop3Client({ account })
  // Its own reader has the output; so the dots are counted there.
  const take = async () => {
    let taken = 0
    while (!client.received.endsWith('\r\n.\r\n')) {
      await new Promise(resolve => setImmediate(resolve))
      taken += client.received.length
      widest = Math.max(widest, given - taken)
      expect(client.received.replaceAll('..a line that begins with a dot\r\n', '').length).toBeLessThan(500)
      const last = client.received.lastIndexOf('\n..')
      if (last > 0 && !client.received.endsWith('\r\n.\r\n')) {
        taken -= client.received.length - last - 1
        client.received = client.received.slice(last + 1)
      }
    }
  }
  await client.send('USER alice@camp.alt\r\nPASS pw\r\nRETR 1\r\n')
  await take()
  expect(given).toBeGreaterThan(60 * MIB)
  expect(widest).toBeLessThan(2 * MIB)
})

test('a store that fails within a letter: the end is not claimed', async () => {
  const account = three()
  withFolder(account, () => ({
    read: async () =>
      (async function* () {
        yield bytesOf('half\r\n')
        throw new Error('disk')
      })(),
  }))
  const client = await pop3LoggedIn({ account })
  await client.send('DELE 1\r\nRETR 2\r\nQUIT\r\n')
  expect(await client.rest()).toBe('+OK Message 1 goes with QUIT\r\n+OK 8 octets\r\nhalf\r\n<close>\r\n')
  expect(await account.status('INBOX')).toMatchObject({ messages: 3 })
})

test('a store in trouble at login is no wrong password', async () => {
  const account = three()
  account.open = () => Promise.reject(new Error('disk'))
  const client = new Pop3Client({ account })
  await client.line()
  await client.ask('USER alice@camp.alt')
  expect(await client.ask('PASS pw')).toBe('-ERR [SYS/TEMP] Login is not possible at the moment, try again later')
  expect(client.connection.state).toBe('authorization')
})

function withFolder(account: MemoryAccount, change: (folder: Folder) => Partial<Folder>): void {
  const open = account.open.bind(account)
  account.open = async name => {
    const folder = await open(name)
    return 'refused' in folder ? folder : { ...folder, ...change(folder) }
  }
}
