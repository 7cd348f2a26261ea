/** One open folder: reads come from the index and the files, changes go through the Maildir first. */
import { join } from 'node:path'
import type { ByteRange, Folder, FolderChanges, FolderNotes, FolderStatus, Refusal, UidPair } from '@posthorn/imap'
import { present } from '../../base/assert.ts'
import { OperatingError } from '../../base/errors.ts'
import { fileBytes, removeQuietly } from '../files/index.ts'
import { baseOf, lettersOf, randomKey, secondsOf, withFlags } from './file-name.ts'
import { changedFlags, sameFlags } from './flags.ts'
import { folderNotes } from './folder-notes.ts'
import { letterBytes } from './letter-bytes.ts'
import { type FolderRecord, flagsOf, type MessageRecord } from './mail-index.ts'
import { listLetters } from './maildir.ts'
import { type Arriving, pairsOf, publish, temporaryPath, writeLetter } from './publish.ts'
import { nonexistent } from './refusals.ts'
import type { UserMail } from './user-mail.ts'

export function statusOf(folder: FolderRecord): FolderStatus {
  const { name, uidValidity, uidNext, messages, unseen, sizeBytes, modseq } = folder
  return { name, uidValidity, uidNext, messages, unseen, sizeBytes, highestModseq: modseq }
}

export class MailFolder implements Folder {
  readonly name: string
  readonly notes: FolderNotes
  readonly #id: number
  readonly #mail: UserMail

  constructor(mail: UserMail, folder: FolderRecord) {
    this.notes = folderNotes(mail.context.notes, folder.id, () => mail.settled())
    this.#mail = mail
    this.#id = folder.id
    this.name = folder.name
  }

