/** Neighbours, their schedules and their histories. For who looks after the node. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { count, nothing } from '../values.ts'
import { addresses, amount, handedOver, moment, named, neighbourName, newName, niceness, trouble } from './values.ts'

const positive = v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(1)))

/** What one line with it may cost; null: no bound. */
export const boundsView = v.object({
  onlineDeadlineMs: positive,
  onlineMsMax: positive,
  rxPacketsPerSecond: positive,
  txPacketsPerSecond: positive,
  rxBytesPerSecond: positive,
  txBytesPerSecond: positive,
})
export type BoundsView = v.InferOutput<typeof boundsView>

const duration = v.exactOptional(v.nullable(whole(1, 86_400_000)))
const packetRate = v.exactOptional(v.nullable(whole(1, 1_000_000)))
const byteRate = v.exactOptional(v.nullable(whole(1024, 2 ** 40)))
/** What is not named stays; null takes a bound away. */
const boundsChange = {
  onlineDeadlineMs: duration,
  onlineMsMax: duration,
  rxPacketsPerSecond: packetRate,
  txPacketsPerSecond: packetRate,
  rxBytesPerSecond: byteRate,
  txBytesPerSecond: byteRate,
}

export const neighbourView = v.object({
  name: v.string(),
  id: v.string(),
  domain: v.string(),
  /** `copy`: what is for it leaves with its first copy, since it never acknowledges. */
  custody: v.picklist(['ack', 'copy']),
  /** Relays on the way to it, and on other roads; by name, or id where they are no neighbours. */
  via: v.array(v.string()),
  otherRoads: v.array(v.array(v.string())),
  addresses: v.array(v.string()),
  queued: amount,
  /** Letters for it whose receipts have not come, and what is kept of them. */
  unreceipted: v.object({ letters: count, handedOver: count, bytes: count }),
  lettersOnTheirWay: count,
  lastContact: moment,
  paused: moment,
})
export type NeighbourView = v.InferOutput<typeof neighbourView>

export const scheduleView = v.object({
  ...boundsView.entries,
  neighbour: v.string(),
  number: count,
  cron: v.string(),
  whenWaiting: v.boolean(),
  nicenessMax: niceness,
  direction: v.picklist(['both', 'send', 'receive']),
  address: v.nullable(v.string()),
  /** Null: never again. */
  next: moment,
})
export type ScheduleView = v.InferOutput<typeof scheduleView>

export const neighbourDetails = v.object({
  ...neighbourView.entries,
  bounds: boundsView,
  schedules: v.array(scheduleView),
})
export type NeighbourDetails = v.InferOutput<typeof neighbourDetails>

export const callView = v.object({
  neighbour: v.string(),
  sent: amount,
  received: amount,
  /** It keeps them, because they are not taken here. */
  left: count,
  trouble,
})
export type CallView = v.InferOutput<typeof callView>

export const dayView = v.object({
  /** `2026-05-31`, UTC. */
  date: v.string(),
  contacts: count,
  sent: amount,
  received: amount,
  /** Letters of people here that it took, and how long they had waited; null: none. */
  letters: v.nullable(v.object({ count, meanMs: count, longestMs: count })),
})
export type DayView = v.InferOutput<typeof dayView>

export const neighbourMethods = {
  'neighbours.list': asks('admin', {
    about: 'All neighbours.',
    params: nothing,
    result: v.array(neighbourView),
  }),
  'neighbours.show': asks('admin', {
    about: 'One neighbour, with its limits and schedules.',
    params: named,
    result: neighbourDetails,
  }),
  'neighbours.add': does('admin', {
    about: 'Makes a node known by its card, or changes what was said of it; `via` names relays.',
    params: v.strictObject({
      card: handedOver,
      name: newName,
      addresses: v.exactOptional(addresses),
      via: v.exactOptional(v.pipe(v.array(neighbourName), v.maxLength(apiLimits.relaysMax))),
    }),
    result: v.object({ ...neighbourView.entries, outcome: v.picklist(['added', 'replaced']) }),
  }),
  'neighbours.remove': does('admin', {
    about: 'Forgets a neighbour; what waits for it is dropped, and the senders are told.',
    params: named,
    result: v.object({ name: v.string(), packetsDropped: count }),
  }),
  'neighbours.limit': does('admin', {
    about: 'How long and how fast lines with a neighbour may be.',
    params: v.strictObject({ ...named.entries, ...boundsChange }),
    result: boundsView,
  }),
  'neighbours.call': does('admin', {
    about: 'Calls a neighbour now; tells how far it is, and when it is over what came of it.',
    params: v.strictObject({ ...named.entries, nicenessMax: v.exactOptional(niceness) }),
    result: callView,
  }),
  'neighbours.pause': does('admin', {
    about: 'Lets nothing go to a neighbour, by any road, or lets it go on. What it brings is taken.',
    params: v.strictObject({ ...named.entries, paused: v.boolean() }),
    result: v.object({ name: v.string(), paused: moment }),
  }),
  'history.show': asks('admin', {
    about: 'What passed between this node and a neighbour, on the latest days with anything, the oldest first.',
    params: v.strictObject({ ...named.entries, days: v.optional(whole(1, apiLimits.historyDaysMax), 90) }),
    result: v.object({ neighbour: v.string(), days: v.array(dayView) }),
  }),
  'schedules.list': asks('admin', {
    about: 'When neighbours are called by themselves: all schedules, or those of one.',
    params: v.strictObject({ neighbour: v.exactOptional(neighbourName) }),
    result: v.array(scheduleView),
  }),
  'schedules.add': does('admin', {
    about: 'Calls a neighbour at certain times: `cron` as NNCP has it, five to seven fields.',
    params: v.strictObject({
      ...named.entries,
      cron: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.cronLettersMax)),
      whenWaiting: v.exactOptional(v.boolean()),
      nicenessMax: v.exactOptional(niceness),
      direction: v.exactOptional(v.picklist(['both', 'send', 'receive'])),
    }),
    result: scheduleView,
  }),
  'schedules.remove': does('admin', {
    about: 'Takes a schedule away.',
    params: v.strictObject({ ...named.entries, number: count }),
    result: v.object({ neighbour: v.string(), number: count }),
  }),
}

function whole(least: number, most: number) {
  return v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most))
}
