/** What every mailbox store must do. Run by the real store and by its twin in memory. */
import type { Folder, MailAccount, Refusal } from '@posthorn/imap'
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import type { Body } from '../spool/spool.ts'
import type { Delivery, MailboxStore } from './mailbox.ts'

const dayMs = 24 * 60 * 60 * 1000
export const at = 1_700_000_000_000
export const user = 'alice'

export class TestClock implements Clock {
  time = at
  now(): number {
    return this.time
  }
  sleep(): Promise<void> {
    return Promise.reject(new Error('a store does not sleep'))
  }
}

export type MailboxFactory = (clock: Clock) => Promise<MailboxStore>

export function letter(text: string): string {
  return `From: bob@example\r\nMessage-ID: <${text}@example>\r\nSubject: ${text}\r\n\r\n${text}\r\n`
}

export function bodyOf(text: string, chunkBytes = 40): Body {
  const bytes = Buffer.from(text, 'latin1')
  return {
    sizeBytes: bytes.length,
    async *read(startBytes = 0) {
      for (let start = startBytes; start < bytes.length; start += chunkBytes) {
        yield bytes.subarray(start, start + chunkBytes)
      }
    },
  }
}

export function delivery(text: string, changes: Partial<Delivery> = {}): Delivery {
  const id = { deliveryId: `packet-${text}`, messageId: `${text}@example` }
  return { user, body: bodyOf(letter(text)), returnPath: null, at, ...id, ...changes }
}

export function present<T extends object>(value: T | Refusal): T {
  if ('refused' in value) throw new Error(`refused: ${value.text}`)
  return value
}

export async function inboxOf(store: MailboxStore, name = user): Promise<Folder> {
  return present(await store.account(name, `${name}@example`).open('INBOX'))
}

export async function readText(folder: Folder, uid: number, range?: { start: number; end: number }): Promise<string> {
  const source = await folder.read(uid, range)
  if (source === undefined) throw new Error(`no message ${uid}`)
  const chunks: Uint8Array[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks).toString('latin1')
}

/** The subjects in a folder, by UID. */
export async function subjects(folder: Folder): Promise<Record<number, string>> {
  const { added } = await folder.changes(0)
  const found: Record<number, string> = {}
  for (const { uid } of added) found[uid] = /Subject: (.*)\r\n/.exec(await readText(folder, uid))?.[1] ?? ''
  return found
}

export async function append(account: MailAccount, name: string, text: string, flags: string[] = []) {
  const body = bodyOf(letter(text))
  const options = { flags, internalDate: at - 1000, sizeBytes: body.sizeBytes }
  return present(await account.append(name, body.read(), options))
}

/** A user whose client is ready, with the letters `one`, `two`, … of these names in INBOX. */
export async function ready(store: MailboxStore, ...texts: string[]): Promise<{ account: MailAccount; inbox: Folder }> {
  const account = store.account(user, 'alice@example')
  await account.releaseHeld()
  for (const text of texts) await store.deliver(delivery(text))
  return { account, inbox: await inboxOf(store) }
}

export function mailboxContract(name: string, factory: MailboxFactory): void {
  const make = () => factory(new TestClock())
  describe(`mailbox: ${name}`, () => {
    deliveryContract(make)
    heldContract(make)
    forgettingContract(make)
    changesContract(make)
    flagContract(make)
    copyContract(make)
    appendContract(make)
    foldersContract(make)
    isolationContract(make)
  })
}

