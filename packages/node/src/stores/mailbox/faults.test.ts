import { expect, test } from 'vitest'
import { CrashError, forEachOperation } from '../files/faults.ts'
import { openJourneys } from '../journeys/index.ts'
import { type Bench, bench } from './bench.ts'
import type { Came, MailboxStore } from './mailbox.ts'
import { append, at, delivery, inboxOf, letter, present, readText, ready, subjects, user } from './testing.ts'

/** Something that a program does and may do again after a crash, and what must be true in the end. */
interface Deed {
  readonly name: string
  prepare?(store: MailboxStore): Promise<void>
  act(store: MailboxStore): Promise<void>
  expect(store: MailboxStore, here: Bench): Promise<void>
}

let roads = 0
const came: Came = { road: 'blue-1', broughtBy: null, takenInAt: at }

const account = (store: MailboxStore) => store.account(user, 'alice@example')
const folder = async (store: MailboxStore, name: string) => present(await account(store).open(name))
const uidsOf = async (store: MailboxStore, name: string) => Object.keys(await subjects(await folder(store, name)))

const deeds: readonly Deed[] = [
  {
    name: 'deliver',
    prepare: async store => void (await ready(store, 'zero')),
    async act(store) {
      for (const text of ['one', 'two']) await store.deliver(delivery(text))
    },
    async expect(store, here) {
      expect(await subjects(await inboxOf(store))).toEqual({ 1: 'zero', 2: 'one', 3: 'two' })
      expect((await here.files()).length).toBe(3)
    },
  },
  {
    name: 'deliver by another road after the crash',
    prepare: async store => void (await ready(store)),
    async act(store) {
      roads += 1
      await store.deliver(delivery('one', { deliveryId: `road ${roads}` }))
    },
    async expect(store, here) {
      expect(await subjects(await inboxOf(store))).toEqual({ 1: 'one' })
      expect((await here.files()).length).toBe(1)
    },
  },
  {
    name: 'deliver, and note the way by which it came',
    prepare: async store => void (await ready(store)),
    act: async store => void (await store.deliver(delivery('one', { came }))),
    async expect(_, here) {
      const found = await openJourneys(here.database).arrivals(user, ['one@example'])
      expect(found).toEqual([{ user, messageId: 'one@example', ...came, at }])
    },
  },
  {
    name: 'deliver several at once',
    prepare: async store => void (await ready(store)),
    async act(store) {
      const texts = ['one', 'two', 'three', 'two']
      const done = await Promise.allSettled(texts.map(text => store.deliver(delivery(text))))
      for (const one of done) if (one.status === 'rejected') throw one.reason
    },
    async expect(store, here) {
      expect(Object.values(await subjects(await inboxOf(store))).sort()).toEqual(['one', 'three', 'two'])
      // Where removing a temporary file failed, it waits below `tmp` for the next start.
      const files = (await here.files()).filter(file => !/^tmp\/.*\.posthorn$/.test(file))
      expect(files.length).toBe(3)
    },
  },
  {
    name: 'hold and release',
    async act(store) {
      for (const text of ['one', 'two', 'three']) await store.deliver(delivery(text))
      await account(store).releaseHeld()
      await store.deliver(delivery('four'))
    },
    async expect(store, here) {
      // The order is that of the deliveries that counted; a killed one may have come in by itself.
      expect(await subjects(await inboxOf(store))).toEqual({ 1: 'one', 2: 'two', 3: 'three', 4: 'four' })
      expect((await here.files()).filter(file => !file.startsWith('cur/'))).toEqual([])
    },
  },
  {
    name: 'expunge',
    async prepare(store) {
      const { inbox } = await ready(store, 'one', 'two', 'three')
      await inbox.storeFlags([1, 3], 'add', ['\\Deleted'])
    },
    async act(store) {
      await (await inboxOf(store)).expunge('all')
      await store.deliver(delivery('four'))
    },
    async expect(store, here) {
      expect(await subjects(await inboxOf(store))).toEqual({ 2: 'two', 4: 'four' })
      expect((await here.files()).length).toBe(2)
    },
  },
  {
    name: 'store flags',
    prepare: async store => void (await ready(store, 'one', 'two')),
    async act(store) {
      await (await inboxOf(store)).storeFlags([1, 2], 'add', ['\\Seen', '$Label'])
    },
    async expect(store) {
      const { added } = await (await inboxOf(store)).changes(0)
      expect(added.map(row => row.flags)).toEqual([
        ['\\Seen', '$Label'],
        ['\\Seen', '$Label'],
      ])
      expect(await (await inboxOf(store)).status()).toMatchObject({ unseen: 0 })
    },
  },
  {
    name: 'make folders, move into them, rename them, remove one',
    prepare: async store => void (await ready(store, 'one', 'two')),
    async act(store) {
      const mail = account(store)
      await mail.create('A')
      await mail.create('A/B')
      await mail.create('Gone')
      if ((await mail.folders()).some(({ name }) => name === 'A/B')) await (await inboxOf(store)).move([1, 2], 'A/B')
      await mail.rename('A', 'Z')
      await mail.rename('A/B', 'Z/B')
      await mail.remove('A')
      await mail.remove('A/B')
      await mail.remove('Gone')
    },
    async expect(store, here) {
      expect((await account(store).folders()).map(({ name }) => name)).toEqual(['INBOX', 'Z', 'Z/B'])
      expect(Object.values(await subjects(await folder(store, 'Z/B')))).toEqual(['one', 'two'])
      expect(await uidsOf(store, 'INBOX')).toEqual([])
      expect((await here.files()).every(file => file.startsWith('.Z.B/cur/'))).toBe(true)
    },
  },
  {
    name: 'remove a user',
    prepare: async store => void (await ready(store, 'one')),
    act: async store => void (await store.remove(user, 5)),
    async expect(store, here) {
      expect(await here.mode('.removed/alice-5/cur')).toBe(0o700)
      expect(await subjects(await inboxOf(store))).toEqual({})
    },
  },
  {
    name: 'erase the mail of a user',
    prepare: async store => void (await ready(store, 'one')),
    act: async store => void (await store.remove(user, 5, { erase: true })),
    async expect(store, here) {
      await expect(here.mode('.removed/alice-5')).rejects.toThrow('ENOENT')
      expect(await subjects(await inboxOf(store))).toEqual({})
    },
  },
]

