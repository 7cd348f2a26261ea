import { expect, test } from 'vitest'
import { makeRefresher } from './refresher.ts'

function slow() {
  const ends: (() => void)[] = []
  const refresher = makeRefresher(
    () => new Promise<void>(resolve => ends.push(resolve)),
    () => undefined,
  )
  return { ends, refresher }
}

test('many reasons while it loads lead to one more load, after it', async () => {
  const { ends, refresher } = slow()
  const first = refresher.refresh()
  const others = [refresher.refresh(), refresher.refresh(), refresher.refresh()]
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await first
  await Promise.resolve()
  expect(ends).toHaveLength(2)
  ends[1]?.()
  await Promise.all(others)
  expect(ends).toHaveLength(2)
})

test('a failure is told, and the next reason loads again', async () => {
  const failures: unknown[] = []
  let loads = 0
  const refresher = makeRefresher(
    () => {
      loads += 1
      return loads === 1 ? Promise.reject(new Error('the line is down')) : Promise.resolve()
    },
    error => failures.push(error),
  )
  await refresher.refresh()
  await refresher.refresh()
  expect(loads).toBe(2)
  expect(failures).toHaveLength(1)
})
