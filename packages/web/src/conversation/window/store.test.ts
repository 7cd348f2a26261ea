import type { MessageView, MethodName, ParamsOf, ResultOf } from '@posthorn/api'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { message } from '../support/messages.ts'
import { paging } from './paging.ts'
import { openWindow } from './store.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A node with one chat. */
function node(count: number) {
  const messages = new Map<number, MessageView>()
  for (let id = 1; id <= count; id += 1) messages.set(id, message({ id }))
  const asked: { name: string; ids: number[] }[] = []
  const answers = {
    'messages.ids': () => ({ ids: [...messages.keys()], days: [{ index: 0, at: 0 }], firstUnread: null }),
    'messages.get': ({ ids }: { ids: number[] }) => ids.flatMap(id => messages.get(id) ?? []),
  }
  const call = async <N extends MethodName>(name: N, params: ParamsOf<N>): Promise<ResultOf<N>> => {
    asked.push({ name, ids: (params as { ids?: number[] }).ids ?? [] })
    const answer: (params: never) => unknown = answers[name as 'messages.get']
    return structuredClone(answer(params as never)) as ResultOf<N>
  }
  return { messages, asked, call, ids: () => asked.filter(({ name }) => name === 'messages.ids').length }
}

async function opened(count: number, sent = async () => {}) {
  const there = node(count)
  const window = openWindow({ chat: 1, call: there.call, sent })
  await window.refresh()
  await vi.runAllTimersAsync()
  return { there, window, state: () => window.state.getState() }
}

test('of a long chat what is looked at is loaded, and no more', async () => {
  const { window, there, state } = await opened(50_000)
  expect(state().listing.ids).toHaveLength(50_000)
  window.show({ first: 49_980, last: 49_999 })
  await vi.runAllTimersAsync()
  expect(state().loaded.size).toBe(20 + paging.marginRows)
  expect(state().loaded.get(50_000)?.text).toBe('message 50000')
  expect(there.asked.every(({ ids }) => ids.length <= paging.pageRows)).toBe(true)
})

test('whoever scrolls through it all keeps little of it', async () => {
  const { window, state } = await opened(5000)
  for (let first = 4980; first >= 0; first -= 20) {
    window.show({ first, last: first + 19 })
    await vi.runAllTimersAsync()
    expect(state().loaded.has(first + 10)).toBe(true)
  }
  expect(state().loaded.size).toBeLessThanOrEqual(paging.keepRows)
})

test('a new message is asked for alone, one that belongs elsewhere with all ids', async () => {
  const { window, there, state } = await opened(300)
  window.show({ first: 280, last: 299 })
  await vi.runAllTimersAsync()
  const before = there.ids()
  there.messages.set(301, message({ id: 301 }))
  window.listed({ chat: 1, message: 301 })
  await vi.runAllTimersAsync()
  expect(state().listing.ids.at(-1)).toBe(301)
  expect(there.ids()).toBe(before)
  there.messages.set(302, message({ id: 302, sortedAt: 5 }))
  window.listed({ chat: 1, message: 302 })
  await vi.runAllTimersAsync()
  expect(there.ids()).toBe(before + 1)
  window.listed({ chat: 2, message: 303 })
  await vi.runAllTimersAsync()
  expect(there.ids()).toBe(before + 1)
})

test('messages that went are gone from the list and from memory', async () => {
  const { window, there, state } = await opened(50)
  window.show({ first: 0, last: 49 })
  await vi.runAllTimersAsync()
  there.messages.delete(10)
  window.listed({ chat: 1, message: null })
  await vi.runAllTimersAsync()
  expect(state().listing.ids).toHaveLength(49)
  expect(state().loaded.has(10)).toBe(false)
})

test('a message that changed is asked for again, many of them together', async () => {
  const { window, there, state } = await opened(50)
  window.show({ first: 0, last: 49 })
  await vi.runAllTimersAsync()
  const before = there.asked.length
  for (const id of [3, 4, 3]) {
    there.messages.set(id, message({ id, text: 'other' }))
    window.changed({ chat: 1, message: id })
  }
  await vi.runAllTimersAsync()
  expect(state().loaded.get(3)?.text).toBe('other')
  expect(there.asked.slice(before)).toEqual([{ name: 'messages.get', ids: [3, 4] }])
})

test('ids whose messages are gone are not asked for without end', async () => {
  const { window, there } = await opened(50)
  there.messages.delete(20)
  window.show({ first: 0, last: 49 })
  await vi.runAllTimersAsync()
  const before = there.asked.length
  window.show({ first: 0, last: 48 })
  await vi.runAllTimersAsync()
  expect(there.asked).toHaveLength(before)
})

test('a call that fails loses nothing, and is made again', async () => {
  const there = node(50)
  let isDown = true
  const call: typeof there.call = async (name, params) => {
    if (isDown) throw new Error('no road to the node')
    return await there.call(name, params)
  }
  const window = openWindow({ chat: 1, call, sent: async () => {} })
  await window.refresh()
  expect(window.state.getState()).toMatchObject({ isListed: false, trouble: new Error('no road to the node') })
  isDown = false
  await window.refresh()
  isDown = true
  window.show({ first: 0, last: 9 })
  await vi.runAllTimersAsync()
  isDown = false
  window.show({ first: 0, last: 9 })
  await vi.runAllTimersAsync()
  expect(window.state.getState().loaded.size).toBe(50)
  expect(window.state.getState().trouble).toBeNull()
})

test('while something is being sent the list waits for its id', async () => {
  let answer = () => {}
  const sending = new Promise<void>(resolve => {
    answer = resolve
  })
  let isSending = false
  const { window, there, state } = await opened(2, async () => (isSending ? await sending : undefined))
  window.show({ first: 0, last: 1 })
  isSending = true
  there.messages.set(3, message({ id: 3 }))
  window.listed({ chat: 1, message: 3 })
  await vi.runAllTimersAsync()
  expect(state().listing.ids).toEqual([1, 2])
  answer()
  await vi.runAllTimersAsync()
  expect(state().listing.ids).toEqual([1, 2, 3])
})
