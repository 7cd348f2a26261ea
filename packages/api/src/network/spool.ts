/** What waits, what was set aside. For who looks after the node. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { asks, does } from '../method.ts'
import { count, isoTime, nothing } from '../values.ts'
import { amount, named, niceness } from './values.ts'

const waiting = v.object({ niceness, packets: count, bytes: count, oldest: isoTime })

export const spoolView = v.object({
  neighbours: v.array(
    v.object({
      /** Null: it is no neighbour any more. */
      name: v.nullable(v.string()),
      id: v.string(),
      /** What goes to it next, by niceness. */
      out: v.array(waiting),
      /** What it brought and is not opened yet. */
      in: v.array(waiting),
    }),
  ),
  /** Beginnings of packets whose line was cut. */
  partial: amount,
  quarantine: count,
})
export type SpoolView = v.InferOutput<typeof spoolView>

export const packetView = v.object({
  id: v.string(),
  niceness,
  sizeBytes: count,
  since: isoTime,
  kind: v.picklist(['letter', 'ack', 'relayed', 'relayed-ack']),
  /** The neighbour that it is for in the end; null: the one that gets it next, or nobody we know. */
  destination: v.nullable(v.string()),
})
export type PacketView = v.InferOutput<typeof packetView>

const packetId = v.pipe(v.string(), v.regex(/^[A-Z2-7]{52}$/, 'must be the id of a packet'))
const entry = v.strictObject({ number: count })

export const setAsideView = v.object({
  number: count,
  name: v.string(),
  reason: v.string(),
  /** The road it came by, or where the bytes lie when they were not taken in. */
  source: v.string(),
  sizeBytes: count,
  at: isoTime,
  /** Whether its bytes are here: only then it can be tried again. */
  kept: v.boolean(),
})
export type SetAsideView = v.InferOutput<typeof setAsideView>

export const spoolMethods = {
  'spool.stat': asks('admin', {
    about: 'What waits in the spool, by neighbour and niceness, with its age.',
    params: nothing,
    result: spoolView,
  }),
  'spool.packets': asks('admin', {
    about: 'The packets that wait for a neighbour, in the order in which they go.',
    params: v.strictObject({
      ...named.entries,
      limit: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(apiLimits.rowsMax)), 100),
    }),
    result: v.object({ neighbour: v.string(), packets: v.array(packetView), more: v.boolean() }),
  }),
  'spool.raise': does('admin', {
    about: 'Lets a packet go before or behind others for its neighbour; only the order here changes.',
    params: v.strictObject({ packet: packetId, niceness }),
    result: v.object({ packet: v.string(), before: niceness, niceness }),
  }),
  'quarantine.list': asks('admin', {
    about: 'What was set aside, with the reasons; the latest first, a thousand at most.',
    params: nothing,
    result: v.array(setAsideView),
  }),
  'quarantine.retry': does('admin', {
    about: 'Tries again what was set aside for a reason that is gone, and says how it ended.',
    params: entry,
    result: v.object({
      number: count,
      outcome: v.picklist(['done', 'queued', 'waiting', 'set-aside']),
      reason: v.nullable(v.string()),
    }),
  }),
  'quarantine.remove': does('admin', {
    about: 'Throws away what was set aside.',
    params: entry,
    result: v.object({ number: count }),
  }),
}