function deliveryContract(make: () => Promise<MailboxStore>): void {
  test('a letter is delivered once by its delivery, and once by its Message-ID', async () => {
    const store = await make()
    const { inbox } = await ready(store)
    expect(await store.deliver(delivery('one'))).toBe('delivered')
    expect(await store.deliver(delivery('one'))).toBe('duplicate')
    expect(await store.deliver(delivery('one', { deliveryId: 'another road' }))).toBe('duplicate')
    expect(await store.deliver(delivery('one', { messageId: 'another@example' }))).toBe('duplicate')
    expect(await store.deliver(delivery('two', { messageId: null }))).toBe('delivered')
    expect(await store.deliver(delivery('three', { messageId: null }))).toBe('delivered')
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two', 3: 'three' })
    const twins = await Promise.all([1, 2, 3].map(() => store.deliver(delivery('four'))))
    expect(twins.sort()).toEqual(['delivered', 'duplicate', 'duplicate'])
  })

  test('bytes are kept as they came, but for bare line ends', async () => {
    const store = await make()
    const { inbox } = await ready(store)
    const raw = `Subject: x\nA: \xff\xfe\0\r\n\r\n\n\r\nlone \r stays\r\n.\r\nlast line`
    // Line ends fall on the borders of chunks.
    await store.deliver(delivery('raw', { body: bodyOf(raw, 1), returnPath: null }))
    const kept = `Subject: x\r\nA: \xff\xfe\0\r\n\r\n\r\n\r\nlone \r stays\r\n.\r\nlast line`
    expect(await readText(inbox, 1)).toBe(kept)
    const { added } = await inbox.changes(0)
    expect(added).toMatchObject([{ uid: 1, flags: [], sizeBytes: kept.length, internalDate: at }])
    expect(await readText(inbox, 1, { start: 3, end: 12 })).toBe(kept.slice(3, 12))
    expect(await readText(inbox, 1, { start: 3, end: 999_999 })).toBe(kept.slice(3))
    expect(await readText(inbox, 1, { start: 9999, end: 10_000 })).toBe('')
    expect(await inbox.read(2)).toBeUndefined()
  })

  test('the return path stands in front, and nothing in it can break out', async () => {
    const store = await make()
    const { inbox } = await ready(store)
    await store.deliver(delivery('one', { returnPath: 'bob@example' }))
    await store.deliver(delivery('two', { returnPath: '' }))
    await store.deliver(delivery('three', { returnPath: 'x>\r\nBcc: evil\0<' }))
    expect(await readText(inbox, 1)).toBe(`Return-Path: <bob@example>\r\n${letter('one')}`)
    expect(await readText(inbox, 2)).toBe(`Return-Path: <>\r\n${letter('two')}`)
    expect(await readText(inbox, 3)).toBe(`Return-Path: <xBcc:evil>\r\n${letter('three')}`)
  })

  test('a body that fails leaves nothing, and can be delivered again', async () => {
    const store = await make()
    const { inbox } = await ready(store)
    const broken: Body = {
      sizeBytes: 100,
      async *read() {
        yield Buffer.from('From: half')
        throw new Error('the spool failed')
      },
    }
    await expect(store.deliver(delivery('one', { body: broken }))).rejects.toThrow('the spool failed')
    expect(await inbox.status()).toMatchObject({ messages: 0, uidNext: 1 })
    expect(await store.deliver(delivery('one'))).toBe('delivered')
  })
}

function heldContract(make: () => Promise<MailboxStore>): void {
  test('mail is held until the first client is ready, then let in once, in order', async () => {
    const store = await make()
    await store.create(user)
    for (const text of ['one', 'two', 'three']) expect(await store.deliver(delivery(text))).toBe('held')
    expect(await store.deliver(delivery('two'))).toBe('duplicate')
    const account = store.account(user, 'alice@example')
    const inbox = await inboxOf(store)
    expect(await inbox.status()).toMatchObject({ messages: 0, uidNext: 1 })
    let told = 0
    inbox.onChange(() => {
      told += 1
    })
    await account.releaseHeld()
    expect(told).toBe(1)
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two', 3: 'three' })
    await account.releaseHeld()
    expect(await store.deliver(delivery('two'))).toBe('duplicate')
    expect(await store.deliver(delivery('four'))).toBe('delivered')
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two', 3: 'three', 4: 'four' })
  })

  test('many held letters keep their order', async () => {
    const store = await make()
    const texts = Array.from({ length: 12 }, (_, number) => `n${number}`)
    for (const [number, text] of texts.entries()) await store.deliver(delivery(text, { at: at - number * 5000 }))
    const { inbox } = await ready(store)
    expect(Object.values(await subjects(inbox))).toEqual(texts)
  })
}

function forgettingContract(make: () => Promise<MailboxStore>): void {
  test('deliveries are remembered for a year of days, not for a jump of the clock', async () => {
    const store = await make()
    await ready(store, 'one')
    for (const years of [1, 2, 50, -20]) await store.prune(at + years * 366 * dayMs)
    for (let day = 1; day <= 350; day += 1) await store.prune(at + day * dayMs)
    expect(await store.deliver(delivery('one'))).toBe('duplicate')
    for (let day = 351; day <= 380; day += 1) await store.prune(at + day * dayMs)
    expect(await store.deliver(delivery('one'))).toBe('delivered')
  })

  test('a user who was removed begins anew', async () => {
    const store = await make()
    const { inbox } = await ready(store, 'one')
    await store.remove(user, at)
    await expect(inbox.status()).rejects.toMatchObject({ code: 'folder-gone' })
    await store.remove(user, at)
    await store.create(user)
    expect(await store.deliver(delivery('one'))).toBe('held')
    expect(await (await inboxOf(store)).status()).toMatchObject({ messages: 0 })
  })
}

