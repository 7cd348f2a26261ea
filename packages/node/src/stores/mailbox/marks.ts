/** The marks beside a folder, kept ahead of what is given out. */
import { OperatingError } from '../../base/errors.ts'
import { mailboxLimits } from './limits.ts'
import type { FolderRecord } from './mail-index.ts'
import { writeUidMark } from './maildir.ts'
import type { UserMail } from './user-mail.ts'

/** `count` UIDs that nobody has; the file beside the Maildir is ahead of them when this resolves. */
export async function takeUids(mail: UserMail, folder: FolderRecord, count: number): Promise<number[]> {
  const end = folder.uidNext + count
  if (end > (mail.marks.get(folder.id)?.uidMark ?? 0)) {
    await raise(mail, folder, end + mailboxLimits.uidsReservedAhead)
  }
  return Array.from({ length: count }, (_, position) => folder.uidNext + position)
}

/**
 * Sees to it that the sequences of the next change are below the mark on the disk. A change may use as many as the mark
 * is ahead at its begin, `modseqsPerChangeMax`.
 */
export async function keepModseqsAhead(mail: UserMail): Promise<void> {
  const { index } = mail.context
  for (const [id, mark] of mail.marks) {
    if (index.latestModseq(id) + mailboxLimits.modseqsPerChangeMax <= mark.modseqMark) continue
    const folder = index.folderById(id)
    if (folder !== undefined) await raise(mail, folder, mark.uidMark)
  }
}

async function raise(mail: UserMail, folder: FolderRecord, uidMark: number): Promise<void> {
  const { files } = mail.context
  if (uidMark > 2 ** 32 - 1) {
    const message = `The folder ${folder.name} has used up its UIDs. Move its mail into a new folder.`
    throw new OperatingError(message, { code: 'uids-used-up', retry: 'never' })
  }
  const modseqMark = folder.modseq + mailboxLimits.modseqsReservedAhead
  const mark = { uidValidity: folder.uidValidity, uidMark, modseqMark }
  await writeUidMark(files, mail.folderPath(folder.name), mark)
  mail.marks.set(folder.id, mark)
}
