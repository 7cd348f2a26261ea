/** FETCH of stores that note nothing, something and all of their messages: the answers are the same, byte for byte. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { imapConnection } from '../connection.ts'
import { binaryOf, bytesOf } from '../grammar/bytes.ts'
import type { FolderNotes } from '../mailbox.ts'
import { memoryNotes } from '../memory/notes.ts'
import { loggedIn, type TestClient, testAccount, testOptions } from '../testing/conversation.ts'
import { tries } from '../testing/fuzzing.ts'
import { withNotes } from '../testing/notes.ts'

const multipart = (type: string, ...parts: string[]) => {
  return `Content-Type: multipart/${type}; boundary=B\n\n${parts.map(part => `--B\n${part}\n`).join('')}--B--\n`
}

const letters = [
  'From: Bob <bob@x>\nTo: a@b, "C, D" <c@d>\nSubject: s\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\nbody\n',
  '\nbody only\n',
  '',
  'From: a@b\nSubject: no body\n',
  'From: a@b\nSubject: blank\n\n',
  'From: a@b\nSubject: no line end',
  'this is no header\nFrom : a@b\nSubject\t: s\n\nbody\n',
  'From bob@x Mon Jan  1 00:00:00 2024\nFROM: a@b\nsubject: one\n two\n\tthree\n\nbody\n',
  'From: J\u00fcrgen "a \\"q\\" \\\\" <j@x>\nSubject: Gr\u00fc\u0000\u00dfe\n\nbody\n',
  'From: a@b\nFrom: c@d\nTo: friends: b@c, "D" <d@e>;, f@g\nTo: e (x) <@r:e@f>\nCc: ,,\n\nbody\n',
  `From: a@b\n${'a'.repeat(200)}: x\n${'a'.repeat(201)}: x\nSubject: ${'long '.repeat(300)}\n\nbody\n`,
  `From: a@b\n${multipart('mixed', 'Content-Type: text/html\n\n', 'Content-Type: message/rfc822\n\nFrom: i@x\n\nx')}`,
  `From: a@b\nX-Large: ${'x'.repeat(3000)}\n\nbody\n`,
  'From: a@b\n\nlines\nof\ntext',
].map(text => bytesOf(text.replaceAll('\n', '\r\n')))

const items = [
  ...['UID', 'FLAGS', 'MODSEQ', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODYSTRUCTURE', 'RFC822.HEADER'],
  ...['BODY', 'BODY.PEEK[TEXT]'],
  ...['HEADER', 'HEADER.FIELDS (FROM Subject "To")', 'HEADER.FIELDS.NOT (FROM x-large)'].flatMap(section => {
    return ['', '<0.20>', '<3.7>', '<99999.1>'].map(partial => `BODY.PEEK[${section}]${partial}`)
  }),
]

type Stored = readonly { readonly uid: number; readonly bytes: Uint8Array }[]

/** Counts how often the store is asked. */
function counted(notes: FolderNotes): { notes: FolderNotes; asked: number[] } {
  const asked: number[] = []
  const headers = (uids: readonly number[]) => {
    asked.push(uids.length)
    return notes.headers(uids)
  }
  return { notes: { ...notes, headers }, asked }
}

function make(messages: readonly Uint8Array[], unnoted: ReadonlySet<number> | 'all') {
  const account = testAccount()
  for (const bytes of messages) account.deliver(bytes)
  const stored: Stored = messages.map((bytes, at) => ({ uid: at + 1, bytes }))
  const options = { textLettersMax: 1000, notedHeaderBytesMax: 2500 }
  const { notes, asked } = counted(memoryNotes(() => stored, unnoted === 'all' ? options : { ...options, unnoted }))
  const mail = unnoted === 'all' ? account : withNotes(account, notes)
  return { account, mail, asked }
}

async function opened(messages: readonly Uint8Array[], unnoted: ReadonlySet<number> | 'all') {
  const { account, mail, asked } = make(messages, unnoted)
  const client = await loggedIn({ account, options: { authenticate: async () => mail } })
  await client.command('0 SELECT INBOX')
  return { client, account, asked }
}

async function answer(client: TestClient, command: string): Promise<string> {
  const start = client.received.length
  await client.command(`t ${command}`)
  return client.received.slice(start)
}

