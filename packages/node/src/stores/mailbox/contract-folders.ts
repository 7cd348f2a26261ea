/** What every mailbox store must do with several folders; part of the contract. */
import type { MailAccount, Refusal } from '@posthorn/imap'
import { expect, test } from 'vitest'
import {
  append,
  at,
  bodyOf,
  delivery,
  inboxOf,
  letter,
  type MakeMailbox,
  present,
  ready,
  subjects,
  user,
} from './testing.ts'

export function folderContract(make: MakeMailbox): void {
  copyContract(make)
  appendContract(make)
  foldersContract(make)
  namesContract(make)
  isolationContract(make)
  importContract(make)
}

function importContract(make: MakeMailbox): void {
  test('imported letters are taken once, whatever way they came before; a failing source leaves nothing', async () => {
    const store = await make()
    const { inbox } = await ready(store, 'one')
    const imported = (text: string) => ({
      source: bodyOf(letter(text)).read(),
      flags: ['\\Seen'],
      internalDate: at - 5000,
    })
    const open = async () => present(await store.importer(user, 'INBOX'))
    const take = async (...texts: string[]) => (await open()).take(texts.map(imported))
    expect(await take('one', 'two', 'two')).toEqual(['present', 'taken', 'taken'])
    expect(await take('two', 'one', 'two', 'two', 'three')).toEqual(['present', 'present', 'present', 'taken', 'taken'])
    const { added } = await inbox.changes(0)
    expect(added.map(({ uid }) => uid)).toEqual([1, 2, 3, 4, 5])
    expect(added[1]).toMatchObject({ flags: ['\\Seen'], internalDate: at - 5000 })
    const broken = async function* () {
      yield Buffer.from('half')
      throw new Error('the source failed')
    }
    const failing = { source: broken(), flags: [], internalDate: null }
    await expect((await open()).take([imported('four'), failing])).rejects.toThrow('the source failed')
    expect(await inbox.status()).toMatchObject({ messages: 5, uidNext: 6 })
    expect(await store.importer(user, 'Nowhere')).toMatchObject({ refused: 'nonexistent' })
    expect(await store.deliver(delivery('two'))).toBe('delivered')
  })
}

function copyContract(make: MakeMailbox): void {
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

function appendContract(make: MakeMailbox): void {
  test('the first bytes of a message, or all of it', async () => {
    const { account, inbox } = await ready(await make(), 'one')
    const head = async (uid: number, bytesMax: number) => {
      const bytes = await inbox.head(uid, bytesMax)
      return bytes && Buffer.from(bytes).toString('latin1')
    }
    expect(await head(1, 5)).toBe('From:')
    expect(await head(1, 10_000)).toBe(letter('one'))
    expect(await head(2, 5)).toBeUndefined()
    await account.create('Work')
    await inbox.move([1], 'Work')
    expect(await head(1, 5)).toBeUndefined()
    const work = present(await account.open('Work'))
    await account.rename('Work', 'Done')
    expect(Buffer.from((await work.head(1, 5)) ?? []).toString()).toBe('From:')
  })

  test('an appended message has its flags and date; its Message-ID does not hold up a delivery', async () => {
    const store = await make()
    const { account, inbox } = await ready(store)
    const { uid, uidValidity } = await append(account, 'INBOX', 'one', ['\\Seen', '$MDNSent'])
    expect({ uid, uidValidity }).toEqual({ uid: 1, uidValidity: (await inbox.status()).uidValidity })
    const { added } = await inbox.changes(0)
    expect(added).toMatchObject([{ uid: 1, flags: ['\\Seen', '$MDNSent'], internalDate: at - 1000 }])
    expect(await store.deliver(delivery('one'))).toBe('delivered')
    expect(await account.quota()).toMatchObject({ usedBytes: letter('one').length * 2, limitBytes: null })
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

const names = async (account: MailAccount) => (await account.folders()).map(folder => folder.name)

function foldersContract(make: MakeMailbox): void {
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

  test('who listens to all of a person’s mail hears which folder changed, and of the folders', async () => {
    const store = await make()
    const { account, inbox } = await ready(store)
    const heard: string[] = []
    const stop = account.onChange(change => {
      heard.push(typeof change === 'string' ? change : change.folder)
    })
    const hears = async (act: () => Promise<unknown>) => {
      heard.length = 0
      await act()
      return [...new Set(heard)].sort()
    }
    expect(await hears(() => store.deliver(delivery('one')))).toEqual(['INBOX'])
    expect(await hears(() => account.create('A'))).toContain('folders')
    expect(await hears(() => inbox.storeFlags([1], 'add', ['\\Seen']))).toEqual(['INBOX'])
    expect(await hears(() => inbox.move([1], 'A'))).toEqual(['A', 'INBOX'])
    expect(await hears(() => account.rename('A', 'B'))).toContain('folders')
    expect(await hears(() => account.subscribe('B', true))).toEqual(['folders'])
    expect(await hears(() => account.remove('B'))).toContain('folders')
    expect(await hears(() => store.deliver(delivery('two', { user: 'bob' })))).toEqual([])
    stop()
    expect(await hears(() => store.deliver(delivery('three')))).toEqual([])
  })

  test('a folder has one identity, whoever opens it, and another when it is made again', async () => {
    const store = await make()
    const { account } = await ready(store)
    await account.create('A')
    const identity = async (name: string) => present(await store.account(user, 'alice@example').open(name)).identity
    const first = await identity('A')
    expect(first).toBeDefined()
    expect(await identity('A')).toBe(first)
    expect(await identity('INBOX')).not.toBe(first)
    await account.rename('A', 'B')
    expect(await identity('B')).toBe(first)
    await account.remove('B')
    await account.create('B')
    expect(await identity('B')).not.toBe(first)
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
}

function namesContract(make: MakeMailbox): void {
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

function isolationContract(make: MakeMailbox): void {
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
