// @vitest-environment happy-dom
import { act, render, screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { Toasts, TooltipProvider, toast } from './index.ts'

test('a toast is said, and its action runs once and takes it away', () => {
  render(
    <TooltipProvider>
      <Toasts />
    </TooltipProvider>,
  )
  const run = vi.fn()
  act(() => toast({ text: 'Chat archived', action: { label: 'Undo', run } }))
  expect(screen.getByRole('log').textContent).toContain('Chat archived')
  act(() => screen.getByRole('button', { name: 'Undo' }).click())
  expect(run).toHaveBeenCalledOnce()
  expect(screen.getByRole('log').textContent).toBe('')
})
