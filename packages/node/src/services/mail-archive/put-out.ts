/**
 * Writing a person's mail into files that other programs read. Nothing is ever written over. A Maildir that was begun
 * is gone on with; an mbox has its name only when it is whole.
 */
import { utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Folder, MailAccount, MessageRow } from '@posthorn/imap'
import { OperatingError } from '../../base/errors.ts'
import { gathered } from '../../base/gathered.ts'
import { diskFiles, removeQuietly, writeNewFile, writeStream } from '../../stores/files/index.ts'
import { baseOf, lettersOf, secondsOf } from '../../stores/mailbox/file-name.ts'
import { directoryOf, inboxName } from '../../stores/mailbox/folder-name.ts'
import { archiveLimits } from './limits.ts'
import { writeKeywords } from './maildir-keywords.ts'
import { mboxEntry, unixLetter } from './mbox-write.ts'

export interface PutOptions {
  readonly account: MailAccount
  /** Only this one; null: all. */
  readonly folder: string | null
  readonly format: 'mbox' | 'maildir'
  /** Absolute. A file for an mbox of one folder, else a folder. */
  readonly target: string
  readonly signal: AbortSignal
  readonly onProgress: (done: { letters: number; bytes: number; bytesTotal: number }) => void
}

export interface FolderPut {
  readonly name: string
  readonly path: string
  readonly letters: number
  /** Keywords beyond those that a Maildir has room for. */
  readonly keywordsLost: readonly string[]
}

/** @throws OperatingError `unknown-folder`, `file-exists`, or what the disk says. */
export async function putArchive(options: PutOptions): Promise<readonly FolderPut[]> {
  const { account, folder: only, format, target } = options
  const names = only === null ? (await account.folders()).map(({ name }) => name) : [only]
  const work = new Work(options)
  const opened: Folder[] = []
  for (const name of names) {
    const folder = await account.open(name)
    if ('refused' in folder) throw new OperatingError(folder.text, { code: 'unknown-folder', retry: 'never' })
    work.bytesTotal += (await folder.status()).sizeBytes
    opened.push(folder)
  }
  const put: FolderPut[] = []
  if (format === 'mbox' && only === null) await diskFiles.makeDirectory(target)
  for (const folder of opened) {
    const place = only === null ? folder.name : inboxName
    if (format === 'maildir') put.push(await work.maildir(folder, join(target, directoryOf(place))))
    else put.push(await work.mbox(folder, only === null ? join(target, mboxName(place)) : target))
  }
  return put
}

function mboxName(folder: string): string {
  return `${folder === inboxName ? inboxName : directoryOf(folder).slice(1)}.mbox`
}

class Work {
  bytesTotal = 0
  readonly #options: PutOptions
  #letters = 0
  #bytes = 0

  constructor(options: PutOptions) {
    this.#options = options
  }

  async mbox(folder: Folder, path: string): Promise<FolderPut> {
    if ((await diskFiles.facts(path)) !== undefined) throw fileExists(path)
    const { added: rows } = await folder.changes(0)
    const temporary = `${path}.posthorn-part`
    await diskFiles.unlink(temporary)
    let letters = 0
    try {
      await writeNewFile(diskFiles, temporary, async writer => {
        for (const row of rows) {
          const open = await this.#opened(folder, row)
          if (open === undefined) continue
          for await (const chunk of mboxEntry(row, open)) await writer.write(chunk)
          letters += 1
          this.#tell(row)
        }
      })
      if ((await diskFiles.nameNew(temporary, path)) !== 'named') throw fileExists(path)
      await diskFiles.syncDirectory(dirname(path))
    } finally {
      await removeQuietly(diskFiles, temporary)
    }
    return { name: folder.name, path, letters, keywordsLost: [] }
  }

  async maildir(folder: Folder, path: string): Promise<FolderPut> {
    for (const name of ['tmp', 'new', 'cur']) await diskFiles.makeDirectory(join(path, name))
    const { uidValidity } = await folder.status()
    const { added: rows } = await folder.changes(0)
    const used = new Set(rows.flatMap(({ flags }) => flags.filter(flag => lettersOf([flag]) === '')))
    const keywords = await writeKeywords(path, [...used])
    const there = new Set<string>()
    for (const name of await diskFiles.listFiles(join(path, 'cur'))) there.add(baseOf(name))
    let letters = 0
    for (const row of rows) {
      const base = `${secondsOf(row.internalDate)}.U${row.uid}V${uidValidity}.posthorn`
      if (!there.has(base)) {
        const open = await this.#opened(folder, row)
        if (open === undefined) continue
        const small = row.flags.flatMap(flag => keywords.get(flag) ?? [])
        const info = [...lettersOf(row.flags).split(''), ...small].sort().join('')
        await this.#file(row, open, { path, base, info })
      }
      letters += 1
      this.#tell(row)
    }
    await diskFiles.syncDirectory(join(path, 'cur'))
    await diskFiles.syncDirectory(path)
    return { name: folder.name, path, letters, keywordsLost: [...used].filter(keyword => !keywords.has(keyword)) }
  }

  async #file(row: MessageRow, open: Opener, place: { path: string; base: string; info: string }): Promise<void> {
    const temporary = join(place.path, 'tmp', `${place.base}.part`)
    await diskFiles.unlink(temporary)
    try {
      await writeStream(diskFiles, temporary, unixLetter(open))
      await utimes(temporary, row.internalDate / 1000, row.internalDate / 1000)
      await diskFiles.rename(temporary, join(place.path, 'cur', `${place.base}:2,${place.info}`))
    } catch (error) {
      await removeQuietly(diskFiles, temporary)
      throw error
    }
  }

  /** The letter, as often as it is asked for; `undefined` when it was removed meanwhile. */
  async #opened(folder: Folder, row: MessageRow): Promise<Opener | undefined> {
    this.#options.signal.throwIfAborted()
    const source = await folder.read(row.uid)
    if (source === undefined) return undefined
    const { whole, stream } = await gathered(source, archiveLimits.smallBytesMax)
    await stream?.return()
    if (stream !== undefined) return () => bytesOf(folder, row.uid)
    return async function* () {
      yield whole
    }
  }

  #tell(row: MessageRow): void {
    this.#letters += 1
    this.#bytes += row.sizeBytes
    this.#options.onProgress({ letters: this.#letters, bytes: this.#bytes, bytesTotal: this.bytesTotal })
  }
}

type Opener = () => AsyncIterable<Uint8Array>

async function* bytesOf(folder: Folder, uid: number): AsyncGenerator<Uint8Array> {
  const source = await folder.read(uid)
  if (source !== undefined) {
    yield* source
    return
  }
  const message = 'A letter was removed while it was being written out. Run the export again.'
  throw new OperatingError(message, { code: 'message-gone', retry: 'later' })
}

function fileExists(path: string): OperatingError {
  const message = `${path} is there already, and is not written over. Name another one.`
  return new OperatingError(message, { code: 'file-exists', retry: 'never', fields: { path } })
}