async function prepared(deed: Deed): Promise<{ here: Bench; store: MailboxStore }> {
  const here = await bench()
  const store = await here.open()
  await deed.prepare?.(store)
  return { here, store }
}

async function operationsOf(deed: Deed): Promise<number> {
  const { here, store } = await prepared(deed)
  here.faults.arm(Number.POSITIVE_INFINITY, 'crash')
  await deed.act(store)
  const { operations } = here.faults
  await deed.expect(store, here)
  return operations
}

test.each(deeds)('killed before any operation of "$name", it can be done again and comes out the same', async deed => {
  const operations = await operationsOf(deed)
  expect(operations).toBeGreaterThan(2)
  await forEachOperation(operations, async operation => {
    const { here, store } = await prepared(deed)
    here.faults.arm(operation, 'crash')
    await deed.act(store).catch((error: unknown) => expect(error).toBeInstanceOf(CrashError))
    here.faults.disarm()
    const again = await here.open()
    await deed.act(again)
    await deed.expect(again, here)
    // Letters that the killed program had named and this one has found are not lost by a power cut either.
    expect([...here.faults.unsynced].filter(path => /\/(cur|new)$/.test(path))).toEqual([])
    // And once more, from an index that is lost as well.
    const { uidValidity } = await (await inboxOf(again)).status()
    const before = await subjects(await inboxOf(again))
    here.loseIndex()
    const rebuilt = await inboxOf(await here.open())
    expect(await subjects(rebuilt)).toEqual(before)
    expect((await rebuilt.status()).uidValidity).toBe(uidValidity)
  })
})

test.each(deeds)('a full disk at any operation of "$name": an error to try later, then it works', async deed => {
  const operations = await operationsOf(deed)
  await forEachOperation(operations, async operation => {
    const { here, store } = await prepared(deed)
    here.faults.arm(operation, 'ENOSPC')
    await deed.act(store).catch((error: unknown) => expect(error).toMatchObject({ code: 'disk-full', retry: 'later' }))
    here.faults.disarm()
    await deed.act(store)
    await deed.expect(store, here)
  })
})

test('a delivery that failed is not seen, and leaves no file', async () => {
  await forEachOperation(20, async operation => {
    const here = await bench()
    const store = await here.open()
    const { inbox } = await ready(store)
    here.faults.arm(operation, 'EIO')
    const outcome = await store.deliver(delivery('one')).catch((error: unknown) => error)
    here.faults.disarm()
    if (outcome === 'delivered') return
    expect(outcome).toMatchObject({ code: 'disk-failed', retry: 'later' })
    expect(await inbox.status()).toMatchObject({ messages: 0 })
    expect(await here.files()).toEqual([])
  })
})

test('a copy or an append that is killed is there whole or not at all', async () => {
  const act = async (store: MailboxStore) => {
    await (await inboxOf(store)).copy([1, 2], 'A')
    await append(account(store), 'A', 'three')
  }
  await forEachOperation(40, async operation => {
    const here = await bench()
    const store = await here.open()
    await ready(store, 'one', 'two')
    await account(store).create('A')
    here.faults.arm(operation, 'crash')
    const killed = await act(store).then(
      () => false,
      () => true,
    )
    here.faults.disarm()
    const again = await folder(await here.open(), 'A')
    const { added } = await again.changes(0)
    for (const { uid } of added) {
      const text = /Subject: (.*)\r\n/.exec(await readText(again, uid))?.[1] ?? ''
      expect(await readText(again, uid)).toBe(letter(text))
    }
    if (!killed) expect(added.length).toBe(3)
    const files = await here.files()
    expect(files.filter(file => file.includes('tmp/'))).toEqual([])
    expect(files.length).toBe(2 + added.length)
  })
})
