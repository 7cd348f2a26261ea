import { randomBytes } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { openDatabase } from '../database/database.ts'
import { type DurableFiles, diskFiles } from '../files/index.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { openMailbox } from './open-mailbox.ts'
import { delivery, inboxOf, ready, subjects, TestClock } from './testing.ts'

const texts = ['one', 'two', 'three', 'four', 'five', 'six']

/** A mailbox where the first of `texts` waits for its name until the bytes of all the others are on the disk. */
async function crowded(options: { failAtRename?: number } = {}) {
  const deeds: string[] = []
  let armed = false
  let finished = 0
  let allWritten = () => {}
  const written = new Promise<void>(resolve => {
    allWritten = resolve
  })
  const files: DurableFiles = {
    ...diskFiles,
    async writeSmall(path, bytes) {
      await diskFiles.writeSmall(path, bytes)
      finished += armed ? 1 : 0
      // By then whoever wrote it has asked for a turn.
      if (finished === texts.length) setImmediate(allWritten)
    },
    async rename(from, to) {
      if (armed) await written
      if (armed) deeds.push('rename')
      if (deeds.filter(deed => deed === 'rename').length === options.failAtRename) throw new Error('no name')
      await diskFiles.rename(from, to)
    },
    async syncDirectory(path) {
      if (armed) deeds.push('sync')
      await diskFiles.syncDirectory(path)
    },
  }
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  const directory = await scratchDirectory()
  const stores = { database, directory, files, random: randomBytes, clock: new TestClock(), log: silentLog }
  const store = await openMailbox(stores)
  await ready(store, 'zero')
  armed = true
  return { store, deeds }
}

test('letters that wait for the same mailbox cost one fsync of its directory, all names before it', async () => {
  const { store, deeds } = await crowded()
  const outcomes = await Promise.all(texts.map(text => store.deliver(delivery(text))))
  expect(outcomes).toEqual(texts.map(() => 'delivered'))
  const others = texts.slice(1).map(() => 'rename')
  expect(deeds).toEqual(['rename', 'sync', ...others, 'sync'])
  expect(Object.values(await subjects(await inboxOf(store))).sort()).toEqual(['zero', ...texts].sort())
})

test('they fail together, nothing of them stays, and they can be brought again', async () => {
  const { store } = await crowded({ failAtRename: 4 })
  const outcomes = await Promise.allSettled(texts.map(text => store.deliver(delivery(text))))
  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBe(1)
  expect(Object.values(await subjects(await inboxOf(store))).length).toBe(2)
  const again = []
  for (const text of texts) again.push(await store.deliver(delivery(text)))
  expect(again.sort()).toEqual([...texts.slice(1).map(() => 'delivered'), 'duplicate'].sort())
})
