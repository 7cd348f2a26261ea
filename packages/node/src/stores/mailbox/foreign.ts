/**
 * Letters that other programs have put into a folder. They are copied, because their line ends may be bare; then their
 * own files go. The new names tell from which they came, so that a crash in between makes no double.
 *
 * What is no mail file, cannot be read, or is still being written is left where it is: it holds up nothing else.
 */
import { dirname, join } from 'node:path'
import { present } from '../../base/assert.ts'
import { messageOf } from '../../base/errors.ts'
import { type DurableFiles, type FileFacts, fileBytes, removeQuietly } from '../files/index.ts'
import { baseOf, flagsOfName, foreignKey, parseLetterName, secondsOf } from './file-name.ts'
import { letterBytes } from './letter-bytes.ts'
import { mailboxLimits } from './limits.ts'
import type { FolderRecord } from './mail-index.ts'
import { keepModseqsAhead } from './marks.ts'
import { type Arriving, publish, temporaryPath, writeLetter } from './publish.ts'
import type { UserMail } from './user-mail.ts'

export interface ForeignFile {
  /** Below the folder. */
  readonly file: string
  readonly facts: FileFacts
}

export async function takeForeign(
  mail: UserMail,
  folder: FolderRecord,
  letters: readonly ForeignFile[],
): Promise<void> {
  const { index, files } = mail.context
  const root = mail.folderPath(folder.name)
  const taken = takenBefore(mail, folder)
  for (let start = 0; start < letters.length; start += mailboxLimits.foreignAtOnceMax) {
    const arriving: Arriving[] = []
    const originals: string[] = []
    try {
      for (const letter of letters.slice(start, start + mailboxLimits.foreignAtOnceMax)) {
        const path = join(root, letter.file)
        const key = foreignKey({ base: baseOf(letter.file), ...letter.facts }, mail.name)
        const copied = taken.has(key) ? 'before' : await copyOf(mail, path, letter.facts)
        if (copied === undefined) continue
        originals.push(path)
        if (copied === 'before') continue
        arriving.push({
          ...copied,
          key,
          seconds: secondsOf(letter.facts.modifiedAtMs),
          flags: flagsOfName(letter.file),
        })
      }
      const current = present(index.folderById(folder.id), 'a folder that is being compared')
      await keepModseqsAhead(mail)
      if (arriving.length > 0) await publish(mail, current, { arriving, undo: 'return' })
      for (const { key } of arriving) taken.add(key)
    } finally {
      for (const { path } of arriving) await removeQuietly(files, path)
    }
    for (const path of originals) await files.unlink(path)
    for (const directory of new Set(originals.map(path => dirname(path)))) await files.syncDirectory(directory)
  }
}

/** The keys of those that are in the folder already: read once, since it takes a look at all of it. */
function takenBefore(mail: UserMail, folder: FolderRecord): Set<string> {
  const known = mail.foreignKeys.get(folder.id)
  if (known !== undefined) return known
  const keys = mail.context.index.files(folder.id).map(file => parseLetterName(baseOf(file))?.key ?? '')
  const taken = new Set(keys.filter(key => key.startsWith('F')))
  mail.foreignKeys.set(folder.id, taken)
  return taken
}

/** The letter in a temporary file of ours; `undefined` when it stays where it is, for now or for good. */
async function copyOf(
  mail: UserMail,
  path: string,
  facts: FileFacts,
): Promise<{ path: string; sizeBytes: number } | undefined> {
  const { files, clock } = mail.context
  // Whoever writes right into `new`, as one should not, makes an empty file first.
  if (facts.sizeBytes === 0 && Math.abs(clock.now() - facts.modifiedAtMs) < mailboxLimits.emptyMsMin) {
    mail.unsettled(path)
    return undefined
  }
  const reading: { failure?: unknown } = {}
  const target = temporaryPath(mail)
  let copy: { path: string; sizeBytes: number }
  try {
    copy = await writeLetter(mail, target, letterBytes(noting(files, path, reading), null))
  } catch (error) {
    if (reading.failure === undefined) throw error
    mail.leaveAlone(path, facts, messageOf(reading.failure))
    return undefined
  }
  const now = await files.facts(path)
  if (now?.changedAtNs === facts.changedAtNs && now.sizeBytes === facts.sizeBytes) return copy
  // Somebody is still writing it, or has renamed it meanwhile: it is found again.
  await removeQuietly(files, target)
  mail.unsettled(path)
  return undefined
}

/** A source that cannot be read must not be taken for a disk that is full. */
async function* noting(files: DurableFiles, path: string, reading: { failure?: unknown }): AsyncGenerator<Uint8Array> {
  try {
    yield* fileBytes(files, path)
  } catch (error) {
    reading.failure = error
    throw error
  }
}