function changesContract(make: () => Promise<MailboxStore>): void {
  test('changes tell what was added, changed and expunged since, each UID once', async () => {
    const store = await make()
    const { inbox } = await ready(store, 'one', 'two', 'three')
    const before = await inbox.status()
    expect(before).toMatchObject({ messages: 3, unseen: 3, uidNext: 4 })
    await store.deliver(delivery('four'))
    await inbox.storeFlags([2], 'add', ['\\Seen'])
    await inbox.storeFlags([3, 4], 'add', ['\\Deleted'])
    expect(await inbox.expunge('all')).toEqual([3, 4])
    await store.deliver(delivery('five'))
    const changes = await inbox.changes(before.highestModseq)
    expect(changes.added.map(row => row.uid)).toEqual([5])
    expect(changes.changed).toMatchObject([{ uid: 2, flags: ['\\Seen'] }])
    expect(changes.expunged).toEqual([3])
    const after = await inbox.status()
    expect(changes.highestModseq).toBe(after.highestModseq)
    expect(after).toMatchObject({ messages: 3, unseen: 2, uidNext: 6 })
    expect(after.highestModseq).toBeGreaterThan(before.highestModseq)
    expect(await inbox.changes(after.highestModseq)).toMatchObject({ added: [], changed: [], expunged: [] })
    const all = await inbox.changes(0)
    expect(all.added.map(row => row.uid)).toEqual([1, 2, 5])
    expect(all).toMatchObject({ changed: [], expunged: [] })
  })

  test('an empty folder begins at 1', async () => {
    const { inbox } = await ready(await make())
    expect(await inbox.status()).toMatchObject({ highestModseq: 1, uidNext: 1, messages: 0, unseen: 0, sizeBytes: 0 })
  })

  test('listeners are called after each change, until they stop', async () => {
    const store = await make()
    const { inbox } = await ready(store)
    const other = await inboxOf(store)
    const seen: number[] = []
    const stop = other.onChange(() => {
      seen.push(seen.length)
    })
    await store.deliver(delivery('one'))
    await inbox.storeFlags([1], 'add', ['\\Deleted'])
    await inbox.storeFlags([1], 'add', ['\\Deleted'])
    await inbox.expunge([1])
    expect(seen.length).toBe(3)
    stop()
    await store.deliver(delivery('two'))
    expect(seen.length).toBe(3)
  })
}

function flagContract(make: () => Promise<MailboxStore>): void {
  test('flags are added, removed and replaced; keywords too', async () => {
    const { inbox } = await ready(await make(), 'one', 'two')
    const flags = async () => (await inbox.changes(0)).added.map(row => row.flags)
    await inbox.storeFlags([1, 9], 'add', ['\\seen', '$Forwarded', '\\Recent', 'bad word', '$forwarded'])
    expect(await flags()).toEqual([['\\Seen', '$Forwarded'], []])
    await inbox.storeFlags([1, 2], 'add', ['\\Flagged', '\\Draft', '\\Answered'])
    await inbox.storeFlags([1], 'remove', ['\\SEEN', '\\Draft', 'absent'])
    expect(await flags()).toEqual([
      ['\\Answered', '\\Flagged', '$Forwarded'],
      ['\\Answered', '\\Draft', '\\Flagged'],
    ])
    await inbox.storeFlags([2], 'replace', [])
    await inbox.storeFlags([1], 'replace', ['Junk'])
    expect(await flags()).toEqual([['Junk'], []])
    expect(await readText(inbox, 1)).toBe(letter('one'))
  })

  test('a store that changes nothing is no change', async () => {
    const { inbox } = await ready(await make(), 'one')
    await inbox.storeFlags([1], 'add', ['\\Seen'])
    const { highestModseq } = await inbox.status()
    await inbox.storeFlags([1], 'add', ['\\Seen'])
    await inbox.storeFlags([7], 'add', ['\\Seen'])
    expect((await inbox.status()).highestModseq).toBe(highestModseq)
  })

  test('expunge removes what is deleted among those asked for, and no UID comes back', async () => {
    const store = await make()
    const { inbox } = await ready(store, 'one', 'two', 'three')
    await inbox.storeFlags([1, 3], 'add', ['\\Deleted'])
    expect(await inbox.expunge([2, 3])).toEqual([3])
    expect(await inbox.read(3)).toBeUndefined()
    expect(await inbox.expunge('all')).toEqual([1])
    expect(await inbox.expunge('all')).toEqual([])
    await store.deliver(delivery('four'))
    expect(await subjects(inbox)).toEqual({ 2: 'two', 4: 'four' })
  })

  test('a stream that is being read survives a change of flags', async () => {
    const { inbox } = await ready(await make(), 'one')
    const source = await inbox.read(1)
    await inbox.storeFlags([1], 'add', ['\\Seen'])
    const chunks: Uint8Array[] = []
    for await (const chunk of source ?? []) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe(letter('one'))
  })
}

