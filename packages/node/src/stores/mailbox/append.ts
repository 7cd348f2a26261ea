/** Letters that a client puts in: each is written while it comes, and all get their place together, or none does. */
import type { AppendMessage, Refusal } from '@posthorn/imap'
import { OperatingError } from '../../base/errors.ts'
import { removeQuietly } from '../files/index.ts'
import { randomKey, secondsOf } from './file-name.ts'
import { cleanFlags } from './flags.ts'
import { letterBytes } from './letter-bytes.ts'
import { type Arriving, publish, temporaryPath, writeLetter } from './publish.ts'
import { nonexistent } from './refusals.ts'
import type { UserMail } from './user-mail.ts'

export interface Appended {
  readonly uidValidity: number
  readonly uids: readonly number[]
}

export async function* alone(message: AppendMessage): AsyncGenerator<AppendMessage> {
  yield message
}

export async function appendLetters(
  mail: UserMail,
  name: string,
  messages: AsyncIterable<AppendMessage>,
): Promise<Appended | Refusal> {
  const { clock, files, index, random } = mail.context
  const paths: string[] = []
  const arriving: Arriving[] = []
  let sizeBytes = 0
  try {
    for await (const { source, options } of messages) {
      sizeBytes += options.sizeBytes
      const full = mail.full(sizeBytes)
      if (full !== undefined) return full
      const path = temporaryPath(mail)
      mail.writing.add(path)
      paths.push(path)
      const written = await writeLetter(mail, path, letterBytes(exactly(source, options.sizeBytes), null))
      const seconds = secondsOf(options.internalDate ?? clock.now())
      arriving.push({ ...written, key: randomKey(random), seconds, flags: cleanFlags(options.flags) })
    }
    return await mail.change(async () => {
      const folder = index.folder(mail.name, name)
      if (folder === undefined) return nonexistent(name)
      const full = mail.full(arriving.reduce((sum, letter) => sum + letter.sizeBytes, 0))
      if (full !== undefined) return full
      const uids = await publish(mail, folder, { arriving, undo: 'remove' })
      return { uidValidity: folder.uidValidity, uids }
    })
  } finally {
    for (const path of paths) {
      if (mail.writing.has(path)) await removeQuietly(files, path)
      mail.writing.delete(path)
    }
  }
}

/** Passes a source on, and fails when it yields another number of bytes than was said. */
async function* exactly(source: AsyncIterable<Uint8Array>, sizeBytes: number): AsyncIterable<Uint8Array> {
  let remaining = sizeBytes
  for await (const chunk of source) {
    remaining -= chunk.length
    if (remaining < 0) break
    yield chunk
  }
  if (remaining === 0) return
  const message = 'A message did not have the size that was announced for it.'
  throw new OperatingError(message, { code: 'size-mismatch', retry: 'never', fields: { sizeBytes } })
}
