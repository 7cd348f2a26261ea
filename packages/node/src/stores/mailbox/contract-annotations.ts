/** What every mailbox store must do with annotations, special uses, the usual folders and quotas. */
import type { Annotations, AppendMessage, MailAccount } from '@posthorn/imap'
import { expect, test } from 'vitest'
import { mailboxLimits } from './limits.ts'
import type { MailboxStore } from './mailbox.ts'
import type { QuotaBytesOf } from './quota.ts'
import { append, at, bodyOf, delivery, letter, type MakeMailbox, present, ready, user } from './testing.ts'

function noted(...pairs: readonly (readonly [entry: string, value: string | null])[]) {
  return new Map(pairs.map(([entry, value]) => [entry, value === null ? null : Uint8Array.from(Buffer.from(value))]))
}

async function textsOf(account: MailAccount, name: string): Promise<Record<string, string>> {
  const annotations: Annotations = present(await account.annotations(name))
  return Object.fromEntries([...annotations].map(([entry, value]) => [entry, Buffer.from(value).toString()]))
}

async function usesByName(account: MailAccount): Promise<Record<string, string | null>> {
  return Object.fromEntries((await account.folders()).map(({ name, specialUse }) => [name, specialUse]))
}

export function annotationContract(make: MakeMailbox): void {
  test('annotations follow their folder, outlive a rebuild and go with it', async () => {
    const store = await make()
    const { account } = await ready(store)
    await account.create('Work')
    expect(await account.annotate('Work', noted(['/private/comment', 'mine\0']))).toBeUndefined()
    await account.annotate('', noted(['/private/comment', 'all'], ['/private/x', 'y']))
    await account.rename('Work', 'Done')
    await store.rebuild()
    expect(await textsOf(account, 'Done')).toEqual({ '/private/comment': 'mine\0' })
    await account.annotate('', noted(['/private/x', null], ['/private/comment', 'changed']))
    expect(await textsOf(account, '')).toEqual({ '/private/comment': 'changed' })
    expect(await textsOf(account, 'INBOX')).toEqual({})
    await account.remove('Done')
    await account.create('Done')
    expect(await textsOf(account, 'Done')).toEqual({})
    expect(await account.annotations('Work')).toMatchObject({ refused: 'nonexistent' })
    expect(await account.annotate('../bob', noted(['/private/a', 'b']))).toMatchObject({ refused: 'nonexistent' })
  })

  test('annotations of one person never show at another, nor after they are gone', async () => {
    const store = await make()
    const { account } = await ready(store)
    const bob = store.account('bob', 'bob@example')
    await account.annotate('INBOX', noted(['/private/comment', 'mine']))
    await account.annotate('', noted(['/private/comment', 'mine']))
    expect(await textsOf(bob, '')).toEqual({})
    expect(await textsOf(bob, 'INBOX')).toEqual({})
    await store.remove(user, at)
    const again = store.account(user, 'alice@example')
    expect(await textsOf(again, '')).toEqual({})
    expect(await textsOf(again, 'INBOX')).toEqual({})
  })

  test('annotations are so many and so large at most, all of a change or nothing of it', async () => {
    const { account } = await ready(await make())
    const many = Array.from({ length: mailboxLimits.annotationsMax }, (_, at) => [`/private/${at}`, 'x'] as const)
    expect(await account.annotate('', noted(...many))).toBeUndefined()
    expect(await account.annotate('INBOX', noted(['/private/one-more', 'x']))).toMatchObject({ refused: 'limit' })
    expect(await account.annotate('', noted(['/private/0', 'y']))).toBeUndefined()
    const large = 'x'.repeat(mailboxLimits.annotationsBytesMax)
    const both = noted(['/private/1', null], ['/private/2', large])
    expect(await account.annotate('', both)).toMatchObject({ refused: 'limit' })
    expect(await textsOf(account, '')).toMatchObject({ '/private/0': 'y', '/private/1': 'x', '/private/2': 'x' })
    expect(await account.annotate('', noted(['/private/1', null], ['/private/new', 'x']))).toBeUndefined()
  })

  test('a folder is for what was noted; by its name only when no other is', async () => {
    const { account } = await ready(await make())
    await account.create('Sent')
    await account.create('Spam')
    expect(await usesByName(account)).toEqual({ INBOX: null, Sent: '\\Sent', Spam: '\\Junk' })
    await account.create('Gone out', '\\Sent')
    expect(await usesByName(account)).toEqual({ 'Gone out': '\\Sent', INBOX: null, Sent: null, Spam: '\\Junk' })
    await account.annotate('Gone out', noted(['/private/specialuse', null]))
    expect((await usesByName(account))['Sent']).toBe('\\Sent')
    expect(await account.create('Sent', '\\Trash')).toMatchObject({ refused: 'already-exists' })
    expect((await usesByName(account))['Sent']).toBe('\\Sent')
  })

  test('the usual folders are made once, and stay away when removed', async () => {
    const store = await make()
    const { account } = await ready(store)
    await account.create('Spam')
    await account.furnish()
    const expected = { Archive: '\\Archive', Drafts: '\\Drafts', Sent: '\\Sent', Spam: '\\Junk', Trash: '\\Trash' }
    expect(await usesByName(account)).toEqual({ INBOX: null, ...expected })
    const subscribed = (await account.folders()).filter(folder => folder.subscribed).map(({ name }) => name)
    expect(subscribed).toEqual(['Archive', 'Drafts', 'INBOX', 'Sent', 'Trash'])
    await account.remove('Archive')
    await store.rebuild()
    await account.furnish()
    expect(Object.keys(await usesByName(account))).not.toContain('Archive')
  })
}

