/**
 * Sequence sets (RFC 9051 section 9, sequence-set). Ranges are never counted through: they are sorted, joined and then
 * intersected with what exists, so `1:4294967295` costs nothing.
 */
import { LimitFault, SyntaxFault } from '../session/faults.ts'
import type { Cursor } from './cursor.ts'

type End = number | '*'

export type SequenceSet = readonly (readonly [End, End])[]

/** `$`: what the last SEARCH RETURN (SAVE) found (RFC 5182). The view knows; known by identity. */
export const savedSet: SequenceSet = []

/** Both ends inclusive. */
export type Range = readonly [number, number]

function end(text: string): End {
  if (text === '*') return '*'
  if (!/^\d{1,10}$/.test(text)) throw new SyntaxFault('Message set expected')
  const value = Number(text)
  if (value < 1 || value > 4_294_967_295) throw new SyntaxFault('Numbers in message sets are 1 to 4294967295')
  return value
}

/** @throws SyntaxFault, LimitFault */
export function sequenceSet(cursor: Cursor): SequenceSet {
  if (cursor.skip('$')) return savedSet
  const parts = cursor.sequence().split(',')
  if (parts.length > cursor.limits.sequenceRangesMax) {
    throw new LimitFault('sequenceRangesMax', 'Too many ranges in the message set')
  }
  return parts.map(part => {
    const [from = '', to = from, ...more] = part.split(':')
    if (more.length > 0) throw new SyntaxFault('Message set expected')
    return [end(from), end(to)] as const
  })
}

/**
 * The set as ascending ranges that do not touch, with `*` standing for `greatest` (0 = nothing exists: then `*` alone
 * means nothing). `559:*` always holds the greatest, as RFC 9051 wants.
 */
export function rangesOf(set: SequenceSet, greatest: number): Range[] {
  const ranges: [number, number][] = []
  for (const [a, b] of set) {
    const from = a === '*' ? greatest : a
    const to = b === '*' ? greatest : b
    const range: [number, number] = from <= to ? [from, to] : [to, from]
    if (range[1] > 0) ranges.push(range)
  }
  ranges.sort((one, other) => one[0] - other[0])
  const joined: [number, number][] = []
  for (const range of ranges) {
    const last = joined.at(-1)
    if (last !== undefined && range[0] <= last[1] + 1) last[1] = Math.max(last[1], range[1])
    else joined.push([...range])
  }
  return joined
}

/** Is the number in one of the ascending ranges? */
export function within(ranges: readonly Range[], value: number): boolean {
  const at = lowerBound(ranges.length, index => (ranges[index]?.[1] ?? 0) >= value)
  const range = ranges[at]
  return range !== undefined && range[0] <= value
}

/** The first index for which `reached` holds; it must hold for all after it. `count` when for none. */
export function lowerBound(count: number, reached: (index: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (reached(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** `1,3:5` from ascending or other numbers, in the order given; only steps of one are joined. */
export function uidSetText(uids: readonly number[]): string {
  const parts: string[] = []
  for (let at = 0; at < uids.length; ) {
    const first = uids[at] ?? 0
    let last = first
    at += 1
    while (uids[at] === last + 1) {
      last += 1
      at += 1
    }
    parts.push(last === first ? `${first}` : `${first}:${last}`)
  }
  return parts.join(',')
}
