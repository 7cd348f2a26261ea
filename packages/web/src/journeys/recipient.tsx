import type { JourneyView, StationView, WaitingView } from '@posthorn/api'
import { BookOpenCheck, Hourglass } from 'lucide-react'
import type { ReactNode } from 'react'
import { fullTime, moment } from '../i18n/index.ts'
import { classes } from '../ui/index.ts'
import css from './recipient.module.css'
import { nodeWords, roadList, roadWords } from './roads.ts'
import { type StationLine, stationLines } from './station-lines.ts'
import { stationWords } from './station-words.ts'
import { say } from './words.ts'

interface RecipientProps {
  readonly recipient: JourneyView['recipients'][number]
  readonly name: string
  /** As the reader's app tells the sender's, sealed: no node knows of it. */
  readonly readAt: number | null
  /** The only one: open, without a name. */
  readonly alone: boolean
}

/** The way to one recipient, as a line of stations. */
export function Recipient({ recipient, name, readAt, alone }: RecipientProps) {
  const { address, stations, waiting } = recipient
  const isRead = stations.some(({ kind }) => kind === 'read')
  const line = (
    <ol className={css['line']}>
      {stationLines(stations).map(station => (
        <Station key={keyOf(station)} station={station} />
      ))}
      {readAt === null || isRead ? null : (
        <li className={css['station']}>
          <BookOpenCheck aria-hidden size={16} className={css['mark']} />
          {say('readBy', { time: moment(readAt, Date.now()) })}
        </li>
      )}
      {waiting.map(packet => (
        <Waiting key={`${packet.neighbour.id} ${packet.since}`} waiting={packet} />
      ))}
    </ol>
  )
  if (alone) return line
  const last = stations.at(-1)
  return (
    <details className={css['recipient']}>
      <summary title={address}>
        <span className={css['name']}>{name}</span>
        <span className={css['soft']}>{readAt === null ? last && stationWords(last) : say('stationRead')}</span>
      </summary>
      {line}
    </details>
  )
}

/** The same is told once only. */
function keyOf({ kind, node, road, at, heardAt }: StationView): string {
  return [kind, node.id, road?.name, at, heardAt].join(' ')
}

const clocksDifferMs = 60_000
const ends: ReadonlySet<string> = new Set(['failed', 'returned', 'expired', 'recalled'])

function Station({ station }: { readonly station: StationLine }) {
  const { kind, at, heardAt, reason, road, evidence } = station
  const now = Date.now()
  const over = road?.kind === 'network' && station.known === 'line' ? say('overRoad', { road: roadWords(road) }) : ''
  const notes = reason === null ? evidence : [...evidence, reason]
  return (
    <li className={classes(css['station'], ends.has(kind) && css['ended'])} data-station={kind}>
      <span className={css['what']}>
        {stationWords(station)} {over}
      </span>
      <Time at={at}>{moment(at, now)}</Time>
      {Math.abs(heardAt - at) < clocksDifferMs ? null : (
        <Time at={heardAt}>{say('heardAt', { time: moment(heardAt, now) })}</Time>
      )}
      {notes.map(text => (
        <span key={text} className={css['soft']}>
          {text}
        </span>
      ))}
    </li>
  )
}

function Time({ at, children }: { readonly at: number; readonly children: ReactNode }) {
  return (
    <time className={css['soft']} dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {children}
    </time>
  )
}

/** What lies here still, and when it may leave. */
function Waiting({ waiting }: { readonly waiting: WaitingView }) {
  const { neighbour, since, lastContact, nextCall, copies, roads } = waiting
  const now = Date.now()
  const facts = [
    lastContact === null ? say('noContact') : say('lastContact', { time: moment(lastContact, now) }),
    nextCall === null ? say('nextContact') : say('nextCall', { time: moment(nextCall, now) }),
    copies.length === 0 ? '' : say('copiesOn', { roads: roadList(copies) }),
    roads.length === 0 ? '' : say('reachedBy', { roads: roadList(roads) }),
  ]
  return (
    <li className={classes(css['station'], css['waiting'])}>
      <Hourglass aria-hidden size={16} className={css['mark']} />
      <span className={css['what']}>
        {say('waitingHere', { node: nodeWords(neighbour), time: moment(since, now) })}
      </span>
      {facts
        .filter(text => text !== '')
        .map(text => (
          <span key={text} className={css['soft']}>
            {text}
          </span>
        ))}
    </li>
  )
}
