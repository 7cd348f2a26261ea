/** What every mailbox notes of letters that their senders want to hear of. */
import type { PacketId } from '@posthorn/nncp'
import { nodeIdFromBytes } from '@posthorn/nncp'
import { describe, expect, test } from 'vitest'
import type { Journeys } from '../journeys/journeys.ts'
import type { FetchedLetter, Traced } from './fetched.ts'
import type { MailboxStore } from './mailbox.ts'
import { at, delivery, inboxOf, present, user } from './testing.ts'

const alice = 'alice@camp.alt'
const here: Traced = { kind: 'here', messageId: 'one@example', sender: 'bob@camp.alt', recipient: alice }
const node = nodeIdFromBytes(new Uint8Array(32).fill(3))
const elsewhere: Traced = { kind: 'node', letter: 'L'.repeat(52) as PacketId, node, place: 1 }

export function fetchedContract(name: string, make: () => Promise<{ store: MailboxStore; journeys: Journeys }>): void {
  describe(`letters whose senders want to hear: ${name}`, () => {
    const stationsOf = async (journeys: Journeys) => {
      const [journey] = await journeys.ofMessage('one@example', { sender: null, limit: 1 })
      return journey?.stations.map(({ kind, at: when, where }) => [kind, when, where])
    }

    test('between people here: delivered with the letter, fetched when an app has its text, once', async () => {
      const { store, journeys } = await make()
      await store.account(user, alice).releaseHeld()
      await store.deliver(delivery('one', { traced: here, at: at + 5 }))
      const delivered = [
        ['accepted', at + 5, null],
        ['delivered', at + 5, null],
      ]
      expect(await stationsOf(journeys)).toEqual(delivered)
      const inbox = await inboxOf(store)
      let hints = 0
      store.fetched.onFetched(() => {
        hints += 1
      })
      inbox.fetched?.([1, 99])
      inbox.fetched?.([1])
      expect(hints).toBe(1)
      expect(await stationsOf(journeys)).toEqual(delivered)
      expect(await store.fetched.note()).toBe(0)
      inbox.fetched?.([1])
      await store.fetched.note()
      expect(await stationsOf(journeys)).toEqual([...delivered, ['fetched', at, null]])
      expect(await store.fetched.page(10)).toEqual([])
    })

    test('of another node: it is remembered until its sender is told, also after it was held, and moved', async () => {
      const { store, journeys } = await make()
      await store.deliver(delivery('one', { traced: elsewhere }))
      const account = store.account(user, alice)
      await account.releaseHeld()
      await account.create('Chats')
      present(await (await inboxOf(store)).move([1], 'Chats'))
      const chats = present(await account.open('Chats'))
      chats.fetched?.([1])
      expect(await store.fetched.note()).toBe(1)
      const { kind: _, ...facts } = elsewhere as Traced & { kind: 'node' }
      const number = expect.any(Number) as number
      const [noted, ...more] = await store.fetched.page(10)
      expect([noted, more]).toEqual([{ ...facts, number, at } satisfies FetchedLetter, []])
      await store.fetched.forget([noted?.number ?? 0])
      expect(await store.fetched.page(10)).toEqual([])
      expect(await journeys.last({ sender: null, limit: 1 })).toEqual([])
    })

    test('of others nothing is noted', async () => {
      const { store, journeys } = await make()
      await store.account(user, alice).releaseHeld()
      await store.deliver(delivery('one'))
      const inbox = await inboxOf(store)
      inbox.fetched?.([1])
      expect(await store.fetched.note()).toBe(0)
      expect(await store.fetched.page(10)).toEqual([])
      expect(await journeys.last({ sender: null, limit: 1 })).toEqual([])
    })
  })
}
