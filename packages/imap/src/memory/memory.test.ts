import { expect, test } from 'vitest'
import { binaryOf, bytesOf } from '../grammar/bytes.ts'
import type { Folder, MailAccount } from '../mailbox.ts'
import { memoryAccount } from './index.ts'

async function inbox(account: MailAccount): Promise<Folder> {
  const folder = await account.open('INBOX')
  if ('refused' in folder) throw new Error(folder.text)
  return folder
}

test('changes: each uid in one list, what came and went is gone, and hints for all', async () => {
  const account = memoryAccount({ address: 'a@b', now: () => 5 })
  const folder = await inbox(account)
  let hints = 0
  const stop = folder.onChange(() => {
    hints += 1
  })
  account.deliver(bytesOf('a\nb\r\n'))
  account.deliver(bytesOf('two'))
  const { highestModseq } = await folder.changes(0)
  account.deliver(bytesOf('three'))
  await folder.storeFlags([1, 3], 'add', ['\\Deleted'])
  await folder.storeFlags([2], 'replace', ['x'])
  expect(await folder.expunge([1, 3])).toEqual([1, 3])
  const changes = await folder.changes(highestModseq)
  expect(changes).toMatchObject({ added: [], changed: [{ uid: 2, flags: ['x'] }], expunged: [1, 3] })
  expect((await folder.changes(changes.highestModseq)).changed).toEqual([])
  expect(hints).toBe(6)
  stop()
  account.deliver(bytesOf('four'))
  expect(hints).toBe(6)
  expect(await folder.status()).toMatchObject({ uidNext: 5, messages: 2, unseen: 2, uidValidity: 1_700_000_000 })
  expect(await folder.read(1)).toBeUndefined()
})

test('line ends become CRLF, ranges are of what is read', async () => {
  const account = memoryAccount({ address: 'a@b', now: () => 5 })
  account.deliver(bytesOf('a\nb\r\n'))
  const folder = await inbox(account)
  let text = ''
  for await (const piece of (await folder.read(1, { start: 1, end: 5 })) ?? []) text += binaryOf(piece)
  expect(text).toBe('\r\nb\r')
  expect((await folder.changes(0)).added).toMatchObject([{ sizeBytes: 6, internalDate: 5 }])
})

test('held mail comes once, in order; a full mailbox refuses', async () => {
  const account = memoryAccount({ address: 'a@b', now: () => 5, holding: true, limitBytes: 10 })
  expect(account.deliver(bytesOf('1'))).toBe('held')
  expect(account.deliver(bytesOf('2'))).toBe('held')
  await account.releaseHeld()
  await account.releaseHeld()
  expect(await account.status('INBOX')).toMatchObject({ messages: 2 })
  expect(account.deliver(bytesOf('345678'))).toBe(3)
  const folder = await inbox(account)
  expect(await folder.copy([3], 'Trash')).toMatchObject({ refused: 'over-quota' })
  expect(await folder.move([3, 9], 'Trash')).toEqual({ uidValidity: 1_700_000_003, pairs: [{ from: 3, to: 1 }] })
  expect(await account.quota()).toMatchObject({ usedBytes: 8, limitBytes: 10, usedMessages: 3 })
})
