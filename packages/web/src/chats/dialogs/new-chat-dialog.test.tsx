// @vitest-environment happy-dom
import type { PersonHere } from '@posthorn/api'
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { contactOf } from '../../stores/testing.ts'
import { type Answers, show, testNode } from '../testing.tsx'
import { NewChatDialog } from './new-chat-dialog.tsx'

beforeEach(() => {
  vi.spyOn(HTMLDialogElement.prototype, 'showModal').mockImplementation(function (this: HTMLDialogElement) {
    this.open = true
  })
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const avatar = { path: null, color: '#506070', initials: 'B' }
const bob: PersonHere = { login: 'bob', name: '<b>Bob</b>\u202E', address: 'bob@camp.alt', contact: null, avatar }
const carol: PersonHere = { login: 'carol', name: 'Carol', address: 'carol@camp.alt', contact: 12, avatar }

function opened(here: readonly PersonHere[], answers: Answers = {}) {
  const node = testNode({
    'contacts.here': () => here,
    'contacts.ids': () => ({ ids: [] }),
    'contacts.get': ({ ids }) => ids.map(id => contactOf({ id })),
    'chats.with': () => ({ chat: 77 }),
    ...answers,
  })
  const [go, onClose] = [vi.fn(), vi.fn()]
  show(<NewChatDialog go={go} onClose={onClose} />)
  return { node, go, onClose }
}

const section = async () => within(await screen.findByRole('region', { name: 'People here' }))

test('who is here stands there by name and address, and a click opens the chat', async () => {
  const { node, go, onClose } = opened([bob], { 'contacts.meet': () => ({ contact: 31 }) })
  const person = (await section()).getByRole('button')
  expect(person.textContent).toContain('<b>Bob</b>')
  expect(person.textContent).toContain('bob@camp.alt')
  expect(person.querySelector('b')).toBeNull()
  expect(screen.queryByText(/You know nobody here yet/)).toBeNull()
  fireEvent.click(person)
  await waitFor(() => expect(go).toHaveBeenCalledWith('/chat/77'))
  expect(node.callsOf('contacts.meet')).toEqual([{ login: 'bob' }])
  expect(node.callsOf('chats.with')).toEqual([{ contact: 31 }])
  expect(onClose).toHaveBeenCalledOnce()
})

test('who could not be met is not written to, and the dialog stays', async () => {
  const { node, go, onClose } = opened([bob], { 'contacts.meet': () => Promise.reject(new Error('gone')) })
  fireEvent.click((await section()).getByRole('button'))
  await waitFor(() => expect(node.callsOf('contacts.meet')).toHaveLength(1))
  expect(node.callsOf('chats.with')).toEqual([])
  expect(go).not.toHaveBeenCalled()
  expect(onClose).not.toHaveBeenCalled()
})

test('the search finds among them too', async () => {
  opened([bob, carol])
  expect((await section()).getAllByRole('button')).toHaveLength(2)
  fireEvent.change(screen.getByRole('textbox', { name: 'Find people' }), { target: { value: 'CAROL' } })
  const [found, ...others] = (await section()).getAllByRole('button')
  expect(found?.textContent).toContain('Carol')
  expect(others).toEqual([])
  fireEvent.change(screen.getByRole('textbox', { name: 'Find people' }), { target: { value: 'nobody' } })
  await screen.findByText('Nobody has this in their name or address.')
  expect(screen.queryByRole('region', { name: 'People here' })).toBeNull()
})

test('where nobody else is here it says how one comes to know somebody', async () => {
  opened([])
  await screen.findByText(/You know nobody here yet/)
})
