/** What every mailbox store must do so that mail does not grow for ever. */
import type { Folder } from '@posthorn/imap'
import { describe, expect, test } from 'vitest'
import type { Delivery, MailboxStore } from './mailbox.ts'
import { append, at, bodyOf, delivery, inboxOf, present, ready, subjects, TestClock, user } from './testing.ts'

type Factory = (clock: TestClock) => Promise<MailboxStore>

const dayMs = 24 * 60 * 60 * 1000

export function limitsContract(name: string, factory: Factory): void {
  describe(`mailbox, what it holds: ${name}`, () => {
    quotaContract(() => factory(new TestClock()))
    retentionContract(factory)
    removalContract(() => factory(new TestClock()))
  })
}

function quotaContract(make: () => Promise<MailboxStore>): void {
  const quota = { sizeBytesMax: null, messagesMax: null }

  test('a letter that the quota has no room for is not taken, and is no duplicate later', async () => {
    const store = await make()
    const { account, inbox } = await ready(store, 'one')
    await account.create('Filed')
    await inbox.move([1], 'Filed')
    const { sizeBytes } = present(await account.status('Filed'))
    const two = delivery('two')
    const room = sizeBytes + two.body.sizeBytes
    expect(await store.deliver({ ...two, quota: { ...quota, sizeBytesMax: room - 1 } })).toBe('full')
    expect(await store.deliver({ ...two, quota: { ...quota, messagesMax: 1 } })).toBe('full')
    expect(await subjects(inbox)).toEqual({})
    expect(await store.deliver({ ...two, quota: { sizeBytesMax: room, messagesMax: 2 } })).toBe('delivered')
    expect(await store.deliver({ ...two, quota: { ...quota, messagesMax: 0 } })).toBe('duplicate')
    expect(await store.deliver(delivery('three', { quota }))).toBe('delivered')
  })

  test('what is held back counts', async () => {
    const store = await make()
    const limited = (text: string) => store.deliver(delivery(text, { quota: { ...quota, messagesMax: 2 } }))
    expect(await limited('one')).toBe('held')
    expect(await limited('two')).toBe('held')
    expect(await limited('three')).toBe('full')
    const room = delivery('one').body.sizeBytes * 2
    expect(await store.deliver(delivery('four', { quota: { ...quota, sizeBytesMax: room } }))).toBe('full')
    await store.account(user, 'x@y').releaseHeld()
    expect(await limited('three')).toBe('full')
    expect(Object.values(await subjects(await inboxOf(store)))).toEqual(['one', 'two'])
  })
}

const encrypted = (text: string, more = 'Chat-Version: 1.0') =>
  [
    'Content-Type: multipart/encrypted;',
    '\tprotocol="application/pgp-encrypted"; boundary="x"',
    'To: "hidden-recipients": ;',
    `Subject: ${more === '' ? '[...]' : text}`,
    ...(more === '' ? [] : [more]),
    `Message-ID: <${text}@localhost>`,
    '',
    `--x\r\n${text}`,
  ].join('\r\n')

const chat = (text: string, changes: Partial<Delivery> = {}) =>
  delivery(text, { body: bodyOf(encrypted(text)), ...changes })

/** A node whose days go by. */
class Days {
  readonly clock = new TestClock()
  store: MailboxStore

  private constructor(store: MailboxStore, clock: TestClock) {
    this.store = store
    this.clock = clock
  }

  static async begin(factory: Factory): Promise<Days> {
    const clock = new TestClock()
    const days = new Days(await factory(clock), clock)
    await days.store.prune(clock.now())
    return days
  }

  /** Delta Chat looks in each day, or not. */
  async pass(count: number, chatLooks: boolean): Promise<void> {
    for (let day = 0; day < count; day += 1) {
      this.clock.time += dayMs
      await this.store.prune(this.clock.now())
      if (chatLooks) await this.store.account(user, 'alice@example').seenByChat?.()
    }
  }

  expire(days = 30): Promise<number> {
    return this.store.expireChat({ daysOf: () => days })
  }
}

const uidsOf = async (folder: Folder) => (await folder.changes(0)).added.map(({ uid }) => uid)

