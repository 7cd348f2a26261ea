/** Every state in words and dots: no more is claimed than is known. */
import type { ArrivalView, BriefView, JourneyState, RecallState, RoadView, SendState, StationView } from '@posthorn/api'
import { journeyState, recallState, stationKind } from '@posthorn/api'
import { describe, expect, test } from 'vitest'
import { briefWords } from './brief-words.ts'
import { stationLines } from './station-lines.ts'
import { cameWords, evidenceWords, lateWords, recallWords, stationWords } from './station-words.ts'
import { trackOf, trackWords } from './track-dots.ts'

const now = new Date(2026, 10, 24, 18, 0).getTime()
const at = new Date(2026, 10, 24, 14, 2).getTime()
const tuesday = new Date(2026, 10, 17, 9, 12).getTime()
const dayMs = 86_400_000

const ridge = { id: 'RIDGE234567', name: 'ridge', self: false }
const stranger = { id: 'UNKNOWN234567', name: null, self: false }
const stick: RoadView = { kind: 'stick', name: 'blue-1' }
const line: RoadView = { kind: 'network', name: 'tcp://192.0.2.1:5400' }
const waiting = { neighbour: ridge, since: at, lastContact: at, nextCall: null, copies: [], roads: [] }

function brief(state: JourneyState | null, changes: Partial<BriefView> = {}): BriefView {
  const states = state === null ? [] : [{ state, count: 1 }]
  const places = { since: at, road: null, node: ridge, waiting: null }
  const rest = { local: false, delayed: false, recallAsked: false, canRecall: false }
  return { message: 20, recipients: states.length, state, states, ...places, ...rest, ...changes }
}

function group(...states: [JourneyState, number][]): Partial<BriefView> {
  return {
    recipients: states.reduce((sum, [, count]) => sum + count, 0),
    states: states.map(([state, count]) => ({ state, count })),
  }
}

describe('one’s own message, in a line', () => {
  test.each<[string, BriefView | undefined, SendState]>([
    ['Not with the node yet', undefined, 'sending'],
    ['Not with the node yet', brief('sealed'), 'sending'],
    ['With the node', undefined, 'sent'],
    ['Not sent', undefined, 'failed'],
    ['Read', undefined, 'read'],
    ['Sent, nothing more is known', brief(null), 'sent'],
    ['Not sent', brief(null), 'failed'],
    ['Read', brief(null), 'read'],
    ['Waiting for another mail system since 2:02 PM', brief('accepted'), 'sent'],
    ['Waiting here since 2:02 PM', brief('sealed'), 'sent'],
    ['Waiting for ridge, leaves with the next contact', brief('sealed', { waiting }), 'sent'],
    [
      'Waiting for ridge, which was not met yet',
      brief('sealed', { waiting: { ...waiting, lastContact: null } }),
      'sent',
    ],
    [
      'Waiting for stick blue-1, leaves with the next contact',
      brief('sealed', { waiting: { ...waiting, roads: [stick] } }),
      'sent',
    ],
    [
      'Waiting for stick blue-1 or folder shared, leaves with the next contact',
      brief('sealed', { waiting: { ...waiting, roads: [stick, { kind: 'folder', name: 'shared' }] } }),
      'sent',
    ],
    [
      'Waiting for ridge, next call 8:00 PM',
      brief('sealed', { waiting: { ...waiting, nextCall: now + 7_200_000, roads: [stick] } }),
      'sent',
    ],
    [
      'Waiting for node unknown2, which was not met yet',
      brief('sealed', {
        waiting: { ...waiting, neighbour: stranger, lastContact: null },
      }),
      'sent',
    ],
    ['On stick blue-1 since 2:02 PM', brief('copied', { road: stick }), 'sent'],
    ['On stick blue-1 since yesterday 2:02 PM', brief('copied', { road: stick, since: at - dayMs }), 'sent'],
    [
      'In folder shared since Nov 17, 9:12 AM',
      brief('copied', {
        road: { kind: 'folder', name: 'shared' },
        since: tuesday,
      }),
      'sent',
    ],
    ['In bundle post since 2:02 PM', brief('copied', { road: { kind: 'bundle', name: 'post' } }), 'sent'],
    ['Waiting here since 2:02 PM', brief('copied'), 'sent'],
    ['Handed to ridge 2:02 PM, which carries it on', brief('handed', { road: line }), 'sent'],
    ['ridge passed it on 2:02 PM', brief('passed'), 'sent'],
    ['At their node since 2:02 PM', brief('arrived'), 'sent'],
    ['In their mailbox since 2:02 PM', brief('delivered'), 'sent'],
    ['In their mailbox since 2:02 PM, not fetched yet', brief('delivered', { local: true }), 'sent'],
    ['Fetched by their app 2:02 PM', brief('fetched'), 'sent'],
    ['Read', brief('fetched'), 'read'],
    ['Read 2:02 PM', brief('read'), 'sent'],
    ['Taken by another mail system 2:02 PM', brief('outside'), 'sent'],
    ['Sent on 2:02 PM, as they wish', brief('forwarded'), 'sent'],
    ['Not delivered', brief('failed'), 'sent'],
    ['Came back 2:02 PM', brief('returned', { delayed: true }), 'sent'],
    ['Too old, given up 2:02 PM', brief('expired'), 'sent'],
    ['Taken back 2:02 PM', brief('recalled'), 'sent'],
    ['Handed to ridge 2:02 PM, which carries it on · late already', brief('handed', { delayed: true }), 'sent'],
    ['On stick blue-1 since 2:02 PM · asked to come back', brief('copied', { road: stick, recallAsked: true }), 'sent'],
    // Of several.
    [
      '3 of 5 arrived · Waiting for ridge, leaves with the next contact · read by somebody',
      brief('sealed', {
        waiting,
        ...group(['sealed', 2], ['delivered', 2], ['read', 1]),
      }),
      'sent',
    ],
    [
      '0 of 2 arrived · On stick blue-1 since 2:02 PM',
      brief('copied', {
        road: stick,
        ...group(['copied', 2]),
      }),
      'sent',
    ],
    ['Arrived for all 3', brief('arrived', group(['arrived', 1], ['fetched', 2])), 'sent'],
    ['Arrived for all 3 · read by somebody', brief('arrived', group(['arrived', 1], ['fetched', 2])), 'read'],
    ['Fetched by the apps of all · read by somebody', brief('fetched', group(['fetched', 1], ['read', 1])), 'sent'],
    ['Read by all', brief('read', group(['read', 2])), 'read'],
    ['1 of 3 not delivered · 2 of 3 arrived', brief('failed', group(['failed', 1], ['delivered', 2])), 'sent'],
  ])('%s', (text, view, send) => {
    expect(briefWords(view, send, now).replaceAll('\u202f', ' ')).toBe(text)
  })

  test.each(journeyState.options)('%s has words of its own', state => {
    const text = briefWords(brief(state), 'sent', now)
    expect(text).not.toBe('')
    expect(text).not.toMatch(/[{}]/)
  })
})

