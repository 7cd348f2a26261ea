import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { courierLimitsWith } from './limits.ts'
import { Place } from './places.ts'

it('a stick that lies released for days costs no more than one that was released just now', async () => {
  const place = new Place(courierLimitsWith({}))
  const stopping = new AbortController()
  const { signal } = stopping
  let pauses = 0
  let listeners = 0
  await place.release()
  const watching = place.watch(async function* () {}, {
    signal,
    isGone: async () => false,
    async pause() {
      pauses += 1
      listeners = Math.max(listeners, getEventListeners(signal, 'abort').length)
      if (pauses === 100) stopping.abort()
    },
  })
  for await (const _ of watching) expect.unreachable()
  expect(pauses).toBe(100)
  expect(listeners).toBeLessThan(3)
})