function retentionContract(factory: Factory): void {
  test('chat messages leave INBOX after their days, all other mail stays', async () => {
    const days = await Days.begin(factory)
    const { store } = days
    const { account, inbox } = await ready(store, 'plain')
    const handshake = 'Secure-Join: vc-request\r\nSubject: x\r\n\r\n'
    const pgp = encrypted('pgp', 'User-Agent: Mozilla Thunderbird').replace('"hidden-recipients": ;', 'bob@example')
    await store.deliver(chat('two'))
    await store.deliver(delivery('three', { body: bodyOf(encrypted('three', '')) }))
    await store.deliver(delivery('four', { body: bodyOf(handshake) }))
    await store.deliver(delivery('five', { body: bodyOf(pgp) }))
    await store.deliver(delivery('six', { body: bodyOf(`Chat-Version: 1.0\r\n\r\nin the clear`) }))
    await append(account, 'INBOX', 'seven')
    await days.pass(29, true)
    expect(await days.expire()).toBe(0)
    await days.pass(1, true)
    let told = 0
    inbox.onChange(() => {
      told += 1
    })
    const { highestModseq } = await inbox.status()
    expect(await days.expire(0)).toBe(0)
    expect(await days.expire(31)).toBe(0)
    expect(await days.expire()).toBe(3)
    expect(await uidsOf(inbox)).toEqual([1, 5, 6, 7])
    expect(told).toBe(1)
    expect((await inbox.changes(highestModseq)).expunged).toEqual([2, 3, 4])
    expect(await days.expire()).toBe(0)
  })

  test('what was filed stays, also when it comes back to INBOX; and what is flagged', async () => {
    const days = await Days.begin(factory)
    const { store } = days
    const { account, inbox } = await ready(store)
    await account.create('Filed')
    for (const text of ['one', 'two', 'three', 'four']) await store.deliver(chat(text))
    await inbox.move([1], 'Filed')
    await inbox.move([2], 'Filed')
    const filed = present(await account.open('Filed'))
    await filed.move([2], 'INBOX')
    await inbox.copy([3], 'Filed')
    await inbox.storeFlags([4], 'add', ['\\Flagged'])
    await days.pass(40, true)
    expect(await days.expire()).toBe(1)
    expect(await uidsOf(inbox)).toEqual([4, 5])
    expect(await uidsOf(filed)).toEqual([1, 3])
    await inbox.storeFlags([4], 'remove', ['\\Flagged'])
    expect(await days.expire()).toBe(0)
  })

  test('what Delta Chat has not seen stays, however long that is', async () => {
    const days = await Days.begin(factory)
    await ready(days.store)
    await days.pass(1, true)
    await days.store.deliver(chat('one'))
    await days.pass(100, false)
    expect(await days.expire()).toBe(0)
    await days.store.account(user, 'alice@example').seenByChat?.()
    await days.store.deliver(chat('two'))
    expect(await days.expire()).toBe(1)
    await days.pass(1, true)
    expect(await days.expire()).toBe(0)
  })

  test('a clock that jumps for years is one day', async () => {
    const days = await Days.begin(factory)
    const { inbox } = await ready(days.store)
    await days.store.deliver(chat('one'))
    for (const years of [1, 30, -5]) {
      days.clock.time = at + years * 365 * dayMs
      await days.pass(1, true)
    }
    expect(await days.expire()).toBe(0)
    expect(await uidsOf(inbox)).toEqual([1])
  })

  test('what was held back has its days from the moment it was let in', async () => {
    const days = await Days.begin(factory)
    await days.store.deliver(chat('one'))
    await days.pass(50, false)
    await days.store.account(user, 'alice@example').releaseHeld()
    await days.pass(29, true)
    expect(await days.expire()).toBe(0)
    await days.pass(1, true)
    expect(await days.expire()).toBe(1)
  })
}

function removalContract(make: () => Promise<MailboxStore>): void {
  test('a user who comes again after their mail was erased finds nothing of it', async () => {
    const store = await make()
    await ready(store, 'one')
    expect(await store.remove(user, 5, { erase: true })).toBeNull()
    const { inbox } = await ready(store)
    expect(await subjects(inbox)).toEqual({})
    expect(await store.deliver(delivery('one'))).toBe('delivered')
  })
}
