/** Values that several tables of `posthorn.toml` have in common. */
import * as v from 'valibot'

/** The part of the address domain that people read; short enough for one DNS label together with the id. */
export const nodeName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'must be 1 to 40 of a-z, 0-9 and -, not at the ends a -'),
)

export const neighbourNames = v.pipe(
  v.array(v.union([v.literal('*'), nodeName], 'must be names of neighbours, or "*" for all')),
  v.maxLength(1000),
)

/** One argument of a program. */
export const word = v.pipe(
  v.string(),
  v.maxLength(4096),
  v.check(text => !text.includes('\0'), 'must not hold NUL'),
)

export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))

/** RFC 1035 labels, lower case; at least two, so that a domain is never taken for a node name. */
export const domainPattern = /^(?:[a-z0-9_](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/
