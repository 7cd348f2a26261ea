// @vitest-environment happy-dom
import { renderHook } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { localFailure } from '../../api/index.ts'
import type { OutboxItem } from './item.ts'
import { forgetSent, noteListed, noteSent, outboxKeyOf, sendingAnswered, useJustSent } from './just-sent.ts'

const item: OutboxItem = { key: 'k', user: 'ann', chat: 7, text: 'x', writtenAt: 1, state: 'sending', error: '' }

test('what was sent is known by its key, from the moment that the node has answered', async () => {
  let answer = () => {}
  const call = new Promise<{ message: number }>(resolve => {
    answer = () => resolve({ message: 99 })
  })
  const noted = noteSent(item, call)
  const order: string[] = []
  const waited = sendingAnswered(7).then(() => order.push(outboxKeyOf(99) ?? 'unknown'))
  await sendingAnswered(8)
  expect(order).toEqual([])
  answer()
  await Promise.all([noted, waited])
  expect(outboxKeyOf(99)).toBe('k')
  expect(order).toEqual(['k'])
})

test('a failure is passed on, and nobody waits for it any more', async () => {
  await expect(noteSent(item, Promise.reject(new Error('no')))).rejects.toThrow('no')
  await sendingAnswered(7)
})

test('while nobody knows whether the node has it, the list waits for the second answer, but not for ever', async () => {
  vi.useFakeTimers()
  const lose = () => noteSent(item, Promise.reject(localFailure('lost'))).catch(() => undefined)
  const order: string[] = []
  await lose()
  const waited = sendingAnswered(7).then(() => order.push(outboxKeyOf(98) ?? 'unknown'))
  await vi.advanceTimersByTimeAsync(1000)
  expect(order).toEqual([])
  await noteSent(item, Promise.resolve({ message: 98 }))
  await waited
  expect(order).toEqual(['k'])
  await lose()
  const both = [sendingAnswered(7), sendingAnswered(7)]
  await vi.advanceTimersByTimeAsync(3000)
  await Promise.all([...both, sendingAnswered(7)])
  vi.useRealTimers()
})

test('what the list had once is never shown as on its way again, as when it is deleted there', async () => {
  forgetSent()
  await noteSent(item, Promise.resolve({ message: 99 }))
  const shown = () => renderHook(() => useJustSent(7)).result.current.map(sent => sent.item?.text)
  noteListed(8, new Set([99]))
  expect(shown()).toEqual(['x'])
  noteListed(7, new Set([99]))
  expect(shown()).toEqual([undefined])
  noteListed(7, new Set())
  expect(shown()).toEqual([undefined])
  expect(outboxKeyOf(99)).toBe('k')
})
