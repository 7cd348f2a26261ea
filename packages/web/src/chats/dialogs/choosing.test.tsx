// @vitest-environment happy-dom
import type { PersonHere } from '@posthorn/api'
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { contactOf, viewOf } from '../../stores/testing.ts'
import { type Answers, show, testNode } from '../testing.tsx'
import { CreateDialog } from './create-dialog.tsx'
import { MembersDialog } from './members-dialog.tsx'

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
const bob: PersonHere = { login: 'bob', name: 'Bob', address: 'bob@camp.alt', contact: null, avatar }
const carol: PersonHere = { login: 'carol', name: 'Carol', address: 'carol@camp.alt', contact: 12, avatar }

function node(answers: Answers = {}) {
  return testNode({
    'contacts.here': () => [bob, carol],
    'contacts.ids': () => ({ ids: [] }),
    'contacts.get': ({ ids }) => ids.map(id => contactOf({ id })),
    'contacts.meet': ({ login }) => ({ contact: login === 'bob' ? 31 : 12 }),
    ...answers,
  })
}
const person = async (name: RegExp) =>
  within(await screen.findByRole('region', { name: 'People here' })).getByRole('button', { name })

test('people of this node are chosen for a group like all others, and taken out again', async () => {
  const world = node({ 'chats.create': () => ({ chat: 5 }) })
  show(<CreateDialog kind="group" go={vi.fn()} onClose={vi.fn()} />)
  for (const name of [/Bob/, /Carol/]) {
    fireEvent.click(await person(name))
    await waitFor(async () => expect((await person(name)).getAttribute('aria-pressed')).toBe('true'))
  }
  fireEvent.click(await person(/Carol/))
  await waitFor(async () => expect((await person(/Carol/)).getAttribute('aria-pressed')).toBe('false'))
  fireEvent.change(screen.getByRole('textbox', { name: 'Name' }), { target: { value: 'Camp' } })
  fireEvent.click(screen.getByRole('button', { name: 'Create with 1 person' }))
  await waitFor(() => expect(world.callsOf('chats.create')).toEqual([{ kind: 'group', name: 'Camp', members: [31] }]))
  expect(world.callsOf('contacts.meet')).toEqual([{ login: 'bob' }, { login: 'carol' }])
})

test('a second click while the key is fetched chooses nobody twice', async () => {
  const answers: (() => void)[] = []
  const world = node({
    'contacts.meet': () => new Promise(done => answers.push(() => done({ contact: 31 }))),
  })
  show(<CreateDialog kind="group" go={vi.fn()} onClose={vi.fn()} />)
  fireEvent.click(await person(/Bob/))
  fireEvent.click(await person(/Bob/))
  for (const answer of answers) answer()
  await screen.findByRole('button', { name: 'Create with 1 person' })
  expect(world.callsOf('contacts.meet')).toHaveLength(1)
})

test('members already are not offered', async () => {
  node({ 'chats.show': () => viewOf({ id: 9, kind: 'group', members: [1, 12] }) })
  show(<MembersDialog chat={9} onClose={vi.fn()} />)
  await person(/Bob/)
  expect(screen.queryByRole('button', { name: /Carol/ })).toBeNull()
})
