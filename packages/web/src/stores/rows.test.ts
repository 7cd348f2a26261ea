import { expect, test } from 'vitest'
import { makeRowStore } from './rows.ts'

interface Row {
  readonly id: number
  readonly text: string
}

/** A source that answers when it is told to. */
function source() {
  const calls: { ids: readonly number[]; answer: (text: string) => void; refuse: () => void }[] = []
  const rows = makeRowStore<Row>({
    idOf: row => row.id,
    atOnce: 3,
    fetch: ids =>
      new Promise((resolve, reject) => {
        calls.push({
          ids,
          answer: text => resolve(ids.filter(id => id < 100).map(id => ({ id, text }))),
          refuse: () => reject(new Error('the line is down')),
        })
      }),
  })
  return { calls, rows }
}

const settled = async () => {
  for (let turn = 0; turn < 8; turn += 1) await Promise.resolve()
}
const textOf = (rows: ReturnType<typeof source>['rows'], id: number) => rows.store.getState().held.get(id)?.text

test('what is wanted in one moment goes in one call, as many as one call may carry', async () => {
  const { calls, rows } = source()
  rows.want([1, 2])
  rows.want([2, 3])
  rows.want([4])
  await settled()
  expect(calls.map(call => call.ids)).toEqual([[1, 2, 3]])
  calls[0]?.answer('one')
  await settled()
  expect(calls.map(call => call.ids)).toEqual([[1, 2, 3], [4]])
  expect(textOf(rows, 3)).toBe('one')
})

test('what is here is not asked for again until it is stale; it stays in sight meanwhile', async () => {
  const { calls, rows } = source()
  rows.want([1])
  await settled()
  calls[0]?.answer('one')
  await settled()
  rows.want([1])
  await settled()
  expect(calls).toHaveLength(1)
  const { revision } = rows.store.getState()
  rows.stale(1)
  expect(rows.store.getState().revision).toBe(revision + 1)
  expect(textOf(rows, 1)).toBe('one')
  rows.want([1])
  await settled()
  calls[1]?.answer('two')
  await settled()
  expect(textOf(rows, 1)).toBe('two')
})

test('a row that changes while it is fetched is fetched once more', async () => {
  const { calls, rows } = source()
  rows.want([1])
  await settled()
  rows.stale(1)
  rows.want([1])
  calls[0]?.answer('before')
  await settled()
  expect(calls).toHaveLength(2)
  calls[1]?.answer('after')
  await settled()
  expect(textOf(rows, 1)).toBe('after')
})

test('a row that is gone is known to be gone', async () => {
  const { calls, rows } = source()
  rows.want([100])
  await settled()
  calls[0]?.answer('any')
  await settled()
  expect(rows.store.getState().held.get(100)).toBeNull()
})

test('a call that fails is made again when its rows are wanted again', async () => {
  const { calls, rows } = source()
  rows.want([1])
  await settled()
  calls[0]?.refuse()
  await settled()
  expect(rows.store.getState().held.size).toBe(0)
  rows.want([1])
  await settled()
  expect(calls).toHaveLength(2)
})

test('what could not be had is told of when anything may have changed, and when it did itself', async () => {
  const { calls, rows } = source()
  rows.want([1])
  await settled()
  calls[0]?.refuse()
  await settled()
  const { revision } = rows.store.getState()
  rows.stale(2)
  expect(rows.store.getState().revision).toBe(revision)
  rows.stale(1)
  rows.stale(null)
  expect(rows.store.getState().revision).toBe(revision + 2)
})
