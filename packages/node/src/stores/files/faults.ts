/** For tests: files and a database that fail at a chosen operation, as if the program were killed or the disk full. */
import { dirname } from 'node:path'
import type { Database } from '../database/database.ts'
import { diskError } from './disk-error.ts'
import { type DurableFiles, diskFiles, type FileWriter } from './durable-files.ts'
import { writeNewFile } from './write-file.ts'

/** What a program that is killed never gets to see. */
export class CrashError extends Error {
  constructor() {
    super('the program was killed here')
    this.name = 'CrashError'
  }
}

/** After a crash everything fails; an error of the disk happens once. */
export type Fault = 'crash' | 'ENOSPC' | 'EIO'

export class Faults {
  #operations = 0
  #failAt = Number.POSITIVE_INFINITY
  #fault: Fault = 'crash'
  /** Directories with names that a power cut would lose. */
  readonly unsynced = new Set<string>()

  /** Operations that change something, since `arm`. */
  get operations(): number {
    return this.#operations
  }

  /** The n-th operation from now on (1 = the next) fails instead of being done. */
  arm(operation: number, fault: Fault): void {
    this.#operations = 0
    this.#failAt = operation
    this.#fault = fault
  }

  disarm(): void {
    this.#failAt = Number.POSITIVE_INFINITY
  }

  step(path: string): void {
    this.#operations += 1
    if (this.#fault === 'crash') {
      if (this.#operations >= this.#failAt) throw new CrashError()
    } else if (this.#operations === this.#failAt) {
      throw diskError(Object.assign(new Error('injected'), { code: this.#fault }), 'a test', path)
    }
  }
}

export function faultyFiles(faults: Faults): DurableFiles {
  const changing =
    <T>(operation: (path: string) => Promise<T>) =>
    async (path: string) => {
      faults.step(path)
      return operation(path)
    }
  const files: DurableFiles = {
    ...diskFiles,
    // In steps, so that each of them can fail.
    writeSmall: (path, bytes) => writeNewFile(files, path, writer => writer.write(bytes)),
    async create(path) {
      faults.step(path)
      return faultyWriter(faults, path, await diskFiles.create(path))
    },
    async extend(path, sizeBytes) {
      faults.step(path)
      return faultyWriter(faults, path, await diskFiles.extend(path, sizeBytes))
    },
    async rename(from, to) {
      faults.step(to)
      await diskFiles.rename(from, to)
      faults.unsynced.add(dirname(to))
    },
    async nameNew(from, to) {
      faults.step(to)
      faults.unsynced.add(dirname(to))
      return diskFiles.nameNew(from, to)
    },
    unlink: changing(path => diskFiles.unlink(path)),
    removeTree: changing(path => diskFiles.removeTree(path)),
    makeDirectory: changing(path => diskFiles.makeDirectory(path)),
    syncDirectory: changing(async path => void faults.unsynced.delete(path)),
  }
  return files
}

function faultyWriter(faults: Faults, path: string, writer: FileWriter): FileWriter {
  return {
    async write(chunk) {
      faults.step(path)
      await writer.write(chunk)
    },
    async sync() {
      // Not done: what a killed program has written, the system writes. Only a power cut would lose it.
      faults.step(path)
    },
    // The files of a killed program are closed too.
    close: () => writer.close(),
  }
}

/** Fails before a commit, or (when killed) after it, before anyone was told. */
export function faultyDatabase(database: Database, faults: Faults): Database {
  return {
    get: (sql, ...values) => database.get(sql, ...values),
    all: (sql, ...values) => database.all(sql, ...values),
    run: (sql, ...values) => database.run(sql, ...values),
    transaction: work => database.transaction(work),
    snapshot: async (path, options) => {
      faults.step(path)
      await database.snapshot(path, options)
    },
    faults: () => database.faults(),
    close: () => database.close(),
    async commit(work) {
      faults.step('database')
      const answer = await database.commit(work)
      // A disk that is full says so before the commit, never after it.
      try {
        faults.step('database')
      } catch (error) {
        if (error instanceof CrashError) throw error
      }
      return answer
    },
  }
}

/** For each operation from the first to the last, several at a time: they mostly wait for the disk. */
export async function forEachOperation(last: number, task: (operation: number) => Promise<void>): Promise<void> {
  for (let first = 1; first <= last; first += 8) {
    const operations = Array.from({ length: Math.min(8, last - first + 1) }, (_, index) => first + index)
    await Promise.all(operations.map(task))
  }
}
