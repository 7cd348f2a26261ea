/** The small track under a message: how far it is known to have come. */
import type { BriefView, JourneyState, SendState } from '@posthorn/api'
import { say } from './words.ts'

/**
 * - `done`: it is known to have been there;
 * - `now`: the furthest that is known;
 * - `not-yet`: it is known not to have been there;
 * - `unknown`: it may have been there, and nobody has said so;
 * - `failed`: here it ended.
 */
export type Dot = 'done' | 'now' | 'not-yet' | 'unknown' | 'failed'
export type Stage = 'here' | 'road' | 'node' | 'fetched' | 'read'

export interface TrackDot {
  readonly stage: Stage
  readonly dot: Dot
}

/** How far each state is, and from where on nothing is known; before that it is known not to have been there. */
const reached: Readonly<Record<JourneyState, readonly [now: Stage, unknownFrom: Stage | null]>> = {
  accepted: ['here', null],
  sealed: ['here', null],
  copied: ['road', 'node'],
  handed: ['road', 'node'],
  passed: ['road', 'node'],
  outside: ['road', 'node'],
  forwarded: ['road', 'node'],
  failed: ['road', 'node'],
  returned: ['road', 'node'],
  expired: ['road', 'node'],
  recalled: ['road', 'node'],
  arrived: ['node', 'fetched'],
  delivered: ['node', 'fetched'],
  fetched: ['fetched', 'read'],
  read: ['read', null],
}
const ended: ReadonlySet<JourneyState> = new Set(['failed', 'returned', 'expired', 'recalled'])
const stages: readonly Stage[] = ['here', 'road', 'node', 'fetched', 'read']

/** Between people of one node there is no road. */
export function trackOf(brief: BriefView | undefined, send: SendState | null): readonly TrackDot[] {
  const isLocal = brief?.local === true
  const shown = isLocal ? stages.filter(stage => stage !== 'road') : stages
  if (send === 'read' && (brief === undefined || brief.recipients <= 1)) return dots(shown, 'read', null)
  if (send === 'sending') return shown.map(stage => ({ stage, dot: 'not-yet' }))
  if (brief === undefined || brief.state === null) {
    const here: Dot = send === 'failed' ? 'failed' : 'now'
    return shown.map(stage => ({ stage, dot: stage === 'here' ? here : 'unknown' }))
  }
  const [now, unknownFrom] = reached[brief.state]
  // In a mailbox of this node it is known that nobody has fetched it.
  const isKnown = isLocal && brief.state === 'delivered'
  const track = dots(shown, now, isKnown ? null : unknownFrom)
  if (!ended.has(brief.state)) return track
  return track.map(one => (one.dot === 'now' ? { ...one, dot: 'failed' } : one))
}

function dots(shown: readonly Stage[], now: Stage, unknownFrom: Stage | null): readonly TrackDot[] {
  const place = shown.includes(now) ? shown.indexOf(now) : 0
  return shown.map((stage, index) => {
    if (index < place) return { stage, dot: 'done' }
    if (index === place) return { stage, dot: 'now' }
    const isUnknown = unknownFrom !== null && stages.indexOf(stage) >= stages.indexOf(unknownFrom)
    return { stage, dot: isUnknown ? 'unknown' : 'not-yet' }
  })
}

const stageWords = {
  here: 'stageHere',
  road: 'stageRoad',
  node: 'stageNode',
  fetched: 'stageFetched',
  read: 'stageRead',
} as const
const dotWords = {
  done: 'dotDone',
  now: 'dotNow',
  'not-yet': 'dotNotYet',
  unknown: 'dotUnknown',
  failed: 'dotFailed',
} as const

/** For those who do not see it. */
export function trackWords(track: readonly TrackDot[]): string {
  return track.map(({ stage, dot }) => say(dotWords[dot], { stage: say(stageWords[stage]) })).join(', ')
}
