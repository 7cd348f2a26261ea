/**
 * How letters come into a folder: the file gets its UID and its name in `cur`, then the index learns of it.
 *
 * A crash in between leaves a named file that the comparison takes in with the UID it has. A failure in between is
 * undone, so that nothing of it is seen.
 */
import { dirname, join } from 'node:path'
import type { UidPair } from '@posthorn/imap'
import { present } from '../../base/assert.ts'
import { removeQuietly, writeStream } from '../files/index.ts'
import { type LetterFacts, letterFile } from './file-name.ts'
import { letterBytes } from './letter-bytes.ts'
import type { FolderRecord } from './mail-index.ts'
import { takeUids } from './marks.ts'
import type { UserMail } from './user-mail.ts'

/** A whole letter that has not got its place yet. */
export interface Arriving extends LetterFacts {
  /** Absolute path of its file, on the same file system. */
  readonly path: string
  readonly flags: readonly string[]
  /** See `isChatMail`: it does not stay for ever. */
  readonly isChat?: boolean
}

export interface PublishOptions {
  readonly arriving: readonly Arriving[]
  /** When it fails: whether the files are removed, or go back to where they were. */
  readonly undo: 'remove' | 'return'
  /** What else belongs into the same commit. */
  readonly also?: () => void
}

/** Inside a change. Answers the UIDs, in the order of `arriving`. */
export async function publish(mail: UserMail, folder: FolderRecord, options: PublishOptions): Promise<number[]> {
  const { arriving, undo, also } = options
  const { files, index } = mail.context
  const root = mail.folderPath(folder.name)
  const uids = await takeUids(mail, folder, arriving.length)
  const placed = arriving.map((letter, position) => {
    const uid = present(uids[position], 'the UID of a letter')
    return { letter, uid, file: letterFile(letter, { uid, uidValidity: folder.uidValidity, flags: letter.flags }) }
  })
  let renamed = 0
  try {
    for (const { letter, file } of placed) {
      await files.rename(letter.path, join(root, file))
      mail.writing.delete(letter.path)
      renamed += 1
    }
    // The new names first: were only the loss of the old ones on the disk, a power cut would lose the letters.
    await files.syncDirectory(join(root, 'cur'))
    if (undo === 'return') {
      for (const directory of new Set(arriving.map(({ path }) => dirname(path)))) await files.syncDirectory(directory)
    }
    await index.commit(() => {
      const modseq = index.nextModseq(folder.id)
      for (const { letter, uid, file } of placed) {
        const { flags, sizeBytes, seconds, isChat = false } = letter
        index.addMessage(folder.id, { uid, flags, sizeBytes, internalDate: seconds * 1000, file, isChat }, modseq)
      }
      also?.()
    })
  } catch (error) {
    for (const { letter, file } of placed.slice(0, renamed)) {
      if (undo === 'remove') await removeQuietly(files, join(root, file))
      else await files.rename(join(root, file), letter.path).catch(() => undefined)
    }
    throw error
  }
  mail.notify(folder.id)
  return uids
}

/** A letter in `tmp`: its bytes are on the disk. */
export interface Written {
  readonly path: string
  readonly sizeBytes: number
}

/** Writes a letter into `tmp` and hands it to `use`; what `use` has not renamed is gone afterwards. */
export async function withLetter<T>(
  mail: UserMail,
  letter: { source: AsyncIterable<Uint8Array>; returnPath: string | null },
  use: (written: Written) => Promise<T>,
): Promise<T> {
  const { files } = mail.context
  const path = temporaryPath(mail)
  mail.writing.add(path)
  try {
    return await use(await writeLetter(mail, path, letterBytes(letter.source, letter.returnPath)))
  } finally {
    if (mail.writing.has(path)) await removeQuietly(files, path)
    mail.writing.delete(path)
  }
}

/** Below INBOX for every folder: a folder may be renamed or removed while a letter for it is still coming in. */
export function temporaryPath(mail: UserMail): string {
  const name = `${Buffer.from(mail.context.random(16)).toString('hex')}.posthorn`
  return join(mail.path, 'tmp', name)
}

export async function writeLetter(mail: UserMail, path: string, bytes: AsyncIterable<Uint8Array>): Promise<Written> {
  return { path, sizeBytes: await writeStream(mail.context.files, path, bytes) }
}

/** Pairs of UIDs, as COPYUID wants them. */
export function pairsOf(from: readonly number[], to: readonly number[]): UidPair[] {
  return from.map((uid, position) => ({ from: uid, to: present(to[position], 'the UID of a copy') }))
}
