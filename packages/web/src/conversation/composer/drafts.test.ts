import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Draft, draftKeeper } from './drafts.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('only the last of many keys is kept, for each chat', () => {
  const keep = vi.fn(async () => {})
  const drafts = draftKeeper(keep)
  for (const text of ['h', 'he', 'hello']) drafts.change(1, { text, quote: null })
  drafts.change(2, { text: 'other', quote: 7 })
  expect(keep).not.toHaveBeenCalled()
  vi.runAllTimers()
  expect(keep.mock.calls).toEqual([
    [1, { text: 'hello', quote: null }],
    [2, { text: 'other', quote: 7 }],
  ])
})

test('whoever leaves finds it again', () => {
  const keep = vi.fn(async () => {})
  const drafts = draftKeeper(keep)
  drafts.change(1, { text: 'half a th', quote: null })
  drafts.flush()
  expect(keep.mock.calls).toEqual([[1, { text: 'half a th', quote: null }]])
  vi.runAllTimers()
  expect(keep).toHaveBeenCalledTimes(1)
})

test('what was sent is no draft any more', () => {
  const keep = vi.fn(async () => {})
  const drafts = draftKeeper(keep)
  drafts.change(1, { text: 'sent at once', quote: null })
  drafts.drop(1)
  vi.runAllTimers()
  expect(keep).not.toHaveBeenCalled()
  drafts.change(1, { text: 'slowly written', quote: null })
  vi.runAllTimers()
  drafts.drop(1)
  expect(keep.mock.calls.at(-1)).toEqual([1, { text: '', quote: null }])
})

test('a draft of before is forgotten by the node as well, when it was sent', () => {
  const keep = vi.fn(async () => {})
  const drafts = draftKeeper(keep)
  drafts.found(1)
  drafts.drop(1)
  drafts.drop(1)
  expect(keep.mock.calls).toEqual([[1, { text: '', quote: null }]])
})

test('what could not be kept is kept with the next connection, unless it was sent meanwhile', async () => {
  const keep = vi.fn<(chat: number, draft: Draft) => Promise<unknown>>(() => Promise.reject(new Error('away')))
  const drafts = draftKeeper(keep)
  drafts.change(1, { text: 'kept later', quote: null })
  drafts.change(2, { text: 'sent', quote: null })
  await vi.runAllTimersAsync()
  drafts.drop(2)
  await vi.runAllTimersAsync()
  keep.mockReset()
  keep.mockResolvedValue({})
  drafts.flush()
  expect(keep.mock.calls).toEqual([
    [1, { text: 'kept later', quote: null }],
    [2, { text: '', quote: null }],
  ])
  await vi.runAllTimersAsync()
  drafts.flush()
  expect(keep).toHaveBeenCalledTimes(2)
})
