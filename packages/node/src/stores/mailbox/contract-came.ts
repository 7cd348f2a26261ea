/** What every mailbox notes of the ways by which letters came. */
import { nodeIdFromBytes } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import type { Journeys } from '../journeys/journeys.ts'
import type { Came, MailboxStore } from './mailbox.ts'
import { at, delivery, user } from './testing.ts'

const hut = nodeIdFromBytes(new Uint8Array(32).fill(3))
const came: Came = { road: 'blue-1', broughtBy: hut, takenInAt: at - 50 }
const byLine: Came = { road: 'tcp://192.0.2.1:5400', broughtBy: hut, takenInAt: at }

export function cameContract(name: string, make: () => Promise<{ store: MailboxStore; journeys: Journeys }>): void {
  describe(`the ways by which letters came: ${name}`, () => {
    test('are noted with the delivery, also of a letter that is held back', async () => {
      const { store, journeys } = await make()
      await store.deliver(delivery('held', { came, at: at + 1 }))
      await store.account(user, `${user}@camp.alt`).releaseHeld()
      await store.deliver(delivery('one', { came: byLine }))
      await store.deliver(delivery('two'))
      await store.deliver(delivery('nameless', { came, messageId: null }))
      const of = ['held@example', 'one@example', 'two@example', 'nameless@example']
      expect(await journeys.arrivals(user, of)).toEqual([
        { user, messageId: 'held@example', ...came, at: at + 1 },
        { user, messageId: 'one@example', ...byLine, at },
      ])
    })

    test('of a letter that comes again by another packet the first stays; a full mailbox notes nothing', async () => {
      const { store, journeys } = await make()
      await store.deliver(delivery('one', { came }))
      await store.deliver(delivery('one', { came: byLine, deliveryId: 'another packet' }))
      await store.deliver(delivery('two'))
      expect(await store.deliver(delivery('two', { came: byLine, deliveryId: 'another packet' }))).toBe('duplicate')
      const quota = { sizeBytesMax: 1, messagesMax: null }
      expect(await store.deliver(delivery('three', { came, quota }))).toBe('full')
      const found = await journeys.arrivals(user, ['one@example', 'two@example', 'three@example'])
      expect(found).toEqual([{ user, messageId: 'one@example', ...came, at }])
    })

    test('are forgotten with the mail of who is removed', async () => {
      const { store, journeys } = await make()
      await store.deliver(delivery('one', { came }))
      await store.deliver(delivery('one', { came, user: 'bob' }))
      await store.remove(user, at)
      expect(await journeys.arrivals(user, ['one@example'])).toEqual([])
      expect(await journeys.arrivals('bob', ['one@example'])).toHaveLength(1)
    })
  })
}
