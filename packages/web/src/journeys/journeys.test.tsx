// @vitest-environment happy-dom
import type { ArrivalView, BriefView, JourneyView, MessageView, ResultOf } from '@posthorn/api'
import { act, cleanup, fireEvent, render, screen, within } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { api, setClient } from '../api/index.ts'
import { TooltipProvider } from '../ui/index.ts'
import { Arrival, OpenJourney, openJourney, Track } from './index.tsx'
import { closeJourney } from './journeys-store.ts'

const at = Date.now() - 60_000
const ridge = { id: 'RIDGE234567', name: 'ridge', self: false }
const camp = { id: 'CAMP234567', name: 'camp', self: true }
const stick = { kind: 'stick', name: 'blue-1' } as const
const waiting = { neighbour: ridge, since: at, lastContact: null, nextCall: null, copies: [stick], roads: [] }

function message(id: number, changes: Partial<MessageView> = {}): MessageView {
  return {
    id,
    chat: 12,
    mine: true,
    state: 'sent',
    sentAt: at,
    receivedAt: at,
    info: false,
    rest: 'here',
    ...changes,
  } as MessageView
}

const station = { at, heardAt: at, road: null, known: 'own', reason: null } as const
const bob = {
  ...({ address: 'bob@ridge.nncp.alt', state: 'copied', local: false, recallAsked: false, canRecall: true } as const),
  stations: [
    { ...station, kind: 'accepted', node: camp },
    { ...station, kind: 'copied', node: camp, road: stick },
  ],
  waiting: [waiting],
} satisfies JourneyView['recipients'][number]

let answers: Record<string, unknown>
let calls: [string, unknown][]
let listeners: Record<string, ((data: never) => void)[]>

function brief(id: number, changes: Partial<BriefView> = {}): BriefView {
  const places = { since: at, road: stick, node: null, waiting }
  const rest = { local: false, delayed: false, recallAsked: false, canRecall: true }
  return {
    message: id,
    recipients: 1,
    state: 'copied',
    states: [{ state: 'copied', count: 1 }],
    ...places,
    ...rest,
    ...changes,
  }
}

beforeEach(() => {
  calls = []
  listeners = {}
  answers = {
    'journeys.show': { message: 20, unknown: null, ahead: false, recipients: [bob], more: false } satisfies JourneyView,
    'chats.show': { members: [11] },
    'messages.info': { messageId: 'x', readBy: [{ contact: 11, at }], text: '' },
    'contacts.get': [{ id: 11, name: 'Bob', address: 'Bob@ridge.nncp.alt' }],
  }
  setClient({
    ...api,
    call: async (name, params) => {
      calls.push([name, params])
      const answer = answers[name]
      return (typeof answer === 'function' ? answer(params) : answer) as never
    },
    on(event, listener) {
      listeners[event] = [...(listeners[event] ?? []), listener as never]
      return () => undefined
    },
    onReady(listener) {
      listener()
      return () => undefined
    },
  })
})

afterEach(() => {
  act(closeJourney)
  cleanup()
})

test('the line under one’s own message says where it is, to the ear too, and follows what becomes known', async () => {
  let state: Partial<BriefView> = {}
  answers['journeys.brief'] = ({ messages }: { messages: number[] }) => messages.map(id => brief(id, state))
  const { container } = render(<Track message={message(20)} />)
  const button = screen.getByRole('button')
  await vi.waitFor(() => expect(button.textContent).toMatch(/^On stick blue-1 since /))
  expect(button.getAttribute('aria-label')).toContain('at their node: not known')
  expect([...container.querySelectorAll('[data-dot]')].map(dot => dot.getAttribute('data-dot'))).toEqual([
    ...['done', 'now', 'unknown', 'unknown', 'unknown'],
  ])
  state = { state: 'delivered', states: [{ state: 'delivered', count: 1 }], waiting: null }
  act(() => {
    for (const listener of listeners['journeys.changed'] ?? []) listener({ messages: [20] } as never)
  })
  await vi.waitFor(() => expect(button.textContent).toMatch(/^In their mailbox since /))
})

test('a click opens the journey: its stations, what waits here, and who has read it', async () => {
  answers['journeys.brief'] = [brief(31)]
  render(
    <>
      <Track message={message(31)} />
      <OpenJourney />
    </>,
    { wrapper: TooltipProvider },
  )
  fireEvent.click(screen.getByRole('button'))
  const dialog = await screen.findByRole('dialog', { name: 'Where is it?' })
  await vi.waitFor(() => expect(within(dialog).getAllByRole('listitem')).toHaveLength(4))
  const lines = within(dialog)
    .getAllByRole('listitem')
    .map(item => item.textContent)
  expect(lines[0]).toContain('Your node took it')
  expect(lines[1]).toContain('On stick blue-1')
  expect(lines[2]).toMatch(/^Read .* as their app tells yours$/)
  expect(lines[3]).toMatch(/^Waiting here for ridge .*Never met yet.*Copies lie on stick blue-1$/)
})

