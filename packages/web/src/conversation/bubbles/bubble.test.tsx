// @vitest-environment happy-dom
import type { ChatView, MessageView } from '@posthorn/api'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { renderToStaticMarkup } from 'react-dom/server'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { api, setClient } from '../../api/index.ts'
import type { OutboxItem } from '../../device/index.ts'
import { TooltipProvider } from '../../ui/index.ts'
import { HtmlDialog } from '../overlays/html-dialog.tsx'
import { type OpenChat, OpenChatContext, openChatStore } from '../state.ts'
import { file, message } from '../support/messages.ts'
import { openWindow } from '../window/store.ts'
import { Bubble } from './bubble.tsx'

const call = vi.fn(async () => ({}))
beforeEach(() => setClient({ ...api, call: call as never }))
afterEach(() => {
  cleanup()
  call.mockClear()
})

function show(parts: Partial<MessageView>, waiting: OutboxItem | null = null) {
  const window = openWindow({ chat: 1, call: call as never, sent: async () => {} })
  const openChat: OpenChat = { chat: { id: 1, canSend: true, self: false } as ChatView, window, store: openChatStore() }
  const shown = message({ id: 5, ...parts })
  const { container } = render(
    <TooltipProvider>
      <OpenChatContext value={openChat}>
        <Bubble message={shown} showsName isLast waiting={waiting} />
      </OpenChatContext>
    </TooltipProvider>,
  )
  return { container, openChat }
}

describe('hostile', () => {
  const evil = '<img src=x onerror=alert(1)>'

  test('names of people, files and cards are texts', () => {
    const from = { ...message({ id: 1 }).from, name: evil }
    const card = { name: evil, address: '"><script>alert(1)</script>', color: '#112233' }
    const { container } = show({ from, kind: 'vcard', card, file: file({ name: evil }) })
    expect(container.querySelector('img, script')).toBeNull()
    expect(container.textContent).toContain(evil)
  })

  test('the kind of a file is to be seen, however long its name, and whichever way it turns', () => {
    const name = `holiday${' '.repeat(200)}pictures\u202egpj.exe`
    const { container } = show({ kind: 'file', file: file({ name, mime: 'image/jpeg' }) })
    expect(container.textContent).toContain('EXE')
    expect(container.textContent).not.toContain('\u202e')
    expect(screen.getByRole('link').getAttribute('href')).toBe('/api/v1/files/1/photo.jpg')
  })

  test('a picture that is a program is a file, and is not shown', () => {
    const svg = file({ name: 'x.svg', mime: 'image/svg+xml' })
    expect(
      show({ kind: 'file', file: svg }).container.querySelector('img, svg image, object, embed, iframe'),
    ).toBeNull()
  })
})

test('a mail in HTML is shown on demand, in a frame that may do nothing', () => {
  const { container, openChat } = show({ html: true })
  expect(container.querySelector('iframe')).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Show the mail as it was designed' }))
  expect(openChat.store.getState().overlay?.kind).toBe('html')
  const dialog = renderToStaticMarkup(
    <TooltipProvider>
      <HtmlDialog message={message({ id: 5, html: true })} onClose={() => {}} />
    </TooltipProvider>,
  )
  expect(dialog).toMatch(/<iframe [^>]*src="\/api\/v1\/html\/5" sandbox=""/)
})

describe('what has not come yet', () => {
  test('what waits on the node is fetched when somebody wants it', () => {
    show({ kind: 'file', file: file({ path: null }), rest: 'waits' })
    fireEvent.click(screen.getByRole('button', { name: 'Fetch it' }))
    expect(call).toHaveBeenCalledWith('messages.fetch', { message: 5 })
  })

  test('what comes by a slower road is not asked for, and there is nothing to save', () => {
    show({ kind: 'image', file: file({ path: null }), rest: 'coming' })
    expect(screen.getByText('The rest comes later, by a slower road')).toBeTruthy()
    expect(screen.queryByRole('link')).toBeNull()
  })
})

test('a message that failed says why, and can be sent again', () => {
  show({ mine: true, state: 'failed', error: 'The mailbox is full.' })
  expect(screen.getByText('Not sent: The mailbox is full.')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: 'Send again' }))
  expect(call).toHaveBeenCalledWith('messages.resend', { ids: [5] })
})

test('an answer leads to what it answers, as long as that is here', () => {
  const quote = { message: 3, from: 'Cy', color: null, text: 'before', kind: 'text', image: null } as const
  const { openChat } = show({ quote })
  fireEvent.click(screen.getByRole('button', { name: /before/ }))
  expect(openChat.store.getState().target).toMatchObject({ message: 3 })
  cleanup()
  show({ quote: { ...quote, message: null } })
  expect(screen.queryByRole('button', { name: /before/ })).toBeNull()
})

test('a photo that is not on the node yet is seen, and not opened: the node has nothing to show', () => {
  const photo = { kind: 'image', text: '', mine: true, file: file({ path: 'blob:1' }) } as const
  show(photo)
  expect(screen.getByRole('button', { name: /photo\.jpg/ })).toBeTruthy()
  cleanup()
  const waiting = { key: 'k', user: 'ann', chat: 1, text: '', writtenAt: 1, state: 'waits', error: '' } as const
  const { container } = show({ ...photo, id: -1 }, waiting)
  expect(container.querySelector('img')?.getAttribute('src')).toBe('blob:1')
  expect(screen.queryByRole('button', { name: /photo\.jpg/ })).toBeNull()
})
