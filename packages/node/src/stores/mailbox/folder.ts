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
import { mailboxLimits } from './limits.ts'
import { type FolderRecord, flagsOf, type MessageRecord } from './mail-index.ts'
import { listLetters } from './maildir.ts'
import { type Arriving, pairsOf, publish, temporaryPath, writeLetter } from './publish.ts'
import { nonexistent } from './refusals.ts'
import type { UserMail } from './user-mail.ts'

export function statusOf(mail: UserMail, folder: FolderRecord): FolderStatus {
  const { id, name, uidValidity, uidNext, messages, unseen, sizeBytes, modseq } = folder
  const deleted = mail.context.index.deletedCount(id)
  return { name, uidValidity, uidNext, messages, unseen, deleted, sizeBytes, highestModseq: modseq }
}

export class MailFolder implements Folder {
  readonly name: string
  readonly identity: object
  readonly notes: FolderNotes
  readonly #id: number
  readonly #mail: UserMail
  /** The path of the folder as it was called last. */
  #known = { name: '', root: '' }

  constructor(mail: UserMail, folder: FolderRecord) {
    this.notes = folderNotes(mail.context.notes, folder.id, () => mail.settled())
    this.#mail = mail
    this.#id = folder.id
    this.identity = mail.identityOf(folder.id)
    this.name = folder.name
  }

