import { join } from 'node:path'
import type { RandomSource } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { memoryDays, turnCalendar } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { type DurableFiles, diskFiles, makeDurableDirectory } from '../files/index.ts'
import { forgetArrivals, noteArrival } from '../journeys/arrivals.ts'
import { UserAccount } from './account.ts'
import { deliver, wasDelivered } from './deliver.ts'
import { FetchedIndex } from './fetched.ts'
import { openImporter } from './import.ts'
import { leap } from './leap.ts'
import { Ledger } from './ledger.ts'
import { mailboxLimits } from './limits.ts'
import { MailIndex } from './mail-index.ts'
import type { MailboxStore } from './mailbox.ts'
import { NoteIndex, type NotePlace } from './note-index.ts'
import { clearSome, noteSome } from './note-letters.ts'
import type { QuotaBytesOf } from './quota.ts'
import { expireChat } from './retention.ts'
import { type MailContext, UserMail } from './user-mail.ts'
import { MailWatch, type WatchDirectory, watchDirectory } from './watch.ts'

export interface MailboxOptions {
  readonly database: Database
  /** Holds one Maildir a user; made when it is not there. One process at a time. */
  readonly directory: string
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
  readonly files?: DurableFiles
  /** How much a user may keep, asked anew each time; without it nobody has a limit. See quota.ts. */
  readonly quotaBytesOf?: QuotaBytesOf
  readonly watchDirectory?: WatchDirectory
}

/** No user has such a name. */
const removedName = '.removed'
/** Behind the name of what lies there for a moment only. */
const erasedEnd = '.erased'

/** The mailbox on Maildirs and SQLite. A person's Maildir is compared with the index when it is first used. */
export async function openMailbox(options: MailboxOptions): Promise<MailboxStore> {
  const { database, directory, random, clock } = options
  const ledger = new Ledger(options.files ?? diskFiles, clock)
  const { files } = ledger
  const index = new MailIndex(database)
  const notes = new NoteIndex(database)
  const fetched = new FetchedIndex(database, clock)
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const quotaBytesOf = options.quotaBytesOf ?? (() => null)
  const log = options.log.with({ room: 'mailbox' })
  const watch = new MailWatch({ ledger, index, clock, log, watchDirectory: options.watchDirectory ?? watchDirectory })
  const context: MailContext = {
    noteArrival: arrival => noteArrival(database, arrival),
    ...{ index, notes, fetched, files, ledger, watch, directory, random, clock, log, quotaBytesOf, changed },
  }
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
    wasDelivered: (user, deliveryId) => wasDelivered(mailOf(user), deliveryId),
    account: (user, address) => new UserAccount(mailOf(user), address),
    create: user => mailOf(user).settled(),
    remove: (user, at, how) =>
      removeUser(mailOf(user), at, { erase: how?.erase === true, also: () => forgetArrivals(database, user) }),
    rebuild: user => rebuild(context, mailOf, user),
    leap: user => leap(mailOf(user)),
    watch: () => watch.start(),
    fetched,
    importer: (user, folder) => openImporter(mailOf(user), folder),
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async noteLetters() {
      if (await clearSome(context)) return true
      notedUpTo = await noteSome(context, mailOf, notedUpTo ?? { folder: 0, uid: 0 })
      return notedUpTo !== undefined
    },
    async expireChat({ daysOf }) {
      let removed = 0
      for (const user of index.chatUsers()) removed += await expireChat(mailOf(user), daysOf(user))
      return removed
    },
    async prune(now) {
      await sweepErased(context)
      const oldest = (await turnCalendar(database, now)) - memoryDays
      for (let round = 0; round < mailboxLimits.pruneRoundsMax; round += 1) {
        const forgotten = () => Math.max(index.forgetDeliveries(oldest), fetched.prune(oldest))
        if ((await index.commit(forgotten)) < mailboxLimits.prunedAtOnceMax) return
      }
    },
  }
}

/**
 * The index first: were the Maildir first, a crash in between would leave an index of mail that is nowhere. This way it
 * leaves mail without an index, as if nothing had happened but that the index was lost.
 */
async function removeUser(
  mail: UserMail,
  at: number,
  { erase, also }: { readonly erase: boolean; readonly also: () => void },
): Promise<string | null> {
  const { files, index, directory } = mail.context
  let place: string | null = null
  await mail.exclusive(async () => {
    if (erase) await sweepErased(mail.context)
    const folders = index.folders(mail.name)
    mail.context.watch.forget(mail)
    await index.commit(() => {
      index.removeUser(mail.name)
      also()
    })
    mail.forget()
    if ((await files.facts(mail.path)) !== undefined) {
      await makeDurableDirectory(files, directory, removedName)
      place = (await freePath(mail, at)) + (erase ? erasedEnd : '')
      await files.rename(mail.path, place)
      await files.syncDirectory(join(directory, removedName))
      await files.syncDirectory(directory)
    }
    for (const { id } of folders) mail.notify(id)
    if (erase) await sweepErased(mail.context)
  })
  return erase ? null : place
}

/** Deletes what is to be erased; a run that was cut off is finished by the next, at the latest by `prune`. */
async function sweepErased({ files, directory }: MailContext): Promise<void> {
  const removed = join(directory, removedName)
  if ((await files.facts(removed)) === undefined) return
  for await (const name of files.list(removed)) {
    if (name.endsWith(erasedEnd)) await files.removeTree(join(removed, name))
  }
}

async function freePath(mail: UserMail, at: number): Promise<string> {
  const { files, directory } = mail.context
  const path = join(directory, removedName, `${mail.name}-${at}`)
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? path : `${path}-${number}`
    if ((await files.facts(candidate)) === undefined) return candidate
  }
}

async function rebuild(context: MailContext, mailOf: (name: string) => UserMail, user?: string): Promise<void> {
  const { files, directory, index, notes, clock } = context
  const names: string[] = []
  // Of one person, what is noted goes with the rows of the letters.
  if (user === undefined) await index.commit(() => notes.forgetAll())
  if (user !== undefined) names.push(user)
  else for await (const name of files.list(directory)) if (UserMail.isName(name)) names.push(name)
  for (const name of names) {
    const facts = await files.facts(join(directory, name))
    if (facts?.kind !== 'directory') continue
    const mail = mailOf(name)
    // The marks are read, and are right, once the two were compared.
    await mail.settled()
    await mail.exclusive(async () => {
      const folders = index.folders(name)
      // From here on nobody reads the index before the Maildir is in it again.
      mail.distrust()
      await index.commit(() => {
        for (const { id } of folders) {
          const { uidMark = 1, modseqMark = 1 } = mail.marks.get(id) ?? {}
          index.beginRebuilding(id, { uidNext: uidMark, modseq: Math.max(modseqMark, clock.now()) })
        }
      })
      mail.forget()
    })
    await mail.settled()
  }
}
