/** The journeys in memory: the twin that simulations and tests live in. Days are those of the calendar it is given. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { kept } from '../spool/words.ts'
import type {
  Arrival,
  HeardStation,
  Journey,
  JourneyNotes,
  Journeys,
  JourneysFound,
  SealedLetter,
  SettingOut,
  Station,
  Travelling,
} from './journeys.ts'
import { journeyLimits } from './limits.ts'
import { endedDay, isThere, stateOf } from './state.ts'

export interface MemoryJourneys extends Journeys, JourneyNotes {}

export function memoryJourneys(calendar: { readonly today: number }): MemoryJourneys {
  return new Memory(calendar)
}

interface Message {
  readonly number: number
  readonly messageId: string
  readonly sender: string
}

interface Leg {
  readonly message: Message
  readonly recipient: string
  readonly letters: Set<Letter>
  endedDay: number | null
}

interface Letter {
  readonly id: PacketId
  readonly destination: NodeId
}

/** What a station is kept with. */
type Scope = Message | Leg | Letter

class Memory implements MemoryJourneys {
  readonly #calendar: { readonly today: number }
  readonly #listeners = new Set<() => void>()
  readonly #messages = new Map<string, Message>()
  readonly #letters = new Map<PacketId, Letter>()
  #legs: Leg[] = []
  #arrivals: (Arrival & { readonly day: number })[] = []
  #stations: { readonly scope: Scope; readonly station: HeardStation }[] = []
  #lastMessage = 0
  #lastStation = 0

  constructor(calendar: { readonly today: number }) {
    this.#calendar = calendar
  }

  noteSetOut(letter: SettingOut): void {
    this.#setOut(letter)
  }

