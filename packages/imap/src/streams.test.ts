/** Large messages, slow readers, stores in trouble, and the end of connections. */
import { expect, test } from 'vitest'
import { imapConnection } from './connection.ts'
import { binaryOf, bytesOf } from './grammar/bytes.ts'
import type { Folder, MailAccount } from './mailbox.ts'
import type { MemoryAccount } from './memory/account.ts'
import { letter, loggedIn, type TestClient, testAccount, testOptions } from './testing/conversation.ts'

const MIB = 1024 * 1024

/** The account with some of what its folders do replaced. */
function withFolder(account: MemoryAccount, change: (folder: Folder) => Partial<Folder>): MailAccount {
  const open = account.open.bind(account)
  account.open = async name => {
    const folder = await open(name)
    return 'refused' in folder ? folder : { ...folder, ...change(folder) }
  }
  return account
}

function turns(count: number): Promise<void> {
  return new Promise(resolve => {
    const next = (left: number) => (left === 0 ? resolve() : setImmediate(next, left - 1))
    next(count)
  })
}

test('a body of 50 MB streams: what waits for a slow reader stays bounded', async () => {
  const account = testAccount()
  account.deliver(letter('big'))
  let given = 0
  withFolder(account, folder => ({
    async changes(since) {
      const changes = await folder.changes(since)
      return { ...changes, added: changes.added.map(row => ({ ...row, sizeBytes: 50 * MIB })) }
    },
    async read() {
      return (async function* () {
        for (; given < 50 * MIB; given += 64 * 1024) yield new Uint8Array(64 * 1024).fill(97)
      })()
    },
  }))
  const connection = imapConnection(testOptions({ account }))
  const output = connection.output[Symbol.asyncIterator]()
  await connection.receive(bytesOf('1 LOGIN alice@camp.alt pw\r\n2 SELECT INBOX\r\n3 FETCH 1 BODY.PEEK[]\r\n'))
  let taken = 0
  let text = ''
  let widest = 0
  for (let tail = ''; !tail.endsWith('3 OK Fetch completed\r\n'); ) {
    const next = await output.next()
    if (next.done === true || next.value.kind !== 'bytes') break
    taken += next.value.bytes.length
    widest = Math.max(widest, given - taken)
    tail = binaryOf(next.value.bytes.subarray(-100))
    if (text.length < 2000) text += binaryOf(next.value.bytes.subarray(0, 1000))
  }
  expect(taken).toBeGreaterThan(50 * MIB)
  expect(widest).toBeLessThan(MIB)
  expect(text).toContain('* 1 FETCH (BODY[] {52428800}\r\naaa')
  connection.end()
})

test('an APPEND of 20 MB streams into the store, with back-pressure on the client', async () => {
  const account = testAccount()
  let taken = 0
  let release = () => {}
  const held = new Promise<void>(resolve => {
    release = resolve
  })
  account.appendAll = async (_name, messages) => {
    await held
    for await (const { source } of messages) for await (const piece of source) taken += piece.length
    return taken === 20 * MIB ? { uidValidity: 1, uids: [1] } : { refused: 'limit', text: 'size' }
  }
  const client = await loggedIn({ account })
  let sent = 0
  const sending = (async () => {
    await client.send(`1 APPEND INBOX {${20 * MIB}+}\r\n`)
    for (; sent < 20 * MIB; sent += 64 * 1024) await client.send('x'.repeat(64 * 1024))
    await client.send('\r\n')
  })()
  await turns(20)
  expect(sent).toBeLessThan(256 * 1024)
  release()
  await sending
  expect(await client.line()).toBe('1 OK [APPENDUID 1 1] Append completed')
})

