// @vitest-environment happy-dom
import type { ChatRow } from '@posthorn/api'
import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { contactOf, rowOf, viewOf } from '../../stores/testing.ts'
import { useChatDialog } from '../dialog-store.ts'
import { type Answers, show, testNode } from '../testing.tsx'
import { ChatList } from './chat-list.tsx'

/** What is drawn at all depends on heights, which are not laid out here. */
beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(700)
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(68)
  window.history.replaceState(null, '', '/')
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

function nodeWith(rows: readonly ChatRow[], more: Answers = {}) {
  const held = new Map(rows.map(row => [row.id, row]))
  const state = { ids: rows.map(row => row.id), archived: 0 }
  const node = testNode({
    'chats.ids': ({ query }) => ({
      ids: state.ids.filter(id =>
        held
          .get(id)
          ?.name.toLowerCase()
          .includes((query ?? '').toLowerCase()),
      ),
      archived: state.archived,
      unread: 0,
    }),
    'chats.rows': ({ ids }) => ids.flatMap(id => held.get(id) ?? []),
    'contacts.ids': () => ({ ids: [] }),
    'messages.search': () => ({ ids: [] }),
    ...more,
  })
  return { ...node, held, state }
}

const links = async () => (await screen.findAllByRole('link')).map(link => link.getAttribute('href'))

test('chats stand in the order of the node, requests above all', async () => {
  nodeWith([
    rowOf({ id: 3, name: 'Bo' }),
    rowOf({ id: 7, name: 'Cy' }),
    rowOf({ id: 5, name: 'Stranger', request: true }),
  ])
  show(<ChatList chosen={7} />)
  await screen.findByRole('link', { name: /Stranger/ })
  await waitFor(async () => expect(await links()).toEqual(['/chat/5', '/chat/3', '/chat/7']))
  expect(screen.getByRole('link', { name: /Cy/ }).getAttribute('aria-current')).toBe('page')
})

test('a row changes when the node says so, and moves when the order does', async () => {
  const node = nodeWith([rowOf({ id: 3, name: 'Bo' }), rowOf({ id: 7, name: 'Cy' })])
  show(<ChatList chosen={null} />)
  await screen.findByRole('link', { name: /^Cy, See you/ })
  node.held.set(7, rowOf({ id: 7, name: 'Cy', unread: 2 }))
  node.state.ids = [7, 3]
  act(() => {
    node.happens('chats.row', { chat: 7 })
    node.happens('chats.listed', {})
  })
  await screen.findByRole('link', { name: /^Cy, 2 new messages/ })
  expect(await links()).toEqual(['/chat/7', '/chat/3'])
})

test('rows are fetched as they come in sight, not all of ten thousand', async () => {
  const many = Array.from({ length: 10_000 }, (_, index) => rowOf({ id: index + 1, name: `Person ${index + 1}` }))
  const node = nodeWith(many)
  show(<ChatList chosen={null} />)
  await screen.findByRole('link', { name: /^Person 1,/ })
  expect(screen.getAllByRole('link').length).toBeLessThan(60)
  const fetched = node.callsOf('chats.rows').flatMap(params => (params as { ids: number[] }).ids)
  expect(fetched.length).toBeLessThanOrEqual(200)
})

test('names and texts of strangers are texts: nothing of them becomes a part of the page', async () => {
  const last = { id: 1, who: '<b>Bo</b>', what: '<img src=x onerror="document.title=1">', draft: false, state: null }
  nodeWith([rowOf({ id: 3, kind: 'group', name: '</a><script>x</script>\u202Egro.live', last })])
  const { container } = show(<ChatList chosen={null} />)
  const link = await screen.findByRole('link', { name: /script/ })
  expect(container.querySelectorAll('script, img, b')).toHaveLength(0)
  expect(link.textContent).toContain('</a><script>x</script>gro.live')
  expect(link.textContent).toContain('<img src=x onerror="document.title=1">')
})

