/** For tests: a mailbox in a directory of its own, that can be killed and opened again. */
import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { Faults, faultyDatabase, faultyFiles } from '../files/faults.ts'
import { scratchDirectory } from '../files/scratch-directory.ts'
import type { MailboxStore } from './mailbox.ts'
import { type MailboxOptions, openMailbox } from './open-mailbox.ts'
import type { QuotaBytesOf } from './quota.ts'
import { TestClock, user } from './testing.ts'

export interface Bench {
  readonly directory: string
  readonly faults: Faults
  database: Database
  /** The mailbox as a program that has just started finds it. */
  open(options?: Partial<Pick<MailboxOptions, 'files' | 'watchDirectory'>>): Promise<MailboxStore>
  /** Letters of the user, below their Maildir, sorted; all other files but the marks of UIDs too. */
  files(name?: string): Promise<string[]>
  /** An index that knows nothing. */
  loseIndex(): void
  mode(path: string): Promise<number>
  text(path: string): Promise<string>
}

export async function bench(options: { clock?: Clock; quotaBytesOf?: QuotaBytesOf } = {}): Promise<Bench> {
  const directory = await scratchDirectory()
  const faults = new Faults()
  const fresh = () => {
    const database = openDatabase(':memory:')
    onTestFinished(() => database.close())
    return database
  }
  const clock = options.clock ?? new TestClock()
  const here: Bench = {
    directory,
    faults,
    database: fresh(),
    open: (changes = {}) => {
      const database = faultyDatabase(here.database, faults)
      const { quotaBytesOf } = options
      const parts = {
        database,
        directory,
        random: randomBytes,
        clock,
        log: silentLog,
        ...(quotaBytesOf && { quotaBytesOf }),
      }
      return openMailbox({ ...parts, files: faultyFiles(faults), ...changes })
    },
    async files(name = user) {
      const root = join(directory, name)
      const entries = await readdir(root, { recursive: true, withFileTypes: true })
      return entries
        .filter(entry => !entry.isDirectory() && entry.name !== 'posthorn-uidvalidity')
        .map(entry => relative(root, join(entry.parentPath, entry.name)))
        .sort()
    },
    loseIndex: () => {
      here.database = fresh()
    },
    mode: async path => (await stat(join(directory, path))).mode & 0o777,
    text: path => readFile(join(directory, user, path), 'latin1'),
  }
  return here
}
