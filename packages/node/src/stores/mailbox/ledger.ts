/**
 * What is known of directories that other programs may change too: whether anything but our own deeds has changed them
 * since they were listed last. So our own deliveries cost no listing, and those of others cost one.
 *
 * It looks at the time of change of the directory right before and right after each of our own operations. Such times
 * come in ticks of some milliseconds, and what another program does in the tick of our own operation looks like ours. A
 * watcher hears of it by its name; where there is none, a time that was young when it was noted is not believed.
 */
import { basename, dirname } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import type { DurableFiles } from '../files/index.ts'

/** Longer than a tick; of file systems that note whole seconds, those. */
const tickMs = 20
const coarseTickMs = 2100

interface Entry {
  /** Of the directory when the index agreed with it last; `undefined` when it may not. */
  mark: bigint | undefined
  /** Whether it may yet change within the same tick. */
  young: boolean
  /** Names that we changed and that a watcher has not told of yet; only while there is one. */
  own: Set<string> | undefined
}

export class Ledger {
  /** The file operations, done so that they are known as ours. */
  readonly files: DurableFiles
  readonly #files: DurableFiles
  readonly #clock: Clock
  readonly #entries = new Map<string, Entry>()

  constructor(files: DurableFiles, clock: Clock) {
    this.#files = files
    this.#clock = clock
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
    this.#note(directory, this.#entryOf(directory))
  }

  /**
   * Whether somebody else may have changed it since it was listed. `heard`: a watcher's names are acted on by
   * themselves, so that a young time need not be doubted where there is one.
   */
  changed(directory: string, { heard = true } = {}): boolean {
    const entry = this.#entries.get(directory)
    if (entry?.mark === undefined || (entry.young && !(heard && entry.own !== undefined))) return true
    return entry.mark !== this.#files.directoryMark(directory)
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
    const entry = this.#entryOf(directory)
    entry.own = new Set()
    // What was done before is not told of.
    if (entry.young) entry.mark = undefined
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
    const entry = this.#entries.get(directory) ?? { mark: undefined, young: false, own: undefined }
    this.#entries.set(directory, entry)
    return entry
  }

  #note(directory: string, entry: Entry): void {
    const mark = this.#files.directoryMark(directory)
    entry.mark = mark
    if (mark === undefined) return
    const ageMs = this.#clock.now() - Number(mark / 1_000_000n)
    entry.young = ageMs < (mark % 1_000_000_000n === 0n ? coarseTickMs : tickMs)
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
        if (agrees) this.#note(directory, entry)
        else entry.mark = undefined
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
