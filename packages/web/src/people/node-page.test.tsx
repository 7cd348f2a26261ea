// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, test, vi } from 'vitest'
import { api, setClient } from '../api/index.ts'
import { TooltipProvider } from '../ui/index.ts'
import { NodePage } from './node-page.tsx'

afterEach(cleanup)

test('a node that could not be opened says why, and can be shut by who opened it', async () => {
  const reason = 'Another program listens on 0.0.0.0:8470 already.'
  let lanFault: string | null = reason
  const call = vi.fn(async (method: string, _params: unknown) => {
    if (method === 'settings.show') return { name: 'camp', domain: 'camp.alt', lan: false, lanBy: 'setting', lanFault }
    lanFault = null
    return { restarts: false }
  })
  setClient({ ...api, call, onReady: () => () => undefined } as never)
  render(
    <TooltipProvider>
      <NodePage />
    </TooltipProvider>,
  )
  await screen.findByText(new RegExp(reason))
  const toggle = screen.getByRole('switch')
  expect(toggle.getAttribute('aria-checked')).toBe('true')
  fireEvent.click(toggle)
  await waitFor(() => expect(screen.queryByText(new RegExp(reason))).toBeNull())
  expect(call).toHaveBeenCalledWith('settings.change', { lan: false })
  expect(screen.getByRole('switch').getAttribute('aria-checked')).toBe('false')
})
