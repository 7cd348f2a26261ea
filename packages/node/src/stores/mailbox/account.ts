/** One person's folders, as the IMAP server sees them. */
import type {
  AccountChange,
  AppendOptions,
  Folder,
  FolderInfo,
  FolderStatus,
  MailAccount,
  Refusal,
} from '@posthorn/imap'
import { present } from '../../base/assert.ts'
import { OperatingError } from '../../base/errors.ts'
import { releaseHeld } from './deliver.ts'
import { randomKey, secondsOf } from './file-name.ts'
import { cleanFlags } from './flags.ts'
import { MailFolder, statusOf } from './folder.ts'
import { folderNameFault, inboxName, specialUseOf } from './folder-name.ts'
import { mailboxLimits } from './limits.ts'
import type { FolderRecord } from './mail-index.ts'
import { makeMaildir } from './maildir.ts'
import { publish, withLetter } from './publish.ts'
import { addFolder, doomedPath } from './reconcile.ts'
import { alreadyExists, nonexistent, notAllowed } from './refusals.ts'
import type { UserMail } from './user-mail.ts'

export class UserAccount implements MailAccount {
  readonly address: string
  readonly #mail: UserMail

  constructor(mail: UserMail, address: string) {
    this.#mail = mail
    this.address = address
  }

  async folders(): Promise<readonly FolderInfo[]> {
    await this.#mail.settled()
    const { index } = this.#mail.context
    const subscribed = index.subscriptions(this.#mail.name)
    return index.folders(this.#mail.name).map(({ name }) => {
      return { name, subscribed: subscribed.has(name), specialUse: specialUseOf(name) }
    })
  }

  async status(name: string): Promise<FolderStatus | Refusal> {
    await this.#mail.settled()
    const folder = this.#find(name)
    return folder === undefined ? nonexistent(name) : statusOf(this.#mail, folder)
  }

  async open(name: string): Promise<Folder | Refusal> {
    await this.#mail.settled()
    const folder = this.#find(name)
    return folder === undefined ? nonexistent(name) : new MailFolder(this.#mail, folder)
  }

  create(name: string): Promise<Refusal | undefined> {
    return this.#mail.change(async () => {
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
    })
  }

  remove(name: string): Promise<Refusal | undefined> {
    return this.#mail.change(async () => {
      const { files, index } = this.#mail.context
      if (name === inboxName) return notAllowed('INBOX cannot be removed.')
      const folder = this.#find(name)
      if (folder === undefined) return nonexistent(name)
      // One rename takes the folder away whole; emptying it may take its time, and is finished after a crash.
      const doomed = doomedPath(this.#mail)
      await files.rename(this.#mail.folderPath(name), doomed)
      await files.syncDirectory(this.#mail.path)
      await index.commit(() => index.removeFolder(folder.id))
      this.#mail.uidMarks.delete(folder.id)
      this.#mail.notify(folder.id)
      this.#mail.notifyFolders()
      await files.removeTree(doomed)
      return undefined
    })
  }

  rename(from: string, to: string): Promise<Refusal | undefined> {
    return this.#mail.change(async () => {
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

  async append(
    name: string,
    source: AsyncIterable<Uint8Array>,
    options: AppendOptions,
  ): Promise<{ uidValidity: number; uid: number } | Refusal> {
    await this.#mail.settled()
    if (this.#find(name) === undefined) return nonexistent(name)
    const { clock, random } = this.#mail.context
    const exact = exactly(source, options.sizeBytes)
    return withLetter(this.#mail, { source: exact, returnPath: null }, written =>
      this.#mail.change(async () => {
        const folder = this.#find(name)
        if (folder === undefined) return nonexistent(name)
        const seconds = secondsOf(options.internalDate ?? clock.now())
        const letter = { ...written, key: randomKey(random), seconds, flags: cleanFlags(options.flags) }
        const uids = await publish(this.#mail, folder, { arriving: [letter], undo: 'remove' })
        return { uidValidity: folder.uidValidity, uid: present(uids[0], 'the UID of an appended letter') }
      }),
    )
  }

  onChange(listener: (change: AccountChange) => void): () => void {
    return this.#mail.listenToAll(listener)
  }

  async quota(): Promise<{ usedBytes: number; limitBytes: number | null }> {
    await this.#mail.settled()
    const folders = this.#mail.context.index.folders(this.#mail.name)
    return { usedBytes: folders.reduce((sum, folder) => sum + folder.sizeBytes, 0), limitBytes: null }
  }

  releaseHeld(): Promise<void> {
    return releaseHeld(this.#mail)
  }

  #find(name: string): FolderRecord | undefined {
    return this.#mail.context.index.folder(this.#mail.name, name)
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
