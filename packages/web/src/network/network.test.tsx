// @vitest-environment happy-dom
import type { MethodName, NetworkView, SessionView } from '@posthorn/api'
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { api, setClient, useSession } from '../api/index.ts'
import { Toasts, TooltipProvider } from '../ui/index.ts'
import { NetworkPage } from './index.tsx'
import { useNetwork } from './network-store.ts'

const none = { packets: 0, bytes: 0 }
const contact = { lastContact: null, nextContact: null, coming: null, lettersComing: 0, via: [], callable: true }
const now = '2026-05-31T12:00:00.000Z'
const view: NetworkView = {
  ...{ node: { name: 'camp' }, now, diskFull: false },
  neighbours: [
    { ...contact, name: 'ridge', state: 'connected', queued: none, folders: ['blue-1'] },
    { ...contact, name: '<b>harbour</b>', state: 'paused', queued: { packets: 3, bytes: 2_000_000 }, folders: [] },
  ],
  folders: [{ name: 'blue-1', ready: true, released: false, lastSync: '2026-05-31T11:00:00.000Z' }],
}
const bounds = {
  ...{ onlineDeadlineMs: null, onlineMsMax: null, rxPacketsPerSecond: null, txPacketsPerSecond: null },
  ...{ rxBytesPerSecond: null, txBytesPerSecond: null },
}
const details = {
  ...{ name: 'ridge', id: 'R', domain: 'ridge.nncp.alt', custody: 'ack', via: [], otherRoads: [], addresses: [] },
  ...{ queued: none, unreceipted: { letters: 0, handedOver: 0, bytes: 0 }, lettersOnTheirWay: 0 },
  ...{ lastContact: null, paused: null, bounds, schedules: [] },
}
const flow = { packets: 1, bytes: 1_000_000, bytesPerSecond: 250_000, left: { packets: 1, bytes: 3_000_000 } }
const still = { packets: 0, bytes: 0, bytesPerSecond: 0, left: null }

const called = vi.fn<(method: MethodName, params: unknown) => unknown>()
let tell: Record<string, (data: never) => void> = {}

beforeEach(() => {
  called.mockReset()
  tell = {}
  const answers: Partial<Record<MethodName, unknown>> = {
    ...{ 'network.show': view, 'network.moves': { moves: [] }, 'neighbours.show': details },
    'spool.stat': { neighbours: [], partial: none, quarantine: 0 },
    'neighbours.pause': { name: 'ridge', paused: now },
    'folders.release': {
      ...{ folder: 'blue-1', taken: none, duplicates: 0, bad: 0, written: none, present: 2, awaited: 0, retired: 0 },
      ...{ left: 0, waiting: none, held: none, trouble: null, released: true },
    },
  }
  setClient({
    ...api,
    call: (async (method: MethodName, params: unknown) => {
      called(method, params)
      return answers[method]
    }) as typeof api.call,
    on: ((event: string, listener: (data: never) => void) => {
      tell[event] = listener
      return () => undefined
    }) as typeof api.on,
    onReady: listener => {
      listener()
      return () => undefined
    },
  })
})
afterEach(() => {
  cleanup()
  useNetwork.setState({ view: undefined, moves: [] })
  window.history.replaceState(null, '', '/')
})

async function open(role: 'user' | 'admin') {
  useSession.setState({ session: { user: { name: 'alice', address: 'a@x', role } } as SessionView })
  render(
    <TooltipProvider>
      <NetworkPage />
      <Toasts />
    </TooltipProvider>,
  )
  await screen.findByRole('list', { name: 'Neighbours' })
}

test('picture and list say the same, and names are only text', async () => {
  await open('user')
  const list = within(screen.getByRole('list', { name: 'Neighbours' }))
  expect(list.getByRole('link', { name: /<b>harbour<\/b>.*Paused · 3 packets, 2 MB for it/ })).toBeTruthy()
  const picture = within(screen.getByRole('region', { name: 'Picture of the network' }))
  const described = { name: '<b>harbour</b> Paused', description: '3 packets, 2 MB for it' }
  expect(picture.getByRole('button', described)).toBeTruthy()
  expect(picture.getAllByRole('button')).toHaveLength(3)
})

test('who does not look after the node sees facts and no actions', async () => {
  await open('user')
  act(() => screen.getByRole('link', { name: /ridge/ }).click())
  const panel = within(await screen.findByRole('complementary', { name: 'ridge' }))
  expect(panel.getByText('A line is open.')).toBeTruthy()
  expect(panel.queryByRole('button', { name: 'Pause' })).toBeNull()
  expect(screen.queryByRole('tab')).toBeNull()
  expect(called.mock.calls.every(([method]) => method.startsWith('network.'))).toBe(true)
})

test('who looks after it pauses a neighbour', async () => {
  await open('admin')
  act(() => screen.getByRole('button', { name: /^ridge/ }).click())
  const panel = within(await screen.findByRole('complementary', { name: 'ridge' }))
  act(() => panel.getByRole('button', { name: 'Pause' }).click())
  await waitFor(() => expect(called).toHaveBeenCalledWith('neighbours.pause', { neighbour: 'ridge', paused: true }))
})

test('a stick is said to be safe to pull out only when the node says so', async () => {
  await open('admin')
  act(() => screen.getByRole('button', { name: /^blue-1/ }).click())
  const panel = within(await screen.findByRole('complementary', { name: 'blue-1' }))
  expect(panel.queryByText(/can be pulled out/)).toBeNull()
  act(() => panel.getByRole('button', { name: 'Make safe to pull out' }).click())
  expect(await panel.findByText(/^blue-1 can be pulled out\./)).toBeTruthy()
})

test('what moves is shown with how far it is and how fast, until all is still', async () => {
  await open('user')
  const move = { kind: 'line', neighbour: 'ridge', road: null, active: true, sending: flow, receiving: still }
  act(() => tell['network.moved']?.({ moves: [move] } as never))
  const bar = await screen.findByRole<HTMLProgressElement>('progressbar', { name: 'To ridge' })
  expect([bar.value, bar.max]).toEqual([1_000_000, 4_000_000])
  expect(screen.getByText('1 MB of 4 MB · 250 kB a second')).toBeTruthy()
  act(() => tell['network.moved']?.({ moves: [{ ...move, active: false }] } as never))
  expect(screen.queryByRole('progressbar')).toBeNull()
})
