/**
 * Taking in letters that lie in a Maildir but not in the index: left by a crash, put there by another program, or all
 * of them when the index is made anew.
 */
import { dirname, join } from 'node:path'
import { present } from '../../base/assert.ts'
import type { FileFacts } from '../files/index.ts'
import { baseOf, flagsOfName, type LetterName, lettersOf, messageIdKey, parseLetterName } from './file-name.ts'
import { cleanFlags } from './flags.ts'
import { type ForeignFile, takeForeign } from './foreign.ts'
import { messageIdOf } from './letter-bytes.ts'
import { mailboxLimits } from './limits.ts'
import type { FolderRecord } from './mail-index.ts'
import { keepModseqsAhead } from './marks.ts'
import { publish } from './publish.ts'
import type { UserMail } from './user-mail.ts'

interface Found {
  /** Below the folder. */
  readonly file: string
  readonly name: LetterName
}

/** Files that are looked at together: they mostly wait for the disk. */
const lookedAtAtOnce = 32

/** @param letters files below the folder, none of which is in the index. */
export async function adoptLetters(mail: UserMail, folder: FolderRecord, letters: readonly string[]): Promise<void> {
  const { index } = mail.context
  const { ours, foreign } = await lookAt(mail, folder, letters)
  const last = Number.MAX_SAFE_INTEGER
  ours.sort((one, other) => (one.name.uid ?? last) - (other.name.uid ?? last) || (one.file < other.file ? -1 : 1))
  const keeps = keepsUid(mail, folder, mail.marks.get(folder.id)?.uidMark ?? 0)
  const kept: Found[] = []
  const others: Found[] = []
  for (const letter of ours) (keeps(letter) ? kept : others).push(letter)
  for (let start = 0; start < kept.length; start += mailboxLimits.adoptedAtOnceMax) {
    await keepLetters(mail, folder, kept.slice(start, start + mailboxLimits.adoptedAtOnceMax))
  }
  if (folder.rebuilding === 1) await index.commit(() => index.endRebuilding(folder.id))
  if (others.length > 0) await renumberLetters(mail, folder, others)
  if (foreign.length > 0) await takeForeign(mail, folder, foreign)
  if (kept.length > 0 || folder.rebuilding === 1) mail.notify(folder.id)
}

/** A name of ours on a file of another size is not our letter any more. */
async function lookAt(
  mail: UserMail,
  folder: FolderRecord,
  letters: readonly string[],
): Promise<{ ours: Found[]; foreign: ForeignFile[] }> {
  const { files } = mail.context
  const root = mail.folderPath(folder.name)
  const ours: Found[] = []
  const foreign: ForeignFile[] = []
  const sort = (file: string, facts: FileFacts | undefined) => {
    if (facts === undefined) return
    if (facts.kind !== 'file') {
      mail.leaveAlone(join(root, file), facts, 'it is no regular file')
      return
    }
    const name = parseLetterName(baseOf(file))
    if (name === undefined || name.sizeBytes !== facts.sizeBytes) foreign.push({ file, facts })
    else ours.push({ file, name })
  }
  for (let start = 0; start < letters.length; start += lookedAtAtOnce) {
    const some = letters.slice(start, start + lookedAtAtOnce)
    const found = await Promise.all(some.map(file => files.facts(join(root, file))))
    for (const [position, file] of some.entries()) sort(file, found[position])
  }
  return { ours, foreign }
}

/** Whether a letter may keep the UID in its name: given out by us in this folder, and to no other letter. */
function keepsUid(mail: UserMail, folder: FolderRecord, uidMark: number): (letter: Found) => boolean {
  const used = new Set<number>()
  return ({ name: { uid, uidValidity } }) => {
    if (uid === null || uidValidity !== folder.uidValidity || uid < 1 || uid >= uidMark || used.has(uid)) return false
    // A UID below the next one was seen by clients, on another letter or on one that they removed; unless the index is
    // being made anew, when all that are not taken are right.
    if (uid < folder.uidNext && folder.rebuilding === 0) return false
    if (mail.context.index.message(folder.id, uid) !== undefined) return false
    used.add(uid)
    return true
  }
}

