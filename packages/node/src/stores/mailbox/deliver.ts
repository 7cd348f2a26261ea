/** Putting a letter into a person's mail, once, or holding it back until their first client is ready. */
import { listHeld } from './adopt.ts'
import { arrivalOf, inboxOf, letInWithOthers, type Outcome } from './arrivals.ts'
import { HeaderKeeper, headerOf, isChatMail } from './chat-mail.ts'
import { deliveryKey, messageIdKey, secondsOf } from './file-name.ts'
import { mailboxLimits } from './limits.ts'
import type { Delivery, Quota } from './mailbox.ts'
import { type Arriving, publish, withLetter } from './publish.ts'
import { noneHeld, type UserMail } from './user-mail.ts'

export async function deliver(mail: UserMail, delivery: Delivery): Promise<Outcome | 'full'> {
  const { index } = mail.context
  const { deliveryId, messageId, returnPath, body, quota } = delivery
  const key = deliveryKey(deliveryId, mail.name)
  const hashes = messageId === null ? [key] : [key, messageIdKey(messageId, mail.name)]
  await mail.settled()
  if (index.wasDelivered(hashes)) return deliveredAgain(mail, delivery, key)
  if (quota !== undefined && !hasRoom(quota, usageOf(mail), body.sizeBytes)) return 'full'
  const keeper = new HeaderKeeper()
  // The bytes are written while others may change this person's mail; only the naming needs its turn.
  return withLetter(mail, { source: keeper.of(body.read()), returnPath }, written => {
    const isChat = isChatMail(keeper.header)
    const letter = { ...written, key, seconds: secondsOf(delivery.at), flags: [], isChat }
    return letInWithOthers(mail, { letter, hashes, delivery })
  })
}

/** A letter whose file was written but not yet noted is found when the mail is first looked at. */
export async function wasDelivered(mail: UserMail, deliveryId: string): Promise<boolean> {
  await mail.settled()
  return mail.context.index.wasDelivered([deliveryKey(deliveryId, mail.name)])
}

/** Between file and index a crash may have come: then the letter is there, and nothing was noted. */
async function deliveredAgain(mail: UserMail, delivery: Delivery, key: string): Promise<'duplicate'> {
  const { index, fetched } = mail.context
  const { traced, at } = delivery
  if (traced?.kind === 'here') await index.commit(() => fetched.deliveredAgain(traced, at))
  // Of another act of delivery it is another road.
  const arrival = index.wasDelivered([key]) ? arrivalOf(delivery) : undefined
  if (arrival !== undefined) await index.commit(() => mail.context.noteArrival(arrival))
  return 'duplicate'
}

interface Usage {
  readonly sizeBytes: number
  readonly messages: number
}

/** What lies in all folders, and what is held back. */
function usageOf(mail: UserMail): Usage {
  let { sizeBytes, count: messages } = mail.held
  for (const folder of mail.context.index.folders(mail.name)) {
    sizeBytes += folder.sizeBytes
    messages += folder.messages
  }
  return { sizeBytes, messages }
}

export function hasRoom({ sizeBytesMax, messagesMax }: Quota, usage: Usage, sizeBytes: number): boolean {
  if (messagesMax !== null && usage.messages + 1 > messagesMax) return false
  return sizeBytesMax === null || usage.sizeBytes + sizeBytes <= sizeBytesMax
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
      const arriving: Arriving[] = []
      for (const { path, name } of held) {
        arriving.push({ ...name, path, flags: [], isChat: await isChatFile(mail, path) })
      }
      await publish(mail, inboxOf(mail), { arriving, undo: 'return', also })
    }
    mail.held = noneHeld
  })
}

async function isChatFile(mail: UserMail, path: string): Promise<boolean> {
  const head = await mail.context.files.read(path, { endBytes: mailboxLimits.chatHeaderBytesMax })
  return head !== undefined && isChatMail(await headerOf(head))
}
