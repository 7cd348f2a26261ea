/** A client that others wrote, over a real socket. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { ImapFlow } from 'imapflow'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { imapConnection } from './connection.ts'
import type { MemoryAccount } from './memory/account.ts'
import { letter, testAccount, testOptions } from './testing/conversation.ts'

let server: Server
let account: MemoryAccount
let client: ImapFlow

async function serve(socket: Socket): Promise<void> {
  const connection = imapConnection(testOptions({ account }))
  socket.on('error', () => connection.end())
  socket.on('close', () => connection.end())
  socket.on('data', chunk => {
    socket.pause()
    void connection.receive(chunk).then(() => socket.resume())
  })
  for await (const output of connection.output) {
    if (output.kind === 'bytes' && !socket.write(output.bytes)) await once(socket, 'drain').catch(() => undefined)
    if (output.kind === 'close') socket.end()
  }
}

beforeEach(async () => {
  account = testAccount({ limitBytes: 100_000_000 })
  server = createServer(socket => void serve(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const auth = { user: 'alice@camp.alt', pass: 'pw' }
  client = new ImapFlow({ host: '127.0.0.1', port, secure: false, doSTARTTLS: false, auth, logger: false })
})

afterEach(async () => {
  await client.logout().catch(() => undefined)
  server.close()
})

test('imapflow reads, searches, stores, moves and appends', async () => {
  account.deliver(letter('one'))
  account.deliver(letter('two', 'x'.repeat(300_000)))
  await client.connect()
  expect(client.serverInfo?.['name']).toBe('Posthorn')
  const box = await client.mailboxOpen('INBOX')
  expect(box.exists).toBe(2)
  const seen: string[] = []
  for await (const message of client.fetch('1:*', {
    uid: true,
    flags: true,
    envelope: true,
    source: true,
    bodyStructure: true,
  })) {
    seen.push(`${message.uid} ${message.envelope?.subject} ${message.source?.length} ${message.bodyStructure?.type}`)
  }
  expect(seen).toEqual([
    `1 one ${letter('one').length} text/plain`,
    `2 two ${letter('two').length + 299_995} text/plain`,
  ])
  expect(await client.search({ subject: 'two' }, { uid: true })).toEqual([2])
  await client.messageFlagsAdd('1', ['\\Seen'], { uid: true })
  expect(await client.search({ seen: true })).toEqual([1])
  await client.mailboxCreate('Grüße & Küsse/日本')
  expect((await client.list()).map(folder => folder.path)).toContain('Grüße & Küsse/日本')
  const moved = await client.messageMove('2', 'Grüße & Küsse/日本', { uid: true })
  expect((moved || undefined)?.uidMap?.get(2)).toBe(1)
  const appended = await client.append('Sent', Buffer.from(letter('three')), ['\\Seen'])
  expect((appended || undefined)?.uid).toBe(1)
  expect(await client.status('Sent', { messages: true })).toMatchObject({ messages: 1 })
  expect(((await client.getQuota('INBOX')) || undefined)?.storage?.limit).toBe(99_999_744)
  await client.messageDelete('1', { uid: true })
  expect(await client.status('INBOX', { messages: true })).toMatchObject({ messages: 0 })
  const { content } = await client.mailboxOpen('Grüße & Küsse/日本').then(() => client.download('1', '1'))
  let size = 0
  for await (const piece of content ?? []) size += (piece as Buffer).length
  expect(size).toBe(300_002)
})

test('imapflow hears of a new message while it idles', async () => {
  await client.connect()
  await client.mailboxOpen('INBOX')
  const heard = once(client, 'exists')
  const idling = client.idle()
  account.deliver(letter('news'))
  const [event] = (await heard) as [{ count: number }]
  expect(event.count).toBe(1)
  await client.noop()
  await idling
})