const marks = { done: '●', now: '◉', 'not-yet': '○', unknown: '?', failed: '✗' } as const
const picture = (...of: Parameters<typeof trackOf>) =>
  trackOf(...of)
    .map(({ dot }) => marks[dot])
    .join('')

describe('the track', () => {
  test.each<[string, BriefView | undefined, SendState]>([
    ['○○○○○', undefined, 'sending'],
    ['◉????', undefined, 'sent'],
    ['✗????', undefined, 'failed'],
    ['◉????', brief(null), 'sent'],
    ['●●●●◉', brief(null), 'read'],
    ['◉○○○○', brief('accepted'), 'sent'],
    ['◉○○○○', brief('sealed'), 'sent'],
    ['●◉???', brief('copied'), 'sent'],
    ['●◉???', brief('handed'), 'sent'],
    ['●◉???', brief('passed'), 'sent'],
    ['●●◉??', brief('arrived'), 'sent'],
    ['●●◉??', brief('delivered'), 'sent'],
    ['●●●◉?', brief('fetched'), 'sent'],
    ['●●●●◉', brief('fetched'), 'read'],
    ['●●●●◉', brief('read'), 'sent'],
    ['●◉???', brief('outside'), 'sent'],
    ['●◉???', brief('forwarded'), 'sent'],
    ['●✗???', brief('failed'), 'sent'],
    ['●✗???', brief('returned'), 'sent'],
    ['●✗???', brief('expired'), 'sent'],
    ['●✗???', brief('recalled'), 'sent'],
    // At one node there is no road, and the own mailbox tells whether it was fetched.
    ['●◉○○', brief('delivered', { local: true }), 'sent'],
    ['●●◉?', brief('fetched', { local: true }), 'sent'],
    // That one of several has read it says nothing of the others.
    ['●●◉??', brief('delivered', group(['delivered', 1], ['read', 1])), 'read'],
  ])('%s', (expected, view, send) => {
    expect(picture(view, send)).toBe(expected)
  })

  test('is told to those who do not see it, with what is not known', () => {
    expect(trackWords(trackOf(brief('copied'), 'sent'))).toBe(
      'here: yes, on the road: this far, at their node: not known, fetched: not known, read: not known',
    )
  })
})

