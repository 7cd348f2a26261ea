/** What is noted for searches, when things go wrong: never a wrong answer, and nothing left behind. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Bench, bench } from './bench.ts'
import { find, noteAll } from './contract-notes.ts'
import { bodyOf, delivery, inboxOf, ready, user } from './testing.ts'

const body = { kind: 'body' } as const

function rows(here: Bench, table: string): number {
  return here.database.get<{ count: number }>(`SELECT count(*) AS count FROM ${table}`)?.count ?? -1
}

function trigrams(here: Bench, letters: string): number {
  const sql = 'SELECT count(*) AS count FROM mail_body_trigrams WHERE mail_body_trigrams MATCH ?'
  return here.database.get<{ count: number }>(sql, `"${letters}"`)?.count ?? -1
}

test('what came is unknown until it is noted', async () => {
  const here = await bench()
  const store = await here.open()
  const { inbox } = await ready(store, 'one', 'two')
  expect(await find(inbox, body, 'two')).toEqual({ found: [], unknown: [1, 2] })
  await noteAll(store)
  await store.deliver(delivery('three'))
  expect(await find(inbox, body, 'two')).toEqual({ found: [2], unknown: [3] })
})

test('a letter that goes before it is noted leaves nothing to do', async () => {
  const here = await bench()
  const store = await here.open()
  const { inbox } = await ready(store, 'one')
  await inbox.storeFlags([1], 'add', ['\\Deleted'])
  await inbox.expunge('all')
  expect([rows(here, 'mail_unnoted'), rows(here, 'mail_gone')]).toEqual([0, 0])
})

test('nothing of what is gone stays noted: expunged, with its folder, with its person', async () => {
  const here = await bench()
  const store = await here.open()
  const { account, inbox } = await ready(store, 'one', 'two', 'three')
  await account.create('Other')
  await inbox.copy([1, 2, 3], 'Other')
  await noteAll(store)
  expect(trigrams(here, 'two')).toBe(2)
  await inbox.storeFlags([2], 'add', ['\\Deleted'])
  await inbox.expunge('all')
  await account.remove('Other')
  await noteAll(store)
  expect([rows(here, 'mail_texts'), rows(here, 'mail_summaries'), rows(here, 'mail_gone')]).toEqual([2, 2, 0])
  expect([trigrams(here, 'two'), trigrams(here, 'one')]).toEqual([0, 1])
  await store.remove(user, 1)
  await noteAll(store)
  expect([rows(here, 'mail_texts'), rows(here, 'mail_summaries'), trigrams(here, 'one')]).toEqual([0, 0, 0])
})

test('an index that is lost or made anew is noted anew', async () => {
  const here = await bench()
  const store = await here.open()
  await ready(store, 'one', 'two')
  await noteAll(store)
  await store.rebuild()
  const inbox = await inboxOf(store)
  expect(await find(inbox, body, 'two')).toEqual({ found: [], unknown: [1, 2] })
  expect(rows(here, 'mail_texts')).toBe(0)
  await noteAll(store)
  expect(await find(inbox, body, 'two')).toEqual({ found: [2], unknown: [] })
  here.loseIndex()
  const again = await here.open()
  const found = await inboxOf(again)
  expect(await find(found, body, 'two')).toEqual({ found: [], unknown: [1, 2] })
  await noteAll(again)
  expect(await find(found, body, 'two')).toEqual({ found: [2], unknown: [] })
})

test('a letter whose file is missing does not keep the others from being noted', async () => {
  const here = await bench()
  const store = await here.open()
  const { inbox } = await ready(store, 'one', 'two')
  const [file = ''] = (await here.files()).filter(name => name.includes('cur/'))
  await rm(join(here.directory, user, file))
  await noteAll(store)
  expect((await find(inbox, body, 'two')).found.length + (await find(inbox, body, 'one')).found.length).toBe(1)
  await noteAll(store)
  expect(rows(here, 'mail_unnoted')).toBe(0)
})

test('many letters are noted some at a time, in all folders', async () => {
  const here = await bench()
  const store = await here.open()
  const { account, inbox } = await ready(store, ...Array.from({ length: 60 }, (_, at) => `n${at}n`))
  await account.create('Other')
  await inbox.copy([3, 4], 'Other')
  expect(await store.noteLetters()).toBe(true)
  expect(rows(here, 'mail_unnoted')).toBeGreaterThan(30)
  await noteAll(store)
  expect(rows(here, 'mail_unnoted')).toBe(0)
  expect((await find(inbox, body, 'n7n')).found).toEqual([8])
  // More than are compared at once, and than there are summaries at once.
  expect((await find(inbox, body, 'n')).found.length).toBe(60)
})

test.each(['crash', 'ENOSPC', 'EIO'] as const)(
  '%s at any moment: what is noted is whole, the rest is done later',
  async fault => {
    for (let operation = 1; operation <= 4; operation += 1) {
      const here = await bench()
      const store = await here.open()
      const { inbox } = await ready(store, 'one', 'two', 'three')
      await noteAll(store)
      await inbox.storeFlags([3], 'add', ['\\Deleted'])
      await inbox.expunge('all')
      await store.deliver(delivery('four'))
      here.faults.arm(operation, fault)
      await noteAll(store).catch(() => undefined)
      here.faults.disarm()
      const again = await here.open()
      const found = await find(await inboxOf(again), body, 'four')
      expect([...found.found, ...found.unknown]).toEqual([4])
      await noteAll(again)
      expect(await find(await inboxOf(again), body, 'four')).toEqual({ found: [4], unknown: [] })
      expect([rows(here, 'mail_texts'), rows(here, 'mail_headers'), rows(here, 'mail_gone')]).toEqual([3, 3, 0])
      expect(trigrams(here, 'thr')).toBe(0)
    }
  },
)

test('bodies that are no text at all are noted too', async () => {
  const here = await bench()
  const store = await here.open()
  const { inbox } = await ready(store)
  const rubbish = Array.from({ length: 3000 }, (_, at) => String.fromCharCode((at * 7919) % 256)).join('')
  for (const letter of ['', '\r\n', rubbish, `Content-Type: text/html; charset=utf-16\r\n\r\n${rubbish}`]) {
    await store.deliver(delivery(`x${letter.length}`, { body: bodyOf(letter), messageId: null }))
  }
  await noteAll(store)
  expect(await find(inbox, body, 'nowhere')).toEqual({ found: [], unknown: [] })
})
