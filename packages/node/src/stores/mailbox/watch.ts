/**
 * Notices at once what other programs do in the folders that are in use, by what the system tells of their directories.
 *
 * Every now and then the directories are looked at as well: file systems of other machines tell nothing, and the
 * system's table of watches may be full. Our own deeds are known by their names and cost nothing more.
 */
import { watch } from 'node:fs'
import { basename, join } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import { isAbort, messageOf } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { Ledger } from './ledger.ts'
import { mailboxLimits } from './limits.ts'
import type { MailIndex } from './mail-index.ts'
import type { UserMail } from './user-mail.ts'

/** Calls `changed` with the name of what changed in a directory, or null. Throws when the system cannot watch. */
export type WatchDirectory = (
  path: string,
  changed: (name: string | null) => void,
  failed: () => void,
) => { close(): void }

export const watchDirectory: WatchDirectory = (path, changed, failed) => {
  const watcher = watch(path, { persistent: false }, (_event, name) => changed(name))
  watcher.on('error', failed)
  return watcher
}

interface Options {
  readonly ledger: Ledger
  readonly index: MailIndex
  readonly clock: Clock
  readonly log: Log
  readonly watchDirectory: WatchDirectory
}

/** More names than these are not looked at one by one; there may be others that the system had no room for. */
const namesMax = 1000

/** One folder, or (without an id) the directory that a person's folders are in. */
interface Watched {
  readonly mail: UserMail
  readonly id: number | null
  /** Directories, and what stands before a name in them. */
  readonly places: readonly { readonly path: string; readonly prefix: string }[]
  readonly close: (() => void)[]
  names: Set<string>
  dirty: boolean
}

export class MailWatch {
  readonly #options: Options
  readonly #hint = new Hint()
  /** By folder id, and those of people by the path of their mail. */
  readonly #watched = new Map<number | string, Watched>()
  #watchers = 0
  #signal: AbortSignal | undefined

  constructor(options: Options) {
    this.#options = options
  }

  /** From now on folders in use are watched, until it is stopped. Once at a time. */
  start(): Service {
    const stopping = new AbortController()
    const { signal } = stopping
    this.#signal = signal
    const running = Promise.all([this.#listen(signal), this.#lookAround(signal)])
    return {
      stop: async () => {
        stopping.abort()
        this.#signal = undefined
        for (const watched of [...this.#watched.values()]) this.#drop(watched)
        await running
      },
    }
  }

  /** The folder is in use: it is watched if it is not yet. */
  use(mail: UserMail, id: number): void {
    if (this.#signal === undefined) return
    const folder = this.#options.index.folderById(id)
    if (folder === undefined) return
    const path = mail.folderPath(folder.name)
    const known = this.#watched.get(id)
    if (known !== undefined && known.places[0]?.path === join(path, 'new')) return
    if (known !== undefined) this.#drop(known)
    this.#add(
      mail,
      id,
      ['new', 'cur'].map(name => ({ path: join(path, name), prefix: `${name}/` })),
    )
    if (!this.#watched.has(mail.path)) this.#add(mail, null, [{ path: mail.path, prefix: '' }])
  }

  /** The person's mail is about to go. */
  forget(mail: UserMail): void {
    for (const watched of [...this.#watched.values()]) if (watched.mail === mail) this.#drop(watched)
  }

  #add(mail: UserMail, id: number | null, places: Watched['places']): void {
    const watched: Watched = { mail, id, places, close: [], names: new Set(), dirty: false }
    this.#watched.set(id ?? mail.path, watched)
    for (const place of places) this.#watch(watched, place)
    // What came before the watch: of that nobody tells.
    this.#changed(watched)
  }

  #watch(watched: Watched, { path, prefix }: Watched['places'][number]): void {
    const { ledger, log } = this.#options
    if (this.#watchers >= mailboxLimits.watchedDirectoriesMax) return
    try {
      const failed = () => this.#close(watched)
      const watcher = this.#options.watchDirectory(path, name => this.#heard(watched, { path, prefix }, name), failed)
      this.#watchers += 1
      ledger.beginWatching(path)
      watched.close.push(() => {
        watcher.close()
        this.#watchers -= 1
        ledger.endWatching(path)
      })
    } catch (error) {
      // It is looked at now and then.
      log.debug('a directory of a Maildir cannot be watched', { path, reason: messageOf(error) })
    }
  }

  /** Nobody tells of it any more; it is looked at now and then. */
  #close(watched: Watched): void {
    for (const close of watched.close.splice(0)) close()
  }

  #drop(watched: Watched): void {
    this.#watched.delete(watched.id ?? watched.mail.path)
    this.#close(watched)
  }

  #heard(watched: Watched, { path, prefix }: Watched['places'][number], name: string | null): void {
    if (name !== null && this.#options.ledger.isOwn(path, name)) return
    if (name === null || (watched.id === null && /^(?:\.|cur$|new$)/.test(name))) this.#changed(watched)
    else if (watched.id !== null && name === basename(path)) {
      // The directory itself may be gone, and another one may come in its place.
      this.#drop(watched)
      this.#add(watched.mail, watched.id, watched.places)
    } else if (watched.id !== null && !name.startsWith('.')) {
      watched.names.add(prefix + name)
      this.#hint.notify()
    }
  }

  #changed(watched: Watched): void {
    watched.dirty = true
    this.#hint.notify()
  }

  async #listen(signal: AbortSignal): Promise<void> {
    const pending = () => [...this.#watched.values()].filter(({ dirty, names }) => dirty || names.size > 0)
    while (!signal.aborted) {
      if (pending().length === 0) await this.#hint.wait(signal)
      if (!(await this.#pause(mailboxLimits.watchDebounceMs, signal))) return
      for (const watched of pending()) await this.#recheck(watched)
    }
  }

  async #recheck(watched: Watched): Promise<void> {
    const { names, mail, id, places } = watched
    const all = watched.dirty || names.size > namesMax
    watched.names = new Set()
    watched.dirty = false
    try {
      if (names.size > namesMax) for (const { path } of places) this.#options.ledger.doubt(path)
      // There both names of a renaming are told of together, when all places that it can lead to are watched.
      const complete = process.platform === 'linux' && watched.close.length === places.length
      await mail.recheck(id, all ? 'all' : { names, complete })
    } catch (error) {
      // It is compared before its next use, and whoever uses it hears of the reason.
      this.#options.log.warn('what other programs did in a Maildir could not be taken over', {
        user: mail.name,
        reason: messageOf(error),
      })
    }
    if (id !== null && this.#options.index.folderById(id) === undefined) this.#drop(watched)
  }

  async #lookAround(signal: AbortSignal): Promise<void> {
    const { ledger } = this.#options
    while (await this.#pause(mailboxLimits.watchPauseMs, signal)) {
      ledger.forgetOwn()
      for (const watched of this.#watched.values()) {
        if (watched.close.length === 0) for (const place of watched.places) this.#watch(watched, place)
        if (watched.places.some(({ path }) => ledger.changed(path))) this.#changed(watched)
      }
    }
  }

  /** `false` when it was stopped meanwhile. */
  async #pause(delayMs: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#options.clock.sleep(delayMs, signal)
      return true
    } catch (error) {
      if (isAbort(error)) return false
      throw error
    }
  }
}
