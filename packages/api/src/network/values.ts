/** What the methods about the network share. */
import * as v from 'valibot'
import { apiLimits } from '../limits.ts'
import { count, isoTime } from '../values.ts'

export const amount = v.object({ packets: count, bytes: count })
export type AmountView = v.InferOutput<typeof amount>

/** A neighbour, by the name that it has here. */
export const neighbourName = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.nodeNameLettersMax))
export const named = v.strictObject({ neighbour: neighbourName })
/**
 * Where a node takes calls. A command can be an address as well, but not from here: who looks after a node by a web
 * page may move packets, not run programs, nor choose proxies.
 */
const address = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(apiLimits.addressLettersMax),
  v.regex(/^tcp:\/\/[^\s?#@/]+\/?$/, 'must be tcp://host:port'),
)
export const addresses = v.pipe(v.array(address), v.maxLength(apiLimits.addressesMax))
export const niceness = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255))
/** What somebody pasted or scanned: a card, an invite, a file of one. */
export const handedOver = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.handedOverLettersMax))
/** Null: never, or not known. */
export const moment = v.nullable(isoTime)
export const newName = v.exactOptional(neighbourName)

/** What went wrong with a call or a sync: the rest of what it says was done. */
export const trouble = v.nullable(v.object({ code: v.string(), message: v.string() }))
