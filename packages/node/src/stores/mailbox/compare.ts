/**
 * What other programs did in a folder, taken over into the index.
 *
 * `compareFolder` lists the folder; no file of a known letter is looked at. `compareNames` looks at a few files, by the
 * names that the system told of: its cost does not grow with the folder. Both run alone in a person's mail.
 */
import { join } from 'node:path'
import { adoptLetters, syncNames } from './adopt.ts'
import { baseOf, parseLetterName, renamedFlags } from './file-name.ts'
import { cleanFlags, sameFlags } from './flags.ts'
import { mailboxLimits } from './limits.ts'
import { type FolderRecord, flagsOf, type MessageRecord } from './mail-index.ts'
import { listLetters } from './maildir.ts'
import { keepModseqsAhead } from './marks.ts'
import type { UserMail } from './user-mail.ts'

interface Found {
  readonly gone: MessageRecord[]
  readonly moved: { readonly message: MessageRecord; readonly file: string }[]
  /** Files, below the folder, that the index knows nothing of. */
  readonly fresh: string[]
}

export async function compareFolder(mail: UserMail, folder: FolderRecord): Promise<void> {
  const { files, index, ledger } = mail.context
  const path = mail.folderPath(folder.name)
  // What happens from here on is found the next time, if not now.
  for (const directory of ['new', 'cur']) ledger.listing(join(path, directory))
  const { letters, doubles } = await listLetters(files, path)
  const found: Found = { gone: [], moved: [], fresh: [] }
  const known = new Set<string>()
  for (let last = 0; ; ) {
    const page = index.messagesAfter(folder.id, last, mailboxLimits.comparedAtOnceMax)
    for (const message of page) {
      const base = baseOf(message.file)
      const file = letters.get(base)
      known.add(base)
      if (file === undefined) found.gone.push(message)
      else if (file !== message.file) found.moved.push({ message, file })
    }
    last = page.at(-1)?.uid ?? 0
    if (page.length < mailboxLimits.comparedAtOnceMax) break
    // Lets others in between: a page takes a few milliseconds.
    await files.facts(path)
  }
  for (const [base, file] of letters) if (!known.has(base)) found.fresh.push(file)
  await settleDoubles(mail, path, { found, doubles })
  await record(mail, folder, await lookAgain(mail, path, found))
}

/** Of two files with one name, that which the index has is the letter, and the other one a copy of it. */
async function settleDoubles(
  mail: UserMail,
  path: string,
  { found, doubles }: { found: Found; doubles: readonly string[] },
): Promise<void> {
  for (const file of doubles) {
    const at = found.moved.findIndex(({ message }) => message.file === file)
    const other = found.moved[at]?.file
    // It was taken for moved only because its copy was seen first.
    if (at !== -1) found.moved.splice(at, 1)
    const copy = other ?? file
    if ((await mail.context.files.facts(join(path, copy)))?.kind === 'file') found.fresh.push(copy)
  }
}

export interface Names {
  /** Below the folder: what came, went or changed. */
  readonly names: ReadonlySet<string>
  /** Whether a watcher has told of all names, both of those of a letter that was renamed. */
  readonly complete: boolean
}

export async function compareNames(mail: UserMail, folder: FolderRecord, { names, complete }: Names): Promise<void> {
  const { files, index } = mail.context
  const path = mail.folderPath(folder.name)
  const touched = new Map<string, Set<string>>()
  for (const name of names) {
    const base = baseOf(name)
    touched.set(base, (touched.get(base) ?? new Set()).add(name))
  }
  const found: Found = { gone: [], moved: [], fresh: [] }
  for (const [base, candidates] of touched) {
    const uid = parseLetterName(base)?.uid ?? null
    const row = uid === null ? undefined : index.message(folder.id, uid)
    const message = row !== undefined && baseOf(row.file) === base ? row : undefined
    if (message !== undefined) candidates.add(message.file)
    const there = new Map<string, { readonly file: string; readonly sizeBytes: number }>()
    for (const file of [...candidates].sort((one, other) => Number(other === row?.file) - Number(one === row?.file))) {
      const facts = await files.facts(join(path, file))
      if (facts?.kind !== 'file' || there.has(facts.identity)) continue
      there.set(facts.identity, { file, sizeBytes: facts.sizeBytes })
    }
    const [first, ...others] = there.values()
    found.fresh.push(...others.map(({ file }) => file))
    if (first === undefined) {
      if (message !== undefined) found.gone.push(message)
    } else if (message === undefined) found.fresh.push(first.file)
    else if (first.sizeBytes !== message.sizeBytes) {
      // Somebody has written into it. A message of IMAP never changes: it is another one now.
      found.gone.push(message)
      found.fresh.push(first.file)
    } else if (first.file !== message.file) found.moved.push({ message, file: first.file })
  }
  await record(mail, folder, complete ? found : await lookAgain(mail, path, found))
}

/** A letter that was renamed while the directory was read may have been missed: nothing is gone that is seen then. */
async function lookAgain(mail: UserMail, path: string, found: Found): Promise<Found> {
  const rewritten = new Set(found.fresh.map(baseOf))
  const missed = found.gone.filter(({ file }) => !rewritten.has(baseOf(file)))
  if (missed.length === 0) return found
  const { letters } = await listLetters(mail.context.files, path)
  const gone = found.gone.filter(({ file }) => rewritten.has(baseOf(file)))
  const moved = [...found.moved]
  for (const message of missed) {
    const file = letters.get(baseOf(message.file))
    if (file === undefined) gone.push(message)
    else if (file !== message.file) moved.push({ message, file })
  }
  return { gone, moved, fresh: found.fresh }
}

async function record(mail: UserMail, folder: FolderRecord, { gone, moved, fresh }: Found): Promise<void> {
  const { index } = mail.context
  if (gone.length > 0 || moved.length > 0) {
    await syncNames(
      mail,
      moved.map(({ file }) => join(mail.folderPath(folder.name), file)),
    )
    await keepModseqsAhead(mail)
    await index.commit(() => {
      const modseq = index.nextModseq(folder.id)
      index.expunge(
        folder.id,
        gone.map(({ uid }) => uid),
        modseq,
      )
      for (const { message, file } of moved) {
        const before = flagsOf(message.flags)
        const flags = cleanFlags(renamedFlags(before, message.file, file))
        const changed = { uid: message.uid, flags, file, modseq: sameFlags(before, flags) ? null : modseq }
        index.changeMessage(folder.id, changed)
      }
    })
    mail.notify(folder.id)
  }
  if (fresh.length > 0 || folder.rebuilding === 1) await adoptLetters(mail, folder, fresh)
}
