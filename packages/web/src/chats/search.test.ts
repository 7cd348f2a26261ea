import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Client } from '../api/index.ts'
import { foundLines, makeSearch } from './search.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A node that answers by hand. */
function node() {
  const asked: { method: string; query: unknown; signal: AbortSignal | undefined }[] = []
  const answers: ((ids: readonly number[] | Error) => void)[] = []
  const call = ((method: string, params: { query?: string }, { signal }: { signal?: AbortSignal } = {}) => {
    asked.push({ method, query: params.query, signal })
    return new Promise((resolve, reject) => {
      answers.push(ids => (ids instanceof Error ? reject(ids) : resolve({ ids })))
    })
  }) as unknown as Client['call']
  return { asked, answers, search: makeSearch(call) }
}

test('one search for a word that is typed letter by letter', () => {
  const { asked, search } = node()
  for (const text of ['f', 'fe', 'fer', 'ferr', 'ferry ']) search.type(text)
  vi.runAllTimers()
  expect(asked.map(({ method, query }) => [method, query])).toEqual([
    ['chats.ids', 'ferry'],
    ['contacts.ids', 'ferry'],
    ['messages.search', 'ferry'],
  ])
})

test('a space at the end is no other search', () => {
  const { asked, search } = node()
  search.type('ferry')
  vi.runAllTimers()
  search.type('ferry ')
  vi.runAllTimers()
  expect(asked).toHaveLength(3)
})

test('each part shows when it comes, and a late answer to an older search shows never', async () => {
  const { asked, answers, search } = node()
  search.type('an')
  vi.runAllTimers()
  answers[0]?.([1, 2])
  await vi.runAllTimersAsync()
  expect(search.store.getState()).toMatchObject({ chats: [1, 2], contacts: null, messages: null })
  search.type('ann')
  expect(asked[1]?.signal?.aborted).toBe(true)
  answers[1]?.([3])
  await vi.runAllTimersAsync()
  expect(search.store.getState()).toMatchObject({ query: 'ann', chats: null, contacts: null })
})

test('a part that fails is told, the others show', async () => {
  const { answers, search } = node()
  search.type('ann')
  vi.runAllTimers()
  answers[0]?.(new Error('the line is down'))
  answers[2]?.([9])
  await vi.runAllTimersAsync()
  expect(search.store.getState()).toMatchObject({ chats: [], messages: [9], failed: true })
})

test('an emptied field shows nothing found, at once', () => {
  const { asked, search } = node()
  search.type('ann')
  search.type('  ')
  vi.runAllTimers()
  expect(asked).toHaveLength(0)
  expect(search.store.getState()).toMatchObject({ query: '', chats: [] })
})

test('what was found stands below headings, and nothing below none', () => {
  const lines = foundLines({ query: 'a', chats: [1], contacts: null, messages: [5], failed: false })
  expect(lines).toEqual([
    { kind: 'heading', of: 'chats' },
    { kind: 'chat', id: 1 },
    { kind: 'heading', of: 'messages' },
    { kind: 'message', id: 5 },
  ])
})