test('the menu of a row holds what is possible, and does it', async () => {
  const node = nodeWith([rowOf({ id: 3, name: 'Bo', unread: 1 })], { 'chats.arrange': () => viewOf({ id: 3 }) })
  show(<ChatList chosen={null} />)
  fireEvent.contextMenu(await screen.findByRole('link', { name: /Bo/ }))
  const menu = await screen.findByRole('menu')
  const labels = within(menu)
    .getAllByRole('menuitem')
    .map(item => item.textContent)
  expect(labels).toEqual(['Mark as read', 'Pin', 'Mute…', 'Archive', 'Details', 'Delete…'])
  fireEvent.click(within(menu).getByRole('menuitem', { name: 'Pin' }))
  await waitFor(() => expect(node.callsOf('chats.arrange')).toEqual([{ chat: 3, place: 'pinned' }]))
})

test('deleting is asked about first', async () => {
  const node = nodeWith([rowOf({ id: 3, name: 'Bo' })])
  show(<ChatList chosen={null} />)
  fireEvent.contextMenu(await screen.findByRole('link', { name: /Bo/ }))
  fireEvent.click(await screen.findByRole('menuitem', { name: 'Delete…' }))
  expect(useChatDialog.getState().open).toEqual({ kind: 'delete', chat: 3 })
  expect(node.callsOf('chats.delete')).toEqual([])
})

test('a search shows people and messages below chats, and leads to the place of a message', async () => {
  const found = { id: 90, chat: 3, chatName: 'Bo', from: 'Bo', text: 'the ferry leaves', kind: 'text', at: 0 }
  nodeWith([rowOf({ id: 3, name: 'Bo' })], {
    'contacts.ids': () => ({ ids: [11] }),
    'contacts.get': () => [contactOf({ id: 11, name: 'Ferryman' })],
    'messages.search': () => ({ ids: [90] }),
    'messages.found': () => [found],
  })
  show(<ChatList chosen={null} />)
  fireEvent.change(screen.getByRole('searchbox'), { target: { value: 'ferry' } })
  const message = await screen.findByRole('link', { name: /ferry leaves/ })
  expect(message.getAttribute('href')).toBe('/chat/3?message=90')
  expect(screen.getAllByRole('heading').map(heading => heading.textContent)).toEqual(['People', 'Messages'])
  await screen.findByRole('button', { name: /Ferryman/ })
  fireEvent.keyDown(screen.getByRole('searchbox'), { key: 'Escape' })
  await screen.findByRole('link', { name: /^Bo/ })
})

test('where there is nobody yet, it is said how one comes to somebody', async () => {
  nodeWith([])
  show(<ChatList chosen={null} />)
  fireEvent.click(await screen.findByRole('button', { name: 'Show my invite' }))
  expect(useChatDialog.getState().open).toEqual({ kind: 'invite', chat: null })
})

test('a list that cannot be loaded says so and is tried again', async () => {
  let fails = true
  const node = nodeWith([], {
    'chats.ids': () => {
      if (fails) throw new Error('the line is down')
      return { ids: [3], archived: 0, unread: 0 }
    },
  })
  node.held.set(3, rowOf({ id: 3, name: 'Bo' }))
  show(<ChatList chosen={null} />)
  const again = await screen.findByRole('button', { name: 'Try again' })
  fails = false
  fireEvent.click(again)
  await screen.findByRole('link', { name: /Bo/ })
})

test('before the first chat: the people of this node are a click away, where there are any', async () => {
  const bob = { login: 'bob', name: 'Bob', address: 'bob@camp.alt', contact: null, avatar: rowOf({ id: 1 }).avatar }
  nodeWith([], { 'contacts.here': () => [bob] })
  show(<ChatList chosen={null} />)
  fireEvent.click(await screen.findByRole('button', { name: 'People here' }))
  expect(useChatDialog.getState().open).toEqual({ kind: 'new' })
  cleanup()
  const node = nodeWith([], { 'contacts.here': () => [] })
  show(<ChatList chosen={null} />)
  await screen.findByRole('button', { name: 'Show my invite' })
  await waitFor(() => expect(node.callsOf('contacts.here')).toHaveLength(1))
  expect(screen.queryByRole('button', { name: 'People here' })).toBeNull()
})