test('notes change nothing in the answers: all noted, some, none', async () => {
  const all = (await opened(letters, new Set())).client
  const some = (await opened(letters, new Set([1, 4, 5, 12]))).client
  const none = (await opened(letters, 'all')).client
  const same = async (command: string) => {
    const expected = await answer(none, command)
    expect(await answer(all, command), command).toBe(expected)
    expect(await answer(some, command), command).toBe(expected)
  }
  for (const item of items) await same(`FETCH 1:* (${item})`)
  const commands = fc.tuple(
    fc.subarray(items, { minLength: 1, maxLength: 6 }),
    fc.constantFrom('FETCH 1:*', 'UID FETCH 1:*', 'UID FETCH 2,13,7:9', 'FETCH *'),
    fc.constantFrom('', ' (CHANGEDSINCE 6)'),
  )
  await fc.assert(
    fc.asyncProperty(commands, ([some, verb, since]) => same(`${verb} (${some.join(' ')})${since}`)),
    tries(60, 4),
  )
})

test('notes change nothing for headers that nobody would write', async () => {
  const piece = fc.constantFrom(
    ...['From', 'to', 'Subject', 'X-Y', ':', ': ', ' ', '\t', '\r\n', '\r\n ', '\r\n\r\n', '\r', '"', '\\', '<', '>'],
    ...['(', ')', '@', ',', ';', 'a', 'b@c', '\u0000', '\u00ff', 'Content-Type: text/html\r\n', '--'],
  )
  const message = fc.array(piece, { maxLength: 30 }).map(pieces => bytesOf(pieces.join('').replace(/\r(?!\n)/g, '')))
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 5 }), async messages => {
      const noted = (await opened(messages, new Set())).client
      const read = (await opened(messages, 'all')).client
      const command = 'FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER] BODY.PEEK[HEADER.FIELDS (FROM x-y)])'
      expect(await answer(noted, command), messages.map(binaryOf).join('|')).toBe(await answer(read, command))
    }),
    tries(100, 5),
  )
})

test('many messages are asked for together, and only what is not noted is read', async () => {
  const { client, asked } = await opened(
    Array.from({ length: 300 }, () => letters[0] ?? new Uint8Array()),
    new Set(),
  )
  const lines = await client.command('t UID FETCH 1:* (ENVELOPE)')
  expect(lines).toHaveLength(301)
  expect(lines[299]).toMatch(/^\* 300 FETCH \(UID 300 ENVELOPE \(/)
  expect(asked).toEqual([128, 128, 44])
})

test('a message that is gone is left out, noted or not', async () => {
  const { client, account } = await opened(letters.slice(0, 3), new Set([3]))
  const other = await loggedIn({ account })
  await other.command('0 SELECT INBOX')
  await other.command('1 STORE 1 +FLAGS.SILENT (\\Deleted)')
  await other.command('2 EXPUNGE')
  const lines = await client.command('t FETCH 1:* (BODY.PEEK[HEADER.FIELDS (X)])')
  expect(lines.filter(line => line.startsWith('* '))).toHaveLength(2)
  expect(lines.at(-1)).toMatch(/^t (?:OK|NO) \[EXPUNGEISSUED\]/)
})

test('what marks a message as seen marks it', async () => {
  const { client } = await opened(letters.slice(0, 1), new Set())
  const lines = await client.command('t FETCH 1 (BODY[HEADER.FIELDS (SUBJECT)])')
  expect(lines).toContain('* 1 FETCH (UID 1 FLAGS (\\Seen))')
})

test('a client that does not read is not written to on and on', async () => {
  const message = bytesOf(`X: ${'x'.repeat(2000)}\r\n\r\n`)
  const { asked, mail, account } = make(
    Array.from({ length: 1280 }, () => message),
    new Set(),
  )
  const connection = imapConnection(testOptions({ account, options: { authenticate: async () => mail } }))
  const output = connection.output[Symbol.asyncIterator]()
  await connection.receive(bytesOf('a LOGIN a p\r\nb SELECT INBOX\r\nc FETCH 1:* (BODY.PEEK[HEADER])\r\n'))
  const turns = async () => {
    for (let turn = 0; turn < 50; turn += 1) await new Promise(resolve => setImmediate(resolve))
  }
  await turns()
  expect(asked.length).toBeGreaterThan(0)
  expect(asked.length).toBeLessThan(4)
  let text = ''
  while (!text.includes('\r\nc OK Fetch completed\r\n')) {
    const { value } = await output.next()
    if (value?.kind === 'bytes') text += binaryOf(value.bytes)
  }
  expect(asked).toHaveLength(10)
  expect(text.match(/^\* \d+ FETCH/gm)).toHaveLength(1280)
})
