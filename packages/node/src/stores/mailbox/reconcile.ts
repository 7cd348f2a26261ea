/**
 * Bringing the index into agreement with the Maildir, which is the truth.
 *
 * Done before the first use of a person's mail and after failures. What a crash has cut off is finished here; what
 * other programs did meanwhile is taken over. A folder in which nothing happened costs a listing of its directories.
 */
import { join } from 'node:path'
import { OperatingError } from '../../base/errors.ts'
import { adoptHeld, adoptLetters } from './adopt.ts'
import { baseOf, flagsOfName } from './file-name.ts'
import { cleanFlags, isSystemFlag, sameFlags } from './flags.ts'
import { folderOf, inboxName } from './folder-name.ts'
import { mailboxLimits } from './limits.ts'
import { type FolderRecord, flagsOf, type MessageRecord } from './mail-index.ts'
import {
  firstModseq,
  listLetters,
  livesOf,
  makeMaildir,
  readUidMark,
  sweepTemporary,
  type UidMark,
  writeUidMark,
} from './maildir.ts'
import type { UserMail } from './user-mail.ts'

/** Directories with this in front are folders on their way out. */
const doomedPrefix = 'posthorn-removed-'

export async function reconcile(mail: UserMail): Promise<void> {
  const { files, index, directory } = mail.context
  const known = index.folders(mail.name)
  if ((await files.facts(mail.path)) === undefined && known.some(folder => folder.messages > 0)) {
    const message = `The mail of ${mail.name} is not where it was. Is its disk connected?`
    throw new OperatingError(message, { code: 'maildir-missing', retry: 'later', fields: { path: mail.path } })
  }
  await makeMaildir(files, mail.path, directory)
  await makeMaildir(files, mail.heldPath(), mail.path)
  if (!index.hasUser(mail.name)) await index.commit(() => index.addUser(mail.name))
  for await (const name of files.list(mail.path)) {
    if (name.startsWith(doomedPrefix)) await files.removeTree(join(mail.path, name))
  }
  await matchFolders(mail, await findFolders(mail))
  for (const folder of index.folders(mail.name)) await compareFolder(mail, folder)
  await sweepTemporary(files, mail.heldPath(), mail.writing)
  await adoptHeld(mail)
}

interface FoundFolder {
  readonly name: string
  readonly mark: UidMark | undefined
}

async function findFolders(mail: UserMail): Promise<FoundFolder[]> {
  const { files, log } = mail.context
  const names = [inboxName]
  for await (const directory of files.list(mail.path)) {
    const name = folderOf(directory)
    if (name === undefined || name === inboxName) continue
    if ((await files.facts(join(mail.path, directory, 'cur')))?.kind === 'directory') names.push(name)
  }
  if (names.length > mailboxLimits.folderCountMax) {
    log.warn('a Maildir has too many folders; some are not shown', { user: mail.name, folders: names.length })
  }
  const found: FoundFolder[] = []
  for (const name of names.slice(0, mailboxLimits.folderCountMax)) {
    await makeMaildir(files, mail.folderPath(name), mail.path)
    found.push({ name, mark: await readUidMark(files, mail.folderPath(name)) })
  }
  return found
}

/** Gives each directory its row. UIDVALIDITY knows a folder again that was renamed; else its name does. */
async function matchFolders(mail: UserMail, found: readonly FoundFolder[]): Promise<void> {
  const { index } = mail.context
  const rows = index.folders(mail.name)
  const matched = new Map<FoundFolder, FolderRecord>()
  const free = new Set(rows)
  const match = (one: FoundFolder, row: FolderRecord | undefined) => {
    if (row === undefined || !free.has(row) || matched.has(one)) return
    matched.set(one, row)
    free.delete(row)
  }
  const sameMark = (one: FoundFolder) => rows.filter(row => row.uidValidity === one.mark?.uidValidity)
  for (const one of found)
    match(
      one,
      sameMark(one).find(row => row.name === one.name),
    )
  for (const one of found) match(one, sameMark(one)[0])
  for (const one of found)
    if (one.mark === undefined)
      match(
        one,
        rows.find(row => row.name === one.name),
      )

  const renamed = new Map(
    [...matched].filter(([one, row]) => one.name !== row.name).map(([one, row]) => [row.id, one.name]),
  )
  if (free.size > 0 || renamed.size > 0) {
    await index.commit(() => {
      for (const row of free) index.removeFolder(row.id)
      index.renameFolders(renamed)
    })
    mail.notifyFolders()
  }
  for (const one of found) await settleMark(mail, one, matched.get(one))
}

