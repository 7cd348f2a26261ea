import { createHash } from 'node:crypto'
import { OperatingError } from '../../base/errors.ts'
import first from './migrations/0001-first.sql'
import envelopes from './migrations/0002-envelopes.sql'
import relays from './migrations/0003-relays.sql'
import calls from './migrations/0004-calls.sql'
import files from './migrations/0005-files.sql'
import areas from './migrations/0006-areas.sql'
import invites from './migrations/0007-invites.sql'
import moving from './migrations/0008-moving.sql'
import toldByDone from './migrations/0009-told-by-done.sql'
import handles from './migrations/0010-handles.sql'
import waiting from './migrations/0011-waiting.sql'
import queue from './migrations/0012-queue.sql'
import annotations from './migrations/0013-annotations.sql'
import keptFlags from './migrations/0014-kept-flags.sql'
import mailNotes from './migrations/0015-mail-notes.sql'
import people from './migrations/0016-people.sql'
import mailStructures from './migrations/0017-mail-structures.sql'
import restores from './migrations/0018-restores.sql'
import journeys from './migrations/0019-journeys.sql'
import tombstones from './migrations/0020-tombstones.sql'
import fetched from './migrations/0021-fetched.sql'
import repairs from './migrations/0022-repairs.sql'
import custody from './migrations/0023-custody.sql'
import recalls from './migrations/0024-recalls.sql'
import notices from './migrations/0025-notices.sql'
import passing from './migrations/0026-passing.sql'
import lifetimes from './migrations/0027-lifetimes.sql'
import ages from './migrations/0028-ages.sql'
import fetchedPlaces from './migrations/0029-fetched-places.sql'
import givenUp from './migrations/0030-given-up.sql'
import folderRoads from './migrations/0031-folder-roads.sql'
import roads from './migrations/0032-roads.sql'
import handovers from './migrations/0033-handovers.sql'
import letGo from './migrations/0034-let-go.sql'
import queueLifetimes from './migrations/0035-queue-lifetimes.sql'
import passedBy from './migrations/0036-passed-by.sql'
import web from './migrations/0037-web.sql'
import joining from './migrations/0038-joining.sql'
import arrivals from './migrations/0039-arrivals.sql'
import webAccounts from './migrations/0040-web-accounts.sql'
import network from './migrations/0041-network.sql'
import type { SqliteDatabase } from './sqlite.ts'

/** One step of the schema. What has been released is never changed, only followed. */
export interface Migration {
  readonly number: number
  readonly name: string
  readonly sql: string
}

export const migrations: readonly Migration[] = [
  { number: 1, name: 'first', sql: first },
  { number: 2, name: 'envelopes', sql: envelopes },
  { number: 3, name: 'relays', sql: relays },
  { number: 4, name: 'calls', sql: calls },
  { number: 5, name: 'files', sql: files },
  { number: 6, name: 'areas', sql: areas },
  { number: 7, name: 'invites', sql: invites },
  { number: 8, name: 'moving', sql: moving },
  { number: 9, name: 'told-by-done', sql: toldByDone },
  { number: 10, name: 'handles', sql: handles },
  { number: 11, name: 'waiting', sql: waiting },
  { number: 12, name: 'queue', sql: queue },
  { number: 13, name: 'annotations', sql: annotations },
  { number: 14, name: 'kept-flags', sql: keptFlags },
  { number: 15, name: 'mail-notes', sql: mailNotes },
  { number: 16, name: 'people', sql: people },
  { number: 17, name: 'mail-structures', sql: mailStructures },
  { number: 18, name: 'restores', sql: restores },
  { number: 19, name: 'journeys', sql: journeys },
  { number: 20, name: 'tombstones', sql: tombstones },
  { number: 21, name: 'fetched', sql: fetched },
  { number: 22, name: 'repairs', sql: repairs },
  { number: 23, name: 'custody', sql: custody },
  { number: 24, name: 'recalls', sql: recalls },
  { number: 25, name: 'notices', sql: notices },
  { number: 26, name: 'passing', sql: passing },
  { number: 27, name: 'lifetimes', sql: lifetimes },
  { number: 28, name: 'ages', sql: ages },
  { number: 29, name: 'fetched-places', sql: fetchedPlaces },
  { number: 30, name: 'given-up', sql: givenUp },
  { number: 31, name: 'folder-roads', sql: folderRoads },
  { number: 32, name: 'roads', sql: roads },
  { number: 33, name: 'handovers', sql: handovers },
  { number: 34, name: 'let-go', sql: letGo },
  { number: 35, name: 'queue-lifetimes', sql: queueLifetimes },
  { number: 36, name: 'passed-by', sql: passedBy },
  { number: 37, name: 'web', sql: web },
  { number: 38, name: 'joining', sql: joining },
  { number: 39, name: 'arrivals', sql: arrivals },
  { number: 40, name: 'web-accounts', sql: webAccounts },
  { number: 41, name: 'network', sql: network },
]

