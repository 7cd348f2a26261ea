/**
 * Taking in letters that lie in a Maildir but not in the index: left by a crash, put there by another program, or all
 * of them when the index is made anew.
 */
import { dirname, join } from 'node:path'
import { present } from '../../base/assert.ts'
import { fileBytes, removeQuietly } from '../files/index.ts'
import {
  baseOf,
  flagsOfName,
  foreignKey,
  type LetterName,
  messageIdKey,
  parseLetterName,
  secondsOf,
} from './file-name.ts'
import { letterBytes, messageIdOf } from './letter-bytes.ts'
import { mailboxLimits } from './limits.ts'
import type { FolderRecord } from './mail-index.ts'
import { type Arriving, publish, temporaryPath, writeLetter } from './publish.ts'
import type { UserMail } from './user-mail.ts'

/** Letters of other programs that are copied before their own files go. */
const foreignAtOnceMax = 100

interface Found {
  /** Below the folder. */
  readonly file: string
  readonly name: LetterName
}

/**
 * @param letters files below the folder, by their base names, none of which is in the index.
 */
export async function adoptLetters(
  mail: UserMail,
  folder: FolderRecord,
  letters: ReadonlyMap<string, string>,
): Promise<void> {
  const { index } = mail.context
  const ours: Found[] = []
  const foreign: [base: string, file: string][] = []
  for (const [base, file] of letters) {
    const name = parseLetterName(base)
    if (name === undefined) foreign.push([base, file])
    else ours.push({ file, name })
  }
  const last = Number.MAX_SAFE_INTEGER
  ours.sort((one, other) => (one.name.uid ?? last) - (other.name.uid ?? last) || (one.file < other.file ? -1 : 1))
  const keeps = keepsUid(mail, folder, mail.uidMarks.get(folder.id) ?? 0)
  const kept: Found[] = []
  const others: Found[] = []
  for (const letter of ours) (keeps(letter) ? kept : others).push(letter)
  for (let start = 0; start < kept.length; start += mailboxLimits.adoptedAtOnceMax) {
    await keepLetters(mail, folder, kept.slice(start, start + mailboxLimits.adoptedAtOnceMax))
  }
  if (folder.rebuilding === 1) await index.commit(() => index.endRebuilding(folder.id))
  if (others.length > 0) await renumberLetters(mail, folder, others)
  if (foreign.length > 0) await takeForeign(mail, folder, foreign)
  mail.notify(folder.id)
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
  await index.commit(() => {
    const modseq = index.nextModseq(folder.id)
    for (const { file, name } of letters) {
      const { seconds, sizeBytes } = name
      const uid = present(name.uid, 'the UID of a letter that keeps it')
      const message = { uid, flags: flagsOfName(file), sizeBytes, internalDate: seconds * 1000, file }
      index.addMessage(folder.id, message, modseq)
    }
    index.rememberDelivery(mail.name, hashes)
  })
}

/** Ours by name, but their UIDs are taken or from another life of the folder. */
async function renumberLetters(mail: UserMail, folder: FolderRecord, letters: readonly Found[]): Promise<void> {
  const { index } = mail.context
  const root = mail.folderPath(folder.name)
  const arriving = letters.map(({ file, name }) => ({ ...name, path: join(root, file), flags: flagsOfName(file) }))
  const hashes = await deliveriesOf(mail, arriving)
  const current = present(index.folderById(folder.id), 'a folder that is being compared')
  const also = () => index.rememberDelivery(mail.name, hashes)
  await publish(mail, current, { arriving, undo: 'return', also })
}

/**
 * Letters that other programs have put here are copied, because their line ends may be bare; then their own files go.
 * The new names tell from which they came, so that a crash in between makes no double.
 */
async function takeForeign(
  mail: UserMail,
  folder: FolderRecord,
  letters: readonly (readonly [base: string, file: string])[],
): Promise<void> {
  const { index, files, log } = mail.context
  const root = mail.folderPath(folder.name)
  const known = new Set(index.messages(folder.id).map(({ file }) => parseLetterName(baseOf(file))?.key))
  for (let start = 0; start < letters.length; start += foreignAtOnceMax) {
    const arriving: Arriving[] = []
    const originals: string[] = []
    try {
      for (const [base, file] of letters.slice(start, start + foreignAtOnceMax)) {
        const path = join(root, file)
        const key = foreignKey(base, mail.name)
        const facts = await files.facts(path)
        if (facts?.kind !== 'file') {
          log.warn('something in a Maildir is no file; it is left alone', { path })
          continue
        }
        originals.push(path)
        if (known.has(key)) continue
        const written = await writeLetter(mail, temporaryPath(mail), letterBytes(fileBytes(files, path), null))
        arriving.push({ ...written, key, seconds: secondsOf(facts.modifiedAtMs), flags: flagsOfName(file) })
      }
      const current = present(index.folderById(folder.id), 'a folder that is being compared')
      if (arriving.length > 0) await publish(mail, current, { arriving, undo: 'return' })
    } finally {
      for (const { path } of arriving) await removeQuietly(files, path)
    }
    for (const path of originals) await files.unlink(path)
    for (const directory of new Set(originals.map(path => dirname(path)))) await files.syncDirectory(directory)
  }
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
  if (hashes.length > 0) await index.commit(() => index.rememberDelivery(mail.name, hashes))
  const sizeBytes = held.reduce((sum, { name }) => sum + name.sizeBytes, 0)
  mail.held = { next: (held.at(-1)?.name.number ?? 0) + 1, count: held.length, sizeBytes }
}
