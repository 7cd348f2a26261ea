/**
 * Bringing an archive into a person's mailbox. Each batch is durable before the next is begun, and a letter that is
 * there already is left alone: an import that was cut off goes on when it is run again.
 */
import type { MailAccount, Refusal } from '@posthorn/imap'
import { messageOf, OperatingError } from '../../base/errors.ts'
import { inboxName } from '../../stores/mailbox/folder-name.ts'
import type { ImportedLetter, MailboxStore, MailImporter } from '../../stores/mailbox/index.ts'
import { archiveLimits } from './limits.ts'
import type { SourceFolder, SourceLetter } from './sources.ts'

export interface FolderTaken {
  readonly name: string
  readonly taken: number
  readonly present: number
  readonly skipped: number
}

export interface ArchiveTaken {
  readonly folders: readonly FolderTaken[]
  /** The first of those that were left out. */
  readonly skipped: readonly { readonly where: string; readonly reason: string }[]
}

export interface TakeOptions {
  readonly mailbox: Pick<MailboxStore, 'importer'>
  readonly account: MailAccount
  readonly user: string
  readonly folders: readonly SourceFolder[]
  /** What the source's main folder is called here, and its others are put below; null: as they are called there. */
  readonly into: string | null
  readonly messageBytesMax: number
  readonly signal: AbortSignal
  readonly onProgress: (done: { letters: number; bytes: number }) => void
}

export async function takeArchive(options: TakeOptions): Promise<ArchiveTaken> {
  const { account, mailbox, user, folders, into } = options
  const skipped: { where: string; reason: string }[] = []
  const taken: FolderTaken[] = []
  let before = { letters: 0, bytes: 0 }
  for (const folder of folders) {
    const name = targetOf(folder.name, into)
    const refused = await account.create(name)
    if (refused !== undefined && refused.refused !== 'already-exists') throw refusalError(name, refused)
    const importer = await mailbox.importer(user, name)
    if ('refused' in importer) throw refusalError(name, importer)
    const work = new FolderWork(options, importer, { name, skipped, before })
    taken.push(await work.run(folder))
    before = work.done
  }
  return { folders: taken, skipped }
}

function targetOf(name: string, into: string | null): string {
  if (into === null) return name
  return name === inboxName ? into : `${into}/${name}`
}

function refusalError(name: string, { text }: Refusal): OperatingError {
  return new OperatingError(`Nothing can be put into ${name}: ${text}`, { code: 'folder-refused', retry: 'never' })
}

class TooLarge extends Error {}
/** Of reading the source, so that it is told from what the mailbox says. */
class Unreadable extends Error {}

interface Batched extends ImportedLetter {
  readonly sizeBytes: number
}

class FolderWork {
  done: { letters: number; bytes: number }
  readonly #options: TakeOptions
  readonly #importer: MailImporter
  readonly #name: string
  readonly #skipped: { where: string; reason: string }[]
  readonly #counts = { taken: 0, present: 0, skipped: 0 }
  #batch: Batched[] = []
  #batchBytes = 0

  constructor(
    options: TakeOptions,
    importer: MailImporter,
    state: { name: string; skipped: { where: string; reason: string }[]; before: { letters: number; bytes: number } },
  ) {
    this.#options = options
    this.#importer = importer
    this.#name = state.name
    this.#skipped = state.skipped
    this.done = { ...state.before }
  }

  async run(folder: SourceFolder): Promise<FolderTaken> {
    for await (const letter of folder.letters()) {
      this.#options.signal.throwIfAborted()
      try {
        await this.#add(letter)
      } catch (error) {
        const { messageBytesMax } = this.#options
        if (error instanceof TooLarge) this.#skip(letter, `it is larger than ${messageBytesMax} bytes`)
        else if (error instanceof Unreadable && letter.atBytes === null) this.#skip(letter, error.message)
        else throw error instanceof Unreadable ? error.cause : error
      }
      this.#options.onProgress(this.done)
    }
    await this.#flush()
    return { name: this.#name, ...this.#counts }
  }

  #skip({ where }: SourceLetter, reason: string): void {
    this.#counts.skipped += 1
    if (this.#skipped.length < archiveLimits.skippedNamedMax) this.#skipped.push({ where, reason })
  }

  async #add({ bytes, flags, internalDate }: SourceLetter): Promise<void> {
    const source = this.#bounded(bytes)
    const chunks: Uint8Array[] = []
    let sizeBytes = 0
    for (;;) {
      const next = await source.next()
      if (next.done === true) break
      chunks.push(Buffer.from(next.value))
      sizeBytes += next.value.length
      if (sizeBytes > archiveLimits.smallBytesMax) {
        await this.#flush()
        await this.#take([{ source: joined(chunks, source), flags, internalDate, sizeBytes }])
        return
      }
    }
    const whole = chunks.length === 1 ? chunks : [Buffer.concat(chunks)]
    this.#batch.push({ source: joined(whole), flags, internalDate, sizeBytes })
    this.#batchBytes += sizeBytes
    const { batchLettersMax, batchBytesMax } = archiveLimits
    if (this.#batch.length >= batchLettersMax || this.#batchBytes >= batchBytesMax) await this.#flush()
  }

  async *#bounded(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
    let sizeBytes = 0
    const iterator = source[Symbol.asyncIterator]()
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        throw new Unreadable(messageOf(error), { cause: error })
      })
      if (next.done === true) return
      sizeBytes += next.value.length
      if (sizeBytes > this.#options.messageBytesMax) throw new TooLarge()
      this.done = { ...this.done, bytes: this.done.bytes + next.value.length }
      yield next.value
    }
  }

  async #flush(): Promise<void> {
    const batch = this.#batch
    this.#batch = []
    this.#batchBytes = 0
    if (batch.length > 0) await this.#take(batch)
  }

  async #take(letters: readonly Batched[]): Promise<void> {
    const outcomes = await this.#importer.take(letters)
    if ('refused' in outcomes) throw refusalError(this.#name, outcomes)
    for (const outcome of outcomes) this.#counts[outcome] += 1
    this.done = { ...this.done, letters: this.done.letters + letters.length }
  }
}

async function* joined(first: readonly Uint8Array[], rest?: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* first
  if (rest !== undefined) yield* rest
}
