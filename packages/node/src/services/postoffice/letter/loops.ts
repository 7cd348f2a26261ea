/** Letters that go in circles, found by what mail systems write into them on their way. */
import { postofficeLimits } from '../limits.ts'
import type { Router } from '../route.ts'
import type { LetterHead } from './header.ts'

/**
 * Who here has had this letter already, and forwarded it: it comes round again.
 *
 * @param times that it must say so.
 */
export async function usersBeenThrough(
  route: Router,
  { deliveredTo }: LetterHead,
  times: number,
): Promise<ReadonlySet<string>> {
  const users = new Map<string, number>()
  for (const address of deliveredTo) {
    const found = await route(address)
    if (found.kind === 'local') users.set(found.user, (users.get(found.user) ?? 0) + 1)
  }
  return new Set([...users].filter(([, count]) => count >= times).map(([user]) => user))
}

export function goesInCircles({ hops }: LetterHead): boolean {
  return hops > postofficeLimits.hopsMax
}

export function loopReason(head: LetterHead): string {
  return goesInCircles(head)
    ? `The letter has come through ${head.hops} mail systems: it seems to go in a circle`
    : 'The letter has been here before: it is forwarded in a circle'
}
