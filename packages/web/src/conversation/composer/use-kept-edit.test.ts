// @vitest-environment happy-dom
import { renderHook } from '@testing-library/react'
import { expect, test } from 'vitest'
import { beginEdit, type OpenChat, openChatStore } from '../state.ts'
import { message } from '../support/messages.ts'
import { compose, composingOf } from './composing.ts'
import { useKeptEdit } from './use-kept-edit.ts'

/** As when somebody goes to a chat; what comes back leaves it. */
function come() {
  const openChat = { window: { chat: 7 }, store: openChatStore() } as OpenChat
  const { unmount } = renderHook(() => useKeptEdit(openChat))
  return { openChat, editing: () => openChat.store.getState().editing?.id, leave: unmount }
}

test('a change that was begun is there again with its words when one comes back, and not when it was ended', () => {
  const first = come()
  beginEdit(first.openChat, message({ id: 5, text: 'as it was' }))
  expect(composingOf(7).edit?.text).toBe('as it was')
  compose(7, { edit: { message: message({ id: 5 }), text: 'half changed' } })
  first.leave()
  const second = come()
  expect(second.editing()).toBe(5)
  expect(composingOf(7).edit?.text).toBe('half changed')
  second.openChat.store.setState({ editing: null })
  second.leave()
  expect(come().editing()).toBeUndefined()
})
