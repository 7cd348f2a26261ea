import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { seenTracker } from './seen.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('what is on the screen is told once, together', () => {
  const tell = vi.fn(async () => {})
  const seen = seenTracker(tell)
  seen.attention(true)
  seen.shown([1, 2])
  seen.shown([2, 3])
  vi.runAllTimers()
  expect(tell.mock.calls).toEqual([[[1, 2, 3]]])
  seen.shown([3])
  vi.runAllTimers()
  expect(tell).toHaveBeenCalledTimes(1)
})

test('nothing is seen in a page that nobody looks at', () => {
  const tell = vi.fn(async () => {})
  const seen = seenTracker(tell)
  seen.shown([1])
  seen.shown([2])
  vi.runAllTimers()
  expect(tell).not.toHaveBeenCalled()
  seen.attention(true)
  vi.runAllTimers()
  expect(tell.mock.calls).toEqual([[[2]]])
})

test('what could not be told is told when it is looked at again', async () => {
  const tell = vi.fn(async () => {})
  tell.mockRejectedValueOnce(new Error('offline'))
  const seen = seenTracker(tell)
  seen.attention(true)
  seen.shown([1])
  await vi.runAllTimersAsync()
  seen.attention(true)
  await vi.runAllTimersAsync()
  expect(tell.mock.calls).toEqual([[[1]], [[1]]])
})

test('many are told by no more than a call carries', () => {
  const told: number[] = []
  const seen = seenTracker(async ids => {
    told.push(ids.length)
  })
  seen.attention(true)
  seen.shown(Array.from({ length: 450 }, (_, index) => index + 1))
  vi.runAllTimers()
  expect(told).toEqual([200, 200, 50])
})
