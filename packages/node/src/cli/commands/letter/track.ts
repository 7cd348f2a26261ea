/** Where a letter is, as a line of stations for each of its recipients. */
import { Command, InvalidArgumentError } from 'commander'
import type { JourneyShown, NamedNode, StationShown, WaitingShown } from '../../../node/operations/tracking-types.ts'
import { type CommonOptions, exitCodes, runCommand, withCommonOptions } from '../../command.ts'
import { formatAge } from '../../output.ts'

interface TrackOptions extends CommonOptions {
  readonly last?: boolean
  readonly to?: string
  readonly from?: string
  readonly limit?: number
}

export function trackCommand(): Command {
  const command = withCommonOptions(new Command('track'))
    .description('where a letter is now, and how it got there; times in UTC')
    .argument('[message-id]', 'as in its header, with or without < and >')
    .option('--last', 'the letter that was handed in last')
    .option('--to <address>', 'letters to this address, the latest first')
    .option('--from <address>', 'only letters from this sender')
    .option('--limit <n>', 'show so many journeys at most', parseLimit)
  return command.action((messageId: string | undefined, options: TrackOptions) => {
    const { last = false, to, from, limit } = options
    if ([messageId !== undefined, last, to !== undefined].filter(Boolean).length !== 1) {
      command.error('error: say one of: a Message-ID, --last, --to ADDRESS')
    }
    return runCommand(options, async ({ ask, json, output }) => {
      const { tracking, journeys } = await ask('journey.track', {
        ...(messageId === undefined ? {} : { messageId }),
        ...(last ? { last } : {}),
        ...(to === undefined ? {} : { to }),
        ...(from === undefined ? {} : { sender: from }),
        ...(limit === undefined ? {} : { limit }),
      })
      if (journeys.length === 0) process.exitCode = exitCodes.failed
      if (json) return output.json({ tracking, journeys })
      output.say(journeys.length === 0 ? nothingKnown(tracking) : wordsOf(journeys))
    })
  })
}

function nothingKnown(tracking: boolean): string {
  if (!tracking) return 'Journeys of letters are not kept here: journeys.keep_days is 0 in posthorn.toml.'
  return 'No such letter is known: it was not handed in at this node, or its journey ended long ago.'
}

function wordsOf(journeys: readonly JourneyShown[]): string {
  const lines: string[] = []
  let before = ''
  for (const journey of journeys) {
    const head = `<${plain(journey.messageId)}> from ${plain(journey.sender)}`
    if (head !== before) lines.push(...(lines.length > 0 ? [''] : []), head)
    before = head
    lines.push(`  to ${plain(journey.recipient)}: ${stateWords(journey)}`)
    lines.push(`    ${stationsWords(journey.stations)}`)
    for (const waiting of journey.waiting) lines.push(`    ${waitingWords(waiting)}`)
    if (journey.recallAsked) lines.push('    its sender wants it back; no answer has come yet')
  }
  return lines.join('\n')
}

/** What may be said now: no more than what the stations show. */
function stateWords({ state, stations, waiting, letters, recallAsked }: JourneyShown): string {
  const last = stations.findLast(({ kind }) => kind === state)
  const gaveUp = stations.some(({ kind }) => kind === 'returned' || kind === 'failed' || kind === 'expired')
  const why = last?.reason === undefined || last.reason === null ? '' : `: ${plain(last.reason)}`
  const late = gaveUp ? ' after all' : ''
  const at = last === undefined ? '' : nodeName(last.where)
  switch (state) {
    case 'accepted':
      return letters.length === 0 ? 'waits here for another mail system; see `posthorn queue list`' : 'waits here'
    case 'sealed':
      return waiting.length > 0 ? 'waits here, has not left' : 'sealed; nothing is known beyond that'
    case 'copied':
      if (waiting.length > 0) return 'copied, nothing confirms yet that it was taken'
      return recallAsked ? 'copied, and asked back' : 'copied; no answer is expected'
    case 'handed':
      return `handed to ${at}; nothing is known beyond that`
    case 'passed':
      return `seen at ${at}, which passes it on; nothing is known beyond that`
    case 'arrived':
      return `arrived at ${at}; not known to be in a mailbox yet`
    case 'outside':
      return `taken by another mail system${road(last)}${late}; nothing is known beyond that`
    case 'forwarded':
      return `sent on to others, as its recipient wishes${late}`
    case 'delivered':
      return `delivered${late}`
    case 'fetched':
      return `delivered${late}, fetched by an app`
    case 'read':
      return `read${late}`
    case 'failed':
      return `failed${why}`
    case 'returned':
      return `given up, and its sender was told${why}`
    case 'expired':
      return `expired${why}`
    case 'recalled':
      return 'taken back by its sender'
  }
}

