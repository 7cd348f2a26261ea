/** Sorting that lets others have their turn: a list of any length, merged from short runs. */

const RUN_LENGTH = 4096

/** A new list in order. Stable. `breathe` is awaited after every few thousand steps. */
export async function inOrder<Item>(
  items: readonly Item[],
  compare: (one: Item, other: Item) => number,
  breathe: () => Promise<void>,
): Promise<Item[]> {
  // Short lists come by the thousand: each of them is no reason to wait.
  if (items.length <= RUN_LENGTH / 8) return [...items].sort(compare)
  let runs: Item[][] = []
  for (let at = 0; at < items.length; at += RUN_LENGTH) {
    runs.push(items.slice(at, at + RUN_LENGTH).sort(compare))
    await breathe()
  }
  while (runs.length > 1) {
    const merged: Item[][] = []
    for (let at = 0; at < runs.length; at += 2)
      merged.push(await merge(runs[at] ?? [], runs[at + 1] ?? [], compare, breathe))
    runs = merged
  }
  return runs[0] ?? []
}

async function merge<Item>(
  one: readonly Item[],
  other: readonly Item[],
  compare: (one: Item, other: Item) => number,
  breathe: () => Promise<void>,
): Promise<Item[]> {
  const merged: Item[] = []
  let right = 0
  for (const item of one) {
    for (;;) {
      const next = other[right]
      if (next === undefined || compare(item, next) <= 0) break
      merged.push(next)
      right += 1
    }
    merged.push(item)
    if (merged.length % RUN_LENGTH === 0) await breathe()
  }
  for (; right < other.length; right += 1) {
    const next = other[right]
    if (next !== undefined) merged.push(next)
  }
  return merged
}
