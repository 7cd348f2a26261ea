/** What every mailbox store must do. Run by the real store and by its twin in memory. */
import { describe, expect, test } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import type { Body } from '../spool/spool.ts'
import { annotationContract, quotaContract } from './contract-annotations.ts'
import { folderContract } from './contract-folders.ts'
import { notesContract } from './contract-notes.ts'
import type { MailboxStore } from './mailbox.ts'
import type { QuotaBytesOf } from './quota.ts'
import {
  at,
  bodyOf,
  delivery,
  inboxOf,
  letter,
  type MakeMailbox,
  readText,
  ready,
  subjects,
  TestClock,
  user,
} from './testing.ts'

export type MailboxFactory = (options: { clock: Clock; quotaBytesOf?: QuotaBytesOf }) => Promise<MailboxStore>

const dayMs = 24 * 60 * 60 * 1000

export function mailboxContract(name: string, factory: MailboxFactory): void {
  const make = () => factory({ clock: new TestClock() })
  describe(`mailbox: ${name}`, () => {
    deliveryContract(make)
    heldContract(make)
    forgettingContract(make)
    leapContract(make)
    changesContract(make)
    flagContract(make)
    folderContract(make)
    annotationContract(make)
    quotaContract(limit => factory({ clock: new TestClock(), quotaBytesOf: limit }))
    notesContract(make)
  })
}

function deliveryContract(make: MakeMailbox): void {
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
    expect(await store.wasDelivered(user, delivery('one').deliveryId)).toBe(true)
    expect(await store.wasDelivered(user, 'another road')).toBe(false)
    expect(await store.wasDelivered('somebody', delivery('one').deliveryId)).toBe(false)
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

/** What an app may have seen of a mailbox that was then brought back as it had been before. */
const mayHaveBeenSeen = { uids: 900_000, modseqs: 900_000_000 }

function leapContract(make: MakeMailbox): void {
  test('after a leap new mail, changes and folders have numbers that nobody can have seen; letters stay', async () => {
    const store = await make()
    const { account, inbox } = await ready(store, 'one', 'two')
    const before = await inbox.status()
    const { added } = await inbox.changes(0)
    await store.leap(user)
    const after = await inbox.status()
    expect(after).toMatchObject({ uidValidity: before.uidValidity, messages: 2 })
    expect(after.uidNext).toBeGreaterThan(before.uidNext + mayHaveBeenSeen.uids)
    expect(after.highestModseq).toBeGreaterThan(before.highestModseq + mayHaveBeenSeen.modseqs)
    expect((await inbox.changes(0)).added).toEqual(added)
    await store.deliver(delivery('three'))
    expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two', [after.uidNext]: 'three' })
    await account.create('Later')
    const later = await account.status('Later')
    if ('refused' in later) return expect.unreachable(later.text)
    expect(later.uidValidity).toBeGreaterThan(before.uidValidity + mayHaveBeenSeen.uids)
    await store.leap(user)
    expect((await inbox.status()).uidNext).toBeGreaterThan(after.uidNext + mayHaveBeenSeen.uids)
  })
}

function heldContract(make: MakeMailbox): void {
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

function forgettingContract(make: MakeMailbox): void {
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

function changesContract(make: MakeMailbox): void {
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
    expect(changes.expunged).toEqual([3, 4])
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

function flagContract(make: MakeMailbox): void {
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

  test('a conditional store leaves alone what changed since, and says which', async () => {
    const { inbox } = await ready(await make(), 'one', 'two', 'three', 'four')
    const { highestModseq } = await inbox.status()
    expect(await inbox.storeFlags([2], 'add', ['theirs'])).toEqual([])
    await inbox.storeFlags([4], 'add', ['\\Seen'])
    const flags = async () => (await inbox.changes(0)).added.map(row => row.flags)
    expect(await inbox.storeFlags([4, 1, 2, 3, 2, 9], 'add', ['mine'], highestModseq)).toEqual([2, 4])
    expect(await flags()).toEqual([['mine'], ['theirs'], ['mine'], ['\\Seen']])
    const { added } = await inbox.changes(0)
    const now = Math.max(...added.map(row => row.modseq))
    expect(await inbox.storeFlags([1, 2, 3, 4], 'replace', [], now)).toEqual([])
    expect(await flags()).toEqual([[], [], [], []])
    expect(await inbox.storeFlags([1], 'add', ['\\Seen'], 0)).toEqual([1])
    // Two at once with the same condition: one of them is too late, whichever.
    const { highestModseq: before } = await inbox.status()
    const answers = await Promise.all(['a', 'b'].map(flag => inbox.storeFlags([3], 'add', [flag], before)))
    expect(answers.sort((one, other) => one.length - other.length)).toEqual([[], [3]])
    expect((await flags())[2]).toHaveLength(1)
  })

  test('expunge removes what is deleted among those asked for, and no UID comes back', async () => {
    const store = await make()
    const { inbox } = await ready(store, 'one', 'two', 'three')
    await inbox.storeFlags([1, 3], 'add', ['\\Deleted'])
    expect((await inbox.status()).deleted).toBe(2)
    expect(await inbox.expunge([2, 3])).toEqual([3])
    expect((await inbox.status()).deleted).toBe(1)
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