function road(station: StationShown | undefined): string {
  return station?.road === undefined || station.road === null ? '' : ` (${plain(station.road)})`
}

function stationsWords(stations: readonly StationShown[]): string {
  let before = ''
  // Its neighbour said so when it took it, and its node once more by the receipt: in words that is one station.
  const isSaid = ({ kind, where }: StationShown, index: number) =>
    stations[index - 1]?.kind === kind && stations[index - 1]?.where?.id === where?.id && kind === 'arrived'
  const shown = stations.filter((station, index) => !isSaid(station, index))
  const words = shown.map(station => {
    const day = station.at.slice(0, 10)
    const time = day === before ? station.at.slice(11, 16) : `${day} ${station.at.slice(11, 16)}`
    before = day
    return `${placeWords(station)} ${time}${heardWords(station)}`
  })
  return words.join(' → ')
}

/** When the news of it took long, or clocks differ. */
function heardWords({ at, heardAt }: StationShown): string {
  const apartMs = Math.abs(Date.parse(heardAt) - Date.parse(at))
  return apartMs < 3_600_000 ? '' : ` (by its clock; heard of here ${heardAt.slice(0, 16).replace('T', ' ')})`
}

function placeWords(station: StationShown): string {
  const { kind, where } = station
  const by = road(station)
  switch (kind) {
    case 'sealed':
      return `sealed for ${nodeName(where)}`
    case 'copied':
      return `copied to ${plain(station.road ?? 'a medium')}`
    case 'handed':
      return `handed to ${nodeName(where)}${by}`
    case 'passed':
      return `passed ${nodeName(where)}`
    case 'arrived':
      return `arrived at ${nodeName(where)}`
    case 'delayed':
      return 'its sender was told that it waits'
    case 'resent':
      return `sent again${by}`
    case 'outside':
      return `taken by another mail system${by}`
    case 'forwarded':
      return 'sent on to others'
    case 'accepted':
    case 'delivered':
    case 'fetched':
    case 'read':
    case 'failed':
    case 'returned':
    case 'expired':
    case 'recalled':
      return kind
  }
}

function waitingWords({ neighbour, lastContact, nextCall, copies }: WaitingShown): string {
  const seen = lastContact === null ? 'never heard from' : `last heard from ${formatAge(lastContact)} ago`
  const next = nextCall === null ? '' : `, next call ${nextCall.slice(0, 16).replace('T', ' ')}`
  const lying = copies.length === 0 ? '' : `; copied to ${copies.map(plain).join(', ')}`
  return `waits for ${nodeName(neighbour)}: ${seen}${next}${lying}`
}

function nodeName({ id, name }: NamedNode): string {
  return name === null ? `node ${id.slice(0, 16).toLowerCase()}` : plain(name)
}

/** Message-IDs and addresses come from others: nothing of them may move the cursor or turn words round. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

const limitMax = 1000

function parseLimit(text: string): number {
  const limit = Number(text)
  if (!/^\d{1,4}$/.test(text) || limit < 1 || limit > limitMax) {
    throw new InvalidArgumentError(`must be a number from 1 to ${limitMax}`)
  }
  return limit
}
