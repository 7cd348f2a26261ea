import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HandClock } from '../../base/hand-clock.ts'
import { diskFiles } from '../files/index.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import { Ledger } from './ledger.ts'

/** A ledger on a real directory, by a clock that is later than all that happens there. */
async function begun(laterMs = 60_000) {
  const clock = new HandClock()
  clock.pass(Date.now() - clock.now() + laterMs)
  const directory = join(await scratchDirectory(), 'cur')
  await mkdir(directory)
  for (const name of ['a', 'b']) await writeFile(join(directory, name), '')
  const ledger = new Ledger(diskFiles, clock)
  expect(ledger.changed(directory)).toBe(true)
  ledger.listing(directory)
  return { ledger, directory, path: (name: string) => join(directory, name) }
}

/** The times of a directory come in ticks: this one is over when another has begun. */
async function tick(directory: string): Promise<void> {
  const before = diskFiles.directoryMark(directory)
  const probe = `${directory}-probe`
  for (;;) {
    await mkdir(probe, { recursive: true })
    await writeFile(join(probe, `${Math.random()}`), '')
    if ((diskFiles.directoryMark(probe) ?? 0n) > (before ?? 0n)) return
  }
}

test('our own operations are no change, those of others are', async () => {
  const { ledger, directory, path } = await begun()
  expect(ledger.changed(directory)).toBe(false)
  await ledger.files.rename(path('a'), path('c'))
  await ledger.files.unlink(path('b'))
  expect(ledger.changed(directory)).toBe(false)
  await tick(directory)
  await rename(path('c'), path('d'))
  expect(ledger.changed(directory)).toBe(true)
  // One of ours does not hide it.
  await ledger.files.rename(path('d'), path('e'))
  expect(ledger.changed(directory)).toBe(true)
  ledger.listing(directory)
  expect(ledger.changed(directory)).toBe(false)
  ledger.forget(join(directory, '..'))
  expect(ledger.changed(directory)).toBe(true)
})

test('a time that is too young is not believed, but where a watcher tells of what comes after', async () => {
  const { ledger, directory, path } = await begun(0)
  await ledger.files.rename(path('a'), path('c'))
  expect(ledger.changed(directory)).toBe(true)
  ledger.beginWatching(directory)
  // Of what was before the watch nobody tells.
  expect(ledger.changed(directory)).toBe(true)
  ledger.listing(directory)
  await ledger.files.rename(path('c'), path('d'))
  expect(ledger.changed(directory)).toBe(false)
  expect([ledger.isOwn(directory, 'c'), ledger.isOwn(directory, 'd'), ledger.isOwn(directory, 'd')]).toEqual([
    true,
    true,
    false,
  ])
  ledger.endWatching(directory)
  expect(ledger.changed(directory)).toBe(true)
})

test('a directory that is gone has changed', async () => {
  const { ledger, directory } = await begun()
  await diskFiles.removeTree(directory)
  expect(ledger.changed(directory)).toBe(true)
})