test('of several recipients each has a journey under their name', async () => {
  answers['journeys.brief'] = [brief(32)]
  const carol = { ...bob, address: 'carol@elsewhere' }
  answers['journeys.show'] = { message: 32, unknown: null, ahead: true, recipients: [bob, carol], more: true }
  render(<OpenJourney />, { wrapper: TooltipProvider })
  act(() => openJourney(message(32)))
  const dialog = await screen.findByRole('dialog')
  await within(dialog).findByText('Bob')
  expect(within(dialog).getByText('carol@elsewhere')).toBeTruthy()
  expect(within(dialog).getByText(/A short first part with the text travelled ahead/)).toBeTruthy()
  expect(within(dialog).getByText(/There are more recipients/)).toBeTruthy()
})

test('taking back is asked first, and says for each what became of it', async () => {
  answers['journeys.brief'] = [brief(33)]
  const recalled: ResultOf<'journeys.recall'> = {
    ahead: true,
    recipients: [{ address: 'bob@ridge.nncp.alt', state: 'taken-back', node: ridge, copies: [stick] }],
  }
  answers['journeys.recall'] = recalled
  render(<OpenJourney />, { wrapper: TooltipProvider })
  act(() => openJourney(message(33)))
  fireEvent.click(await screen.findByRole('button', { name: 'Take it back' }))
  expect(calls.some(([name]) => name === 'journeys.recall')).toBe(false)
  fireEvent.click(within(screen.getByRole('group')).getByRole('button', { name: 'Take it back' }))
  expect(await screen.findByText(/Taken back; copies of it lay on stick blue-1/)).toBeTruthy()
  expect(screen.getByText('Its text may have arrived already.')).toBeTruthy()
  expect(calls).toContainEqual(['journeys.recall', { message: 33 }])
})

test('of what was not handed in here it is said that nothing is known', async () => {
  answers['journeys.brief'] = [brief(34, { recipients: 0, state: null, states: [], waiting: null, canRecall: false })]
  answers['journeys.show'] = { message: 34, unknown: 'not-here', ahead: false, recipients: [], more: false }
  render(<OpenJourney />, { wrapper: TooltipProvider })
  act(() => openJourney(message(34)))
  expect(await screen.findByText('Nothing is known of its way')).toBeTruthy()
  expect(screen.getByText(/another device of yours/)).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Take it back' })).toBeNull()
})

test('a late message says so, with its road; one that came in time asks for nothing and says nothing', async () => {
  const hour = 3_600_000
  const arrival = (id: number, late: boolean): ArrivalView => ({
    ...{ message: id, sentAt: at - 72 * hour, arrivedAt: at, late, way: 'road', road: stick, from: ridge },
  })
  answers['arrivals.show'] = ({ messages }: { messages: number[] }) => messages.map(id => arrival(id, id === 40))
  const { container, rerender } = render(
    <Arrival message={message(40, { mine: false, sentAt: at - 72 * hour, state: null })} />,
  )
  await vi.waitFor(() => expect(container.textContent).toMatch(/^Sent \w+, arrived \w+ by stick blue-1$/))
  rerender(<Arrival message={message(41, { mine: false, sentAt: at - 72 * hour, state: null })} />)
  await vi.waitFor(() => expect(calls.at(-1)).toEqual(['arrivals.show', { messages: [41] }]))
  expect(container.textContent).toBe('')
  const before = calls.length
  rerender(<Arrival message={message(42, { mine: false, sentAt: at - 1000, state: null })} />)
  rerender(<Arrival message={message(43, { mine: true, sentAt: at - 72 * hour })} />)
  expect([container.textContent, calls.length]).toEqual(['', before])
})

test('how another’s message came is told in full', async () => {
  answers['arrivals.show'] = [
    { message: 50, sentAt: at, arrivedAt: null, late: false, way: 'unknown', road: null, from: null },
  ] satisfies ArrivalView[]
  render(<OpenJourney />, { wrapper: TooltipProvider })
  act(() => openJourney(message(50, { mine: false, state: null })))
  expect(await screen.findByRole('dialog', { name: 'How did it come?' })).toBeTruthy()
  expect(await screen.findByText('By which road it came is not known')).toBeTruthy()
})
