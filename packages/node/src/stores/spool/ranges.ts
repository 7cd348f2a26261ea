/** Sets of whole numbers as ranges: sorted, apart from each other, both ends included. */
export type NumberRange = readonly [first: number, last: number]
export type Ranges = readonly NumberRange[]

/** Of numbers in any order. */
export function rangesOf(numbers: readonly number[]): Ranges {
  return union(numbers.map(number => [number, number] as const))
}

/** Of ranges in any order, which may touch. */
export function union(...sets: readonly Ranges[]): Ranges {
  const sorted = sets.flat().sort(([one], [other]) => one - other)
  const joined: [number, number][] = []
  for (const [first, last] of sorted) {
    const before = joined.at(-1)
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last)
    else joined.push([first, last])
  }
  return joined
}

export function intersection(one: Ranges, other: Ranges): Ranges {
  const common: NumberRange[] = []
  for (let i = 0, j = 0; i < one.length && j < other.length; ) {
    const [a, b] = [one[i] ?? none, other[j] ?? none]
    const [first, last] = [Math.max(a[0], b[0]), Math.min(a[1], b[1])]
    if (first <= last) common.push([first, last])
    if (a[1] < b[1]) i += 1
    else j += 1
  }
  return common
}

const none: NumberRange = [0, -1]

export function countIn(ranges: Ranges): number {
  return ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

/** The latest of them, when there are more than so many. */
export function latest(ranges: Ranges, countMax: number): Ranges {
  return ranges.length > countMax ? ranges.slice(-countMax) : ranges
}
