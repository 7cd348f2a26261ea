import { mailboxLimits } from './limits.ts'
import { writeUidMark } from './maildir.ts'
import type { UserMail } from './user-mail.ts'

const uidMax = 2 ** 32 - 1

/**
 * See `MailboxStore.leap`. The comparison that comes before it has given the letters that the index does not know the
 * UIDs in their names. The marks go first: cut off in between, the next leap goes further still.
 */
export async function leap(mail: UserMail): Promise<void> {
  const { index, files } = mail.context
  const { leapUids, leapModseqs, leapUidValidities, uidsReservedAhead, modseqsReservedAhead } = mailboxLimits
  await mail.change(async () => {
    for (const { id, name, uidValidity, uidNext, modseq } of index.folders(mail.name)) {
      const mark = mail.marks.get(id)
      const given = { uids: Math.max(uidNext, mark?.uidMark ?? 0), modseqs: Math.max(modseq, mark?.modseqMark ?? 0) }
      // Near the end of all UIDs half of those that are left.
      const uids = Math.min(leapUids, Math.floor(Math.max(0, uidMax - uidsReservedAhead - given.uids) / 2))
      const next = { uidNext: given.uids + uids, modseq: given.modseqs + leapModseqs }
      const uidMark = next.uidNext + uidsReservedAhead
      const raised = { uidValidity, uidMark, modseqMark: next.modseq + modseqsReservedAhead }
      await writeUidMark(files, mail.folderPath(name), raised)
      mail.marks.set(id, raised)
      await index.commit(() => index.raise(id, next))
    }
    await index.commit(() => index.leapUidValidity(mail.name, leapUidValidities))
  })
}
