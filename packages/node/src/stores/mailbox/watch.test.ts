import { appendFile, mkdir, readdir, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Folder } from '@posthorn/imap'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { HandClock } from '../../base/hand-clock.ts'
import { diskFiles } from '../files/index.ts'
import { type Bench, bench } from './bench.ts'
import { mailboxLimits } from './limits.ts'
import type { MailboxStore } from './mailbox.ts'
import { delivery, inboxOf, letter, present, ready, subjects, user } from './testing.ts'
import { watchDirectory } from './watch.ts'

/** Resolves after the next change that somebody is told of, and `deed`, whatever comes first. */
async function after(folder: Folder, deed: () => Promise<unknown>): Promise<void> {
  let stop = () => {}
  const told = new Promise<void>(resolve => {
    stop = folder.onChange(resolve)
  })
  await deed()
  await told
  stop()
}

async function watched(store: MailboxStore, ...texts: string[]) {
  const watching = store.watch()
  onTestFinished(() => watching.stop())
  const { account } = await ready(store, ...texts)
  return { account, inbox: present(await account.open('INBOX')) }
}

const cur = (here: Bench) => join(here.directory, user, 'cur')

async function fileOf(here: Bench, uid: number): Promise<string> {
  const name = (await readdir(cur(here))).find(file => file.includes(`,U=${uid}-`))
  return join(cur(here), name ?? 'none')
}

test('whoever has a folder open hears at once of letters, flags and removals by others', async () => {
  const here = await bench({ clock: systemClock })
  const { inbox } = await watched(await here.open(), 'one', 'two')
  await after(inbox, async () => {
    await writeFile(join(here.directory, user, 'tmp', 'x'), 'Subject: three\n\n')
    await rename(join(here.directory, user, 'tmp', 'x'), join(here.directory, user, 'new', 'x'))
  })
  expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two', 3: 'three' })
  await after(inbox, async () => rename(await fileOf(here, 1), `${await fileOf(here, 1)}S`))
  expect((await inbox.changes(0)).added[0]?.flags).toEqual(['\\Seen'])
  await after(inbox, async () => unlink(await fileOf(here, 2)))
  expect(await subjects(inbox)).toEqual({ 1: 'one', 3: 'three' })
  await after(inbox, async () => appendFile(await fileOf(here, 1), 'x\r\n'))
  await expect.poll(() => subjects(inbox)).toEqual({ 3: 'three', 4: 'one' })
})

test('and of the end of the folder', async () => {
  const here = await bench({ clock: systemClock })
  const { account } = await watched(await here.open())
  await account.create('Work')
  const work = present(await account.open('Work'))
  await after(work, () => rm(join(here.directory, user, '.Work'), { recursive: true }))
  await expect(work.status()).rejects.toMatchObject({ code: 'folder-gone' })
  // Another one of that name is watched as well.
  await account.create('Work')
  const again = present(await account.open('Work'))
  await after(again, () => writeFile(join(here.directory, user, '.Work', 'new', 'x'), letter('one')))
  expect(await subjects(again)).toEqual({ 1: 'one' })
})

test('a folder that was renamed is watched under its new name', async () => {
  const here = await bench({ clock: systemClock })
  const { account } = await watched(await here.open())
  await account.create('A')
  present(await account.open('A'))
  await account.rename('A', 'B')
  const b = present(await account.open('B'))
  await after(b, () => writeFile(join(here.directory, user, '.B', 'new', 'x'), letter('one')))
  expect(await subjects(b)).toEqual({ 1: 'one' })
})

test('changes by others cost a look at their files, ours cost none', async () => {
  const here = await bench({ clock: systemClock })
  let looks = 0
  const files = {
    ...diskFiles,
    listFiles(directory: string) {
      looks += 1
      return diskFiles.listFiles(directory)
    },
  }
  const store = await here.open({ files })
  const { account, inbox } = await watched(store, 'one')
  // What another program does is heard of after all that we did before.
  const others = (flag: string) =>
    after(inbox, async () => rename(await fileOf(here, 1), `${await fileOf(here, 1)}${flag}`))
  await others('F')
  looks = 0
  for (const text of ['two', 'three']) {
    await store.deliver(delivery(text))
    await inbox.storeFlags([1], 'add', ['\\Answered', '\\Deleted'])
    await inbox.storeFlags([1], 'remove', ['\\Answered', '\\Deleted'])
    await account.folders()
    await account.status('INBOX')
  }
  await others('S')
  await account.status('INBOX')
  expect(looks).toBe(0)
  expect(await inbox.status()).toMatchObject({ messages: 3 })
})

test('where the system tells nothing, folders in use are looked at now and then', async () => {
  const clock = new HandClock()
  const here = await bench({ clock })
  const failing = () => {
    throw new Error('the table is full')
  }
  const { inbox } = await watched(await here.open({ watchDirectory: failing }), 'one')
  const pass = async (delayMs: number) => {
    while (clock.sleeping < 1) await new Promise(resolve => setImmediate(resolve))
    clock.pass(delayMs)
  }
  await pass(mailboxLimits.watchDebounceMs)
  await after(inbox, async () => {
    await writeFile(join(here.directory, user, 'new', 'x'), letter('two'))
    await pass(mailboxLimits.watchPauseMs)
    for (let turn = 0; turn < 50 && clock.sleeping < 2; turn += 1) await new Promise(resolve => setImmediate(resolve))
    await pass(mailboxLimits.watchDebounceMs)
  })
  expect(await subjects(inbox)).toEqual({ 1: 'one', 2: 'two' })
})

test('very many changes at once are all seen', async () => {
  const here = await bench({ clock: systemClock })
  const { inbox } = await watched(await here.open())
  const texts = Array.from({ length: 1500 }, (_, number) => `n${number}`)
  await Promise.all(texts.map(text => writeFile(join(here.directory, user, 'new', text), letter(text))))
  await expect.poll(async () => (await inbox.status()).messages, { timeout: 30_000 }).toBe(texts.length)
})

test('a watcher that fails leaves the folder to be looked at; stopping closes them all', async () => {
  const here = await bench({ clock: systemClock })
  let open = 0
  const failures: (() => void)[] = []
  const counting: typeof watchDirectory = (path, changed, failed) => {
    const watcher = watchDirectory(path, changed, failed)
    open += 1
    failures.push(failed)
    return {
      close() {
        open -= 1
        watcher.close()
      },
    }
  }
  const store = await here.open({ watchDirectory: counting })
  const watching = store.watch()
  await ready(store)
  const inbox = await inboxOf(store)
  expect(open).toBe(3)
  failures[0]?.()
  expect(open).toBe(1)
  await mkdir(join(here.directory, user, '.Work', 'cur'), { recursive: true })
  expect((await store.account(user, 'a@b').folders()).map(({ name }) => name)).toEqual(['INBOX', 'Work'])
  await store.deliver(delivery('one'))
  expect(await subjects(inbox)).toEqual({ 1: 'one' })
  await watching.stop()
  expect(open).toBe(0)
})
