import { OperatingError } from '../../base/errors.ts'
import { sqliteResultCode } from './sqlite.ts'

interface Meaning {
  readonly code: string
  readonly message: string
}

const failed: Meaning = { code: 'disk-failed', message: 'The disk does not work: the database could not be used.' }
const damaged: Meaning = {
  code: 'database-damaged',
  message: 'The database file is damaged. It is repaired when the node starts the next time.',
}

/** By result code, https://sqlite.org/rescode.html */
const meanings: ReadonlyMap<number, Meaning> = new Map([
  [5, { code: 'database-busy', message: 'The database is in use by another program.' }], // SQLITE_BUSY
  [8, { code: 'disk-failed', message: 'The database cannot be written: its disk or file is read-only.' }], // READONLY
  [10, failed], // SQLITE_IOERR
  [11, damaged], // SQLITE_CORRUPT
  [13, { code: 'disk-full', message: 'The disk is full: the database could not be written. Make room.' }], // FULL
  [14, { code: 'disk-failed', message: 'The database file cannot be opened.' }], // SQLITE_CANTOPEN
  [26, { code: 'database-damaged', message: 'The database file is not a database.' }], // SQLITE_NOTADB
])

/** What SQLite threw, as an operating error where the machine is to blame; anything else passes as it is. */
export function databaseError(error: unknown): unknown {
  const resultCode = sqliteResultCode(error)
  const meaning = resultCode === undefined ? undefined : meanings.get(resultCode)
  if (meaning === undefined) return error
  const options = { code: meaning.code, retry: 'later', fields: { sqliteCode: resultCode }, cause: error } as const
  return new OperatingError(meaning.message, options)
}
