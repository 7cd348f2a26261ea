/** One person's folders, as the IMAP server sees them. */
import type {
  AccountChange,
  Annotations,
  AppendMessage,
  AppendOptions,
  Folder,
  FolderInfo,
  FolderStatus,
  MailAccount,
  Quota,
  Refusal,
  SpecialUse,
} from '@posthorn/imap'
import { present } from '../../base/assert.ts'
import { annotationsRefusal, missingFolders, specialUseEntry, usesOf } from './annotations.ts'
import { type Appended, alone, appendLetters } from './append.ts'
import { releaseHeld } from './deliver.ts'
import { MailFolder, statusOf } from './folder.ts'
import { folderNameFault, inboxName } from './folder-name.ts'
import { mailboxLimits } from './limits.ts'
import type { FolderRecord } from './mail-index.ts'
import { makeMaildir } from './maildir.ts'
import { addFolder, doomedPath } from './reconcile.ts'
import { alreadyExists, nonexistent, notAllowed } from './refusals.ts'
import { noteChat } from './retention.ts'
import type { UserMail } from './user-mail.ts'

export class UserAccount implements MailAccount {
  readonly address: string
  readonly #mail: UserMail

  constructor(mail: UserMail, address: string) {
    this.#mail = mail
    this.address = address
  }

  async folders(): Promise<readonly FolderInfo[]> {
    await this.#mail.current()
    return this.#folders()
  }

  #folders(): FolderInfo[] {
    const { index } = this.#mail.context
    const subscribed = index.subscriptions(this.#mail.name)
    const noted = index.annotatedWith(this.#mail.name, specialUseEntry)
    const folders = index.folders(this.#mail.name).map(({ name, uidValidity }) => {
      return { name, noted: noted.get(uidValidity) }
    })
    const useOf = usesOf(folders)
    return folders.map(folder => {
      return { name: folder.name, subscribed: subscribed.has(folder.name), specialUse: useOf(folder) }
    })
  }

  async status(name: string): Promise<FolderStatus | Refusal> {
    await this.#mail.current(name)
    const folder = this.#find(name)
    return folder === undefined ? nonexistent(name) : statusOf(this.#mail, folder)
  }

  async open(name: string): Promise<Folder | Refusal> {
    await this.#mail.current(name)
    const folder = this.#find(name)
    return folder === undefined ? nonexistent(name) : new MailFolder(this.#mail, folder)
  }

  create(name: string, specialUse: SpecialUse | null = null): Promise<Refusal | undefined> {
    return this.#mail.change(async () => {
      const refused = await this.#create(name)
      if (refused !== undefined || specialUse === null) return refused
      return this.#annotate(name, new Map([[specialUseEntry, Buffer.from(specialUse)]]))
    })
  }

