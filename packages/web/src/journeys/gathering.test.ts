import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { api, setClient } from '../api/index.ts'
import { gathering } from './gathering.ts'

let ready: () => void
let asked: number[][]
let changed: (messages: readonly number[]) => void
let answer: (messages: number[]) => Promise<{ message: number; text: string }[]>

beforeEach(() => {
  vi.useFakeTimers()
  asked = []
  answer = async messages => messages.map(message => ({ message, text: `${message}` }))
  setClient({
    ...api,
    onReady(listener) {
      ready = listener
      return () => undefined
    },
  })
})
afterEach(() => vi.useRealTimers())

function make() {
  return gathering<{ message: number; text: string }>({
    ask(messages) {
      asked.push(messages)
      return answer(messages)
    },
    listen(listener) {
      changed = listener
    },
  })
}

const settle = () => vi.runAllTimersAsync()

test('what is wanted within a moment is one call, and what is known is not asked for again', async () => {
  const briefs = make()
  for (const message of [20, 21, 20]) briefs.want(message)
  await settle()
  expect(asked).toEqual([[20, 21]])
  briefs.want(20)
  await settle()
  expect(asked).toHaveLength(1)
})

test('of very many, each call asks for as many as it may', async () => {
  const briefs = make()
  for (let message = 1; message <= 120; message += 1) briefs.want(message)
  await settle()
  expect(asked.map(({ length }) => length)).toEqual([50, 50, 20])
})

test('what changed is asked for anew while it is shown; what is not shown is forgotten', async () => {
  const briefs = make()
  briefs.want(20)
  const stop = briefs.want(21)
  briefs.want(21)()
  await settle()
  stop()
  changed([20, 21, 99])
  await settle()
  expect(asked).toEqual([[20, 21], [20]])
  briefs.want(21)
  await settle()
  expect(asked.at(-1)).toEqual([21])
})

test('a call that failed claims nothing, and is made again with the next connection', async () => {
  const briefs = make()
  answer = () => Promise.reject(new Error('offline'))
  briefs.want(20)
  await settle()
  answer = async messages => messages.map(message => ({ message, text: 'known' }))
  ready()
  await settle()
  expect(asked).toEqual([[20], [20]])
})
