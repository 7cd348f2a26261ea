/** What is shown of journeys, from what the operations tell of them. */
import type { BriefView, JourneyState, JourneyView, NodeView, RoadView, StationView, WaitingView } from '@posthorn/api'
import type { JourneyShown, NamedNode, StationShown, WaitingShown } from '../../operations/tracking-types.ts'
import type { Roads } from './roads.ts'

/** What the views need of this node. */
export interface Here {
  readonly self: string
  readonly roads: Roads
}

export type RecipientView = JourneyView['recipients'][number]

/** How far it has come, the least first. What needs somebody counts as the least. */
const byProgress: readonly JourneyState[] = [
  ...(['failed', 'returned', 'expired', 'recalled'] as const),
  ...(['accepted', 'sealed', 'copied', 'handed', 'passed', 'arrived'] as const),
  ...(['outside', 'forwarded', 'delivered', 'fetched', 'read'] as const),
]
/** Nobody but relays and media on the way has it. */
const onTheWay: ReadonlySet<JourneyState> = new Set(['accepted', 'sealed', 'copied', 'handed', 'passed'])

export function recipientView(journey: JourneyShown, here: Here): RecipientView {
  const { recipient: address, state, recallAsked } = journey
  return {
    ...{ address, state, recallAsked, canRecall: onTheWay.has(state) && !recallAsked },
    // What goes elsewhere was sealed, or is known of nowhere yet.
    local: journey.letters.length === 0 && journey.stations.some(({ kind }) => kind === 'delivered'),
    stations: journey.stations.map(station => stationView(station, here)),
    waiting: journey.waiting.map(waiting => waitingView(waiting, here)),
  }
}

export function briefView(message: number, recipients: readonly RecipientView[]): BriefView {
  const states = byProgress.flatMap(state => {
    const count = recipients.filter(one => one.state === state).length
    return count === 0 ? [] : [{ state, count }]
  })
  const state = states[0]?.state ?? null
  const least = recipients.find(one => one.state === state)
  const station = least?.stations.findLast(({ kind }) => kind === state)
  const waiting = recipients.find(one => one.waiting.length > 0 && one.state === state)?.waiting[0] ?? null
  return {
    ...{ message, recipients: recipients.length, state, states, waiting },
    since: station === undefined ? null : Math.min(station.at, station.heardAt),
    // Of a confirmation it is another's way.
    road: station === undefined || station.known === 'confirmation' ? null : station.road,
    node: station === undefined || station.node.self ? null : station.node,
    local: recipients.length > 0 && recipients.every(({ local }) => local),
    delayed: recipients.some(one => onTheWay.has(one.state) && one.stations.some(({ kind }) => kind === 'delayed')),
    recallAsked: recipients.some(one => one.recallAsked),
    canRecall: recipients.some(one => one.canRecall),
  }
}

function stationView(station: StationShown, here: Here): StationView {
  const { kind, at, heardAt, where, reason } = station
  const node = nodeView(where, here)
  return {
    ...{ kind, at: Date.parse(at), heardAt: Date.parse(heardAt), node, reason },
    ...{ road: stationRoad(station, here), known: knownBy(station, node) },
  }
}

/** Other mail systems are named like folders: what becomes of a letter without a road is told of them. */
function stationRoad({ kind, road }: StationShown, { roads }: Here): RoadView | null {
  if (road === null) return null
  const isGateway = kind === 'outside' || kind === 'failed' || kind === 'delayed'
  return isGateway ? { kind: 'gateway', name: road } : roads.of(road)
}

function knownBy({ kind, evidence }: StationShown, { self }: NodeView): StationView['known'] {
  if (kind === 'read') return 'app'
  if (self || kind === 'sealed' || kind === 'resent') return 'own'
  if (kind === 'passed') return 'relay'
  if (evidence === 'receipt') return 'receipt'
  return evidence === null ? 'line' : 'confirmation'
}

function waitingView(waiting: WaitingShown, here: Here): WaitingView {
  const { neighbour, since, lastContact, nextCall, copies } = waiting
  return {
    neighbour: nodeView(neighbour, here),
    since: Date.parse(since),
    lastContact: lastContact === null ? null : Date.parse(lastContact),
    nextCall: nextCall === null ? null : Date.parse(nextCall),
    copies: copies.map(copy => here.roads.of(copy)),
    roads: [...here.roads.to(neighbour.id)],
  }
}

export function nodeView({ id, name }: NamedNode, { self }: Here): NodeView {
  return { id, name, self: id === self }
}