  async #create(name: string): Promise<Refusal | undefined> {
    const { files, index } = this.#mail.context
    const fault = folderNameFault(name)
    if (fault !== undefined) return notAllowed(fault)
    if (this.#find(name) !== undefined) return alreadyExists(name)
    if (index.folders(this.#mail.name).length >= mailboxLimits.folderCountMax) {
      return { refused: 'limit', text: `There can be ${mailboxLimits.folderCountMax} folders at most.` }
    }
    const path = this.#mail.folderPath(name)
    // What another program has left there since we last looked is not ours to adopt under a new UIDVALIDITY.
    if ((await files.facts(path)) !== undefined) this.#mail.distrust()
    await makeMaildir(files, path, this.#mail.path)
    await addFolder(this.#mail, name)
    this.#mail.notifyFolders()
    return undefined
  }

  async furnish(): Promise<void> {
    await this.#mail.settled()
    const { index } = this.#mail.context
    if (index.isFurnished(this.#mail.name)) return
    await this.#mail.change(async () => {
      if (index.isFurnished(this.#mail.name)) return
      for (const name of missingFolders(this.#folders())) {
        if ((await this.#create(name)) !== undefined) continue
        await index.commit(() => index.subscribe(this.#mail.name, name, true))
      }
      await index.commit(() => index.markFurnished(this.#mail.name))
    })
  }

  async annotations(name: string): Promise<Annotations | Refusal> {
    await this.#mail.settled()
    const uidValidity = this.#annotated(name)
    if (uidValidity === undefined) return nonexistent(name)
    return this.#mail.context.index.annotations(this.#mail.name, uidValidity)
  }

  annotate(name: string, changes: ReadonlyMap<string, Uint8Array | null>): Promise<Refusal | undefined> {
    return this.#mail.change(() => this.#annotate(name, changes))
  }

  async #annotate(name: string, changes: ReadonlyMap<string, Uint8Array | null>): Promise<Refusal | undefined> {
    const { index } = this.#mail.context
    const user = this.#mail.name
    const uidValidity = this.#annotated(name)
    if (uidValidity === undefined) return nonexistent(name)
    const refused = annotationsRefusal(index.annotated(user), index.annotations(user, uidValidity), changes)
    if (refused === undefined) await index.commit(() => index.annotate(user, uidValidity, changes))
    return refused
  }

  /** What annotations are kept under; see annotations.ts. */
  #annotated(name: string): number | undefined {
    return name === '' ? 0 : this.#find(name)?.uidValidity
  }

  remove(name: string): Promise<Refusal | undefined> {
    return this.#mail.changeAgain(async () => {
      const { files, index } = this.#mail.context
      if (name === inboxName) return notAllowed('INBOX cannot be removed.')
      const folder = this.#find(name)
      if (folder === undefined) return nonexistent(name)
      // One rename takes the folder away whole; emptying it may take its time, and is finished after a crash.
      const doomed = doomedPath(this.#mail)
      await files.rename(this.#mail.folderPath(name), doomed)
      await files.syncDirectory(this.#mail.path)
      await index.commit(() => index.removeFolder(folder.id))
      this.#mail.forgetFolder(folder.id)
      this.#mail.notifyFolders()
      await files.removeTree(doomed)
      return undefined
    })
  }

  rename(from: string, to: string): Promise<Refusal | undefined> {
    return this.#mail.changeAgain(async () => {
      const { files, index } = this.#mail.context
      if (from === inboxName) return notAllowed('INBOX cannot be renamed.')
      if (this.#find(from) === undefined) return nonexistent(from)
      if (to.startsWith(`${from}/`)) return notAllowed('A folder cannot move into itself.')
      const folders = index.folders(this.#mail.name)
      const moving = folders.filter(({ name }) => name === from || name.startsWith(`${from}/`))
      const names = new Map(moving.map(folder => [folder.id, to + folder.name.slice(from.length)]))
      for (const name of names.values()) {
        const fault = folderNameFault(name)
        if (fault !== undefined) return notAllowed(fault)
        if (folders.some(folder => folder.name === name)) return alreadyExists(name)
      }
      for (const { id, name } of moving) {
        const target = present(names.get(id), 'the new name of a folder')
        await files.rename(this.#mail.folderPath(name), this.#mail.folderPath(target))
      }
      await files.syncDirectory(this.#mail.path)
      await index.commit(() => index.renameFolders(names))
      this.#mail.notifyFolders()
      return undefined
    })
  }

  subscribe(name: string, subscribed: boolean): Promise<Refusal | undefined> {
    return this.#mail.change(async () => {
      const { index } = this.#mail.context
      if (subscribed && this.#find(name) === undefined) return nonexistent(name)
      await index.commit(() => index.subscribe(this.#mail.name, name, subscribed))
      this.#mail.notifyFolders()
      return undefined
    })
  }

  async append(name: string, source: AsyncIterable<Uint8Array>, options: AppendOptions) {
    const result = await this.appendAll(name, alone({ source, options }))
    if ('refused' in result) return result
    return { uidValidity: result.uidValidity, uid: present(result.uids[0], 'the UID of an appended letter') }
  }

  onChange(listener: (change: AccountChange) => void): () => void {
    return this.#mail.listenToAll(listener)
  }

  async appendAll(name: string, messages: AsyncIterable<AppendMessage>): Promise<Appended | Refusal> {
    await this.#mail.settled()
    if (this.#find(name) === undefined) return nonexistent(name)
    return appendLetters(this.#mail, name, messages)
  }

  async quota(): Promise<Quota> {
    await this.#mail.settled()
    return this.#mail.quota()
  }

  releaseHeld(): Promise<void> {
    return releaseHeld(this.#mail)
  }

  seenByChat(): Promise<void> {
    return noteChat(this.#mail)
  }

  #find(name: string): FolderRecord | undefined {
    return this.#mail.context.index.folder(this.#mail.name, name)
  }
}
