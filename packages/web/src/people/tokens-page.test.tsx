// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { api, setClient } from '../api/index.ts'
import { TooltipProvider } from '../ui/index.ts'
import { TokensPage } from './tokens-page.tsx'

beforeEach(() => {
  vi.spyOn(HTMLDialogElement.prototype, 'showModal').mockImplementation(function (this: HTMLDialogElement) {
    this.open = true
  })
})
afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

const made = {
  id: 'AAAAAAAAAAAAAAAAAAAAAA',
  label: 'weather',
  role: 'user',
  madeAt: '2026-11-20T00:00:00Z',
  usedAt: null,
}

test('a token is made for a script, shown once, and taken back', async () => {
  let list: unknown[] = []
  const answers: Readonly<Record<string, () => unknown>> = {
    'tokens.list': () => list,
    'tokens.add': () => {
      list = [made]
      return { id: made.id, token: 'the-secret' }
    },
    'tokens.remove': () => {
      list = []
      return {}
    },
  }
  const call = vi.fn(async (method: string, _params: unknown) => answers[method]?.())
  setClient({ ...api, call, onReady: () => () => undefined } as never)
  render(
    <TooltipProvider>
      <TokensPage />
    </TooltipProvider>,
  )
  fireEvent.click(await screen.findByRole('button', { name: 'New token' }))
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'weather' } })
  fireEvent.click(screen.getAllByRole('button', { name: 'New token' }).at(-1) ?? document.body)
  await screen.findByText('the-secret')
  expect(call).toHaveBeenCalledWith('tokens.add', { label: 'weather' })
  fireEvent.click(screen.getByRole('button', { name: 'Done' }))
  await waitFor(() => expect(screen.queryByText('the-secret')).toBeNull())
  fireEvent.click(await screen.findByRole('button', { name: 'Take back the token of weather' }))
  await screen.findByText('No script has one.')
  expect(call).toHaveBeenCalledWith('tokens.remove', { id: made.id })
})