  async status(): Promise<FolderStatus> {
    await this.#mail.settled()
    return statusOf(this.#folder())
  }

  async changes(sinceModseq: number): Promise<FolderChanges> {
    await this.#mail.settled()
    return this.#mail.context.index.changes(this.#folder(), sinceModseq)
  }

  onChange(listener: () => void): () => void {
    return this.#mail.listen(this.#id, listener)
  }

  async read(uid: number, range?: ByteRange): Promise<AsyncIterable<Uint8Array> | undefined> {
    await this.#mail.settled()
    const path = await this.#pathOf(uid)
    return path === undefined ? undefined : this.#bytes(uid, path, range)
  }

  async storeFlags(
    uids: readonly number[],
    how: 'add' | 'remove' | 'replace',
    flags: readonly string[],
  ): Promise<void> {
    await this.#mail.change(async () => {
      const { files, index } = this.#mail.context
      const root = this.#root()
      const changes: { uid: number; flags: string[]; file: string }[] = []
      const directories = new Set<string>()
      for (const message of this.#messages(uids)) {
        const before = flagsOf(message.flags)
        const after = changedFlags(before, how, flags)
        if (sameFlags(before, after)) continue
        let file = message.file
        if (lettersOf(before) !== lettersOf(after)) {
          file = withFlags(baseOf(message.file), after)
          await files.rename(join(root, message.file), join(root, file))
          directories.add('cur').add(directoryOfFile(message.file))
        }
        changes.push({ uid: message.uid, flags: after, file })
      }
      if (changes.length === 0) return
      for (const directory of directories) await files.syncDirectory(join(root, directory))
      await index.commit(() => {
        const modseq = index.nextModseq(this.#id)
        for (const change of changes) index.changeMessage(this.#id, { ...change, modseq })
      })
      this.#mail.notify(this.#id)
    })
  }

  expunge(uids: readonly number[] | 'all'): Promise<readonly number[]> {
    return this.#mail.change(async () => {
      const { files, index } = this.#mail.context
      const asked = uids === 'all' ? undefined : new Set(uids)
      this.#folder()
      const doomed = index.deletedMessages(this.#id).filter(({ uid }) => asked === undefined || asked.has(uid))
      if (doomed.length === 0) return []
      const root = this.#root()
      // The files first: were the rows first, a crash in between would bring the messages back to life.
      for (const { file } of doomed) await files.unlink(join(root, file))
      for (const directory of new Set(doomed.map(({ file }) => directoryOfFile(file)))) {
        await files.syncDirectory(join(root, directory))
      }
      const gone = doomed.map(({ uid }) => uid)
      await index.commit(() => index.expunge(this.#id, gone, index.nextModseq(this.#id)))
      this.#mail.notify(this.#id)
      return gone
    })
  }

  copy(uids: readonly number[], to: string): Promise<{ uidValidity: number; pairs: readonly UidPair[] } | Refusal> {
    return this.#mail.change(async () => {
      const { files, index, random } = this.#mail.context
      const target = index.folder(this.#mail.name, to)
      if (target === undefined) return nonexistent(to)
      const arriving: Arriving[] = []
      const from: number[] = []
      try {
        for (const message of this.#messages(uids)) {
          const path = await this.#pathOf(message.uid)
          if (path === undefined) continue
          const source = letterBytes(fileBytes(files, path), null)
          const written = await writeLetter(this.#mail, temporaryPath(this.#mail), source)
          const seconds = secondsOf(message.internalDate)
          arriving.push({ ...written, key: randomKey(random), seconds, flags: flagsOf(message.flags) })
          from.push(message.uid)
        }
        const given = arriving.length === 0 ? [] : await publish(this.#mail, target, { arriving, undo: 'remove' })
        return { uidValidity: target.uidValidity, pairs: pairsOf(from, given) }
      } finally {
        for (const { path } of arriving) await removeQuietly(files, path)
      }
    })
  }

  move(uids: readonly number[], to: string): Promise<{ uidValidity: number; pairs: readonly UidPair[] } | Refusal> {
    return this.#mail.change(async () => {
      const { index, random } = this.#mail.context
      const target = index.folder(this.#mail.name, to)
      if (target === undefined) return nonexistent(to)
      const moving = this.#messages(uids)
      if (moving.length === 0) return { uidValidity: target.uidValidity, pairs: [] }
      const root = this.#root()
      const arriving = moving.map(({ file, sizeBytes, internalDate, flags }) => {
        const seconds = secondsOf(internalDate)
        return { path: join(root, file), sizeBytes, seconds, key: randomKey(random), flags: flagsOf(flags) }
      })
      const from = moving.map(({ uid }) => uid)
      const also = () => index.expunge(this.#id, from, index.nextModseq(this.#id))
      const given = await publish(this.#mail, target, { arriving, undo: 'return', also })
      this.#mail.notify(this.#id)
      return { uidValidity: target.uidValidity, pairs: pairsOf(from, given) }
    })
  }

  #folder(): FolderRecord {
    const folder = this.#mail.context.index.folderById(this.#id)
    if (folder !== undefined) return folder
    throw new OperatingError('The folder was removed.', { code: 'folder-gone', retry: 'never' })
  }

  /** Of the folder as it is called now. */
  #root(): string {
    return this.#mail.folderPath(this.#folder().name)
  }

  /** Those that are there, each once, by UID. */
  #messages(uids: readonly number[]): MessageRecord[] {
    const { index } = this.#mail.context
    return [...new Set(uids)]
      .sort((one, other) => one - other)
      .map(uid => index.message(this.#id, uid))
      .filter(message => message !== undefined)
  }

  /** Where the letter lies, also when another program has renamed it; `undefined` when it is gone. */
  async #pathOf(uid: number): Promise<string | undefined> {
    const { files, index } = this.#mail.context
    const message = index.message(this.#id, uid)
    const folder = index.folderById(this.#id)
    if (message === undefined || folder === undefined) return undefined
    const root = this.#mail.folderPath(folder.name)
    if ((await files.facts(join(root, message.file))) !== undefined) return join(root, message.file)
    const file = (await listLetters(files, root)).get(baseOf(message.file))
    // A change of our own, not yet committed, looks the same; then the comparison finds nothing to do.
    this.#mail.distrust()
    return file === undefined ? undefined : join(root, file)
  }

  /** The file may get another name (new flags) between the call and the first read: then it is looked for again. */
  async *#bytes(uid: number, path: string, range: ByteRange | undefined): AsyncIterable<Uint8Array> {
    const { files } = this.#mail.context
    const bounds = range === undefined ? {} : { startBytes: Math.max(0, range.start), endBytes: range.end }
    const again = async () => {
      const other = await this.#pathOf(uid)
      return other === undefined ? undefined : files.read(other, bounds)
    }
    const source = (await files.read(path, bounds)) ?? (await again())
    if (source === undefined) {
      throw new OperatingError('The message was removed.', { code: 'message-gone', retry: 'never' })
    }
    yield* source
  }
}

function directoryOfFile(file: string): string {
  return present(file.split('/')[0], 'the directory of a letter')
}
