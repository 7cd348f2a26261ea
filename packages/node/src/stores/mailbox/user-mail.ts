/**
 * One person's mail: who may change it (one task at a time), whether index and Maildir are known to agree, and who
 * wants to hear of changes.
 *
 * The Maildir is the truth. Before the first operation, and again after any that failed half way, it is compared with
 * the index. A task therefore needs no cleverness for the case that it is cut off: it does things in an order in which
 * the comparison finds all of it or nothing of it.
 */
import { dirname, join } from 'node:path'
import type { AccountChange, Quota, Refusal } from '@posthorn/imap'
import type { RandomSource } from '@posthorn/nncp'
import { assert } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf, OperatingError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { Mutex } from '../../base/mutex.ts'
import type { DurableFiles, FileFacts } from '../files/index.ts'
import type { Arrival } from '../journeys/journeys.ts'
import { compareFolder, compareNames, type Names } from './compare.ts'
import type { FetchedIndex } from './fetched.ts'
import { directoryOf } from './folder-name.ts'
import type { Ledger } from './ledger.ts'
import type { MailIndex } from './mail-index.ts'
import type { UidMark } from './maildir.ts'
import { keepModseqsAhead } from './marks.ts'
import type { NoteIndex } from './note-index.ts'
import { type QuotaBytesOf, quotaOf, roomRefusal } from './quota.ts'
import { compareFolders, reconcile } from './reconcile.ts'
import type { MailWatch } from './watch.ts'

export interface MailContext {
  readonly index: MailIndex
  readonly notes: NoteIndex
  readonly fetched: FetchedIndex
  /** Inside the commit of a delivery. */
  readonly noteArrival: (arrival: Arrival) => void
  /** Of `ledger`: what is done through them is known as ours. */
  readonly files: DurableFiles
  readonly ledger: Ledger
  readonly watch: MailWatch
  /** Holds one Maildir a user. */
  readonly directory: string
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
  readonly quotaBytesOf: QuotaBytesOf
  /** Called after every change of anybody's mail. */
  readonly changed: () => void
}

/** Another program would have to come in between each time. */
const triesMax = 3
const leftAloneMax = 1000

export const noneHeld = { next: 1, count: 0, sizeBytes: 0 }

const userName = /^[a-z0-9][a-z0-9._-]{0,63}$/

export class UserMail {
  readonly name: string
  readonly context: MailContext
  readonly path: string
  /** By folder id: what the file beside the Maildir says. */
  readonly marks = new Map<number, UidMark>()
  /** By folder id: the keys of letters that came from other programs, once they were asked for. */
  readonly foreignKeys = new Map<number, Set<string>>()
  /** Files in the making that have not got their name yet, which the comparison leaves alone. */
  readonly writing = new Set<string>()
  /** Of folders of which something is missing: since when. */
  readonly missedSince = new Map<string, number>()
  /** The next number in the queue of what is held back, and how much lies there. */
  held = noneHeld
  /** The date of the clock on which it was noted that Delta Chat is here. */
  chatNotedOn: number | undefined
  readonly #mutex = new Mutex()
  readonly #listeners = new Map<number, Set<() => void>>()
  /** Things in the Maildir that are no letters, and what they were when that was said. */
  readonly #leftAlone = new Map<string, string>()
  readonly #accountListeners = new Set<(change: AccountChange) => void>()
  readonly #identities = new Map<number, object>()
  #agrees = false

  static isName(name: string): boolean {
    return userName.test(name)
  }

  constructor(context: MailContext, name: string) {
    assert(UserMail.isName(name), 'the mailbox was asked for a user whose name can be none')
    this.context = context
    this.name = name
    this.path = join(context.directory, name)
  }

  folderPath(folder: string): string {
    return join(this.path, directoryOf(folder))
  }

  heldPath(): string {
    return join(this.path, 'held')
  }

  /** Resolves when the index can be read: at once, unless it has yet to be compared with the Maildir. */
  async settled(): Promise<void> {
    if (!this.#agrees) await this.#mutex.run(() => this.#compare())
  }

  quota(): Quota {
    const { index, quotaBytesOf } = this.context
    return quotaOf(quotaBytesOf(this.name), index.folders(this.name))
  }

  /** Why the person cannot put so much more into their mail themselves. */
  full(moreBytes: number): Refusal | undefined {
    return roomRefusal(this.quota(), moreBytes)
  }

  /**
   * The same, and the index has what other programs did in the folder until now; without a name, to the folders
   * themselves. Costs two looks at directories when they did nothing.
   */
  async current(name?: string): Promise<void> {
    await this.settled()
    const { index, ledger, watch } = this.context
    const folder = name === undefined ? undefined : index.folder(this.name, name)
    if (folder === undefined) {
      if (this.#foldersChanged()) await this.recheck(null, 'all')
      return
    }
    if (this.#places(folder.name).some(place => ledger.changed(place))) await this.recheck(folder.id, 'all')
    watch.use(this, folder.id)
  }

  /**
   * Takes over what other programs did in a folder, or (`null`) to the folders themselves.
   * @param names when no other files can have changed.
   */
  async recheck(id: number | null, names: Names | 'all'): Promise<void> {
    await this.#mutex.run(async () => {
      await this.#compare()
      const { index, ledger } = this.context
      try {
        const others = this.#foldersChanged()
        if (others) await compareFolders(this)
        const folder = id === null ? undefined : index.folderById(id)
        if (folder === undefined) return
        const places = this.#places(folder.name)
        if (names === 'all') {
          // Among all the others it was compared just now.
          if (!others && places.some(place => ledger.changed(place))) await compareFolder(this, folder)
          return
        }
        // What is not among them was done after them: of that there will be word too.
        if (names.complete) for (const place of places) ledger.listing(place)
        await compareNames(this, folder, names)
      } catch (error) {
        this.distrust()
        throw error
      }
    })
  }

  #places(folder: string): string[] {
    return ['new', 'cur'].map(directory => join(this.folderPath(folder), directory))
  }

