/** The index made anew from the Maildirs: after whatever was done before, no client notices. */
import type { Folder, MailAccount } from '@posthorn/imap'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bench } from './bench.ts'
import type { MailboxStore } from './mailbox.ts'
import { append, delivery, present, ready, TestClock, user } from './testing.ts'

type Deed = (store: MailboxStore, account: MailAccount, number: number) => Promise<unknown>

const folders = ['INBOX', 'Work'] as const

async function uidsIn(folder: Folder): Promise<number[]> {
  return (await folder.changes(0)).added.map(({ uid }) => uid)
}

const deeds = {
  deliver: (store, _, number) => store.deliver(delivery(`n${number}`)),
  append: (_, account, number) => append(account, folders[number % 2] ?? 'INBOX', `a${number}`, ['\\Draft', '$Label']),
  flag: async (_, account, number) => {
    const folder = present(await account.open(folders[number % 2] ?? 'INBOX'))
    const flags = [['\\Seen'], ['\\Flagged', 'work'], ['$Forwarded'], ['\\Deleted']][number % 4] ?? []
    await folder.storeFlags((await uidsIn(folder)).slice(number % 3), number % 5 === 0 ? 'remove' : 'add', flags)
  },
  expunge: async (_, account) => present(await account.open('INBOX')).expunge('all'),
  move: async (_, account, number) => {
    const folder = present(await account.open('INBOX'))
    await folder.move((await uidsIn(folder)).slice(0, (number % 2) + 1), 'Work')
  },
} satisfies Record<string, Deed>

interface Seen {
  readonly uidValidity: number
  readonly uidNext: number
  readonly highestModseq: number
  readonly rows: readonly { uid: number; flags: readonly string[]; internalDate: number; sizeBytes: number }[]
}

async function seen(account: MailAccount, keywords: boolean): Promise<Record<string, Seen>> {
  const all: Record<string, Seen> = {}
  for (const { name } of await account.folders()) {
    const folder = present(await account.open(name))
    const { uidValidity, uidNext, highestModseq } = await folder.status()
    const rows = (await folder.changes(0)).added.map(({ uid, flags, internalDate, sizeBytes }) => {
      const carried = flags.filter(flag => flag.startsWith('\\') || flag === '$Forwarded')
      return { uid, flags: keywords ? flags : carried, internalDate, sizeBytes }
    })
    all[name] = { uidValidity, uidNext, highestModseq, rows }
  }
  return all
}

test.each([
  ['by the command', false, 0],
  ['because it was lost', true, 0],
  ['because it was lost, by a clock in 1970', true, -1_700_000_000_000],
] as const)(
  'UIDVALIDITY, UIDs, flags and dates stay, and no UID or sequence is told twice, when it is made anew %s',
  async (_, lost, setMs) => {
    const step = fc.tuple(fc.constantFrom(...Object.keys(deeds)), fc.nat(50))
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
        const clock = new TestClock()
        const here = await bench({ clock })
        let store = await here.open()
        let { account } = await ready(store, 'one', 'two', 'three')
        await account.create('Work')
        await account.subscribe('Work', true)
        for (const [name, number] of steps) await (deeds[name as keyof typeof deeds] as Deed)(store, account, number)
        const before = await seen(account, !lost)
        clock.time += setMs
        if (lost) {
          here.loseIndex()
          store = await here.open()
          account = store.account(user, 'alice@example')
          await account.releaseHeld()
        } else await store.rebuild(user)
        const after = await seen(account, !lost)
        expect(Object.keys(after)).toEqual(Object.keys(before))
        for (const [name, was] of Object.entries(before)) {
          expect(after[name]?.rows).toEqual(was.rows)
          expect(after[name]?.uidValidity).toBe(was.uidValidity)
          expect(after[name]?.uidNext).toBeGreaterThanOrEqual(was.uidNext)
          expect(after[name]?.highestModseq).toBeGreaterThan(was.highestModseq)
          const { uid } = await append(account, name, 'news')
          expect(uid).toBeGreaterThanOrEqual(was.uidNext)
        }
        const told = (await account.folders()).map(({ subscribed }) => subscribed)
        expect(told).toEqual(lost ? [true, false] : [true, true])
        // Letters that are there are known again; those that were deleted too, unless the database is gone.
        const there = before['INBOX']?.rows.some(({ uid }) => uid === 1) === true
        if (there || !lost) expect(await store.deliver(delivery('one'))).toBe('duplicate')
      }),
      { numRuns: 15 },
    )
  },
)

test('sequences stay below the mark beside the folder, however many there were', async () => {
  const clock = new TestClock()
  const here = await bench({ clock })
  const { inbox } = await ready(await here.open(), 'one')
  for (let change = 0; change < 40; change += 1) await inbox.storeFlags([1], change % 2 === 0 ? 'add' : 'remove', ['x'])
  here.database.transaction(() => here.database.run('UPDATE mail_folders SET modseq = modseq + 9000'))
  const again = await ready(await here.open())
  await again.inbox.storeFlags([1], 'add', ['y'])
  const { highestModseq } = await again.inbox.status()
  expect(highestModseq).toBeGreaterThan(9000)
  const mark = Number(/modseqs-below (\d+)/.exec(await here.text('posthorn-uidvalidity'))?.[1])
  expect(mark).toBeGreaterThan(highestModseq + 1000)
  clock.time = 0
  here.loseIndex()
  const rebuilt = await ready(await here.open())
  expect((await rebuilt.inbox.status()).highestModseq).toBeGreaterThan(highestModseq)
})

test('cut off at any point, a rebuild is finished by the next start, keywords and all', async () => {
  for (let operation = 1; operation <= 6; operation += 1) {
    const here = await bench()
    const store = await here.open()
    const { inbox } = await ready(store, 'one', 'two')
    await inbox.storeFlags([2], 'add', ['\\Seen', '$Label', 'work'])
    here.faults.arm(operation, 'crash')
    await store.rebuild().catch(() => undefined)
    here.faults.disarm()
    const again = present(await (await here.open()).account(user, 'a@b').open('INBOX'))
    expect((await again.changes(0)).added).toMatchObject([
      { uid: 1, flags: [] },
      { uid: 2, flags: ['\\Seen', '$Label', 'work'] },
    ])
  }
})
