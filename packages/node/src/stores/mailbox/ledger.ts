/**
 * What is known of directories that other programs may change too: whether anything but our own deeds has changed them
 * since they were listed last. So our own deliveries cost no listing, and those of others cost one.
 *
 * It looks at the time of change of the directory right before and right after each of our own operations. What another
 * program does within the same few milliseconds may look like ours; whoever watches hears of it by its name.
 */
import { basename, dirname } from 'node:path'
import type { DurableFiles } from '../files/index.ts'

interface Entry {
  /** Of the directory when the index agreed with it last; `undefined` when it may not. */
  mark: bigint | undefined
  /** Names that we changed and that a watcher has not told of yet; only while there is one. */
  own: Set<string> | undefined
}

export class Ledger {
  /** The file operations, done so that they are known as ours. */
  readonly files: DurableFiles
  readonly #files: DurableFiles
  readonly #entries = new Map<string, Entry>()

  constructor(files: DurableFiles) {
    this.#files = files
    this.files = {
      ...files,
      rename: (from, to) => this.#doing([from, to], () => files.rename(from, to)),
      nameNew: (from, to) => this.#doing([from, to], () => files.nameNew(from, to)),
      unlink: path => this.#doing([path], () => files.unlink(path)),
      removeTree: path => this.#doing([path], () => files.removeTree(path)),
      makeDirectory: path => this.#doing([path, dirname(path)], () => files.makeDirectory(path)),
    }
  }

  /** The directory is about to be listed. */
  listing(directory: string): void {
    this.#entryOf(directory).mark = this.#files.directoryMark(directory)
  }

  /** Whether somebody else may have changed it since it was listed. */
  changed(directory: string): boolean {
    const mark = this.#entries.get(directory)?.mark
    return mark === undefined || mark !== this.#files.directoryMark(directory)
  }

  /** It is to be listed again, whatever happens to it. */
  doubt(directory: string): void {
    const entry = this.#entries.get(directory)
    if (entry !== undefined) entry.mark = undefined
  }

  /** Nothing is known any more of what lies below. */
  forget(root: string): void {
    for (const [path, entry] of this.#entries) {
      if (path === root || path.startsWith(`${root}/`)) entry.mark = undefined
    }
  }

  /** From now on the names of our own deeds there are kept for `isOwn`. */
  beginWatching(directory: string): void {
    this.#entryOf(directory).own = new Set()
  }

  endWatching(directory: string): void {
    const entry = this.#entries.get(directory)
    if (entry !== undefined) entry.own = undefined
  }

  /** Whether a change that a watcher tells of is ours. Each of them is asked for once. */
  isOwn(directory: string, name: string): boolean {
    return this.#entries.get(directory)?.own?.delete(name) === true
  }

  /** Of what was ours long ago nobody tells any more. */
  forgetOwn(): void {
    for (const { own } of this.#entries.values()) own?.clear()
  }

  #entryOf(directory: string): Entry {
    const entry = this.#entries.get(directory) ?? { mark: undefined, own: undefined }
    this.#entries.set(directory, entry)
    return entry
  }

  async #doing<T>(paths: readonly string[], operation: () => Promise<T>): Promise<T> {
    const places = paths.flatMap(path => {
      const directory = dirname(path)
      const entry = this.#entries.get(directory)
      if (entry === undefined) return []
      entry.own?.add(basename(path))
      const agrees = entry.mark !== undefined && entry.mark === this.#files.directoryMark(directory)
      return [{ directory, entry, agrees }]
    })
    const settle = () => {
      for (const { directory, entry, agrees } of places) {
        entry.mark = agrees ? this.#files.directoryMark(directory) : undefined
      }
    }
    const done = operation()
    // What is done at once is looked at at once: another program has no time to come in between.
    settle()
    try {
      return await done
    } finally {
      if (places.length > 0) settle()
    }
  }
}