  #setOut({ messageId, sender, recipients, at }: SettingOut): Leg[] {
    const id = kept(messageId, journeyLimits.messageIdLettersMax)
    const from = kept(sender, journeyLimits.addressLettersMax)
    const message = this.#messages.get(keyOf(id, from)) ?? {
      number: this.#lastMessage + 1,
      messageId: id,
      sender: from,
    }
    this.#lastMessage = Math.max(this.#lastMessage, message.number)
    this.#messages.set(keyOf(id, from), message)
    const legs = recipients.map(recipient => {
      const to = kept(recipient, journeyLimits.addressLettersMax)
      const known = this.#legs.find(leg => leg.message === message && isSame(leg.recipient, to))
      const leg = known ?? { message, recipient: to, letters: new Set(), endedDay: null }
      if (known === undefined) this.#legs.push(leg)
      return leg
    })
    this.#insert(message, { kind: 'accepted', at, where: null })
    return legs
  }

  noteSealed(sealed: SealedLetter): void {
    const { letter: id, packet, destination, at } = sealed
    const letter = this.#letters.get(id) ?? { id, destination }
    this.#letters.set(id, letter)
    for (const leg of this.#setOut(sealed)) leg.letters.add(letter)
    this.#insert(letter, { kind: 'sealed', at, where: destination, evidence: packet === id ? null : packet })
  }

  noteStation(of: Travelling, station: Station): void {
    const { recipients } = of
    const isMeant = (leg: Leg) => recipients?.some(recipient => isSame(leg.recipient, recipient))
    if ('letter' in of) {
      const letter = this.#letters.get(of.letter)
      if (letter === undefined) return
      if (recipients === undefined) this.#insert(letter, station)
      else
        for (const leg of this.#legs.filter(leg => leg.letters.has(letter) && isMeant(leg))) this.#insert(leg, station)
      return
    }
    const message = this.#messages.get(keyOf(of.messageId, of.sender))
    if (message === undefined) return
    if (recipients === undefined) this.#insert(message, station)
    else for (const leg of this.#legs.filter(leg => leg.message === message && isMeant(leg))) this.#insert(leg, station)
  }

  noteLetGo(letter: PacketId): void {
    const day = this.#calendar.today + journeyLimits.silentDays
    for (const leg of this.#legs) {
      if ([...leg.letters].some(({ id }) => id === letter)) leg.endedDay ??= day
    }
  }

  noteArrival(arrival: Arrival): void {
    const messageId = kept(arrival.messageId, journeyLimits.messageIdLettersMax)
    if (this.#arrivals.some(one => one.user === arrival.user && one.messageId === messageId)) return
    const road = arrival.road && kept(arrival.road, journeyLimits.roadLettersMax)
    const times = { takenInAt: Math.floor(arrival.takenInAt), at: Math.floor(arrival.at) }
    this.#arrivals.push({ ...arrival, messageId, road, ...times, day: this.#calendar.today })
  }

  forgetArrivals(user: string): void {
    this.#arrivals = this.#arrivals.filter(one => one.user !== user)
  }

  async arrivals(user: string, messageIds: readonly string[]) {
    const names = messageIds.map(messageId => kept(messageId, journeyLimits.messageIdLettersMax))
    return names.flatMap((name, index) => {
      const found = this.#arrivals.find(one => one.user === user && one.messageId === name)
      if (found === undefined) return []
      const { day: _, ...arrival } = found
      return [{ ...arrival, messageId: messageIds[index] ?? name }]
    })
  }

  async note(stations: readonly (readonly [Travelling, Station])[]): Promise<void> {
    for (const [of, station] of stations) this.noteStation(of, station)
  }

  async noteHere(letter: SettingOut, station: Station): Promise<void> {
    this.noteSetOut(letter)
    this.noteStation(letter, station)
  }

  async ofMessage(messageId: string, options: JourneysFound) {
    return this.#journeys(leg => leg.message.messageId === messageId, options)
  }

  async last({ sender, limit }: JourneysFound) {
    const messages = [...this.#messages.values()].filter(one => sender === null || isSame(one.sender, sender))
    const last = messages.sort((one, other) => one.number - other.number).at(-1)
    return this.#journeys(leg => leg.message === last, { sender, limit })
  }

  async ofSender(sender: string, limit: number) {
    const options = { sender, limit: Number.MAX_SAFE_INTEGER }
    const messages = [...this.#messages.values()].sort((one, other) => other.number - one.number)
    return messages.flatMap(message => this.#journeys(leg => leg.message === message, options)).slice(0, limit)
  }

  async ofRecipient(recipient: string, { sender, limit }: JourneysFound) {
    const options = { sender, limit: Number.MAX_SAFE_INTEGER }
    return this.#journeys(leg => isSame(leg.recipient, recipient), options)
      .reverse()
      .slice(0, limit)
  }

  async ofLetter(id: PacketId) {
    const options = { sender: null, limit: Number.MAX_SAFE_INTEGER }
    return this.#journeys(leg => [...leg.letters].some(letter => letter.id === id), options)
  }

  async news(cursor: number | null, limit: number) {
    if (cursor === null) return { news: [], cursor: this.#lastStation }
    const found = this.#stations.filter(({ station }) => station.number > cursor).slice(0, limit)
    const news = found.map(({ scope, station }) => {
      const of = this.#concerned(scope).map(({ message: { messageId, sender }, recipient }) => {
        return { messageId, sender, recipient }
      })
      return { station, of }
    })
    return { news, cursor: news.at(-1)?.station.number ?? cursor }
  }

  onNews(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  async prune(keepDays: number): Promise<void> {
    const oldest = this.#calendar.today - keepDays
    this.#legs = this.#legs.filter(leg => keepDays > 0 && (leg.endedDay === null || leg.endedDay > oldest))
    const used = new Set<Scope>(this.#legs.flatMap(leg => [leg, leg.message, ...leg.letters]))
    for (const [key, message] of this.#messages) if (!used.has(message)) this.#messages.delete(key)
    for (const [id, letter] of this.#letters) if (!used.has(letter)) this.#letters.delete(id)
    this.#stations = this.#stations.filter(({ scope }) => used.has(scope))
    this.#arrivals = this.#arrivals.filter(({ day }) => keepDays > 0 && day > oldest)
  }

  #insert(scope: Scope, told: Station): void {
    const { kind, at, heardAt = at, where, road = null, evidence = null, reason = null } = told
    const facts = {
      where,
      road: road && kept(road, journeyLimits.roadLettersMax),
      evidence: evidence && kept(evidence, journeyLimits.evidenceLettersMax),
    }
    const known = this.#stations.filter(one => one.scope === scope && one.station.kind === kind)
    const same = known.some(
      ({ station }) => station.where === where && station.road === facts.road && station.evidence === facts.evidence,
    )
    if (known.length >= journeyLimits.stationsPerKindMax || same) return
    this.#lastStation += 1
    const times = { at: Math.floor(at), heardAt: Math.floor(heardAt) }
    const words = reason && kept(reason, journeyLimits.reasonLettersMax)
    const letter = 'destination' in scope ? scope.id : null
    this.#stations.push({
      scope,
      station: { number: this.#lastStation, kind, ...times, ...facts, reason: words, letter },
    })
    for (const leg of this.#concerned(scope)) {
      const there = () => isThere(this.#stationsOf(leg))
      leg.endedDay = endedDay(kind, { day: this.#calendar.today, before: leg.endedDay, isThere: there })
    }
    for (const listener of this.#listeners) setImmediate(listener)
  }

  #concerned(scope: Scope): readonly Leg[] {
    return this.#legs.filter(
      leg => leg === scope || leg.message === scope || ('destination' in scope && leg.letters.has(scope)),
    )
  }

  #stationsOf(leg: Leg): HeardStation[] {
    const mine = this.#stations.filter(
      ({ scope }) => scope === leg || scope === leg.message || ('destination' in scope && leg.letters.has(scope)),
    )
    return mine.map(({ station }) => station)
  }

  #journeys(isMeant: (leg: Leg) => boolean, { sender, limit }: JourneysFound): Journey[] {
    const found = this.#legs.filter(leg => isMeant(leg) && (sender === null || isSame(leg.message.sender, sender)))
    return found.slice(0, limit).map(leg => {
      const stations = this.#stationsOf(leg)
      const { messageId, sender: from } = leg.message
      const facts = { messageId, sender: from, recipient: leg.recipient, letters: [...leg.letters] }
      return { ...facts, state: stateOf(stations), stations }
    })
  }
}

function keyOf(messageId: string, sender: string): string {
  return `${sender.toLowerCase()}\n${messageId}`
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
