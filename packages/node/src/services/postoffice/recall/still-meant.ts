/** Who took a letter back from somebody hears nothing more of it for them. */
import type { Spool } from '../../../stores/spool/index.ts'

/** @param id of the letter in custody, or of its packet in the outbox. */
export async function stillMeant(
  { recalls }: Pick<Spool, 'recalls'>,
  id: string,
  recipients: readonly string[],
): Promise<readonly string[]> {
  const taken = new Set(await recalls.takenFrom(id))
  return recipients.filter(recipient => !taken.has(recipient))
}
