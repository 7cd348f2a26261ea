// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { api, rememberedSession, setClient, showNobody, useSession } from '../api/index.ts'
import { leave, outbox } from '../device/index.ts'
import { App } from './app.tsx'

const nobody = {
  node: { id: 'N', name: 'camp', domain: 'camp.nncp.alt' },
  version: '0.1.0',
  fresh: false,
  user: null,
  chat: true,
}
const ann = { ...nobody, user: { name: 'ann', address: 'ann@camp.nncp.alt', role: 'user' } }
const wrong = { code: 'sign-in-wrong', message: 'The name or the password is not right.', retry: 'never' }

/** What the node answers, by method and path; it is away where there is nothing. */
let answers: Record<string, () => { status: number; body: unknown }>
let asked: string[]
const start = vi.fn(() => () => {})

beforeEach(() => {
  localStorage.clear()
  window.history.replaceState(null, '', '/')
  asked = []
  answers = {}
  useSession.setState({ session: undefined, failed: false })
  setClient({ ...api, start, call: () => new Promise(() => {}), on: () => () => {}, onReady: () => () => {} })
  vi.stubGlobal('fetch', async (path: string, { method = 'GET', body }: RequestInit = {}) => {
    asked.push(`${method} ${path} ${typeof body === 'string' ? body : ''}`.trim())
    const answer = answers[`${method} ${path}`]?.()
    if (answer === undefined) throw new TypeError('network')
    return new Response(JSON.stringify(answer.body), { status: answer.status })
  })
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  vi.clearAllMocks()
  vi.restoreAllMocks()
})
const show = 'POST /api/v1/methods/session.show'
const says =
  (body: unknown, status = 200) =>
  () => ({ status, body })

test('who is not signed in is asked to, told what is wrong, and then let in', async () => {
  answers = { [show]: says(nobody), 'POST /api/v1/session': says(wrong, 401) }
  render(<App />)
  await screen.findByRole('heading', { name: 'Sign in to camp' })
  fireEvent.change(screen.getByLabelText('Name'), { target: { value: 'ann' } })
  fireEvent.change(screen.getByLabelText('Password'), { target: { value: 'secret' } })
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  expect((await screen.findByRole('alert')).textContent).toBe(wrong.message)
  expect(asked).toContain('POST /api/v1/session {"name":"ann","password":"secret","stay":true}')
  expect(start).not.toHaveBeenCalled()
  answers = { [show]: says(ann), 'POST /api/v1/session': says({}) }
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  await screen.findByRole('navigation', { name: 'Areas' })
  expect(start).toHaveBeenCalledOnce()
  expect(localStorage.getItem('posthorn.session')).not.toContain('secret')
})

test('what is for those who look after the node is shown to them only', async () => {
  answers = { [show]: says(ann) }
  render(<App />)
  await screen.findByRole('link', { name: 'Network' })
  expect(screen.queryByRole('link', { name: 'People' })).toBeNull()
})

test('without the node: words that say so, or the page of who was signed in last', async () => {
  render(<App />)
  await screen.findByText('The node cannot be reached')
  cleanup()
  localStorage.setItem('posthorn.session', JSON.stringify(ann))
  useSession.setState({ session: undefined, failed: false })
  render(<App />)
  await screen.findByRole('navigation', { name: 'Areas' })
})

test('what was remembered and makes no sense is passed over', async () => {
  localStorage.setItem('posthorn.session', '{"user":{"name":"<b>"}}')
  render(<App />)
  await screen.findByText('The node cannot be reached')
})

test('whoever the node signs out begins with a new page, at the start', async () => {
  answers = { [show]: says(ann) }
  const replace = vi.spyOn(window.location, 'replace').mockReturnValue()
  render(<App />)
  await screen.findByRole('navigation', { name: 'Areas' })
  act(() => useSession.setState({ session: { ...nobody } }))
  expect(screen.queryByRole('navigation', { name: 'Areas' })).toBeNull()
  await waitFor(() => expect(replace).toHaveBeenCalledWith('/'))
})

test('the page is not over before what waits of whoever signs out is forgotten', async () => {
  answers = { [show]: says(ann), 'DELETE /api/v1/session': says(nobody) }
  const order: string[] = []
  vi.spyOn(window.location, 'replace').mockImplementation(() => void order.push('new page'))
  vi.spyOn(outbox, 'forget').mockImplementation(async () => {
    // As when the node closes the socket of a session that is over.
    act(() => showNobody(ann as never))
    await new Promise(done => setTimeout(done))
    order.push('forgotten')
  })
  render(<App />)
  await screen.findByRole('navigation', { name: 'Areas' })
  await act(() => leave(ann as never))
  await waitFor(() => expect(order).toEqual(['forgotten', 'new page']))
  expect(rememberedSession()).toBeUndefined()
})

test('who could not be signed out loses nothing', async () => {
  answers = { [show]: says(ann) }
  const forget = vi.spyOn(outbox, 'forget')
  render(<App />)
  await screen.findByRole('navigation', { name: 'Areas' })
  await expect(leave(ann as never)).rejects.toMatchObject({ code: 'network' })
  expect(forget).not.toHaveBeenCalled()
  expect(screen.getByRole('navigation', { name: 'Areas' })).toBeTruthy()
})

test('threat: nothing that one person has open goes on for another who signed in in the same browser', async () => {
  answers = { [show]: says(ann) }
  render(<App />)
  await screen.findByRole('navigation', { name: 'Areas' })
  const replace = vi.spyOn(window.location, 'replace').mockReturnValue()
  act(() => useSession.setState({ session: { ...ann, user: { ...ann.user, name: 'bob', role: 'user' as const } } }))
  expect(screen.queryByRole('navigation', { name: 'Areas' })).toBeNull()
  await waitFor(() => expect(replace).toHaveBeenCalledWith('/'))
  expect(start).toHaveBeenCalledOnce()
})

test('whom the node has signed out is not who the page opens with when the node is away', async () => {
  localStorage.setItem('posthorn.session', JSON.stringify(ann))
  showNobody({ ...ann, user: { ...ann.user, role: 'user' as const } })
  expect(useSession.getState().session?.user).toBeNull()
  expect(rememberedSession()).toBeUndefined()
})

test('a node that says nothing at all is away, after a while', async () => {
  vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort())
  vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) => {
    return new Promise((_done, reject) => signal?.aborted && reject(new DOMException('late', 'TimeoutError')))
  })
  render(<App />)
  await screen.findByText('The node cannot be reached')
  vi.restoreAllMocks()
})
