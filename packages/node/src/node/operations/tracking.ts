/** Where letters are, as far as it is known here. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import { cronTimes } from '../../services/courier/cron.ts'
import type { HeardStation, Journey, StationNews } from '../../stores/journeys/index.ts'
import type { RecalledLetter } from '../../stores/spool/index.ts'
import type { ServedNode } from '../served.ts'
import type { JourneyShown, NamedNode, StationNewsShown, StationShown, WaitingShown } from './tracking-types.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

const journeysDefault = 20
const newsAtOnceMax = 100

export async function trackLetters(
  node: ServedNode,
  params: ParamsOf<'journey.track'>,
): Promise<ResultOf<'journey.track'>> {
  const { messageId, last = false, to } = params
  if ([messageId !== undefined, last, to !== undefined].filter(Boolean).length !== 1) {
    const message = 'Say which letters: by a Message-ID, the last one, or those to an address.'
    throw new OperatingError(message, { code: 'bad-request', retry: 'never' })
  }
  const names = namesOf(node)
  // What recipients of one letter share is looked up once.
  const waits = once((letter: PacketId) => waitingOf(node, letter, names))
  const recalls = once((messageId: string) => node.spool.recalls.ofMessage(messageId, null))
  const journeys: JourneyShown[] = []
  for (const journey of await find(node, params)) {
    const waiting = (await Promise.all(journey.letters.map(({ id }) => waits(id)))).flat()
    const recallAsked = isRecallAsked(journey, journey.letters.length === 0 ? [] : await recalls(journey.messageId))
    journeys.push({ ...(await describe(journey, names)), waiting, recallAsked })
  }
  return { tracking: node.config.journeys.keep_days > 0, journeys }
}

async function find(node: ServedNode, params: ParamsOf<'journey.track'>): Promise<readonly Journey[]> {
  const { journeys, postOffice } = node
  const { messageId, to, sender = null, limit = journeysDefault } = params
  const options = { sender, limit }
  if (messageId !== undefined) return journeys.ofMessage(messageId.replace(/^\s*<(.*)>\s*$/s, '$1'), options)
  if (to === undefined) return journeys.last(options)
  const given = await journeys.ofRecipient(to, options)
  if (given.length > 0) return given
  // On its way an address may be written in full.
  const found = await postOffice.route(to)
  return found.kind === 'node' || found.kind === 'gateway' ? journeys.ofRecipient(found.address, options) : []
}

/** Answers when there is news of this sender, or the caller has gone. */
export async function followJourneys(
  node: ServedNode,
  params: ParamsOf<'journey.news'>,
  { signal }: OperationContext,
): Promise<ResultOf<'journey.news'>> {
  const { sender, limit = newsAtOnceMax } = params
  const names = namesOf(node)
  const hint = new Hint()
  const stop = node.journeys.onNews(() => hint.notify())
  try {
    for (let cursor = params.cursor ?? null; ; ) {
      const found = await node.journeys.news(cursor, limit)
      const concerned = found.news.flatMap(one => ofSender(one, sender))
      const isAsked = cursor === null || concerned.length > 0 || !node.running || signal.aborted
      if (isAsked) return { cursor: found.cursor, news: await Promise.all(concerned.map(one => shownNews(one, names))) }
      // There may be more already: of others only.
      if (found.news.length < limit) await hint.wait(signal)
      cursor = found.cursor
    }
  } finally {
    stop()
  }
}

function ofSender({ station, of }: StationNews, sender: string | undefined): StationNews[] {
  const isTheirs = (one: { sender: string }) => one.sender.toLowerCase() === sender?.toLowerCase()
  const theirs = sender === undefined ? of : of.filter(isTheirs)
  return theirs.length === 0 ? [] : [{ station, of: theirs }]
}

async function shownNews({ station, of }: StationNews, names: Names): Promise<StationNewsShown> {
  return { station: await shown(station, names), of }
}

function once<Key, T>(find: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const known = new Map<Key, Promise<T>>()
  return key => {
    const found = known.get(key) ?? find(key)
    known.set(key, found)
    return found
  }
}

type Names = (id: NodeId | null) => Promise<NamedNode>

function namesOf({ identity, name, directory }: ServedNode): Names {
  const find = once(async (id: NodeId) => {
    return { id, name: id === identity.id ? name : ((await directory.neighbours.get(id))?.name ?? null) }
  })
  return id => find(id ?? identity.id)
}

async function describe(journey: Journey, names: Names): Promise<Omit<JourneyShown, 'waiting' | 'recallAsked'>> {
  const { messageId, sender, recipient, state } = journey
  const stations: StationShown[] = []
  for (const station of journey.stations) stations.push(await shown(station, names))
  const letters: { id: string; destination: NamedNode }[] = []
  for (const { id, destination } of journey.letters) letters.push({ id, destination: await names(destination) })
  return { messageId, sender, recipient, state, stations, letters }
}

async function shown(station: HeardStation, names: Names): Promise<StationShown> {
  const { kind, at, heardAt, where, road, evidence, reason, letter } = station
  return {
    ...{ kind, at: timeOf(at), heardAt: timeOf(heardAt), where: await names(where), road },
    ...{ evidence, reason, letter },
  }
}

/** Clocks of others may say anything. */
function timeOf(at: number): string {
  const bound = 8_640_000_000_000_000
  return new Date(Math.max(0, Math.min(at, bound))).toISOString()
}

function isRecallAsked({ recipient }: Journey, recalled: readonly RecalledLetter[]): boolean {
  return recalled.some(one => one.recipient === recipient && one.asked && one.answer === null)
}

async function waitingOf(node: ServedNode, letter: PacketId, names: Names): Promise<WaitingShown[]> {
  const waiting: WaitingShown[] = []
  for (const packet of await node.spool.outbox.ofLetter(letter)) {
    const neighbour = await node.directory.neighbours.get(packet.nextHop)
    const lastContactAt = neighbour?.lastContactAt ?? null
    waiting.push({
      ...{ packet: packet.id, neighbour: await names(packet.nextHop), since: timeOf(packet.at) },
      lastContact: lastContactAt === null ? null : timeOf(lastContactAt),
      nextCall: await nextCall(node, packet.nextHop, packet.niceness),
      copies: packet.copies,
    })
  }
  return waiting
}

/** By a schedule that takes this packet along. */
async function nextCall({ directory }: ServedNode, neighbour: NodeId, niceness: number): Promise<string | null> {
  const { schedules } = await directory.calling.get(neighbour)
  const times = schedules
    .filter(({ nicenessMax, direction }) => niceness <= nicenessMax && direction !== 'receive')
    .map(({ cron }) => cronTimes(cron).next(Date.now()))
    .filter(time => time !== undefined)
  return times.length === 0 ? null : timeOf(Math.min(...times))
}
