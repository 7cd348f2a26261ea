// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TooltipProvider } from '../ui/index.ts'
import { JoinPage } from './join-page.tsx'
import { SetUpPage } from './set-up-page.tsx'

type Answer = { readonly status?: number; readonly body: unknown }

const session = {
  node: { id: 'ID', name: 'camp', domain: 'camp-x.nncp.alt' },
  ...{ version: '1', fresh: false, user: null, chat: true },
}
const asked: { path: string; body: unknown }[] = []
let answers: Record<string, Answer>

beforeEach(() => {
  asked.length = 0
  answers = { '/api/v1/methods/session.show': { body: session } }
  vi.stubGlobal('fetch', async (path: string, { body }: { body: string }) => {
    asked.push({ path, body: JSON.parse(body) })
    const { status = 200, body: answer } = answers[path] ?? { status: 404, body: {} }
    return new Response(JSON.stringify(answer), { status })
  })
})
const show = (page: ReactNode) => render(<TooltipProvider>{page}</TooltipProvider>)

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }))
const isDisabled = (name: string) => screen.getByRole('button', { name }).hasAttribute('disabled')

test('an invite that is good asks for name and password, and tells in words who has the name', async () => {
  answers['/api/v1/join/look'] = { body: { name: null } }
  const taken = { code: 'name-taken', message: 'as the node says it', retry: 'never' }
  answers['/api/v1/join'] = { status: 422, body: taken }
  show(<JoinPage token="secret" />)
  expect(await screen.findByText('Join camp')).toBeTruthy()
  type('Your name here', 'ann')
  type('Password', 'long enough')
  press('Join')
  expect((await screen.findByRole('alert')).textContent).toContain('Somebody has this name here')
  expect(asked.at(-1)?.body).toEqual({ secret: 'secret', name: 'ann', password: 'long enough' })
})

test('an invite for somebody asks for no name', async () => {
  answers['/api/v1/join/look'] = { body: { name: 'carol' } }
  show(<JoinPage token="secret" />)
  expect(await screen.findByText(/You are invited as carol/)).toBeTruthy()
  expect(screen.queryByLabelText('Your name here')).toBeNull()
})

test('an invite that is not good says so, and asks for nothing', async () => {
  answers['/api/v1/join/look'] = { status: 401, body: { code: 'wrong-credentials', message: 'no', retry: 'never' } }
  show(<JoinPage token="secret" />)
  expect(await screen.findByText('This invite is not good')).toBeTruthy()
  expect(screen.queryByLabelText('Password')).toBeNull()
})

test('a new node is set up with the name that it has, or another that can be one', async () => {
  answers['/api/v1/set-up'] = {
    status: 401,
    body: { code: 'wrong-credentials', message: 'Not any more.', retry: 'never' },
  }
  show(<SetUpPage secret="abcd-efgh" />)
  expect(await screen.findByDisplayValue('camp')).toBeTruthy()
  expect(isDisabled('Set the node up')).toBe(true)
  type('Your name here', 'ann')
  type('Password', 'long enough')
  type('Name of the node', 'not a name')
  expect(isDisabled('Set the node up')).toBe(true)
  type('Name of the node', 'Valley')
  press('Set the node up')
  expect(await screen.findByText('Not any more.')).toBeTruthy()
  const wishes = { name: 'ann', password: 'long enough', node: 'valley', lan: true, stay: true }
  expect(asked.at(-1)).toEqual({ path: '/api/v1/set-up', body: { secret: 'abcd-efgh', ...wishes } })
})