  async status(): Promise<FolderStatus> {
    await this.#mail.settled()
    return statusOf(this.#mail, this.#folder())
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

  async head(uid: number, bytesMax: number): Promise<Uint8Array | undefined> {
    await this.#mail.settled()
    const { files, index } = this.#mail.context
    const place = index.place(this.#id, uid)
    if (place === undefined) return undefined
    if (this.#known.name !== place.name) this.#known = { name: place.name, root: this.#mail.folderPath(place.name) }
    const found = await files.readHead(`${this.#known.root}/${place.file}`, bytesMax)
    if (found !== undefined) return found
    const other = await this.#pathOf(uid)
    return other === undefined ? undefined : files.readHead(other, bytesMax)
  }

  fetched(uids: readonly number[]): void {
    const { fetched, index } = this.#mail.context
    for (const uid of uids) {
      const place = index.place(this.#id, uid)
      if (place !== undefined) fetched.fetched(place.file)
    }
  }

  storeFlags(
    uids: readonly number[],
    how: 'add' | 'remove' | 'replace',
    flags: readonly string[],
    unchangedSince = Number.POSITIVE_INFINITY,
  ): Promise<readonly number[]> {
    // What we have changed ourselves, should a letter further on make us begin again.
    const ours = new Set<number>()
    return this.#mail.changeAgain(async () => {
      const modified: number[] = []
      const sorted = [...new Set(uids)].sort((one, other) => one - other)
      for (const some of portions(sorted)) {
        const messages = this.#mail.context.index.messagesAt(this.#id, some)
        const isUnchanged = ({ uid, modseq }: MessageRecord) => modseq <= unchangedSince || ours.has(uid)
        modified.push(...messages.filter(message => !isUnchanged(message)).map(({ uid }) => uid))
        const change = (before: readonly string[]) => changedFlags(before, how, flags)
        await this.#storeFlags(messages.filter(isUnchanged), { change, ours })
      }
      return modified
    })
  }

  async deleted(): Promise<{ messages: number; sizeBytes: number }> {
    await this.#mail.settled()
    const messages = this.#mail.context.index.deletedMessages(this.#folder().id)
    return { messages: messages.length, sizeBytes: messages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
  }

  /** The files first, then the index: cut off in between, the comparison takes over what the names of the files say. */
  async #storeFlags(
    messages: readonly MessageRecord[],
    { change, ours }: { change: (before: readonly string[]) => string[]; ours: Set<number> },
  ): Promise<void> {
    const { files, index } = this.#mail.context
    const root = this.#root()
    const changes: { uid: number; flags: string[]; file: string }[] = []
    const directories = new Set<string>()
    for (const message of messages) {
      const before = flagsOf(message.flags)
      const after = change(before)
      if (sameFlags(before, after)) continue
      let file = message.file
      if (lettersOf(before) !== lettersOf(after)) {
        file = withFlags(message.file, after)
        await files.rename(join(root, message.file), join(root, file))
        ours.add(message.uid)
        directories.add('cur').add(directoryOfFile(message.file))
      }
      changes.push({ uid: message.uid, flags: after, file })
    }
    if (changes.length === 0) return
    for (const directory of directories) await files.syncDirectory(join(root, directory))
    await index.commit(() => {
      const modseq = index.nextModseq(this.#id)
      for (const each of changes) index.changeMessage(this.#id, { ...each, modseq })
    })
    for (const { uid } of changes) ours.add(uid)
    this.#mail.notify(this.#id)
  }

  expunge(uids: readonly number[] | 'all'): Promise<readonly number[]> {
    return this.#mail.changeAgain(async () => {
      const asked = uids === 'all' ? undefined : new Set(uids)
      this.#folder()
      const deleted = this.#mail.context.index.deletedMessages(this.#id)
      const doomed = asked === undefined ? deleted : deleted.filter(({ uid }) => asked.has(uid))
      for (const some of portions(doomed)) await this.#expunge(some)
      return doomed.map(({ uid }) => uid)
    })
  }

  /** The files first: were the rows first, a crash in between would bring the messages back to life. */
  async #expunge(doomed: readonly MessageRecord[]): Promise<void> {
    const { files, index } = this.#mail.context
    const root = this.#root()
    const missed: string[] = []
    // Taking a file off the disk is mostly waiting for it.
    for (const some of portions(doomed, mailboxLimits.unlinkedAtOnceMax)) {
      const there = await Promise.all(some.map(({ file }) => files.unlink(join(root, file))))
      missed.push(...some.filter((_, at) => there[at] === false).map(({ file }) => file))
    }
    if (missed.length > 0) await this.#unlinkRenamed(root, missed)
    for (const directory of new Set(doomed.map(({ file }) => directoryOfFile(file)))) {
      await files.syncDirectory(join(root, directory))
    }
    const gone = doomed.map(({ uid }) => uid)
    await index.commit(() => index.expunge(this.#id, gone, index.nextModseq(this.#id)))
    this.#mail.notify(this.#id)
  }

  copy(uids: readonly number[], to: string): Promise<{ uidValidity: number; pairs: readonly UidPair[] } | Refusal> {
    return this.#mail.changeAgain(async () => {
      const { files, index, random } = this.#mail.context
      const target = index.folder(this.#mail.name, to)
      if (target === undefined) return nonexistent(to)
      const asked = this.#messages(uids)
      const full = this.#mail.full(asked.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0))
      if (full !== undefined) return full
      const arriving: Arriving[] = []
      const from: number[] = []
      try {
        for (const message of asked) {
          const source = letterBytes(fileBytes(files, join(this.#root(), message.file)), null)
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
    return this.#mail.changeAgain(async () => {
      const { index, random, fetched } = this.#mail.context
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
      const also = () => {
        index.expunge(this.#id, from, index.nextModseq(this.#id))
        for (const [at, { file }] of moving.entries()) fetched.renamed(file, arriving[at]?.key ?? '')
      }
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
    return index.messagesAt(
      this.#id,
      [...new Set(uids)].sort((one, other) => one - other),
    )
  }

  /** Letters that another program has renamed since we looked would come back to life. */
  async #unlinkRenamed(root: string, missed: readonly string[]): Promise<void> {
    const { files } = this.#mail.context
    const { letters } = await listLetters(files, root)
    for (const file of missed) {
      const renamed = letters.get(baseOf(file))
      if (renamed !== undefined) await files.unlink(join(root, renamed))
    }
  }

  /** Where the letter lies, also when another program has renamed it; `undefined` when it is gone. */
  async #pathOf(uid: number): Promise<string | undefined> {
    const there = await this.#look(uid)
    if (there === undefined || there.state === 'whole') return there?.path
    const { name } = this.#folder()
    // One that is missing may have any name now, and others are missing too, perhaps.
    if (there.state === 'missing') this.#mail.unsettled(join(this.#mail.folderPath(name), there.file))
    const names = { names: new Set([there.file]), complete: false }
    await this.#mail.recheck(this.#id, there.state === 'missing' ? 'all' : names)
    const now = await this.#look(uid)
    return now?.state === 'whole' ? now.path : undefined
  }

  async #look(
    uid: number,
  ): Promise<{ state: 'whole' | 'changed' | 'missing'; path: string; file: string } | undefined> {
    const { files, index } = this.#mail.context
    const message = index.message(this.#id, uid)
    const folder = index.folderById(this.#id)
    if (message === undefined || folder === undefined) return undefined
    const { file, sizeBytes } = message
    const path = join(this.#mail.folderPath(folder.name), file)
    const facts = await files.facts(path)
    if (facts === undefined) return { state: 'missing', path, file }
    return { state: facts.kind === 'file' && facts.sizeBytes === sizeBytes ? 'whole' : 'changed', path, file }
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

/** What is changed at once, so that others have their turn in between. */
function* portions<T>(all: readonly T[], size: number = mailboxLimits.changedAtOnceMax): Generator<readonly T[]> {
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size)
}