function copyContract(make: () => Promise<MailboxStore>): void {
  test('copies have all but the UID; moves leave nothing behind', async () => {
    const { account, inbox } = await ready(await make(), 'one', 'two', 'three')
    await account.create('Archive')
    const archive = present(await account.open('Archive'))
    await inbox.storeFlags([2], 'add', ['\\Seen', '$Label'])
    const copied = present(await inbox.copy([3, 2, 2, 99], 'Archive'))
    expect(copied.pairs).toEqual([
      { from: 2, to: 1 },
      { from: 3, to: 2 },
    ])
    expect(copied.uidValidity).toBe((await archive.status()).uidValidity)
    const { added } = await archive.changes(0)
    expect(added).toMatchObject([{ flags: ['\\Seen', '$Label'], internalDate: at }, { flags: [] }])
    expect((await inbox.status()).messages).toBe(3)
    const { highestModseq } = await inbox.status()
    expect(present(await inbox.move([1, 3], 'Archive')).pairs).toEqual([
      { from: 1, to: 3 },
      { from: 3, to: 4 },
    ])
    expect((await inbox.changes(highestModseq)).expunged).toEqual([1, 3])
    expect(await subjects(archive)).toEqual({ 1: 'two', 2: 'three', 3: 'one', 4: 'three' })
    expect(await subjects(inbox)).toEqual({ 2: 'two' })
    expect(present(await inbox.move([2], 'INBOX')).pairs).toEqual([{ from: 2, to: 4 }])
    expect(await subjects(inbox)).toEqual({ 4: 'two' })
    expect(await inbox.copy([4], 'Nowhere')).toMatchObject({ refused: 'nonexistent' })
    expect(await inbox.move([4], '../../etc')).toMatchObject({ refused: 'nonexistent' })
    expect(present(await inbox.copy([77], 'Archive')).pairs).toEqual([])
  })
}

function appendContract(make: () => Promise<MailboxStore>): void {
  test('an appended message has its flags and date; its Message-ID does not hold up a delivery', async () => {
    const store = await make()
    const { account, inbox } = await ready(store)
    const { uid, uidValidity } = await append(account, 'INBOX', 'one', ['\\Seen', '$MDNSent'])
    expect({ uid, uidValidity }).toEqual({ uid: 1, uidValidity: (await inbox.status()).uidValidity })
    const { added } = await inbox.changes(0)
    expect(added).toMatchObject([{ uid: 1, flags: ['\\Seen', '$MDNSent'], internalDate: at - 1000 }])
    expect(await store.deliver(delivery('one'))).toBe('delivered')
    expect(await account.quota()).toEqual({ usedBytes: letter('one').length * 2, limitBytes: null })
  })

  test.each([-1, 1])('a message whose size is %i off is not kept', async off => {
    const { account, inbox } = await ready(await make())
    const body = bodyOf(letter('one'))
    const options = { flags: [], internalDate: null, sizeBytes: body.sizeBytes + off }
    await expect(account.append('INBOX', body.read(), options)).rejects.toMatchObject({ code: 'size-mismatch' })
    expect(await inbox.status()).toMatchObject({ messages: 0, uidNext: 1 })
    const nowhere = await account.append('Nowhere', body.read(), options)
    expect(nowhere).toMatchObject({ refused: 'nonexistent' })
  })
}

