/** What may be said of one's own message in a line. */
import type { BriefView, JourneyState, SendState, WaitingView } from '@posthorn/api'
import { moment } from '../i18n/index.ts'
import { nodeWords, placeWords, roadList } from './roads.ts'
import { say } from './words.ts'

const there: ReadonlySet<JourneyState> = new Set(['arrived', 'delivered', 'fetched', 'read', 'outside', 'forwarded'])
const failures: ReadonlySet<JourneyState> = new Set(['failed', 'returned', 'expired'])

/** `send` is what the engine says: only it knows of receipts that are sealed for it. */
export function briefWords(brief: BriefView | undefined, send: SendState | null, now: number): string {
  if (send === 'sending') return say('sending')
  if (brief === undefined || brief.state === null) return sendWords(brief, send)
  const words = brief.recipients > 1 ? manyWords(brief, send, now) : oneWords(brief, send, now)
  const isWaiting = !there.has(brief.state) && !failures.has(brief.state) && brief.state !== 'recalled'
  const more = [brief.delayed && isWaiting ? say('delayed') : '', brief.recallAsked ? say('recallAsked') : '']
  return [words, ...more.filter(text => text !== '')].join(' · ')
}

function sendWords(brief: BriefView | undefined, send: SendState | null): string {
  if (send === 'failed') return say('notSent')
  if (send === 'read') return say('readSome')
  return brief === undefined ? say('sent') : say('sentOnly')
}

function oneWords(brief: BriefView, send: SendState | null, now: number): string {
  return send === 'read' && brief.state !== 'read' ? say('readSome') : stateWords(brief, now)
}

function manyWords(brief: BriefView, send: SendState | null, now: number): string {
  const { recipients: count, states } = brief
  const howMany = (kinds: ReadonlySet<JourneyState>) =>
    states.reduce((sum, one) => sum + (kinds.has(one.state) ? one.count : 0), 0)
  const read = howMany(new Set(['read']))
  if (read === count) return say('readAll')
  const failed = howMany(failures)
  const arrived = howMany(there)
  const waits = failed + arrived < count
  const somebody = read > 0 || send === 'read' ? say('readSomebody') : ''
  const parts = [
    failed > 0 ? say('failedOf', { failed, count }) : '',
    arrivalWords(brief, arrived),
    waits && failed === 0 ? stateWords(brief, now) : '',
    somebody,
  ]
  return parts.filter(text => text !== '').join(' · ')
}

function arrivalWords({ recipients: count, states }: BriefView, arrived: number): string {
  if (states.every(({ state }) => state === 'fetched' || state === 'read')) return say('fetchedAll')
  return arrived === count ? say('arrivedAll', { count }) : say('arrivedOf', { arrived, count })
}

/** Of the recipient for whom it has come least far. */
function stateWords(brief: BriefView, now: number): string {
  const { state, since, road, node, waiting, local } = brief
  const time = since === null ? '' : moment(since, now)
  switch (state) {
    case null:
      return say('sentOnly')
    case 'accepted':
      return say('atGateway', { time })
    case 'sealed':
      return waiting === null ? say('waits', { time }) : waitingWords(waiting, now)
    case 'copied':
      return road === null ? say('waits', { time }) : say('lies', { place: placeWords(road), time })
    case 'handed':
    case 'passed':
      return node === null ? say('waits', { time }) : say(state, { node: nodeWords(node), time })
    case 'delivered':
      return say(local ? 'deliveredHere' : 'delivered', { time })
    case 'failed':
      return say('failed')
    default:
      return say(state, { time })
  }
}

function waitingWords({ neighbour, lastContact, nextCall, roads }: WaitingView, now: number): string {
  const node = nodeWords(neighbour)
  if (nextCall !== null) return say('waitsForCall', { node, time: moment(nextCall, now) })
  if (roads.length > 0) return say('waitsForRoad', { road: roadList(roads, 'disjunction') })
  return lastContact === null ? say('waitsForStranger', { node }) : say('waitsForNode', { node })
}
