/**
 * The frames of the WebSocket at `/api/v1/socket`: each is one JSON text.
 *
 * A client calls with a number of its own; for each call there is one answer with the same number, in any order, and
 * before it perhaps news of how far it is. Events come by themselves. A frame of another shape ends the connection.
 */
import * as v from 'valibot'
import { apiLimits } from './limits.ts'
import { count } from './values.ts'

const callId = v.pipe(v.number(), v.safeInteger(), v.minValue(1))

export const callFrame = v.strictObject({
  id: callId,
  method: v.pipe(v.string(), v.maxLength(apiLimits.methodLettersMax)),
  params: v.unknown(),
})
/** What was called is not wanted any more; it is answered all the same, perhaps with `cancelled`. */
export const cancelFrame = v.strictObject({ cancel: callId })
export const clientFrame = v.union([callFrame, cancelFrame])

/**
 * `code` is for programs (docs/reference/api.md lists them), `message` for people: what happened, what it means, what
 * to do. `retry`: whether the same call may succeed later.
 */
export const apiError = v.object({
  code: v.pipe(v.string(), v.maxLength(100)),
  message: v.string(),
  retry: v.picklist(['later', 'never']),
})

/** How far a long call is; `total` is null while it is not known. */
export const progress = v.object({
  phase: v.string(),
  done: count,
  total: v.nullable(count),
  unit: v.picklist(['bytes', 'packets', 'steps']),
})

export const resultFrame = v.strictObject({ id: callId, result: v.unknown() })
export const errorFrame = v.strictObject({ id: callId, error: apiError })
export const progressFrame = v.strictObject({ id: callId, progress })
export const eventFrame = v.strictObject({ event: v.string(), data: v.unknown() })
export const serverFrame = v.union([resultFrame, errorFrame, progressFrame, eventFrame])

export type ClientFrame = v.InferOutput<typeof clientFrame>
export type ServerFrame = v.InferOutput<typeof serverFrame>
export type ApiError = v.InferOutput<typeof apiError>
export type CallProgress = v.InferOutput<typeof progress>

/** The WebSocket ends with one of these when it does not end by itself (RFC 6455, section 7.4.2: 4000 to 4999). */
export const closeCodes = { badFrame: 4000, signedOut: 4001, tooMuch: 4002, nodeStops: 4003 } as const
