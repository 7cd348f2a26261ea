// @vitest-environment happy-dom
import { act, render, screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { api, setClient, useConnection } from '../api/index.ts'
import { Banners } from './banners.tsx'

test('says that the node is away only when it is, and tries at once when asked', () => {
  const look = vi.fn()
  setClient({ ...api, look })
  render(<Banners />)
  expect(screen.queryByRole('status')).toBeNull()
  act(() => useConnection.setState({ phase: 'offline' }))
  expect(screen.getByRole('status').textContent).toContain('The node does not answer.')
  act(() => screen.getByRole('button', { name: 'Try now' }).click())
  expect(look).toHaveBeenCalledOnce()
  act(() => useConnection.setState({ phase: 'ready' }))
  expect(screen.queryByRole('status')).toBeNull()
})