async function brokenFetch(bytes: (all: Uint8Array) => AsyncIterable<Uint8Array>): Promise<TestClient> {
  const account = testAccount()
  account.deliver(letter('one'))
  withFolder(account, () => ({ read: async () => bytes(letter('one')) }))
  const client = await loggedIn({ account, options: { limits: { wholeMessageBytesMax: 1 } } })
  await client.command('0 SELECT INBOX')
  await client.send('1 FETCH 1 (UID BODY.PEEK[])\r\n2 NOOP\r\n')
  const rest = await client.rest()
  expect(rest).toMatch(/^\* 1 FETCH \(UID 1 BODY\[\] \{137\}\r\n/)
  expect(rest).toMatch(/<close>\r\n$/)
  expect(rest).not.toMatch(/BYE|2 OK/)
  expect(client.events.at(-1)).toMatchObject({ kind: 'error', error: { name: 'StreamBroken' } })
  return client
}

test('a store that gives fewer or more bytes than announced, or fails, ends the connection', async () => {
  await brokenFetch(async function* (all) {
    yield all.subarray(0, 50)
  })
  await brokenFetch(async function* (all) {
    yield all
    yield all
  })
  await brokenFetch(async function* (all) {
    yield all.subarray(0, 50)
    throw new Error('EIO')
  })
})

test('a store in trouble is a NO and an event; the session goes on', async () => {
  const account = testAccount()
  account.deliver(letter('one'))
  let fails = true
  withFolder(account, folder => ({
    async storeFlags(...how) {
      if (fails) throw new Error('disk full')
      return folder.storeFlags(...how)
    },
  }))
  const client = await loggedIn({ account })
  await client.command('0 SELECT INBOX')
  expect(await client.command('1 STORE 1 +FLAGS (\\Seen)')).toEqual([
    '1 NO [SERVERBUG] Something is wrong here, try again later',
  ])
  fails = false
  expect((await client.command('2 STORE 1 +FLAGS (\\Seen)')).at(-1)).toBe('2 OK Store completed')
  expect(client.events.filter(event => event.kind === 'error')).toHaveLength(1)
})

test('an APPEND cut off in the middle is not kept', async () => {
  const account = testAccount()
  const client = await loggedIn({ account })
  await client.send('1 APPEND INBOX {100+}\r\nonly some of it')
  client.connection.end()
  await turns(5)
  expect(await account.status('INBOX')).toMatchObject({ messages: 0 })
  expect(client.closed).toBe(true)
})

test('the node stops: BYE after the command that runs, and at once in IDLE', async () => {
  const account = testAccount()
  let release = () => {}
  account.create = () =>
    new Promise(resolve => {
      release = () => resolve(undefined)
    })
  const [busy, idler] = [await loggedIn({ account }), await loggedIn({ account })]
  await idler.send('1 IDLE\r\n')
  await busy.send('1 CREATE x\r\n2 NOOP\r\n')
  await turns(2)
  for (const client of [busy, idler]) client.connection.end('Going down')
  await turns(2)
  release()
  expect(await busy.rest()).toBe('1 OK Create completed\r\n* BYE Going down\r\n<close>\r\n')
  expect(await idler.rest()).toBe('+ idling\r\n* BYE Going down\r\n<close>\r\n')
  await busy.send('3 NOOP\r\n')
  expect(busy.connection.state).toBe('logout')
})

test('a reader that leaves ends the connection, and a closed folder has no listeners', async () => {
  const account = testAccount()
  let listeners = 0
  withFolder(account, folder => ({
    onChange(listener) {
      listeners += 1
      const stop = folder.onChange(listener)
      return () => {
        listeners -= 1
        stop()
      }
    },
  }))
  const connection = imapConnection(testOptions({ account }))
  await connection.receive(bytesOf('1 LOGIN alice@camp.alt pw\r\n2 SELECT INBOX\r\n'))
  for await (const output of connection.output) {
    if (output.kind === 'bytes' && binaryOf(output.bytes).includes('2 OK')) break
  }
  await turns(5)
  expect(listeners).toBe(0)
})

test('a client that does not read is left after a while', async () => {
  const account = testAccount()
  account.deliver(letter('big', 'x'.repeat(3 * MIB)))
  const connection = imapConnection(testOptions({ account }))
  await connection.receive(bytesOf('1 LOGIN alice@camp.alt pw\r\n2 SELECT INBOX\r\n3 FETCH 1 BODY[]\r\n'))
  await turns(5)
  for (let minute = 1; minute <= 7; minute += 1) connection.wake(1_795_294_625_000 + minute * 60_000)
  expect(connection.state).toBe('logout')
  const kinds: string[] = []
  for await (const output of connection.output) kinds.push(output.kind)
  expect(kinds).toEqual(['close'])
})

test('a large part that is fetched in pieces is looked for once', async () => {
  const account = testAccount()
  const body = `--B\r\n\r\n${'x'.repeat(MIB)}\r\n--B--\r\n`
  account.deliver(bytesOf(`Content-Type: multipart/mixed; boundary=B\r\n\r\n${body}`))
  let bytesRead = 0
  withFolder(account, folder => ({
    async read(uid, range) {
      const stream = await folder.read(uid, range)
      return stream && counted(stream)
    },
  }))
  async function* counted(stream: AsyncIterable<Uint8Array>) {
    for await (const piece of stream) {
      bytesRead += piece.length
      yield piece
    }
  }
  const client = await loggedIn({ account })
  await client.command('1 SELECT INBOX')
  for (let at = 0; at < MIB; at += 64 * 1024) {
    await client.send(`2 FETCH 1 BODY.PEEK[1]<${at}.65536>\r\n`)
    while (!(await client.line()).startsWith('2 OK'));
  }
  expect(bytesRead).toBeLessThan(2.5 * MIB)
})