/** Sees to it that a folder has its row and its mark, and that they agree. */
async function settleMark(mail: UserMail, one: FoundFolder, row: FolderRecord | undefined): Promise<void> {
  const { index, files } = mail.context
  const path = mail.folderPath(one.name)
  // A copy of another folder's directory has that folder's mark too; it cannot be the same folder twice.
  const taken = index.folders(mail.name).some(other => other.uidValidity === one.mark?.uidValidity)
  if (row === undefined && one.mark !== undefined && !taken) {
    const { uidValidity, uidMark } = one.mark
    const lives = one.mark.lives + 1
    // Before the new index says anything to a client, so that not even the one after it goes back.
    await writeUidMark(files, path, { uidValidity, uidMark, lives })
    const modseq = firstModseq(lives)
    const folder = { name: one.name, uidValidity, uidNext: uidMark, modseq, rebuilding: true }
    await index.commit(() => index.addFolder(mail.name, folder))
  } else if (row === undefined) await addFolder(mail, one.name)
  else if (one.mark === undefined || one.mark.uidMark < row.uidNext) {
    const { uidValidity, uidNext, modseq } = row
    await writeUidMark(files, path, { uidValidity, uidMark: uidNext, lives: livesOf(modseq) })
  }
  const settled = index.folder(mail.name, one.name)
  const mark = settled === undefined ? undefined : await readUidMark(files, path)
  if (settled !== undefined && mark !== undefined) mail.uidMarks.set(settled.id, mark.uidMark)
}

/** Inside a change: the mark and the row of a folder whose directory is there. */
export async function addFolder(mail: UserMail, name: string): Promise<void> {
  const { index, files, clock } = mail.context
  const seconds = Math.min(Math.max(1, Math.floor(clock.now() / 1000)), 4_000_000_000)
  const uidValidity = await index.commit(() => index.takeUidValidity(mail.name, seconds))
  await writeUidMark(files, mail.folderPath(name), { uidValidity, uidMark: 1, lives: 0 })
  await index.commit(() => index.addFolder(mail.name, { name, uidValidity, uidNext: 1, modseq: 1, rebuilding: false }))
}

async function compareFolder(mail: UserMail, folder: FolderRecord): Promise<void> {
  const { files } = mail.context
  const path = mail.folderPath(folder.name)
  await sweepTemporary(files, path, mail.writing)
  const letters = await listLetters(files, path)
  const vanished: number[] = []
  const moved: { message: MessageRecord; file: string }[] = []
  for (const message of mail.context.index.messages(folder.id)) {
    const base = baseOf(message.file)
    const file = letters.get(base)
    letters.delete(base)
    if (file === undefined) vanished.push(message.uid)
    else if (file !== message.file) moved.push({ message, file })
  }
  if (vanished.length > 0 || moved.length > 0) await recordChanges(mail, folder, { vanished, moved })
  if (letters.size > 0 || folder.rebuilding === 1) await adoptLetters(mail, folder, letters)
}

async function recordChanges(
  mail: UserMail,
  folder: FolderRecord,
  changes: { vanished: readonly number[]; moved: readonly { message: MessageRecord; file: string }[] },
): Promise<void> {
  const { index } = mail.context
  await index.commit(() => {
    const modseq = index.nextModseq(folder.id)
    index.expunge(folder.id, changes.vanished, modseq)
    for (const { message, file } of changes.moved) {
      const before = flagsOf(message.flags)
      const flags = cleanFlags([...flagsOfName(file), ...before.filter(flag => !isSystemFlag(flag))])
      const changed = { uid: message.uid, flags, file, modseq: sameFlags(before, flags) ? null : modseq }
      index.changeMessage(folder.id, changed)
    }
  })
  mail.notify(folder.id)
}

/** Where a folder's directory goes before it is emptied. */
export function doomedPath(mail: UserMail): string {
  return join(mail.path, `${doomedPrefix}${Buffer.from(mail.context.random(8)).toString('hex')}`)
}
