// @vitest-environment happy-dom
import type { ChatView } from '@posthorn/api'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { api, setClient } from '../../api/index.ts'
import { TooltipProvider } from '../../ui/index.ts'
import { type OpenChat, OpenChatContext, openChatStore } from '../state.ts'
import { message } from '../support/messages.ts'
import { openWindow } from '../window/store.ts'
import { MessageRow } from './row.tsx'

const call = () => new Promise<never>(() => {})
beforeEach(() => setClient({ ...api, call }))
afterEach(cleanup)

test('the tools beside a message stay while one goes over to them, and go when the focus does', () => {
  const window = openWindow({ chat: 1, call, sent: async () => {} })
  const openChat: OpenChat = { chat: { id: 1, canSend: true, self: false } as ChatView, window, store: openChatStore() }
  const row = { day: null, isFirst: true, isLast: true, isFirstUnread: false, showsSender: false, waiting: null }
  render(
    <TooltipProvider>
      <OpenChatContext value={openChat}>
        <MessageRow {...row} message={message({ id: 5 })} />
      </OpenChatContext>
    </TooltipProvider>,
  )
  const line = screen.getByRole('article')
  expect(screen.queryByRole('button', { name: 'Reply' })).toBeNull()
  fireEvent.focusIn(line)
  const reply = screen.getByRole('button', { name: 'Reply' })
  fireEvent.focusOut(line, { relatedTarget: reply })
  expect(reply.isConnected).toBe(true)
  fireEvent.focusOut(reply, { relatedTarget: document.body })
  expect(screen.queryByRole('button', { name: 'Reply' })).toBeNull()
})
