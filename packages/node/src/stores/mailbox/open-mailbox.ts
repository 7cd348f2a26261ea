import { join } from 'node:path'
import type { RandomSource } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { memoryDays, turnCalendar } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { type DurableFiles, diskFiles, makeDurableDirectory } from '../files/index.ts'
import { UserAccount } from './account.ts'
import { deliver } from './deliver.ts'
import { mailboxLimits } from './limits.ts'
import { MailIndex } from './mail-index.ts'
import type { MailboxStore } from './mailbox.ts'
import { NoteIndex, type NotePlace } from './note-index.ts'
import { clearSome, noteSome } from './note-letters.ts'
import { type MailContext, UserMail } from './user-mail.ts'

export interface MailboxOptions {
  readonly database: Database
  /** Holds one Maildir a user; made when it is not there. One process at a time. */
  readonly directory: string
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
  readonly files?: DurableFiles
}

/** No user has such a name. */
const removedName = '.removed'

/** The mailbox on Maildirs and SQLite. A person's Maildir is compared with the index when it is first used. */
export async function openMailbox(options: MailboxOptions): Promise<MailboxStore> {
  const { database, directory, random, clock } = options
  const files = options.files ?? diskFiles
  const index = new MailIndex(database)
  const notes = new NoteIndex(database)
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const log = options.log.with({ room: 'mailbox' })
  const context: MailContext = { index, notes, files, directory, random, clock, log, changed }
  await files.makeDirectory(directory)
  const users = new Map<string, UserMail>()
  const mailOf = (name: string): UserMail => {
    const known = users.get(name)
    if (known !== undefined) return known
    const mail = new UserMail(context, name)
    users.set(name, mail)
    return mail
  }
  let notedUpTo: NotePlace | undefined
  return {
    deliver: delivery => deliver(mailOf(delivery.user), delivery),
    account: (user, address) => new UserAccount(mailOf(user), address),
    create: user => mailOf(user).settled(),
    remove: (user, at) => removeUser(mailOf(user), at),
    rebuild: () => rebuild(context, mailOf),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async noteLetters() {
      if (await clearSome(context)) return true
      notedUpTo = await noteSome(context, mailOf, notedUpTo ?? { folder: 0, uid: 0 })
      return notedUpTo !== undefined
    },
    async prune(now) {
      const oldest = (await turnCalendar(database, now)) - memoryDays
      for (let round = 0; round < mailboxLimits.pruneRoundsMax; round += 1) {
        if ((await index.commit(() => index.forgetDeliveries(oldest))) < mailboxLimits.prunedAtOnceMax) return
      }
    },
  }
}

/**
 * The index first: were the Maildir first, a crash in between would leave an index of mail that is nowhere. This way it
 * leaves mail without an index, as if nothing had happened but that the index was lost.
 */
async function removeUser(mail: UserMail, at: number): Promise<void> {
  const { files, index, directory } = mail.context
  await mail.exclusive(async () => {
    const folders = index.folders(mail.name)
    await index.commit(() => index.removeUser(mail.name))
    mail.forget()
    if ((await files.facts(mail.path)) !== undefined) {
      await makeDurableDirectory(files, directory, removedName)
      await files.rename(mail.path, await freePath(mail, at))
      await files.syncDirectory(join(directory, removedName))
      await files.syncDirectory(directory)
    }
    for (const { id } of folders) mail.notify(id)
  })
}

async function freePath(mail: UserMail, at: number): Promise<string> {
  const { files, directory } = mail.context
  const path = join(directory, removedName, `${mail.name}-${at}`)
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? path : `${path}-${number}`
    if ((await files.facts(candidate)) === undefined) return candidate
  }
}

async function rebuild(context: MailContext, mailOf: (name: string) => UserMail): Promise<void> {
  const { files, directory, index, notes, clock } = context
  await index.commit(() => notes.forgetAll())
  for await (const name of files.list(directory)) {
    const facts = await files.facts(join(directory, name))
    if (!UserMail.isName(name) || facts?.kind !== 'directory') continue
    const mail = mailOf(name)
    await mail.exclusive(async () => {
      const folders = index.folders(name)
      await index.commit(() => {
        for (const { id } of folders) index.beginRebuilding(id, clock.now())
      })
      mail.forget()
    })
    await mail.settled()
  }
}