function foldersContract(make: () => Promise<MailboxStore>): void {
  const names = async (account: MailAccount) => (await account.folders()).map(folder => folder.name)

  test('folders are made, renamed with what is below them, and removed', async () => {
    const { account, inbox } = await ready(await make(), 'one')
    for (const name of ['Work', 'Work/Bills', 'Workshop']) expect(await account.create(name)).toBeUndefined()
    await inbox.copy([1], 'Work/Bills')
    const open = present(await account.open('Work/Bills'))
    expect(await account.rename('Work', 'Büro/日本')).toBeUndefined()
    expect(await names(account)).toEqual(['Büro/日本', 'Büro/日本/Bills', 'INBOX', 'Workshop'])
    expect(await subjects(open)).toEqual({ 1: 'one' })
    expect(await subjects(present(await account.open('Büro/日本/Bills')))).toEqual({ 1: 'one' })
    expect(await account.remove('Büro/日本/Bills')).toBeUndefined()
    await expect(open.status()).rejects.toMatchObject({ code: 'folder-gone' })
    expect(await open.read(1)).toBeUndefined()
    expect(await names(account)).toEqual(['Büro/日本', 'INBOX', 'Workshop'])
  })

  test('what cannot be is refused', async () => {
    const { account } = await ready(await make())
    await account.create('A')
    await account.create('B')
    const refusals: [Promise<Refusal | undefined>, string][] = [
      [account.create('INBOX'), 'already-exists'],
      [account.create('inbox'), 'not-allowed'],
      [account.create('A'), 'already-exists'],
      [account.create(''), 'not-allowed'],
      [account.create('A//B'), 'not-allowed'],
      [account.create('/etc'), 'not-allowed'],
      [account.create('a\0b'), 'not-allowed'],
      [account.create('x'.repeat(255)), 'not-allowed'],
      [account.remove('INBOX'), 'not-allowed'],
      [account.remove('C'), 'nonexistent'],
      [account.rename('INBOX', 'C'), 'not-allowed'],
      [account.rename('A', 'B'), 'already-exists'],
      [account.rename('A', 'A/B'), 'not-allowed'],
      [account.rename('A', 'a\nb'), 'not-allowed'],
      [account.rename('C', 'D'), 'nonexistent'],
      [account.subscribe('C', true), 'nonexistent'],
    ]
    for (const [answer, refused] of refusals) expect(await answer).toMatchObject({ refused })
    expect(await account.status('C')).toMatchObject({ refused: 'nonexistent' })
    expect(await account.open('../bob')).toMatchObject({ refused: 'nonexistent' })
    expect(await names(account)).toEqual(['A', 'B', 'INBOX'])
  })

  test('a folder made again under the same name has a greater UIDVALIDITY; no two have the same', async () => {
    const { account, inbox } = await ready(await make())
    const validity = async (name: string) => present(await account.status(name)).uidValidity
    await account.create('A')
    const first = await validity('A')
    await account.remove('A')
    await account.create('A')
    expect(await validity('A')).toBeGreaterThan(first)
    expect(await validity('A')).not.toBe((await inbox.status()).uidValidity)
  })

  test('subscriptions and special uses', async () => {
    const { account } = await ready(await make())
    await account.create('Sent')
    await account.subscribe('Sent', true)
    await account.subscribe('INBOX', false)
    expect(await account.folders()).toEqual([
      { name: 'INBOX', subscribed: false, specialUse: null },
      { name: 'Sent', subscribed: true, specialUse: '\\Sent' },
    ])
    expect(await account.subscribe('Gone', false)).toBeUndefined()
  })

  test('strange names of folders come back as they were', async () => {
    const { account } = await ready(await make())
    const strange = [
      '.',
      '..',
      '../..',
      'a.b',
      '.hidden',
      'a&b',
      '&',
      '&-',
      '&AC4-',
      'a%2Fb',
      '~',
      'cur',
      'Ä/ö.ü',
      '😀',
      ' x ',
    ]
    for (const name of strange) expect(await account.create(name)).toBeUndefined()
    expect(new Set(await names(account))).toEqual(new Set(['INBOX', ...strange]))
    for (const name of strange) {
      await append(account, name, 'one')
      expect(present(await account.status(name))).toMatchObject({ name, messages: 1 })
    }
  })
}

function isolationContract(make: () => Promise<MailboxStore>): void {
  test('each person has their own mail', async () => {
    const store = await make()
    await ready(store, 'one')
    expect(await store.deliver(delivery('one', { user: 'bob' }))).toBe('held')
    const bob = store.account('bob', 'bob@example')
    await bob.releaseHeld()
    await bob.create('Private')
    expect(await subjects(await inboxOf(store, 'bob'))).toEqual({ 1: 'one' })
    expect(await store.account(user, 'alice@example').open('Private')).toMatchObject({ refused: 'nonexistent' })
  })

  test('many letters to many people at once all arrive', async () => {
    const store = await make()
    const people = ['ann', 'ben', 'cleo']
    for (const name of people) await store.account(name, `${name}@example`).releaseHeld()
    const texts = Array.from({ length: 10 }, (_, number) => `n${number}`)
    await Promise.all(people.flatMap(name => texts.map(text => store.deliver(delivery(text, { user: name })))))
    for (const name of people) {
      const found = await subjects(await inboxOf(store, name))
      expect(Object.keys(found)).toEqual(texts.map((_, index) => `${index + 1}`))
      expect(Object.values(found).sort()).toEqual([...texts].sort())
    }
  })
}
