import { createHash } from 'node:crypto'
import type { LetterToQueue, QueuedRecipient } from './queue.ts'

/** By which it is known that a letter was queued for somebody. */
export function knownKey(letter: { hash: Uint8Array; sender: string }, { address }: QueuedRecipient): Uint8Array {
  return createHash('sha256').update(letter.hash).update(`\0${letter.sender}\0${address}`).digest()
}

/** Hand-overs of at most so many recipients, those only that the letter is new for. */
export function newHandovers(
  letter: Pick<LetterToQueue, 'handovers'>,
  isNew: (recipient: QueuedRecipient) => boolean,
  recipientsMax: number,
): { gateway: string; recipients: readonly QueuedRecipient[] }[] {
  return letter.handovers.flatMap(({ gateway, recipients }) => {
    const fresh = recipients.filter(isNew)
    const groups = Math.ceil(fresh.length / recipientsMax)
    return Array.from({ length: groups }, (_, index) => ({
      gateway,
      recipients: fresh.slice(index * recipientsMax, (index + 1) * recipientsMax),
    }))
  })
}