const recordTable = `
  CREATE TABLE IF NOT EXISTS schema_migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL
  ) STRICT`

interface Applied {
  readonly number: number
  readonly name: string
  /** What the disk has damaged may be of any kind. */
  readonly checksum: unknown
}

/** Brings the schema up to date, each step in a transaction of its own. Refuses a database it does not know. */
export function migrate(sqlite: SqliteDatabase, steps: readonly Migration[]): void {
  sqlite.exec(recordTable)
  const applied = sqlite.prepare('SELECT number, name, checksum FROM schema_migrations').all() as Applied[]
  checkHistory(applied, steps)
  for (const step of steps) {
    if (applied.some(one => one.number === step.number)) continue
    sqlite.exec('BEGIN IMMEDIATE')
    try {
      sqlite.exec(step.sql)
      sqlite
        .prepare('INSERT INTO schema_migrations (number, name, checksum) VALUES (?, ?, ?)')
        .run(step.number, step.name, checksumOf(step))
      sqlite.exec('COMMIT')
    } catch (error) {
      sqlite.exec('ROLLBACK')
      throw error
    }
  }
}

/** Tables, and no record of ours: another program's file, which is left as it is. */
export function refuseForeign(sqlite: SqliteDatabase): void {
  const tables = sqlite.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all() as { name: string }[]
  if (tables.length === 0 || tables.some(({ name }) => name === 'schema_migrations')) return
  throw new OperatingError('The database file is one of another program. Put it out of the way; it was not touched.', {
    code: 'database-foreign',
    retry: 'never',
  })
}

function checkHistory(applied: readonly Applied[], steps: readonly Migration[]): void {
  for (const { number, name, checksum } of applied) {
    const step = steps.find(one => one.number === number)
    if (step === undefined) {
      // A newer version has done all of our steps before its own.
      if (!hasAll(applied, steps)) throw damagedHistory()
      throw new OperatingError(
        `The database was written by a newer Posthorn (step ${number}, "${name}"). Install that one or a later.`,
        { code: 'database-newer', retry: 'never', fields: { number, name } },
      )
    }
    if (typeof checksum !== 'string') throw damagedHistory()
    const differing = differences(checksum, checksumOf(step))
    if (differing === 0) continue
    // Sums of other texts have hardly a letter in common; bits that the disk has flipped are few.
    if (differing < damagedLettersMax) throw damagedHistory()
    throw new OperatingError(
      `The database was made by another build of Posthorn: step ${number}, "${name}", is not the one known here.`,
      { code: 'database-foreign', retry: 'never', fields: { number, name } },
    )
  }
}

const damagedLettersMax = 16

function hasAll(applied: readonly Applied[], steps: readonly Migration[]): boolean {
  return steps.every(step => applied.some(({ number }) => number === step.number))
}

function differences(one: string, other: string): number {
  let count = Math.abs(one.length - other.length)
  for (let at = 0; at < Math.min(one.length, other.length); at += 1) if (one[at] !== other[at]) count += 1
  return count
}

function damagedHistory(): OperatingError {
  const message = 'The database file is damaged: its record of steps contradicts itself.'
  return new OperatingError(message, { code: 'database-damaged', retry: 'later' })
}

/** Over the text with LF line ends, so that a checkout on Windows is the same. */
function checksumOf(step: Migration): string {
  return createHash('sha256').update(step.sql.replaceAll('\r\n', '\n')).digest('hex')
}
