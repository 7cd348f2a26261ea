import { expect, test, vi } from 'vitest'
import { canClose, closeChat } from './closing.ts'
import { compose } from './composer/composing.ts'
import { beginEdit, beginReply, choose, type OpenChat, openChatStore } from './state.ts'
import { message } from './support/messages.ts'

const begin = () => ({ window: { chat: 7 }, store: openChatStore() }) as OpenChat

test.each([
  ['answers', (openChat: OpenChat) => beginReply(openChat, message({ id: 4 }))],
  ['edits', (openChat: OpenChat) => beginEdit(openChat, message({ id: 4, mine: true }))],
  ['chooses', (openChat: OpenChat) => choose(openChat, 4)],
  ['records', ({ store }: OpenChat) => store.setState({ isRecording: true })],
  ['writes', () => compose(7, { text: 'half a th' })],
])('the key closes no chat in which somebody %s', (_, act) => {
  const openChat = begin()
  expect(canClose(openChat)).toBe(true)
  act(openChat)
  expect(canClose(openChat)).toBe(false)
  compose(7, { text: '' })
})

test('it closes the search, then what is beside, then the chat', () => {
  const openChat = begin()
  const go = vi.fn()
  openChat.store.setState({ isSearching: true })
  closeChat(openChat, '/chat/7/info', go)
  expect([openChat.store.getState().isSearching, go.mock.calls]).toEqual([false, []])
  closeChat(openChat, '/chat/7/info', go)
  closeChat(openChat, '/chat/7', go)
  expect(go.mock.calls).toEqual([['/chat/7'], ['/']])
})
