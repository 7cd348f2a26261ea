/** The values that the areas of the API share. */
import * as v from 'valibot'
import { apiLimits } from './limits.ts'

/** Of a chat, a message, a contact: a number that means something within one person's account only. */
export const id = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
export const ids = v.pipe(v.array(id), v.maxLength(apiLimits.rowsMax))
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** Milliseconds since 1970, UTC. */
export const time = v.pipe(v.number(), v.safeInteger())
export const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(apiLimits.secondsMax))
/** ISO 8601, as the rest of the node writes times. */
export const isoTime = v.pipe(v.string(), v.isoTimestamp())
export const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.nameLettersMax))
export const text = v.pipe(v.string(), v.maxLength(apiLimits.textLettersMax))
export const query = v.pipe(v.string(), v.trim(), v.maxLength(apiLimits.queryLettersMax))
export const link = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(apiLimits.linkLettersMax))
/** One file that was sent to the node before: what `PUT /api/v1/uploads` answered. For one use. */
export const upload = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/, 'must be the id of an upload'))
/** A path on this node, below its own address, from which a file is read with the session's cookie. */
export const filePath = v.pipe(v.string(), v.startsWith('/api/v1/'), v.maxLength(2048))
export const nothing = v.strictObject({})
/** `#rrggbb` */
export const color = v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/i, 'must be #rrggbb'))