async function* messages(...texts: string[]): AsyncGenerator<AppendMessage> {
  for (const text of texts) {
    const body = bodyOf(letter(text))
    yield { source: body.read(), options: { flags: ['\\Deleted'], internalDate: at, sizeBytes: body.sizeBytes } }
  }
}

export function quotaContract(make: (quotaBytesOf: QuotaBytesOf) => Promise<MailboxStore>): void {
  test('a full mailbox refuses what its owner puts in, moves all the same and takes deliveries', async () => {
    const one = letter('one').length
    const store = await make(name => (name === user ? 3 * one + 1 : null))
    const { account, inbox } = await ready(store, 'one', 'two')
    await account.create('Work')
    const work = present(await account.open('Work'))
    expect(await account.quota()).toMatchObject({ usedBytes: 2 * one, limitBytes: 3 * one + 1, usedMessages: 2 })
    expect(await inbox.copy([1, 2], 'Work')).toMatchObject({ refused: 'over-quota' })
    expect((await work.status()).messages).toBe(0)
    expect(await inbox.copy([1], 'nowhere')).toMatchObject({ refused: 'nonexistent' })
    await append(account, 'Work', 'six')
    const body = bodyOf(letter('ten'))
    const options = { flags: [], internalDate: at, sizeBytes: body.sizeBytes }
    expect(await account.append('INBOX', body.read(), options)).toMatchObject({ refused: 'over-quota' })
    expect(present(await inbox.move([1, 2], 'Work')).pairs).toHaveLength(2)
    expect(await store.deliver(delivery('new'))).toBe('delivered')
    expect(await account.quota()).toMatchObject({ usedBytes: 4 * one, usedMessages: 4 })
    const bob = store.account('bob', 'bob@example')
    expect(await bob.quota()).toMatchObject({ usedBytes: 0, limitBytes: null })
  })

  test('several messages come in together or not at all', async () => {
    const one = letter('one').length
    const { account, inbox } = await ready(await make(() => 2 * one))
    expect(await account.appendAll('INBOX', messages('one', 'two', 'six'))).toMatchObject({ refused: 'over-quota' })
    expect((await inbox.status()).messages).toBe(0)
    const broken = async function* () {
      yield* messages('one')
      throw new Error('cut off')
    }
    await expect(account.appendAll('INBOX', broken())).rejects.toThrow('cut off')
    expect((await inbox.status()).messages).toBe(0)
    expect(present(await account.appendAll('INBOX', messages('one', 'two'))).uids).toHaveLength(2)
    expect(await inbox.deleted()).toEqual({ messages: 2, sizeBytes: 2 * one })
    expect(await account.appendAll('nowhere', messages('one'))).toMatchObject({ refused: 'nonexistent' })
  })
}
