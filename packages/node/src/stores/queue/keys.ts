import { createHash } from 'node:crypto'
import { queueLimits } from './limits.ts'
import type { LetterToQueue } from './queue.ts'

/** What a letter is known by: the name that it was given, else its bytes. */
export function letterHash(once: string | null, bytesHash: Uint8Array): Uint8Array {
  return once === null ? bytesHash : createHash('sha256').update(`once\0${once}`).digest()
}

/** By which it is known that a letter was queued for somebody. */
export function knownKey(letter: { hash: Uint8Array; sender: string }, recipient: string): Uint8Array {
  return createHash('sha256').update(letter.hash).update(`\0${letter.sender}\0${recipient}`).digest()
}

/** Hand-overs of not too many recipients, those only that the letter is new for. */
export function newHandovers(
  { handovers }: Pick<LetterToQueue, 'handovers'>,
  isNew: (recipient: string) => boolean,
): { gateway: string; recipients: readonly string[] }[] {
  return handovers.flatMap(({ gateway, recipients, recipientsMax = queueLimits.recipientsMax }) => {
    const fresh = [...new Set(recipients)].filter(isNew)
    const size = Math.min(recipientsMax, queueLimits.recipientsMax)
    return Array.from({ length: Math.ceil(fresh.length / size) }, (_, index) => ({
      gateway,
      recipients: fresh.slice(index * size, (index + 1) * size),
    }))
  })
}
