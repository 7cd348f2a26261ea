import { expect, test } from 'vitest'
import type { Folder, FolderChanges, MessageRow } from '../mailbox.ts'
import { letter, loggedIn, testAccount } from '../testing/conversation.ts'
import { FolderRows, rowsOf } from './rows.ts'

async function inbox(account = testAccount()): Promise<Folder> {
  const folder = await account.open('INBOX')
  if ('refused' in folder) throw new Error(folder.text)
  return folder
}

test('sessions share what is known of a folder', async () => {
  const account = testAccount()
  const [one, other] = [await inbox(account), await inbox(account)]
  expect(rowsOf(one)).toBe(rowsOf(other))
  expect(rowsOf(one)).not.toBe(rowsOf(await inbox()))
  const { identity: _, ...alone } = one
  expect(rowsOf(alone)).not.toBe(rowsOf(alone))
})

function row(uid: number, modseq: number, flags: readonly string[] = []): MessageRow {
  return { uid, flags, sizeBytes: 1, internalDate: 0, modseq }
}

/** A store whose answers come when the test says so. */
function slowly() {
  const asked: { since: number; answer(changes: Partial<FolderChanges> & { highestModseq: number }): void }[] = []
  const changes = (since: number) =>
    new Promise<FolderChanges>(resolve => {
      const answer = (some: Partial<FolderChanges> & { highestModseq: number }) =>
        resolve({ added: [], changed: [], expunged: [], ...some })
      asked.push({ since, answer })
    })
  return { asked, folder: { changes } as Folder }
}

const turn = () => new Promise(resolve => setImmediate(resolve))

test('however many ask at once, the store is asked twice, and everybody hears what was before they asked', async () => {
  const { asked, folder } = slowly()
  const rows = new FolderRows()
  const all = Promise.all(Array.from({ length: 50 }, () => rows.catchUp(folder)))
  expect(asked.map(({ since }) => since)).toEqual([0])
  asked[0]?.answer({ added: [row(1, 2)], highestModseq: 2 })
  await turn()
  expect(asked.map(({ since }) => since)).toEqual([0, 2])
  asked[1]?.answer({ added: [row(2, 3)], highestModseq: 3 })
  await all
  expect([...rows.uids.subarray(0, rows.count)]).toEqual([1, 2])
})

test('a failure is everybody’s who asked, and the next question is asked again', async () => {
  let fails = true
  const folder = {
    async changes() {
      if (fails) throw new Error('disk')
      return { added: [row(1, 2)], changed: [], expunged: [], highestModseq: 2 }
    },
  } as unknown as Folder
  const rows = new FolderRows()
  const answers = await Promise.allSettled([rows.catchUp(folder), rows.catchUp(folder)])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  fails = false
  await rows.catchUp(folder)
  expect(rows.count).toBe(1)
})

test('more changes than are remembered one by one are told all the same', async () => {
  const account = testAccount()
  for (let number = 1; number <= 1200; number += 1) account.deliver(letter(`m${number}`))
  const clients = [await loggedIn({ account }), await loggedIn({ account })] as const
  for (const client of clients) await client.command('1 SELECT INBOX')
  await clients[0].command('2 STORE 1:1200 +FLAGS.SILENT (x)')
  await clients[0].command('3 STORE 7 +FLAGS.SILENT (y)')
  const told = (await clients[1].command('4 NOOP')).filter(line => line.includes('FETCH'))
  expect(told).toHaveLength(1200)
  expect(told[6]).toBe('* 7 FETCH (UID 7 FLAGS (x y))')
  await clients[0].command('5 STORE 1:1199 +FLAGS.SILENT (\\Deleted)')
  await clients[0].command('6 EXPUNGE')
  expect((await clients[1].command('7 NOOP')).filter(line => line === '* 1 EXPUNGE')).toHaveLength(1199)
  expect(await clients[1].command('8 FETCH 1 UID')).toEqual(['* 1 FETCH (UID 1200)', '8 OK Fetch completed'])
})
