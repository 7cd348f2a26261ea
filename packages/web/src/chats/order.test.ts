import { expect, test } from 'vitest'
import { chatBeside, isAlone, requestsAmong, requestsFirst } from './order.ts'

const held = (...requests: number[]) => new Map(requests.map(id => [id, { request: true }]))

test('requests come first, in the order they had, before pinned chats', () => {
  expect(requestsFirst([7, 5, 3, 1], held(3, 1))).toEqual([3, 1, 7, 5])
})

test('a list without requests is left as it is', () => {
  const ids = [4, 2]
  expect(requestsFirst(ids, held())).toBe(ids)
})

test('a request far down does not push the list away under somebody who scrolls there', () => {
  const ids = Array.from({ length: requestsAmong + 5 }, (_, index) => index + 1)
  expect(requestsFirst(ids, held(requestsAmong + 2))).toEqual(ids)
})

test('somebody is alone while there are only notes to oneself and of the engine', () => {
  const rows = new Map([
    [1, { self: true, device: false }],
    [2, { self: false, device: true }],
    [3, { self: false, device: false }],
  ])
  expect(isAlone([], rows)).toBe(true)
  expect(isAlone([1, 2], rows)).toBe(true)
  expect(isAlone([1, 3], rows)).toBe(false)
  expect(isAlone([1, 99], rows)).toBe(false)
})

test.each([
  [2, 1, 3],
  [2, -1, 1],
  [1, -1, 1],
  [3, 1, 3],
  [undefined, 1, 1],
  [99, -1, 3],
] as const)('beside %s, %s step is %s', (current, steps, expected) => {
  expect(chatBeside([1, 2, 3], current, steps)).toBe(expected)
})

test('an empty list has no chat beside any', () => {
  expect(chatBeside([], 4, 1)).toBeUndefined()
})
