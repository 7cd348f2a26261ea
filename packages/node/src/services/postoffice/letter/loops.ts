/** Letters that go in circles, found by what mail systems write into them on their way. */
import { postofficeLimits } from '../limits.ts'
import type { Router } from '../route.ts'
import type { LetterHead } from './header.ts'

/**
 * Who here has had this letter already, and sent it on: it comes round again. Users by name, lists by address.
 *
 * @param times that it must say so.
 */
export async function beenThrough(
  route: Router,
  { deliveredTo }: Pick<LetterHead, 'deliveredTo'>,
  times: number,
): Promise<ReadonlySet<string>> {
  const been = new Map<string, number>()
  for (const address of deliveredTo) {
    const found = await route(address)
    const name = found.kind === 'local' ? found.user : found.kind === 'list' ? found.address : undefined
    if (name !== undefined) been.set(name, (been.get(name) ?? 0) + 1)
  }
  return new Set([...been].filter(([, count]) => count >= times).map(([name]) => name))
}

export function goesInCircles({ hops }: LetterHead): boolean {
  return hops > postofficeLimits.hopsMax
}

export function loopReason({ hops }: LetterHead): string {
  return `The letter has come through ${hops} mail systems: it seems to go in a circle`
}
