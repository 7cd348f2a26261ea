/**
 * Noting what searches need to know of letters, after they came: nobody waits for it. What is not noted yet is known,
 * and searches read it. A letter that cannot be read now is left for another time.
 */
import { defaultLimits, type MessageNote, messageNote } from '@posthorn/imap'
import { messageOf } from '../../base/errors.ts'
import { MailFolder } from './folder.ts'
import { mailboxLimits } from './limits.ts'
import type { NotePlace, UnnotedLetter } from './note-index.ts'
import type { MailContext, UserMail } from './user-mail.ts'

const complaintsMax = 1000
/** Letters of which it was said that they cannot be read: once is enough. */
const complaints = new WeakMap<MailContext, Set<string>>()

function complain(context: MailContext, letter: UnnotedLetter, error: unknown): void {
  const told = complaints.get(context) ?? new Set()
  complaints.set(context, told)
  const name = `${letter.folder}/${letter.uid}`
  if (told.has(name) || told.size >= complaintsMax) return
  told.add(name)
  context.log.warn('a letter could not be read for searches', { ...letter, reason: messageOf(error) })
}

const { notedLettersMax: textLettersMax, notedHeaderBytesMax } = mailboxLimits
const limits = { ...defaultLimits, textLettersMax, notedHeaderBytesMax }

/** Clears away some of what is noted of letters that are gone; `true` when there was any. */
export async function clearSome({ index, notes }: MailContext): Promise<boolean> {
  const gone = notes.gone()
  if (gone.length === 0) return false
  await index.commit(() => {
    for (const place of gone) notes.clear(place)
  })
  return true
}

/**
 * Notes some letters, from behind a place on, in the order of their places.
 *
 * @returns the place it came to; undefined when there are no more behind it.
 */
export async function noteSome(
  context: MailContext,
  mailOf: (user: string) => UserMail,
  after: NotePlace,
): Promise<NotePlace | undefined> {
  const { index, notes } = context
  const noted: [UnnotedLetter, MessageNote][] = []
  let letters = 0
  let last: UnnotedLetter | undefined
  for (const letter of notes.unnoted(after)) {
    last = letter
    try {
      const note = await noteOf(mailOf(letter.user), letter)
      if (note === undefined) continue
      noted.push([letter, note])
      letters += note.head.length + note.body.length
    } catch (error) {
      complain(context, letter, error)
    }
    if (letters >= mailboxLimits.notedAtOnceLettersMax) break
  }
  if (noted.length > 0) {
    await index.commit(() => {
      for (const [letter, note] of noted) notes.add(letter, note)
    })
  }
  return last
}

async function noteOf(mail: UserMail, { folder: id, uid }: UnnotedLetter): Promise<MessageNote | undefined> {
  const { index } = mail.context
  const record = index.folderById(id)
  const sizeBytes = index.message(id, uid)?.sizeBytes
  if (record === undefined || sizeBytes === undefined) return undefined
  const folder = new MailFolder(mail, record)
  return messageNote(range => folder.read(uid, range), sizeBytes, limits)
}
