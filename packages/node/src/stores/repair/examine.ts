/** Whether SQLite finds a database whole, and whether its log is. */
import { open } from 'node:fs/promises'
import { systemCode } from '../../base/errors.ts'
import type { SqliteDatabase } from '../database/sqlite.ts'

/** What SQLite finds wrong with a table, in its words; empty: nothing. */
export function problemsOf(sqlite: SqliteDatabase, table: string): readonly string[] {
  const rows = sqlite.prepare(`PRAGMA quick_check(${table})`).all() as Readonly<Record<string, unknown>>[]
  return rows.map(row => String(Object.values(row)[0])).filter(text => text !== 'ok')
}

export function closeQuietly(sqlite: SqliteDatabase | undefined): void {
  try {
    sqlite?.close()
  } catch {
    // A damaged file may not even be closed in good order.
  }
}

const walHeaderBytes = 32
const frameHeaderBytes = 24

/**
 * Whether a write-ahead log (https://sqlite.org/fileformat2.html#walformat) is broken in its middle: SQLite reads it up
 * to the first frame whose checksum is wrong and passes over the rest in silence, also over what was committed there.
 * `false` for one that is whole, empty or not there.
 */
export async function isLogBroken(path: string): Promise<boolean> {
  const file = await open(path, 'r').catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return false
  try {
    const header = Buffer.alloc(walHeaderBytes)
    const { size } = await file.stat()
    if (size < walHeaderBytes) return false
    await file.read(header, 0, walHeaderBytes, 0)
    const magic = header.readUInt32BE(0)
    const pageBytes = header.readUInt32BE(8)
    const known = (magic & 0xfffffffe) === 0x377f0682 && pageBytes >= 512 && pageBytes <= 65_536
    if (!known || size < walHeaderBytes + frameHeaderBytes + pageBytes)
      return !known && !header.every(byte => byte === 0)
    const sum = new LogSum((magic & 1) === 1)
    sum.add(header.subarray(0, 24))
    if (!sum.is(header.readUInt32BE(24), header.readUInt32BE(28))) return true
    const frame = Buffer.alloc(frameHeaderBytes + pageBytes)
    let broken = false
    for (let at = walHeaderBytes; at + frame.length <= size; at += frame.length) {
      await file.read(frame, 0, frame.length, at)
      const ours = frame.subarray(8, 16).equals(header.subarray(16, 24))
      // A later commit of the same log behind a frame that is not as it was written.
      if (broken && ours && frame.readUInt32BE(4) !== 0) return true
      if (broken) continue
      if (!ours) {
        broken = true
        continue
      }
      sum.add(frame.subarray(0, 8))
      sum.add(frame.subarray(frameHeaderBytes))
      if (sum.is(frame.readUInt32BE(16), frame.readUInt32BE(20))) continue
      if (frame.readUInt32BE(4) !== 0) return true
      broken = true
    }
    return false
  } finally {
    await file.close()
  }
}

/** The checksum of the log: two sums over words in the byte order that its magic number tells. */
class LogSum {
  readonly #bigEndian: boolean
  #one = 0
  #two = 0

  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian
  }

  add(bytes: Buffer): void {
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const [word, next] = this.#bigEndian
        ? [bytes.readUInt32BE(at), bytes.readUInt32BE(at + 4)]
        : [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)]
      this.#one = (this.#one + word + this.#two) >>> 0
      this.#two = (this.#two + next + this.#one) >>> 0
    }
  }

  is(one: number, two: number): boolean {
    return this.#one === one && this.#two === two
  }
}
