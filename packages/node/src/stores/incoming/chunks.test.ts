import { readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { present } from '../../base/assert.ts'
import { CrashError, type Fault, forEachOperation } from '../files/faults.ts'
import type { IncomingFiles } from './incoming.ts'
import { type Bench, bench, chunksOf, idOf, type SentFile, sender } from './testing.ts'

const content = 'the quick brown fox jumps over the lazy dog'
const chunkBytes = 10

async function takeAll(here: Bench, store: IncomingFiles, sent: readonly SentFile[]): Promise<string[]> {
  const kinds: string[] = []
  for (const file of sent) kinds.push((await here.take(store, file)).kind)
  return kinds
}

const partsOf = (here: Bench) => readdir(join(here.folder, '.posthorn-parts')).catch(() => [])

async function expectWhole(here: Bench, name = 'fox'): Promise<void> {
  expect(await here.files()).toEqual([name])
  expect(await readFile(join(here.folder, name), 'latin1')).toBe(content)
  expect(await partsOf(here)).toEqual([])
}

describe('a file that comes in chunks', () => {
  test('is whole, and seen, when the last of them is here: in whatever order, some of them twice', async () => {
    const sent = chunksOf('sub/fox', content, chunkBytes)
    const orders = fc.shuffledSubarray(sent, { minLength: sent.length, maxLength: sent.length })
    await fc.assert(
      fc.asyncProperty(orders, fc.nat(sent.length - 1), async (order, again) => {
        const here = await bench()
        const store = here.start()
        const all = [...order.slice(0, again), present(order[0], 'a chunk'), ...order.slice(again)]
        const kinds = await takeAll(here, store, all)
        expect(kinds).toEqual([...all.slice(1).map(() => 'part'), 'placed'])
        await expectWhole(here, 'sub/fox')
        expect(await store.unfinished(10)).toEqual([])
        expect(await store.list(10)).toMatchObject([{ path: join(here.folder, 'sub/fox'), sizeBytes: content.length }])
      }),
      { numRuns: 30 },
    )
  })

  test('all of them at once', async () => {
    const here = await bench()
    const store = here.start()
    await Promise.all(chunksOf('fox', content, chunkBytes).map(file => here.take(store, file)))
    await expectWhole(here)
  })

  test('may be empty', async () => {
    const here = await bench()
    expect(await takeAll(here, here.start(), chunksOf('fox', '', 5))).toEqual(['part', 'placed'])
    expect(await readFile(join(here.folder, 'fox'), 'latin1')).toBe('')
  })

  test('waits for one that was lost, and for one that was altered, until they come again', async () => {
    const here = await bench()
    const store = here.start()
    const sent = chunksOf('fox', content, chunkBytes)
    const [third, lost] = [present(sent[3], 'a chunk'), present(sent[1], 'a chunk')]
    const altered = { ...third, content: third.content.toUpperCase(), id: idOf('altered') }
    const most = sent.filter(file => file !== third && file !== lost)
    expect(await takeAll(here, store, [...most, altered])).not.toContain('placed')
    expect(await here.files()).toEqual([])
    expect(await store.unfinished(10)).toMatchObject([{ origin: sender, name: 'fox', chunks: 4, chunksTotal: 5 }])
    expect(await takeAll(here, store, [lost])).toEqual(['part'])
    expect(await takeAll(here, store, [third])).toEqual(['placed'])
    expect(await readFile(join(here.folder, 'fox'), 'latin1')).toBe(content)
  })

  test('that is sent twice is there twice', async () => {
    const here = await bench()
    const store = here.start()
    const sent = chunksOf('fox', content, chunkBytes)
    const again = sent.map((file, number) => ({ ...file, id: idOf(`again ${number}`) }))
    await takeAll(here, store, [...sent.slice(0, 3), ...again, ...sent.slice(3)])
    expect(await here.files()).toEqual(['fox', 'fox.0'])
    expect(await partsOf(here)).toEqual([])
  })

  test('of another content, under way at the same time, is kept apart', async () => {
    const here = await bench()
    const store = here.start()
    const one = chunksOf('fox', content, chunkBytes)
    const other = chunksOf('fox', content.replace('lazy', 'idle'), chunkBytes)
    const ids = (files: SentFile[], name: string) =>
      files.map((file, number) => ({ ...file, id: idOf(`${name} ${number}`) }))
    const [a, b] = [ids(one, 'one'), ids(other, 'other')]
    await takeAll(
      here,
      store,
      a.flatMap((file, number) => [file, present(b[number], 'a chunk')]),
    )
    const found = await Promise.all(['fox', 'fox.0'].map(name => readFile(join(here.folder, name), 'latin1')))
    expect(found.sort()).toEqual([content.replace('lazy', 'idle'), content].sort())
    expect(await partsOf(here)).toEqual([])
  })

  test('of another node is not mixed with it', async () => {
    const here = await bench()
    const store = here.start()
    const [first, ...rest] = chunksOf('fox', content, chunkBytes)
    const foreign = { ...present(first, 'a chunk'), origin: idOf('stranger') as unknown as typeof sender }
    expect(await takeAll(here, store, [foreign, ...rest])).not.toContain('placed')
    expect((await store.unfinished(10)).length).toBe(2)
  })

  test('a chunk that was damaged on the disk waits for another copy', async () => {
    const here = await bench()
    const store = here.start()
    const sent = chunksOf('fox', content, chunkBytes)
    const [first, meta] = [present(sent[0], 'a chunk'), present(sent.at(-1), 'a description')]
    await takeAll(here, store, sent.slice(0, -1))
    const id = idOf(`${first.path}\n${first.content}`)
    await writeFile(join(here.folder, '.posthorn-parts', `${id}.chunk`), 'XXXXXXXXXX')
    expect(await takeAll(here, store, [meta])).toEqual(['part'])
    expect(await takeAll(here, store, [{ ...first, id: idOf('again') }])).toEqual(['placed'])
    await expectWhole(here)
  })

  test.each(['removed', 'cut'])('what was gathered is %s by somebody: said once, nothing is stuck', async how => {
    const here = await bench()
    const store = here.start()
    const sent = chunksOf('fox', content, chunkBytes)
    const meta = present(sent.at(-1), 'a description')
    await takeAll(here, store, [meta, ...sent.slice(0, 3)])
    const [whole] = (await partsOf(here)).filter(name => name.endsWith('.whole'))
    const path = join(here.folder, '.posthorn-parts', present(whole, 'what was gathered'))
    await (how === 'removed' ? rm(path) : truncate(path, 12))
    expect(await takeAll(here, store, sent.slice(3, 5))).toEqual(['part', 'part'])
    expect(await here.files()).toEqual([])
    const again = sent.map((file, number) => ({ ...file, id: idOf(`again ${number}`) }))
    expect(await takeAll(here, store, again)).toContain('placed')
    expect(await readFile(join(here.folder, 'fox'), 'latin1')).toBe(content)
  })

  test('of which no more will come can be forgotten', async () => {
    const here = await bench()
    const store = here.start()
    const sent = chunksOf('fox', content, chunkBytes)
    const meta = present(sent.at(-1), 'a description')
    await takeAll(here, store, [meta, ...sent.slice(0, 2), ...sent.slice(3, 5)])
    expect(await store.forget(sender, 'other')).toBe(0)
    expect(await store.forget(sender, 'fox')).toBe(4)
    expect(await store.unfinished(10)).toEqual([])
    expect(await here.files(true)).toEqual([])
    expect(
      await takeAll(
        here,
        store,
        sent.map((file, number) => ({ ...file, id: idOf(`again ${number}`) })),
      ),
    ).toContain('placed')
  })

  test('descriptions that are none are refused', async () => {
    const here = await bench()
    const store = here.start()
    async function* endless() {
      for (;;) yield Buffer.from('NNCPM'.repeat(100_000))
    }
    for (const text of ['', 'NNCPM']) {
      expect(await here.take(store, { path: 'x.nncp.meta', content: text })).toMatchObject({ kind: 'refused' })
    }
    const large = { path: 'y.nncp.meta', content: '', body: endless() }
    expect(await here.take(store, large)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('more') })
    expect(await here.files(true)).toEqual([])
  })
})