describe('a station', () => {
  const station = (changes: Partial<StationView>): StationView => ({
    ...{ kind: 'delivered', at, heardAt: at, node: ridge, road: null, known: 'own', reason: null },
    ...changes,
  })

  test.each(stationKind.options)('%s has words', kind => {
    expect(stationWords(station({ kind, road: stick }))).toMatch(/^[A-Za-z][^{}]+$/)
  })

  test.each<[string, Partial<StationView>]>([
    ['', { known: 'own' }],
    ['They said so over the line.', { known: 'line', road: line }],
    ['Their confirmation came back by stick blue-1.', { known: 'confirmation', road: stick }],
    ['Their confirmation came back.', { known: 'confirmation' }],
    ['Their node signed a receipt.', { known: 'receipt' }],
    ['The relay says so; nothing proves it.', { known: 'relay' }],
    ['Their app says so.', { known: 'app' }],
  ])('is known: %s', (text, changes) => {
    expect(evidenceWords(station(changes))).toBe(text)
  })
})

test('that a node has it is one line, however often it is said; others stay as they are', () => {
  const facts = { at, heardAt: at, reason: null }
  const stations: StationView[] = [
    { ...facts, kind: 'handed', node: ridge, road: stick, known: 'confirmation' },
    { ...facts, kind: 'arrived', node: ridge, road: stick, known: 'confirmation' },
    { ...facts, kind: 'arrived', node: ridge, road: null, known: 'receipt' },
    { ...facts, kind: 'delivered', node: ridge, road: null, known: 'receipt' },
    { ...facts, kind: 'handed', node: stranger, road: line, known: 'line' },
  ]
  expect(stationLines(stations).map(({ kind, node, evidence }) => [kind, node.id, evidence])).toEqual([
    ['arrived', ridge.id, ['Their confirmation came back by stick blue-1.', 'Their node signed a receipt.']],
    ['delivered', ridge.id, ['Their node signed a receipt.']],
    ['handed', stranger.id, ['They said so over the line.']],
  ])
})

test.each<[string, RecallState, RoadView[]]>([
  ['Taken back, it never left here', 'taken-back', []],
  ['Taken back; copies of it lay on stick blue-1', 'taken-back', [stick]],
  ['Asked to give it back, no answer yet', 'asked', []],
  ['Too late, it is in their mailbox', 'here', []],
])('what became of taking back: %s', (text, state, copies) => {
  expect(recallWords({ address: 'bob@ridge', state, node: null, copies })).toBe(text)
})

test.each(recallState.options)('taking back: %s has words', state => {
  expect(recallWords({ address: 'bob@ridge', state, node: null, copies: [] })).toMatch(/^[A-Z]/)
})

describe('a late message of others', () => {
  const arrival = (changes: Partial<ArrivalView>): ArrivalView => ({
    ...{ message: 20, sentAt: tuesday, arrivedAt: at, late: true, way: 'road', road: stick, from: ridge },
    ...changes,
  })

  test.each<[string, Partial<ArrivalView>]>([
    ['Sent Saturday, arrived today by stick blue-1', { sentAt: at - 3 * dayMs }],
    ['Sent Nov 17, arrived today by stick blue-1', {}],
    ['Sent yesterday, arrived today over the network from ridge', { sentAt: at - dayMs, road: line }],
    ['Sent yesterday, arrived today by bundle post', { sentAt: at - dayMs, road: { kind: 'bundle', name: 'post' } }],
    ['Sent 12:02 PM, arrived 2:02 PM by stick blue-1', { sentAt: at - 7_200_000 }],
    [
      'Written 12:02 PM, handed in 2:02 PM at this node',
      { sentAt: at - 7_200_000, way: 'here', road: null, from: null },
    ],
    [
      'Sent yesterday, arrived today; by which road is not known',
      { sentAt: at - dayMs, arrivedAt: null, way: 'unknown', road: null, from: null },
    ],
  ])('%s', (text, changes) => {
    expect(lateWords(arrival(changes), now, now).replaceAll('\u202f', ' ')).toBe(text)
  })

  test('in full: by which road, and who brought it', () => {
    expect(cameWords(arrival({}))).toBe('It came by stick blue-1. The neighbour ridge brought it')
    expect(cameWords(arrival({ road: line }))).toBe('It came over the network. The neighbour ridge brought it')
    expect(cameWords(arrival({ way: 'here', road: null, from: null }))).toBe('It was written at this node')
    expect(cameWords(arrival({ way: 'unknown', road: null }))).toBe('By which road it came is not known')
  })
})
