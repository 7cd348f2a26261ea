// @vitest-environment happy-dom
import type { EventName } from '@posthorn/api'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { api, type Client, setClient } from '../api/index.ts'
import { notificationPermission, takeBackNotices, tellOfMessages } from './notifications.ts'
import { prefer } from './preferences.ts'

const avatar = { path: null, color: '#112233', initials: 'B' }
const row = { id: 7, kind: 'group', name: 'Camp', avatar, muted: false, archived: false, device: false }
const came = { id: 3, mine: false, text: 'the text', from: { name: 'Bo' } }
const shown: { title: string; body: string | undefined; tag: string | undefined; click: () => void }[] = []
const closed: string[] = []
const go = vi.fn()
let unread = 1
let tell: (data: unknown) => void
let changed: (data: unknown) => void
let stop: () => void

beforeEach(() => {
  shown.length = 0
  closed.length = 0
  go.mockClear()
  class Fake {
    static permission = 'granted'
    onclick = () => {}
    close: () => void
    data: unknown
    constructor(title: string, { body, tag, data }: NotificationOptions) {
      this.data = data
      this.close = () => closed.push(title)
      shown.push({ title, body, tag, click: () => this.onclick() })
    }
  }
  vi.stubGlobal('Notification', Fake)
  vi.spyOn(document, 'hasFocus').mockReturnValue(true)
  window.history.replaceState(null, '', '/')
  start({})
})
afterEach(async () => {
  stop()
  await takeBackNotices()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

function start(changes: { row?: object; came?: object }): void {
  stop?.()
  const answers: Record<string, () => unknown> = {
    'chats.rows': () => [{ ...row, unread, last: { id: 3, what: 'a summary' }, ...changes.row }],
    'messages.get': () => [{ ...came, ...changes.came }],
  }
  const call = (async (method: string) => answers[method]?.()) as unknown as Client['call']
  const on = ((event: EventName, listener: (data: unknown) => void) => {
    if (event === 'messages.came') tell = listener
    if (event === 'chats.row') changed = listener
    return () => {}
  }) as Client['on']
  setClient({ ...api, call, on })
  stop = tellOfMessages(go)
}
/** All that follows from what was answered at once. */
const settle = async () => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
}
const come = async () => {
  tell({ chat: 7, message: 3 })
  await settle()
}

test('says who wrote, or also what; a click leads to the chat', async () => {
  prefer({ notifications: 'names' })
  await come()
  prefer({ notifications: 'texts' })
  await come()
  expect(shown).toMatchObject([
    { title: 'Camp', body: '', tag: 'message-3' },
    { title: 'Camp', body: 'Bo: a summary', tag: 'message-3' },
  ])
  shown[0]?.click()
  expect(go).toHaveBeenCalledWith('/chat/7')
})

test.each([
  ['of a muted chat', { row: { muted: true } }],
  ['of an archived chat', { row: { archived: true } }],
  ['of the node itself', { row: { device: true } }],
  ['of one’s own, from another device', { came: { mine: true } }],
])('nothing is said %s', async (_, changes) => {
  prefer({ notifications: 'texts' })
  start(changes)
  await come()
  expect(shown).toEqual([])
})

test('nothing is said when nobody wants it, when it is forbidden, and when the chat is looked at', async () => {
  prefer({ notifications: 'off' })
  await come()
  prefer({ notifications: 'texts' })
  window.history.replaceState(null, '', '/chat/7')
  await come()
  expect(shown).toEqual([])
  vi.spyOn(document, 'hasFocus').mockReturnValue(false)
  await come()
  expect(shown).toHaveLength(1)
  Object.assign(Notification, { permission: 'denied' })
  await come()
  expect(shown).toHaveLength(1)
  expect(notificationPermission()).toBe('denied')
})

test('what is still shown is taken back when nobody is signed in any more', async () => {
  prefer({ notifications: 'texts' })
  await come()
  expect(closed).toEqual([])
  await takeBackNotices()
  expect(closed).toEqual(['Camp'])
})

test('what is shown of a chat is taken back when it was read, and not before', async () => {
  prefer({ notifications: 'texts' })
  unread = 1
  await come()
  changed({ chat: 7 })
  await settle()
  expect(closed).toEqual([])
  unread = 0
  changed({ chat: 8 })
  await settle()
  expect(closed).toEqual([])
  changed({ chat: 7 })
  await settle()
  expect(closed).toEqual(['Camp'])
})