describe('cut off anywhere', () => {
  const whole = [{ path: 'sub/note', content: 'hello' }]
  const deeds: readonly (readonly [string, readonly SentFile[], string])[] = [
    ['a whole file', whole, 'sub/note'],
    ['chunks, then their description', chunksOf('sub/fox', 'quick brown', 4), 'sub/fox'],
    ['the description first', chunksOf('sub/fox', 'quick brown', 4).reverse(), 'sub/fox'],
  ]
  const faults: readonly Fault[] = ['crash', 'ENOSPC', 'EIO']
  for (const [name, sent, path] of deeds) {
    test.each(faults)(`${name}: after %s at any operation there is one file, and nothing left over`, async fault => {
      const untouched = await bench()
      untouched.faults.arm(Number.POSITIVE_INFINITY, 'crash')
      await takeAll(untouched, untouched.start(), sent)
      const last = untouched.faults.operations
      expect(last).toBeGreaterThan(5)
      await forEachOperation(last, async operation => {
        const here = await bench()
        here.faults.arm(operation, fault)
        let store = here.start()
        // As tosses are: each is tried until it is done, the program starting anew after a crash.
        for (const file of sent) {
          const attempt = () => here.take(store, file)
          try {
            await attempt()
            // What cleans up keeps quiet, but a program that was killed has told nobody that it was done.
            if (fault === 'crash' && here.faults.operations >= operation) throw new CrashError()
          } catch (error) {
            if (error instanceof CrashError) {
              here.faults.arm(Number.POSITIVE_INFINITY, fault)
              store = here.start()
            } else expect(error).toMatchObject({ retry: 'later' })
            await attempt()
          }
        }
        expect(await here.files(), `operation ${operation}`).toEqual([path])
        const text = await readFile(join(here.folder, path), 'latin1')
        expect(text).toBe(path === 'sub/note' ? 'hello' : 'quick brown')
        // Removing what was used may be what failed, once; that is left over then, and hurts nobody.
        if (fault === 'crash') expect(await here.files(true), `operation ${operation}`).toEqual([path])
        expect(await store.list(10)).toHaveLength(1)
      })
    })
  }
})
