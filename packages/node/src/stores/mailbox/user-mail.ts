/**
 * One person's mail: who may change it (one task at a time), whether index and Maildir are known to agree, and who
 * wants to hear of changes.
 *
 * The Maildir is the truth. Before the first operation, and again after any that failed half way, it is compared with
 * the index. A task therefore needs no cleverness for the case that it is cut off: it does things in an order in which
 * the comparison finds all of it or nothing of it.
 */
import { join } from 'node:path'
import type { Quota, Refusal } from '@posthorn/imap'
import type { RandomSource } from '@posthorn/nncp'
import { assert } from '../../base/assert.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { Mutex } from '../../base/mutex.ts'
import type { DurableFiles } from '../files/index.ts'
import { directoryOf } from './folder-name.ts'
import type { MailIndex } from './mail-index.ts'
import { type QuotaBytesOf, quotaOf, roomRefusal } from './quota.ts'
import { reconcile } from './reconcile.ts'

export interface MailContext {
  readonly index: MailIndex
  readonly files: DurableFiles
  /** Holds one Maildir a user. */
  readonly directory: string
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
  readonly quotaBytesOf: QuotaBytesOf
}

export const noneHeld = { next: 1, count: 0, sizeBytes: 0 }

const userName = /^[a-z0-9][a-z0-9._-]{0,63}$/

export class UserMail {
  readonly name: string
  readonly context: MailContext
  readonly path: string
  /** By folder id: no UID from here on was given out, and the file beside the Maildir says so. */
  readonly uidMarks = new Map<number, number>()
  /** Files in the making that have not got their name yet, which the comparison leaves alone. */
  readonly writing = new Set<string>()
  /** The next number in the queue of what is held back, and how much lies there. */
  held = noneHeld
  /** The date of the clock on which it was noted that Delta Chat is here. */
  chatNotedOn: number | undefined
  readonly #mutex = new Mutex()
  readonly #listeners = new Map<number, Set<() => void>>()
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

  /** Runs a task that changes something, alone. When it fails, index and Maildir are compared before the next. */
  change<T>(task: () => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      await this.#compare()
      try {
        return await task()
      } catch (error) {
        this.#agrees = false
        throw error
      }
    })
  }

  /** Runs a task alone, whether or not index and Maildir agree. */
  exclusive(task: () => Promise<void>): Promise<void> {
    return this.#mutex.run(task)
  }

  /** Something was found that the index does not know: they are compared before the next operation. */
  distrust(): void {
    this.#agrees = false
  }

  /** The index was thrown away. */
  forget(): void {
    this.#agrees = false
    this.uidMarks.clear()
    this.held = noneHeld
    this.chatNotedOn = undefined
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

  /** Called after the commit. */
  notify(folder: number): void {
    for (const listener of [...(this.#listeners.get(folder) ?? [])]) {
      try {
        listener()
      } catch (error) {
        this.context.log.error('a listener of a folder failed', { user: this.name, reason: messageOf(error) })
      }
    }
  }

  async #compare(): Promise<void> {
    if (this.#agrees) return
    await reconcile(this)
    this.#agrees = true
  }
}
