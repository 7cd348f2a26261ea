/** Stations, what became of taking back, and arrivals, in words. */
import type { ArrivalView, RecallView, StationView } from '@posthorn/api'
import { dayWithin, moment } from '../i18n/index.ts'
import { nodeWords, placeWords, roadList, roadWords } from './roads.ts'
import { say } from './words.ts'

export function stationWords(station: StationView): string {
  const { kind, road } = station
  const node = nodeWords(station.node)
  switch (kind) {
    case 'accepted':
      return say('stationAccepted')
    case 'sealed':
      return say('stationSealed', { node })
    case 'copied':
      return road === null ? say('onRoad', { name: node }) : placeWords(road)
    case 'handed':
      return say('stationHanded', { node })
    case 'passed':
      return say('stationPassed', { node })
    case 'arrived':
      return say('stationArrived', { node })
    case 'outside':
      return say('stationOutside', { road: road === null ? node : roadWords(road) })
    default:
      return say(plain[kind])
  }
}

const plain = {
  delivered: 'stationDelivered',
  fetched: 'stationFetched',
  read: 'stationRead',
  delayed: 'stationDelayed',
  resent: 'stationResent',
  forwarded: 'stationForwarded',
  failed: 'stationFailed',
  returned: 'stationReturned',
  expired: 'stationExpired',
  recalled: 'stationRecalled',
} as const

/** By which it is known; empty where this node did it itself. */
export function evidenceWords({ known, road }: StationView): string {
  switch (known) {
    case 'own':
      return ''
    case 'line':
      return say('knownLine')
    case 'confirmation':
      return road === null ? say('knownConfirmation') : say('knownConfirmationBy', { road: roadWords(road) })
    case 'receipt':
      return say('knownReceipt')
    case 'relay':
      return say('knownRelay')
    case 'app':
      return say('knownApp')
    default:
      return known satisfies never
  }
}

const outcomes = {
  asked: 'recallAskedFor',
  recalled: 'recallRecalled',
  'too-late': 'recallTooLate',
  refused: 'recallRefused',
  'not-asked': 'recallNotAsked',
  here: 'recallHere',
  outside: 'recallOutside',
  ended: 'recallEnded',
} as const

export function recallWords({ state, copies }: RecallView['recipients'][number]): string {
  if (state !== 'taken-back') return say(outcomes[state])
  return copies.length === 0 ? say('recallTakenBack') : say('recallTakenBackCopies', { roads: roadList(copies) })
}

/** Of a late message of others: the day where that says enough. `receivedAt`: when the app had it. */
export function lateWords(arrival: ArrivalView, receivedAt: number, now: number): string {
  const at = arrival.arrivedAt ?? receivedAt
  const isSameDay = new Date(at).toDateString() === new Date(arrival.sentAt).toDateString()
  const time = (when: number) => (isSameDay ? moment(when, now) : dayWithin(when, now))
  const words = { sent: time(arrival.sentAt), arrived: time(at) }
  const { way, road, from } = arrival
  if (way === 'here') return say('lateHere', words)
  if (way === 'unknown' || road === null) return say('lateUnknown', words)
  if (road.kind === 'network' && from !== null) {
    return say('lateRoadFrom', { ...words, road: roadWords(road), node: nodeWords(from) })
  }
  return say('lateRoad', { ...words, road: roadWords(road) })
}

/** By which road a message of others came, and who brought it. */
export function cameWords({ way, road, from }: ArrivalView): string {
  if (way === 'here') return say('cameHere')
  if (way === 'unknown' || road === null) return say('cameUnknown')
  const words = say(road.kind === 'network' ? 'cameOver' : 'cameBy', { road: roadWords(road) })
  return from === null ? words : `${words}. ${say('cameFrom', { node: nodeWords(from) })}`
}
