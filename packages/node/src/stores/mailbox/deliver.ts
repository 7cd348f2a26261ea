/** Putting a letter into a person's mail, once, or holding it back until their first client is ready. */
import { listHeld } from './adopt.ts'
import { inboxOf, letInWithOthers, type Outcome } from './arrivals.ts'
import { deliveryKey, messageIdKey, secondsOf } from './file-name.ts'
import type { Delivery } from './mailbox.ts'
import { publish, withLetter } from './publish.ts'
import type { UserMail } from './user-mail.ts'

export async function deliver(mail: UserMail, delivery: Delivery): Promise<Outcome> {
  const { index } = mail.context
  const { deliveryId, messageId, returnPath, body } = delivery
  const key = deliveryKey(deliveryId, mail.name)
  const hashes = messageId === null ? [key] : [key, messageIdKey(messageId, mail.name)]
  await mail.settled()
  if (index.wasDelivered(hashes)) return 'duplicate'
  // The bytes are written while others may change this person's mail; only the naming needs its turn.
  return withLetter(mail, { source: body.read(), returnPath }, written => {
    const letter = { ...written, key, seconds: secondsOf(delivery.at), flags: [] }
    return letInWithOthers(mail, { letter, hashes })
  })
}

/** Lets what was held back into INBOX, in the order in which it came; from now on nothing is held. */
export async function releaseHeld(mail: UserMail): Promise<void> {
  const { index } = mail.context
  await mail.settled()
  if (mail.held.count === 0 && index.isReady(mail.name)) return
  await mail.change(async () => {
    const held = await listHeld(mail)
    const also = () => index.markReady(mail.name)
    if (held.length === 0) await index.commit(also)
    else {
      const arriving = held.map(({ path, name }) => ({ ...name, path, flags: [] }))
      await publish(mail, inboxOf(mail), { arriving, undo: 'return', also })
    }
    mail.held = { next: 1, count: 0 }
  })
}
