/**
 * Letters of another mailbox, put into a folder a few at a time. Done again it changes nothing: each is known by its
 * content, as it is kept. A letter that stands in the source twice stands in the folder twice.
 *
 * A batch is there whole or not at all; what an importer that was cut off has brought is found there by the next one.
 */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { Refusal } from '@posthorn/imap'
import { gathered } from '../../base/gathered.ts'
import { fileBytes, removeQuietly } from '../files/index.ts'
import { baseOf, contentKey, parseLetterName, secondsOf } from './file-name.ts'
import { cleanFlags } from './flags.ts'
import { letterBytes } from './letter-bytes.ts'
import { mailboxLimits } from './limits.ts'
import type { FolderRecord } from './mail-index.ts'
import type { ImportedLetter, MailImporter } from './mailbox.ts'
import { type Arriving, publish, temporaryPath, writeLetter } from './publish.ts'
import { nonexistent } from './refusals.ts'
import type { UserMail } from './user-mail.ts'

export async function openImporter(mail: UserMail, name: string): Promise<MailImporter | Refusal> {
  await mail.current(name)
  const { index } = mail.context
  const folder = index.folder(mail.name, name)
  if (folder === undefined) return nonexistent(name)
  const there = new Contents(mail, folder)
  return {
    take: letters => takeIn(mail, { id: folder.id, name, there }, letters),
  }
}

interface Target {
  readonly id: number
  readonly name: string
  readonly there: Contents
}

async function takeIn(
  mail: UserMail,
  { id, name, there }: Target,
  letters: readonly ImportedLetter[],
): Promise<('taken' | 'present')[] | Refusal> {
  const { files, index, clock } = mail.context
  const outcomes = letters.map((): 'taken' | 'present' => 'taken')
  const fresh: Fresh[] = []
  for (const [at, letter] of letters.entries()) {
    const { whole, stream } = await gathered(letterBytes(letter.source, null), mailboxLimits.importedSmallBytesMax)
    // What is there already is not written first.
    const key = stream === undefined ? contentKey(createHash('sha256').update(whole).digest()) : null
    if (key !== null && (await there.has(key, whole.length))) outcomes[at] = 'present'
    else fresh.push({ at, letter, key, bytes: stream ?? [whole], path: temporaryPath(mail) })
  }
  for (const { path } of fresh) mail.writing.add(path)
  try {
    const written = await allOf(fresh.map(one => write(mail, one)))
    const arriving: Arriving[] = []
    for (const { at, key, path, sizeBytes, letter, judged } of written) {
      if (!judged && (await there.has(key, sizeBytes))) outcomes[at] = 'present'
      else {
        const seconds = secondsOf(letter.internalDate ?? clock.now())
        arriving.push({ key, path, sizeBytes, seconds, flags: cleanFlags(letter.flags) })
      }
    }
    if (arriving.length === 0) return outcomes
    return await mail.change(async () => {
      const folder = index.folderById(id)
      if (folder === undefined) return nonexistent(name)
      await publish(mail, folder, { arriving, undo: 'remove' })
      return outcomes
    })
  } finally {
    for (const { path } of fresh) {
      if (mail.writing.delete(path)) await removeQuietly(files, path)
    }
  }
}

/** Fails when all have ended, so that none goes on behind our back. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises)
  return settled.map(one => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
}

/** A letter on its way in. */
interface Fresh {
  /** Its place among those that came with it. */
  readonly at: number
  readonly letter: ImportedLetter
  /** Null while it is a stream that nobody has read. */
  readonly key: string | null
  readonly bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  readonly path: string
}

async function write(mail: UserMail, { at, letter, key, bytes, path }: Fresh) {
  const hash = createHash('sha256')
  const { sizeBytes } = await writeLetter(mail, path, hashing(bytes, hash))
  return { at, path, sizeBytes, letter, key: key ?? contentKey(hash.digest()), judged: key !== null }
}

async function* hashing(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncIterable<Uint8Array> {
  for await (const chunk of source) {
    hash.update(chunk)
    yield chunk
  }
}

/**
 * What was in the folder when the import began, by content. Imported letters have it in their names; others are read
 * when a letter of the same size is asked for.
 */
class Contents {
  readonly #mail: UserMail
  readonly #folder: FolderRecord
  readonly #counts = new Map<string, number>()
  /** UIDs by size. */
  readonly #unread = new Map<number, number[]>()

  constructor(mail: UserMail, folder: FolderRecord) {
    this.#mail = mail
    this.#folder = folder
    for (const file of mail.context.index.files(folder.id)) {
      const name = parseLetterName(baseOf(file))
      if (name === undefined || name.uid === null) continue
      if (name.key.startsWith('I')) this.#count(name.key)
      else this.#unread.set(name.sizeBytes, [...(this.#unread.get(name.sizeBytes) ?? []), name.uid])
    }
  }

  /** Each letter that is there answers once. */
  async has(key: string, sizeBytes: number): Promise<boolean> {
    const { index, files } = this.#mail.context
    const unread = this.#unread.get(sizeBytes) ?? []
    this.#unread.delete(sizeBytes)
    for (const uid of unread) {
      // Its name may have changed since, with its flags.
      const message = index.message(this.#folder.id, uid)
      const path = join(this.#mail.folderPath(this.#folder.name), message?.file ?? '')
      if (message === undefined || (await files.facts(path))?.kind !== 'file') continue
      const hash = createHash('sha256')
      for await (const chunk of fileBytes(files, path)) hash.update(chunk)
      this.#count(contentKey(hash.digest()))
    }
    const count = this.#counts.get(key) ?? 0
    if (count > 0) this.#counts.set(key, count - 1)
    return count > 0
  }

  #count(key: string): void {
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }
}
