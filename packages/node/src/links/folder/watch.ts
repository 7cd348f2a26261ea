/**
 * Notices that a medium appeared or that something on it changed. Three ways, because none is enough: the system's
 * notices for the root and its two levels of directories (few enough to afford, and links are not followed); a look
 * every two seconds whether the root is there and is the same; and a yield every minute whatever was heard, for network
 * file systems, for full watch tables and for directories beyond the limit. Temporary files of ours are no change.
 */
import { join } from 'node:path'
import { parseNodeId } from '@posthorn/nncp'
import { isAbort } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import { Mutex } from '../../base/mutex.ts'
import type { FolderContext } from './context.ts'
import { isTemporaryName } from './names.ts'
import type { Root } from './place.ts'

/** Yields once when it begins and the medium is there, then after changes. Ends with the signal, never throws. */
export async function* watchFolder(context: FolderContext, at: URL, signal: AbortSignal): AsyncGenerator<void> {
  const ended = new AbortController()
  const until = AbortSignal.any([signal, ended.signal])
  const watch = new FolderWatch(context, at, until)
  const polling = watch.poll()
  try {
    while (!until.aborted) {
      await watch.changed()
      if (until.aborted) return
      await pause(context, context.limits.debounceMs, until)
      if (until.aborted) return
      await watch.answer()
      yield
    }
  } finally {
    ended.abort()
    await polling
    watch.close()
  }
}

class FolderWatch {
  readonly #context: FolderContext
  readonly #at: URL
  readonly #signal: AbortSignal
  readonly #hint = new Hint()
  readonly #watchers = new Map<string, { close(): void }>()
  readonly #looking = new Mutex()
  #root: Root | undefined
  #dirty = false
  /** A directory may have come or gone: look again at which ones to listen to. */
  #stale = false

  constructor(context: FolderContext, at: URL, signal: AbortSignal) {
    this.#context = context
    this.#at = at
    this.#signal = signal
  }

  async changed(): Promise<void> {
    while (!this.#dirty && !this.#signal.aborted) await this.#hint.wait(this.#signal)
  }

  /** Listens to new directories before whoever is woken looks at them, so that nothing comes in unheard between. */
  async answer(): Promise<void> {
    this.#dirty = false
    if (this.#stale) await this.#look()
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  async poll(): Promise<void> {
    const { clock, limits } = this.#context
    let yieldedAt = clock.now()
    while (!this.#signal.aborted) {
      await this.#look()
      const now = clock.now()
      if (this.#root !== undefined && (now < yieldedAt || now - yieldedAt >= limits.rescanMs)) {
        yieldedAt = now
        this.#stale = true
        this.#notify()
      }
      await pause(this.#context, limits.pollMs, this.#signal)
    }
  }

  #look(): Promise<void> {
    return this.#looking.run(() => this.#lookNow())
  }

  async #lookNow(): Promise<void> {
    const root = await this.#context.places.root(this.#at).catch(() => undefined)
    if (this.#signal.aborted) return
    const before = this.#root
    this.#root = root
    if (root === undefined) return this.close()
    const same = before?.device === root.device && before.inode === root.inode && before.path === root.path
    if (!same) this.close()
    if (!same || this.#stale) {
      this.#stale = false
      await this.#listen(root)
    }
    if (!same || this.#context.rounds.isOpen(root.path)) this.#notify()
  }

  #notify(): void {
    this.#dirty = true
    this.#hint.notify()
  }

  /** Listens to the root and the directories of its two levels that are there now. */
  async #listen(root: Root): Promise<void> {
    const max = this.#context.limits.watchedDirectoriesMax
    /** Whether directories appear in it that are to be listened to as well. */
    const wanted = new Map<string, boolean>([[root.path, true]])
    try {
      for await (const recipient of this.#directories(root)) {
        wanted.set(join(root.path, recipient), true)
        for await (const sender of this.#directories(root, recipient)) {
          if (wanted.size < max) wanted.set(join(root.path, recipient, sender), false)
        }
        if (wanted.size >= max) break
      }
    } catch (error) {
      this.#context.log.debug('a folder cannot be listed to listen to it', { path: root.path, error })
    }
    if (this.#signal.aborted) return
    for (const [path, watcher] of this.#watchers) {
      if (wanted.has(path)) continue
      watcher.close()
      this.#watchers.delete(path)
    }
    for (const [path, holdsDirectories] of wanted) this.#listenTo(path, holdsDirectories)
  }

  async *#directories(root: Root, ...below: readonly string[]): AsyncGenerator<string> {
    const { files, places, limits } = this.#context
    const directory = await places.existing(root, ...below)
    if (directory === undefined) return
    let looked = 0
    for await (const name of files.names(directory)) {
      looked += 1
      if (looked > limits.watchedDirectoriesMax) return
      if (parseNodeId(name) === undefined) continue
      const path = await places.existing(root, ...below, name).catch(() => undefined)
      if (path !== undefined) yield name
    }
  }

  #listenTo(path: string, holdsDirectories: boolean): void {
    if (this.#watchers.has(path)) return
    try {
      const watcher = this.#context.files.watch(
        path,
        name => this.#heard(name, holdsDirectories),
        () => this.#deaf(path),
      )
      this.#watchers.set(path, watcher)
      this.#notify()
    } catch (error) {
      this.#context.warnings.warn(
        path,
        'changes of a folder are not announced by the system; it is looked at each minute',
        {
          path,
          error,
        },
      )
    }
  }

  #heard(name: string | null, holdsDirectories: boolean): void {
    if (name !== null && isTemporaryName(name)) return
    if (holdsDirectories) this.#stale = true
    this.#notify()
  }

  #deaf(path: string): void {
    this.#watchers.get(path)?.close()
    this.#watchers.delete(path)
    this.#stale = true
  }
}

async function pause(context: FolderContext, delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await context.clock.sleep(delayMs, signal)
  } catch (error) {
    if (!isAbort(error)) throw error
  }
}