async function keepLetters(mail: UserMail, folder: FolderRecord, letters: readonly Found[]): Promise<void> {
  const { index } = mail.context
  const root = mail.folderPath(folder.name)
  const hashes = await deliveriesOf(
    mail,
    letters.map(({ file, name }) => ({ path: join(root, file), key: name.key })),
  )
  await syncNames(
    mail,
    letters.map(({ file }) => join(root, file)),
  )
  await keepModseqsAhead(mail)
  await index.commit(() => {
    const modseq = index.nextModseq(folder.id)
    for (const { file, name } of letters) {
      const { seconds, sizeBytes } = name
      const uid = present(name.uid, 'the UID of a letter that keeps it')
      const keywords = index.keptFlags(folder.id, uid).filter(flag => lettersOf([flag]) === '')
      const flags = cleanFlags([...flagsOfName(file), ...keywords])
      const message = { uid, flags, sizeBytes, internalDate: seconds * 1000, file }
      index.addMessage(folder.id, message, modseq)
    }
    index.rememberDelivery(mail.name, hashes)
  })
}

/** Ours by name, but their UIDs are taken or from another life of the folder. */
async function renumberLetters(mail: UserMail, folder: FolderRecord, letters: readonly Found[]): Promise<void> {
  const { index } = mail.context
  const root = mail.folderPath(folder.name)
  for (let start = 0; start < letters.length; start += mailboxLimits.adoptedAtOnceMax) {
    const some = letters.slice(start, start + mailboxLimits.adoptedAtOnceMax)
    const arriving = some.map(({ file, name }) => ({ ...name, path: join(root, file), flags: flagsOfName(file) }))
    const hashes = await deliveriesOf(mail, arriving)
    const current = present(index.folderById(folder.id), 'a folder that is being compared')
    const also = () => index.rememberDelivery(mail.name, hashes)
    await keepModseqsAhead(mail)
    await publish(mail, current, { arriving, undo: 'return', also })
  }
}

/**
 * Before the index knows these names: a program that was killed may have given them, and no disk has heard of it. Who
 * brings such a letter again is told that it is here.
 */
export async function syncNames({ context }: UserMail, paths: readonly string[]): Promise<void> {
  for (const directory of new Set(paths.map(dirname))) await context.files.syncDirectory(directory)
}

/** How the deliveries are remembered that made these files, where they are not remembered yet. */
async function deliveriesOf(
  mail: UserMail,
  letters: readonly { readonly path: string; readonly key: string }[],
): Promise<string[]> {
  const { index, files } = mail.context
  const hashes: string[] = []
  for (const { path, key } of letters) {
    if (!key.startsWith('D') || index.wasDelivered([key])) continue
    hashes.push(key)
    const source = await files.read(path, { endBytes: mailboxLimits.headerBytesMax })
    const messageId = source === undefined ? null : await messageIdOf(source)
    if (messageId !== null) hashes.push(messageIdKey(messageId, mail.name))
  }
  return hashes
}

/** A letter that is held back, in the order in which it came. */
export interface HeldLetter {
  readonly path: string
  readonly name: LetterName
}

export async function listHeld(mail: UserMail): Promise<HeldLetter[]> {
  const { files } = mail.context
  const held: HeldLetter[] = []
  for await (const file of files.list(join(mail.heldPath(), 'new'))) {
    const name = parseLetterName(file)
    if (name !== undefined && name.number !== null) held.push({ path: join(mail.heldPath(), 'new', file), name })
  }
  return held.sort((one, other) => (one.name.number ?? 0) - (other.name.number ?? 0))
}

/** Learns what is held back, and remembers deliveries of it that a crash has kept from being remembered. */
export async function adoptHeld(mail: UserMail): Promise<void> {
  const { index } = mail.context
  const held = await listHeld(mail)
  const hashes = await deliveriesOf(
    mail,
    held.map(({ path, name }) => ({ path, key: name.key })),
  )
  if (hashes.length > 0) {
    await syncNames(
      mail,
      held.map(({ path }) => path),
    )
    await index.commit(() => index.rememberDelivery(mail.name, hashes))
  }
  const sizeBytes = held.reduce((sum, { name }) => sum + name.sizeBytes, 0)
  mail.held = { next: (held.at(-1)?.name.number ?? 0) + 1, count: held.length, sizeBytes }
}
