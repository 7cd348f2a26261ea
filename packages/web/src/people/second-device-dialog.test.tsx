// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from '@testing-library/react'
import type { ReactNode } from 'react'
import { afterEach, expect, test, vi } from 'vitest'
import { api, setClient } from '../api/index.ts'
import { TooltipProvider } from '../ui/index.ts'
import { SecondDeviceDialog } from './second-device-dialog.tsx'

const show = (page: ReactNode) => render(<TooltipProvider>{page}</TooltipProvider>)

afterEach(cleanup)

function node() {
  const calls: string[] = []
  let tell: (view: never) => void = () => undefined
  const call = vi.fn(async (method: string) => {
    calls.push(method)
    return method === 'second-device.start' ? { code: 'DCBACKUP5:x' } : {}
  })
  const on = vi.fn((_event: string, listener: (view: never) => void) => {
    tell = listener
    return () => undefined
  })
  setClient({ ...api, call, on } as never)
  return { calls, tell: (state: string, done = 0) => act(() => tell({ state, done, reason: null } as never)) }
}

test('the code is shown when it is asked for, and gone when a device takes the profile', async () => {
  const { calls, tell } = node()
  show(<SecondDeviceDialog isOpenToNetwork onClose={() => undefined} />)
  expect(calls).toEqual([])
  fireEvent.click(screen.getByRole('button', { name: 'Show the code' }))
  expect(await screen.findByRole('img', { name: 'Code that hands your profile over' })).toBeTruthy()
  tell('waiting')
  tell('sending', 500)
  expect(screen.queryByRole('img', { name: 'Code that hands your profile over' })).toBeNull()
  expect(screen.getByRole('progressbar').getAttribute('value')).toBe('500')
  tell('done', 1000)
  expect(screen.getByText(/the other device has your profile/)).toBeTruthy()
})

test('closed while nobody has scanned it, the offer ends', async () => {
  const { calls, tell } = node()
  const closed = vi.fn(() => page.unmount())
  const page = show(<SecondDeviceDialog isOpenToNetwork={false} onClose={closed} />)
  fireEvent.click(screen.getByRole('button', { name: 'Show the code' }))
  await screen.findByRole('img', { name: 'Code that hands your profile over' })
  tell('waiting')
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
  expect(calls).toEqual(['second-device.start', 'second-device.stop'])
  expect(closed).toHaveBeenCalledOnce()
})

test('left by going back, the offer ends, also one that was just being made', async () => {
  const { calls } = node()
  const page = show(<SecondDeviceDialog isOpenToNetwork={false} onClose={() => undefined} />)
  fireEvent.click(screen.getByRole('button', { name: 'Show the code' }))
  page.unmount()
  await vi.waitFor(() => expect(calls).toEqual(['second-device.start', 'second-device.stop']))
})

test('a device that takes the profile goes on with it when the dialog is left', async () => {
  const { calls, tell } = node()
  const page = show(<SecondDeviceDialog isOpenToNetwork={false} onClose={() => undefined} />)
  fireEvent.click(screen.getByRole('button', { name: 'Show the code' }))
  await screen.findByRole('img', { name: 'Code that hands your profile over' })
  tell('sending', 10)
  page.unmount()
  expect(calls).toEqual(['second-device.start'])
})
