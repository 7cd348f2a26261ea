// @vitest-environment happy-dom
import type { ChatView } from '@posthorn/api'
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { contactOf, viewOf } from '../../stores/testing.ts'
import { useChatDialog } from '../dialog-store.ts'
import { type Answers, show, testNode } from '../testing.tsx'
import { ChatInfo } from './chat-info.tsx'

beforeEach(() => {
  vi.spyOn(HTMLDialogElement.prototype, 'showModal').mockImplementation(function (this: HTMLDialogElement) {
    this.open = true
  })
  useChatDialog.setState({ open: null })
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const names: Readonly<Record<number, string>> = { 1: 'Me', 11: 'Ann', 12: '<b>Bo</b>\u202E' }

function shown(view: Partial<ChatView>, answers: Answers = {}) {
  const node = testNode({
    'chats.show': () => viewOf(view),
    'contacts.get': ({ ids }) =>
      ids.map(id => contactOf({ id, name: names[id] ?? 'Somebody', address: `${id}@x.example` })),
    ...answers,
  })
  show(<ChatInfo chat={10} />)
  return node
}

const buttons = () => screen.getAllByRole('button').map(button => button.textContent ?? '')
const group: Partial<ChatView> = { kind: 'group', name: 'Camp', members: [11, 12, 1] }

test('of somebody it is told what is known, and what can be done stands below', async () => {
  shown({}, { 'contacts.get': () => [contactOf({ status: 'On the boat', ownName: 'Annette' })] })
  await screen.findByText('On the boat')
  expect(screen.getByText('ann@camp.example')).toBeTruthy()
  expect(screen.getByText('Annette')).toBeTruthy()
  expect(buttons()).toEqual(['', 'Rename', 'Save contact card', 'Mute…', 'Show fingerprints', 'Block', 'Delete chat'])
})

test('fingerprints that could not be had are asked for again', async () => {
  let isAway = true
  shown(
    {},
    {
      'chats.encryption': () => {
        if (isAway) throw new Error('away')
        return { text: 'AB CD' }
      },
    },
  )
  fireEvent.click(await screen.findByRole('button', { name: 'Show fingerprints' }))
  await screen.findByRole('alert')
  isAway = false
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByText('AB CD')
})

test('a group one has left can be deleted, and nothing else', async () => {
  shown({ ...group, member: false, canSend: false })
  await screen.findByText('Ann')
  expect(screen.queryByRole('button', { name: 'Add members' })).toBeNull()
  expect(screen.queryByRole('button', { name: 'Leave' })).toBeNull()
  expect(screen.getByRole('button', { name: 'Delete chat' })).toBeTruthy()
})

test('a member is removed only after a question that names them, as a text', async () => {
  const node = shown(group, { 'chats.remove': () => viewOf({ ...group, members: [11, 1] }) })
  fireEvent.click(await screen.findByRole('button', { name: 'Remove from the group: <b>Bo</b>' }))
  const dialog = await screen.findByRole('dialog')
  expect(dialog.querySelector('b')).toBeNull()
  expect(dialog.textContent).toContain('Remove <b>Bo</b>?')
  expect(node.callsOf('chats.remove')).toEqual([])
  fireEvent.click(within(dialog).getByRole('button', { name: 'Remove' }))
  await waitFor(() => expect(screen.queryByText('<b>Bo</b>')).toBeNull())
  expect(node.callsOf('chats.remove')).toEqual([{ chat: 10, member: 12 }])
})

test('oneself stands first among the members, and cannot be removed', async () => {
  shown(group)
  const list = within((await screen.findByText('You')).closest('ul') ?? document.body)
  await list.findByText('Ann')
  expect(list.getAllByRole('listitem')[0]?.textContent).toContain('You')
  expect(screen.queryByRole('button', { name: 'Remove from the group: You' })).toBeNull()
})

test('a time after which messages go is set at once; one that another app has set is shown too', async () => {
  const node = shown({ disappearSeconds: 1234 }, { 'chats.change': () => viewOf({ disappearSeconds: 3600 }) })
  const choice = (await screen.findByRole('combobox')) as HTMLSelectElement
  expect(choice.value).toBe('1234')
  fireEvent.change(choice, { target: { value: '3600' } })
  await waitFor(() => expect(choice.value).toBe('3600'))
  expect(node.callsOf('chats.change')).toEqual([{ chat: 10, disappearSeconds: 3600 }])
})

test('a request is answered here too', async () => {
  const node = shown({ request: true, canSend: false }, { 'chats.accept': () => viewOf() })
  fireEvent.click(await screen.findByRole('button', { name: 'Accept' }))
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Accept' })).toBeNull())
  expect(node.callsOf('chats.accept')).toEqual([{ chat: 10 }])
})

test('a chat that is gone is said to be gone', async () => {
  shown({}, { 'chats.show': () => Promise.reject(Object.assign(new Error('gone'), { code: 'no-such-chat' })) })
  await screen.findByText('This chat is gone')
})
