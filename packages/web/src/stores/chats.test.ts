import type { EventName, ResultOf } from '@posthorn/api'
import { expect, test } from 'vitest'
import { makeChats } from './chats.ts'
import { makeContacts } from './contacts.ts'
import type { Source } from './source.ts'
import { contactOf, rowOf, viewOf } from './testing.ts'

/** A node with two chats, that tells what it is asked. */
function node() {
  const asked: string[] = []
  const listeners = new Map<string, Set<(data: never) => void>>()
  const state = { ids: [2, 1], unread: 0, name: 'Ann', fails: false }
  const answers: Readonly<Record<string, (params: { chat?: number; ids?: number[] }) => unknown>> = {
    'chats.ids': () => ({ ids: state.ids, archived: 0, unread: state.unread }) satisfies ResultOf<'chats.ids'>,
    'chats.rows': ({ ids = [] }) => ids.map(id => rowOf({ id, name: state.name })),
    'chats.show': ({ chat }) => viewOf({ id: chat ?? 0, name: state.name }),
    'contacts.get': ({ ids = [] }) => ids.map(id => contactOf({ id, name: state.name })),
  }
  const source = {
    call: async (method: string, params: { chat?: number }) => {
      asked.push(method)
      if (state.fails) throw new Error('the line is down')
      if (params.chat === 404) throw Object.assign(new Error('gone'), { code: 'no-such-chat' })
      return answers[method]?.(params)
    },
    on: (event: string, listener: (data: never) => void) => {
      const all = listeners.get(event) ?? new Set()
      listeners.set(event, all.add(listener))
      return () => all.delete(listener)
    },
    onReady: (listener: () => void) => {
      listeners.set('ready', new Set([listener]))
      return () => undefined
    },
  } as unknown as Source
  const happens = (event: EventName | 'ready', data: object = {}) => {
    for (const listener of listeners.get(event) ?? []) listener(data as never)
  }
  return { asked, happens, source, state }
}

const settled = () => new Promise(done => setTimeout(done))

test('a list that nobody looks at is not asked for, whatever happens', async () => {
  const { asked, happens, source } = node()
  makeChats(source)
  happens('chats.listed')
  happens('ready')
  await settled()
  expect(asked).toEqual([])
})

test('a list in sight is asked for anew when its order changes, and keeps its ids when they did not', async () => {
  const { happens, source, state } = node()
  const { list } = makeChats(source)
  list.watch()
  await settled()
  const { ids } = list.store.getState()
  state.unread = 3
  happens('chats.row', { chat: 1 })
  await settled()
  expect(list.store.getState()).toMatchObject({ ids: [2, 1], unread: 3 })
  expect(list.store.getState().ids).toBe(ids)
  state.ids = [1, 2]
  happens('chats.listed')
  await settled()
  expect(list.store.getState().ids).toEqual([1, 2])
})

test('a list that cannot be loaded says so, keeps what it has, and is there again with the connection', async () => {
  const { happens, source, state } = node()
  const { list } = makeChats(source)
  list.watch()
  await settled()
  state.fails = true
  happens('chats.listed')
  await settled()
  expect(list.store.getState()).toMatchObject({ ids: [2, 1], failed: true })
  state.fails = false
  happens('ready')
  await settled()
  expect(list.store.getState().failed).toBe(false)
})

test('an event makes the rows and chats stale that it is about, and no others', async () => {
  const { happens, source, state } = node()
  const { rows, views } = makeChats(source)
  rows.want([1, 2])
  views.want([1])
  await settled()
  state.name = 'Bo'
  happens('chats.row', { chat: 1 })
  rows.want([1, 2])
  views.want([1])
  await settled()
  const names = [1, 2].map(id => rows.store.getState().held.get(id)?.name)
  expect([...names, views.store.getState().held.get(1)?.name]).toEqual(['Bo', 'Ann', 'Bo'])
})

test('a chat that was deleted is known to be gone, and does not keep others from being shown', async () => {
  const { source } = node()
  const { views } = makeChats(source)
  views.want([404, 1])
  await settled()
  expect(views.store.getState().held.get(404)).toBeNull()
  expect(views.store.getState().held.get(1)?.name).toBe('Ann')
})

test('what a change answers is shown at once', async () => {
  const { source } = node()
  const chats = makeChats(source)
  chats.changed(viewOf({ id: 1, name: 'Camp' }))
  expect(chats.views.store.getState().held.get(1)?.name).toBe('Camp')
})

test('contacts are asked for anew when they change, until the store is closed', async () => {
  const { asked, happens, source, state } = node()
  const contacts = makeContacts(source)
  contacts.rows.want([11])
  await settled()
  state.name = 'Anna'
  happens('contacts.changed', { contact: 11 })
  contacts.rows.want([11])
  await settled()
  expect(contacts.rows.store.getState().held.get(11)?.name).toBe('Anna')
  contacts.close()
  happens('contacts.changed', { contact: null })
  contacts.rows.want([11])
  await settled()
  expect(asked).toEqual(['contacts.get', 'contacts.get'])
})
