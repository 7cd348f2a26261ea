import { expect, test } from 'vitest'
import { beginEdit, beginReply, choose, jumpTo, type OpenChat, openChatStore } from './state.ts'
import { file, message } from './support/messages.ts'

const begin = () => ({ store: openChatStore() }) as OpenChat

test('one answers or edits, not both', () => {
  const openChat = begin()
  beginReply(openChat, message({ id: 4, kind: 'image', file: file() }))
  expect(openChat.store.getState().reply).toMatchObject({ message: 4, from: 'Ann', image: '/api/v1/files/1/photo.jpg' })
  beginEdit(openChat, message({ id: 5, mine: true }))
  expect(openChat.store.getState()).toMatchObject({ reply: null, editing: { id: 5 } })
})

test('the last message taken out ends choosing', () => {
  const openChat = begin()
  choose(openChat, 1)
  choose(openChat, 2)
  expect([...(openChat.store.getState().chosen ?? [])]).toEqual([1, 2])
  choose(openChat, 1)
  choose(openChat, 2)
  expect(openChat.store.getState().chosen).toBeNull()
})

test('a jump to where one is already is a jump again', () => {
  const openChat = begin()
  jumpTo(openChat, 9)
  const first = openChat.store.getState().target
  jumpTo(openChat, 9)
  expect(openChat.store.getState().target).not.toEqual(first)
})
