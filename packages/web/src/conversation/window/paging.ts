/** Which messages of a long chat are to be loaded, and which let go, for what is on the screen. */

export const paging = {
  /** Messages asked for in one call. */
  pageRows: 100,
  /** Loaded beyond what is shown, on each side. */
  marginRows: 60,
  /** More than this is not kept in memory. */
  keepRows: 900,
} as const

/** Places among the ids of a chat, both included. */
export interface Range {
  readonly first: number
  readonly last: number
}

/**
 * The messages to ask for next: those on the screen first, then those around it, at most a page. `has` says of an id
 * whether it is here or on its way.
 */
export function wanted(ids: readonly number[], shown: Range, has: (id: number) => boolean): readonly number[] {
  const missing: number[] = []
  const take = (index: number) => {
    const id = ids[index]
    if (id !== undefined && !has(id) && missing.length < paging.pageRows) missing.push(id)
  }
  for (let index = shown.first; index <= shown.last; index += 1) take(index)
  const urgent = missing.length
  for (let step = 1; step <= paging.marginRows; step += 1) {
    take(shown.first - step)
    take(shown.last + step)
  }
  // A row or two at the far edge are no reason to ask: with the next page they come together.
  return urgent === 0 && missing.length < paging.marginRows / 2 && !atEdge(ids, shown) ? [] : missing
}

function atEdge(ids: readonly number[], shown: Range): boolean {
  return shown.first <= paging.marginRows || shown.last >= ids.length - 1 - paging.marginRows
}

/** Of the ids that are loaded, those farthest from what is shown, as far as they are too many. */
export function tooFar(places: ReadonlyMap<number, number>, loaded: Iterable<number>, shown: Range): readonly number[] {
  const middle = (shown.first + shown.last) / 2
  const all = Array.from(loaded, id => ({ id, away: Math.abs((places.get(id) ?? Number.POSITIVE_INFINITY) - middle) }))
  if (all.length <= paging.keepRows) return []
  return all
    .sort((one, other) => one.away - other.away)
    .slice(paging.keepRows)
    .map(({ id }) => id)
}
