/** Putting a letter into a person's mail, once, or holding it back until their first client is ready. */
import { join } from 'node:path'
import { present } from '../../base/assert.ts'
import { removeQuietly } from '../files/index.ts'
import { listHeld } from './adopt.ts'
import { deliveryKey, heldFile, messageIdKey, secondsOf } from './file-name.ts'
import { inboxName } from './folder-name.ts'
import type { FolderRecord } from './mail-index.ts'
import type { Delivery } from './mailbox.ts'
import { publish, type Written, withLetter } from './publish.ts'
import type { UserMail } from './user-mail.ts'

export async function deliver(mail: UserMail, delivery: Delivery): Promise<'delivered' | 'held' | 'duplicate'> {
  const { index } = mail.context
  const { deliveryId, messageId, returnPath, body } = delivery
  const key = deliveryKey(deliveryId, mail.name)
  const hashes = messageId === null ? [key] : [key, messageIdKey(messageId, mail.name)]
  await mail.settled()
  if (index.wasDelivered(hashes)) return 'duplicate'
  // The bytes are written while others may change this person's mail; only the naming needs its turn.
  return withLetter(mail, { source: body.read(), returnPath }, written =>
    mail.change(async () => {
      if (index.wasDelivered(hashes)) return 'duplicate'
      const letter = { ...written, key, seconds: secondsOf(delivery.at), flags: [] }
      const remember = () => index.rememberDelivery(mail.name, hashes)
      if (!index.isReady(mail.name)) {
        await hold(mail, letter, remember)
        return 'held'
      }
      await publish(mail, inbox(mail), { arriving: [letter], undo: 'remove', also: remember })
      return 'delivered'
    }),
  )
}

async function hold(
  mail: UserMail,
  letter: Written & { seconds: number; key: string },
  remember: () => void,
): Promise<void> {
  const { files, index } = mail.context
  const path = join(mail.heldPath(), heldFile(letter, mail.held.next))
  await files.rename(letter.path, path)
  try {
    await files.syncDirectory(join(mail.heldPath(), 'new'))
    await index.commit(remember)
  } catch (error) {
    await removeQuietly(files, path)
    throw error
  }
  mail.held = { next: mail.held.next + 1, count: mail.held.count + 1 }
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
      await publish(mail, inbox(mail), { arriving, undo: 'return', also })
    }
    mail.held = { next: 1, count: 0 }
  })
}

function inbox(mail: UserMail): FolderRecord {
  return present(mail.context.index.folder(mail.name, inboxName), 'the INBOX of a user')
}
