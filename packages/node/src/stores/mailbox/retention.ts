/**
 * Chat messages leave INBOX some days after they came: the app has its copy.
 *
 * It promises: nothing goes that a person could miss. Only what `isChatMail` says, that was delivered into INBOX and
 * never moved, is not flagged, and that Delta Chat has seen: on a day after it came the app has sat in INBOX. Days are
 * those of the stores' calendar, so that no wrong clock empties a mailbox. Clients see the messages go as if expunged.
 * It fails as the disk does, and goes on the next time.
 */
import { join } from 'node:path'
import { clockDay } from '../database/calendar.ts'
import { inboxName } from './folder-name.ts'
import { mailboxLimits } from './limits.ts'
import { flagsOf } from './mail-index.ts'
import type { UserMail } from './user-mail.ts'

export interface RetentionOptions {
  /** Days after which a user's chat messages go; 0: never. */
  readonly daysOf: (user: string) => number
}

/** Delta Chat sits in INBOX, and has seen what is there. Written once a day. */
export async function noteChat(mail: UserMail): Promise<void> {
  const { index, clock } = mail.context
  const day = clockDay(clock.now())
  if (mail.chatNotedOn === day) return
  await mail.settled()
  await index.commit(() => index.noteChatDay(mail.name))
  mail.chatNotedOn = day
}

/** Removes what is due of one user, so much at a time; answers how many. */
export async function expireChat(mail: UserMail, days: number): Promise<number> {
  const { index } = mail.context
  if (days === 0 || index.dueChat(mail.name, days, 1).length === 0) return 0
  await mail.settled()
  let removed = 0
  for (let round = 0; round < mailboxLimits.pruneRoundsMax; round += 1) {
    const count = await mail.change(() => expireSome(mail, days))
    removed += count.removed
    if (count.looked < mailboxLimits.expiredAtOnceMax) break
  }
  return removed
}

async function expireSome(mail: UserMail, days: number): Promise<{ looked: number; removed: number }> {
  const { files, index, log } = mail.context
  const folder = index.folder(mail.name, inboxName)
  const due = index.dueChat(mail.name, days, mailboxLimits.expiredAtOnceMax)
  if (folder === undefined || due.length === 0) return { looked: 0, removed: 0 }
  const kept = due.filter(({ flags }) => flagsOf(flags).includes('\\Flagged'))
  const doomed = due.filter(message => !kept.includes(message))
  const root = mail.folderPath(folder.name)
  // The files first, as for every expunge: were the rows first, a crash would bring the messages back to life.
  for (const { file } of doomed) await files.unlink(join(root, file))
  for (const directory of new Set(doomed.map(({ file }) => file.split('/')[0] ?? ''))) {
    await files.syncDirectory(join(root, directory))
  }
  const gone = doomed.map(({ uid }) => uid)
  await index.commit(() => {
    for (const { uid } of kept) index.keepChat(folder.id, uid)
    if (gone.length > 0) index.expunge(folder.id, gone, index.nextModseq(folder.id))
  })
  if (gone.length > 0) mail.notify(folder.id)
  log.info('chat messages left INBOX after their days', { user: mail.name, messages: gone.length })
  return { looked: due.length, removed: gone.length }
}
