/**
 * How a whole file gets its name, once.
 *
 * Its bytes are on the disk under a name of ours. Which name it is to have is remembered; it gets that name; that it
 * has it is remembered; only then the name of ours goes. After a crash the file's own identity tells how far it came.
 */
import { dirname, join } from 'node:path'
import type { NodeId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { removeQuietly } from '../files/index.ts'
import type { IncomingContext } from './context.ts'
import { incomingLimits } from './limits.ts'
import { copyName } from './names.ts'

export interface PlacingRow {
  readonly path: string
  readonly sizeBytes: number
  readonly file: string
  readonly placed: 0 | 1
}

export interface FileToPlace {
  readonly id: string
  readonly sender: NodeId
  readonly origin: NodeId
  /** Absolute path; on the disk, name and all. */
  readonly temporary: string
  /** Absolute path; the folder is there. */
  readonly target: string
  readonly at: number
}

function placingOf(database: Database, id: string): PlacingRow | undefined {
  const sql = 'SELECT path, size_bytes AS sizeBytes, file, placed FROM arrived_files WHERE id = ?'
  return database.get<PlacingRow>(sql, id)
}

/**
 * Goes on where a crash cut it: answers what was placed, or `undefined` when it has to be done from the beginning.
 * Harmless when nothing was begun.
 */
export async function resumePlacing(
  context: IncomingContext,
  id: string,
  temporary: string,
): Promise<PlacingRow | undefined> {
  const { database, files } = context
  const row = placingOf(database, id)
  if (row === undefined) return undefined
  if (row.placed === 0) {
    const [ours, named] = [await files.facts(temporary), await files.facts(row.path)]
    // Where there are no links the file was renamed; some such file systems do not keep identities.
    const has =
      ours === undefined
        ? named?.identity === row.file || named?.sizeBytes === row.sizeBytes
        : named?.identity === ours.identity
    if (!has) return undefined
    await files.syncDirectory(dirname(row.path))
    await settle(database, id)
  }
  await removeQuietly(files, temporary)
  return row
}

/** Answers where it lies, or why it cannot lie there. */
export async function place(context: IncomingContext, file: FileToPlace): Promise<PlacingRow | { fault: string }> {
  const { database, files } = context
  const { id, temporary, target } = file
  const folder = dirname(target)
  const name = target.slice(folder.length + 1)
  for (let copy = 0; copy <= incomingLimits.copiesMax; copy += 1) {
    const path = join(folder, copyName(name, copy))
    if ((await files.facts(path)) !== undefined) continue
    const row = await intend(context, file, path)
    const outcome = await files.nameNew(temporary, path)
    if (outcome === 'taken') continue
    if (outcome === 'impossible') {
      await database.commit(() => database.run('DELETE FROM arrived_files WHERE id = ?', id))
      return { fault: 'its name is none that the disk of the folder can have' }
    }
    await files.syncDirectory(folder)
    await settle(database, id)
    await removeQuietly(files, temporary)
    return row
  }
  return { fault: `more than ${incomingLimits.copiesMax} files have its name` }
}

async function intend(context: IncomingContext, file: FileToPlace, path: string): Promise<PlacingRow> {
  const { database, files } = context
  const { id, sender, origin, temporary, at } = file
  const facts = await files.facts(temporary)
  const row: PlacingRow = { path, sizeBytes: facts?.sizeBytes ?? 0, file: facts?.identity ?? '', placed: 0 }
  const sql = `INSERT OR REPLACE INTO arrived_files (id, sender, origin, path, size_bytes, file, placed, at, day)
    VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`
  await database.commit(() =>
    database.run(sql, id, sender, origin, path, row.sizeBytes, row.file, Math.floor(at), today(database)),
  )
  return row
}

async function settle(database: Database, id: string): Promise<void> {
  await database.commit(() => database.run('UPDATE arrived_files SET placed = 1 WHERE id = ?', id))
}
