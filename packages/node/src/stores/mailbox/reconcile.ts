/**
 * Bringing the index into agreement with the Maildir, which is the truth.
 *
 * Done before the first use of a person's mail and after failures. What a crash has cut off is finished here; what
 * other programs did meanwhile is taken over. A folder in which nothing happened costs a listing of its directories.
 */
import { join } from 'node:path'
import { present } from '../../base/assert.ts'
import { OperatingError } from '../../base/errors.ts'
import { adoptHeld } from './adopt.ts'
import { compareFolder } from './compare.ts'
import { folderOf, inboxName } from './folder-name.ts'
import { mailboxLimits } from './limits.ts'
import type { FolderRecord } from './mail-index.ts'
import { isMaildir, isWhole, makeMaildir, readUidMark, sweepTemporary, type UidMark, writeUidMark } from './maildir.ts'
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
  const isKnown = index.hasUser(mail.name)
  await makeMaildir(files, mail.path, directory, { isKnown })
  await makeMaildir(files, mail.heldPath(), mail.path, { isKnown })
  if (!isKnown) await index.commit(() => index.addUser(mail.name))
  for await (const name of files.list(mail.path)) {
    if (name.startsWith(doomedPrefix)) await files.removeTree(join(mail.path, name))
  }
  await matchFolders(mail, await findFolders(mail))
  for (const folder of index.folders(mail.name)) {
    await sweepTemporary(files, mail.folderPath(folder.name), mail.writing)
    await compareFolder(mail, folder)
  }
  await sweepTemporary(files, mail.heldPath(), mail.writing)
  await adoptHeld(mail)
}

interface FoundFolder {
  readonly name: string
  readonly mark: UidMark | undefined
  /** Some of it is missing: see `mayBeGoing`. */
  readonly going?: true
}

/** Folders that another program has made, renamed or removed. What happened in the others is not looked at. */
export async function compareFolders(mail: UserMail): Promise<void> {
  const { index, ledger } = mail.context
  await matchFolders(mail, await findFolders(mail))
  for (const folder of index.folders(mail.name)) {
    const path = mail.folderPath(folder.name)
    if (folder.rebuilding === 1 || ['new', 'cur'].some(directory => ledger.changed(join(path, directory)))) {
      await compareFolder(mail, folder)
    }
  }
}

async function findFolders(mail: UserMail): Promise<FoundFolder[]> {
  const { files, index, log, ledger } = mail.context
  const names = [inboxName]
  ledger.listing(mail.path)
  for await (const directory of files.list(mail.path)) {
    const name = folderOf(directory)
    if (name === undefined || name === inboxName) continue
    if (await isMaildir(files, join(mail.path, directory))) names.push(name)
    // Perhaps not yet: what is made within it does not change the directory that we listed.
    else ledger.doubt(mail.path)
  }
  if (names.length > mailboxLimits.folderCountMax) {
    log.warn('a Maildir has too many folders; some are not shown', { user: mail.name, folders: names.length })
  }
  const found: FoundFolder[] = []
  for (const name of names.slice(0, mailboxLimits.folderCountMax)) {
    const path = mail.folderPath(name)
    const row = index.folder(mail.name, name)
    if (row !== undefined && mail.marks.has(row.id) && (await mayBeGoing(mail, name))) {
      found.push({ name, mark: undefined, going: true })
      continue
    }
    await makeMaildir(files, path, mail.path, { isKnown: row !== undefined })
    found.push({ name, mark: await readUidMark(files, path) })
  }
  return found
}

/**
 * Is somebody just removing the folder? What is missing of one that we know is only made again when it has been missing
 * for a while: else we would bring back what others take away.
 */
async function mayBeGoing(mail: UserMail, name: string): Promise<boolean> {
  const { files, clock, ledger } = mail.context
  const path = mail.folderPath(name)
  if ((await isWhole(files, path)) && (await readUidMark(files, path)) !== undefined) {
    mail.missedSince.delete(name)
    return false
  }
  const since = mail.missedSince.get(name) ?? clock.now()
  if (clock.now() - since >= mailboxLimits.goingMsMax) {
    mail.missedSince.delete(name)
    return false
  }
  mail.missedSince.set(name, since)
  ledger.doubt(mail.path)
  return true
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
    for (const row of free) mail.forgetFolder(row.id)
    mail.notifyFolders()
  }
  for (const one of found) if (one.going !== true) await settleMark(mail, one, matched.get(one))
}

/** Sees to it that a folder has its row and its mark, and that they agree. */
async function settleMark(mail: UserMail, one: FoundFolder, row: FolderRecord | undefined): Promise<void> {
  const { index, files, clock } = mail.context
  const path = mail.folderPath(one.name)
  // A copy of another folder's directory has that folder's mark too; it cannot be the same folder twice.
  const taken = index.folders(mail.name).some(other => other.uidValidity === one.mark?.uidValidity)
  if (row === undefined && one.mark !== undefined && !taken) {
    const { uidValidity, uidMark, modseqMark } = one.mark
    // Ahead of what any client may have seen of the lost index, also by its clock.
    const modseq = Math.max(1, clock.now(), modseqMark)
    const folder = { name: one.name, uidValidity, uidNext: uidMark, modseq, rebuilding: true }
    await index.commit(() => index.addFolder(mail.name, folder))
  } else if (row === undefined) await addFolder(mail, one.name)
  else if (row.rebuilding === 1 && one.mark !== undefined) {
    // The row may be of another time than the mark: what was given out since is not given out again.
    const { uidMark, modseqMark } = one.mark
    await index.commit(() => index.raise(row.id, { uidNext: uidMark, modseq: modseqMark }))
  }
  const settled = present(index.folder(mail.name, one.name), 'the row of a folder that was found')
  const { uidValidity, uidNext, modseq } = settled
  const mark = (await readUidMark(files, path)) ?? { uidValidity, uidMark: 0, modseqMark: 0 }
  if (mark.uidMark >= uidNext && mark.modseqMark > modseq) {
    mail.marks.set(settled.id, mark)
    return
  }
  const uidMark = Math.max(mark.uidMark, uidNext)
  const raised = { uidValidity, uidMark, modseqMark: modseq + mailboxLimits.modseqsReservedAhead }
  await writeUidMark(files, path, raised)
  mail.marks.set(settled.id, raised)
}

/** Inside a change: the mark and the row of a folder whose directory is there. */
export async function addFolder(mail: UserMail, name: string): Promise<void> {
  const { index, files, clock } = mail.context
  const seconds = Math.min(Math.max(1, Math.floor(clock.now() / 1000)), 4_000_000_000)
  const uidValidity = await index.commit(() => index.takeUidValidity(mail.name, seconds))
  const mark = { uidValidity, uidMark: 1, modseqMark: 1 + mailboxLimits.modseqsReservedAhead }
  await writeUidMark(files, mail.folderPath(name), mark)
  await index.commit(() => index.addFolder(mail.name, { name, uidValidity, uidNext: 1, modseq: 1, rebuilding: false }))
  mail.marks.set(present(index.folder(mail.name, name), 'the row of a new folder').id, mark)
}

/** Where a folder's directory goes before it is emptied. */
export function doomedPath(mail: UserMail): string {
  return join(mail.path, `${doomedPrefix}${Buffer.from(mail.context.random(8)).toString('hex')}`)
}