  /** Runs a task that changes something, alone. When it fails, index and Maildir are compared before the next. */
  change<T>(task: () => Promise<T>): Promise<T> {
    return this.#mutex.run(() => this.#attempt(task))
  }

  /** The same. A task that comes upon a letter that another program has renamed or removed meanwhile is run again. */
  changeAgain<T>(task: () => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      for (let tries = 1; ; tries += 1) {
        try {
          return await this.#attempt(task)
        } catch (error) {
          if (tries === triesMax || !isMissing(error)) throw error
        }
      }
    })
  }

  async #attempt<T>(task: () => Promise<T>): Promise<T> {
    await this.#compare()
    await keepModseqsAhead(this)
    try {
      return await task()
    } catch (error) {
      this.distrust()
      throw error
    }
  }

  /** Runs a task alone, whether or not index and Maildir agree. */
  exclusive(task: () => Promise<void>): Promise<void> {
    return this.#mutex.run(task)
  }

  /** Something was found that the index does not know: they are compared before the next operation. */
  distrust(): void {
    this.#agrees = false
    this.context.ledger.forget(this.path)
  }

  /** The index was thrown away. */
  forget(): void {
    this.distrust()
    this.marks.clear()
    this.foreignKeys.clear()
    this.held = noneHeld
    this.chatNotedOn = undefined
  }

  /** The folder is gone; whoever has it open hears of it. */
  forgetFolder(id: number): void {
    this.marks.delete(id)
    this.foreignKeys.delete(id)
    this.notify(id)
  }

  /** The file is no letter, at least not yet one: its folder is to be compared again. */
  unsettled(path: string): void {
    this.context.ledger.doubt(dirname(path))
  }

  /** What is no letter stays where it is; that is said once. */
  leaveAlone(path: string, { identity, changedAtNs }: FileFacts, reason: string): void {
    const which = `${identity} ${changedAtNs}`
    if (this.#leftAlone.get(path) === which) return
    if (this.#leftAlone.size >= leftAloneMax) this.#leftAlone.clear()
    this.#leftAlone.set(path, which)
    this.context.log.warn('something in a Maildir is not taken for a letter and left alone', { path, reason })
  }

  isHeard(folder: number): boolean {
    return this.#listeners.has(folder)
  }

  listen(folder: number, listener: () => void): () => void {
    const listeners = this.#listeners.get(folder) ?? new Set()
    this.#listeners.set(folder, listeners)
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(folder) === listeners) this.#listeners.delete(folder)
    }
  }

  listenToAll(listener: (change: AccountChange) => void): () => void {
    this.#accountListeners.add(listener)
    return () => this.#accountListeners.delete(listener)
  }

  /** One object a folder, which stands for it; see `Folder.identity`. */
  identityOf(folder: number): object {
    const identity = this.#identities.get(folder) ?? { folder }
    this.#identities.set(folder, identity)
    return identity
  }

  /** Folders that come and go are found by listing them, not by their names: it costs little. */
  #foldersChanged(): boolean {
    return this.context.ledger.changed(this.path, { heard: false })
  }

  /** Something changed in a folder. Called after the commit. */
  notify(folder: number): void {
    this.context.changed()
    for (const listener of [...(this.#listeners.get(folder) ?? [])]) this.#call(listener)
    if (this.#accountListeners.size === 0) return
    const name = this.context.index.folderById(folder)?.name
    if (name !== undefined)
      for (const listener of [...this.#accountListeners]) this.#call(() => listener({ folder: name }))
  }

  /** The folders themselves changed, or the subscriptions. Called after the commit. */
  notifyFolders(): void {
    for (const listener of [...this.#accountListeners]) this.#call(() => listener('folders'))
  }

  #call(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      this.context.log.error('a listener of a mailbox failed', { user: this.name, reason: messageOf(error) })
    }
  }

  async #compare(): Promise<void> {
    if (this.#agrees) return
    await reconcile(this)
    this.#agrees = true
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof OperatingError && error.fields['systemCode'] === 'ENOENT'
}
