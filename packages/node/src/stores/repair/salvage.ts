/**
 * Reading what SQLite can still read of a damaged table.
 *
 * Rows are read by their key, from below and from above. Where the way is blocked, the reading leaps: into the middle
 * of what neither side has reached, and so on, until the gaps are as small as the damage.
 */
import type { SqliteDatabase, SqlValue } from '../database/sqlite.ts'
import { repairLimits } from './limits.ts'

export interface TableShape {
  readonly name: string
  readonly columns: readonly string[]
  /** Of its own b-tree: the rowid, or the columns of the primary key. */
  readonly key: readonly string[]
}

export type Row = Readonly<Record<string, SqlValue>>

/** The shapes of all tables that hold rows of their own. */
export function shapesOf(sqlite: SqliteDatabase): readonly TableShape[] {
  const listed = sqlite.prepare('PRAGMA main.table_list').all() as { name: string; type: string; wr: number }[]
  return listed
    .filter(({ name, type }) => type === 'table' && !name.startsWith('sqlite_'))
    .map(({ name, wr }) => {
      const rows = sqlite.prepare(`PRAGMA table_info(${name})`).all() as { name: string; pk: number }[]
      const key = rows.filter(({ pk }) => pk > 0).sort((one, other) => one.pk - other.pk)
      const columns = rows.map(row => row.name)
      return { name, columns, key: wr === 1 ? key.map(row => row.name) : ['rowid'] }
    })
}

/** Every row that can be read, each once. Answers whether there was nothing in the way. */
export function salvage(sqlite: SqliteDatabase, shape: TableShape, take: (row: Row) => void): boolean {
  const reading = new Reading(sqlite, shape, take)
  reading.all()
  return reading.whole
}

type Key = readonly SqlValue[]

class Reading {
  readonly #sqlite: SqliteDatabase
  readonly #shape: TableShape
  readonly #take: (row: Row) => void
  whole = true

  constructor(sqlite: SqliteDatabase, shape: TableShape, take: (row: Row) => void) {
    this.#sqlite = sqlite
    this.#shape = shape
    this.#take = take
  }

  /** Gap by gap, those found first first: so the leaps are spread over all of the table. */
  all(): void {
    const gaps: [from: Key | undefined, to: Key | undefined][] = [[undefined, undefined]]
    for (let leaps = 0; leaps < repairLimits.leapsMax; leaps += 1) {
      const gap = gaps.shift()
      if (gap === undefined) return
      const first = this.#run('ASC', ...gap)
      if (first === 'end') continue
      this.whole = false
      const last = this.#run('DESC', first.reached, gap[1])
      if (last === 'end') continue
      const middle = middleOf(first.reached, last.reached)
      if (middle !== undefined) gaps.push([first.reached, middle], [middle, last.reached])
    }
  }

  /** Reads until the end or until it is stuck; answers how far it came. */
  #run(order: 'ASC' | 'DESC', from: Key | undefined, to: Key | undefined): 'end' | { reached: Key | undefined } {
    let [low, high] = [from, to]
    for (let limit: number = repairLimits.rowsAtOnceMax; ; ) {
      const rows = this.#page(order, { low, high, limit })
      if (rows === undefined) {
        if (limit === 1) return { reached: order === 'ASC' ? low : high }
        limit = Math.max(1, limit >> 2)
        continue
      }
      for (const row of rows) {
        const key = this.#shape.key.map((_, position) => row[`key${position}`] ?? null)
        // A page of a damaged tree may lead back to where we were.
        if (!isBetween(key, low, high)) return { reached: order === 'ASC' ? low : high }
        if (order === 'ASC') low = key
        else high = key
        this.#take(row)
      }
      if (rows.length < limit) return 'end'
    }
  }

  #page(
    order: 'ASC' | 'DESC',
    { low, high, limit }: { low: Key | undefined; high: Key | undefined; limit: number },
  ): Row[] | undefined {
    const { name, columns, key } = this.#shape
    const tuple = `(${key.join(', ')})`
    const places = `(${key.map(() => '?').join(', ')})`
    const bounds = [
      ...(low === undefined ? [] : [`${tuple} > ${places}`]),
      ...(high === undefined ? [] : [`${tuple} < ${places}`]),
    ]
    const keys = key.map((column, position) => `${column} AS key${position}`)
    const sql = `SELECT ${[...columns, ...keys].join(', ')} FROM ${name} NOT INDEXED
      ${bounds.length === 0 ? '' : `WHERE ${bounds.join(' AND ')}`}
      ORDER BY ${key.map(column => `${column} ${order}`).join(', ')} LIMIT ${limit}`
    try {
      return this.#sqlite.prepare(sql).all(...(low ?? []), ...(high ?? [])) as Row[]
    } catch {
      return undefined
    }
  }
}

function isBetween(key: Key, low: Key | undefined, high: Key | undefined): boolean {
  return (low === undefined || compare(key, low) > 0) && (high === undefined || compare(key, high) < 0)
}

function compare(one: Key, other: Key): number {
  for (const [position, value] of one.entries()) {
    const step = compareValues(value, other[position] ?? null)
    if (step !== 0) return step
  }
  return 0
}

/** In SQLite's order: nothing, numbers, texts by their bytes, bytes. */
function compareValues(one: SqlValue, other: SqlValue): number {
  const [rank, otherRank] = [rankOf(one), rankOf(other)]
  if (rank !== otherRank) return rank - otherRank
  if (rank === 0) return 0
  if (rank === 1) return one === other ? 0 : Number(one) < Number(other) ? -1 : 1
  return Buffer.compare(bytesOf(one), bytesOf(other))
}

function rankOf(value: SqlValue): number {
  if (value === null) return 0
  if (typeof value === 'number' || typeof value === 'bigint') return 1
  return typeof value === 'string' ? 2 : 3
}

function bytesOf(value: SqlValue): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value) : value instanceof Uint8Array ? value : new Uint8Array(0)
}

const wordBytes = 8

/** A key half way, by its first column; `undefined` when there is none. */
function middleOf(low: Key | undefined, high: Key | undefined): Key | undefined {
  const [one, other] = [low?.[0], high?.[0]]
  const sample = one ?? other
  if (sample === undefined || sample === null) return undefined
  const rest = (low ?? high ?? []).slice(1).map(() => null)
  if (typeof sample === 'number' || typeof sample === 'bigint') {
    const from = Number(one ?? 0)
    const to = Number(other ?? from * 2 + 1024)
    const middle = Math.floor((from + to) / 2)
    // No row has such a number, so none is passed over.
    return middle > from && middle < to ? [middle + 0.5, ...rest] : undefined
  }
  const from = BigInt(`0x${wordOf(one ?? null)}`)
  const to = other === undefined ? 2n ** BigInt(8 * wordBytes) - 1n : BigInt(`0x${wordOf(other)}`)
  const middle = (from + to) / 2n
  if (middle <= from || middle >= to) return undefined
  const bytes = Buffer.from(middle.toString(16).padStart(2 * wordBytes, '0'), 'hex')
  // Only a bound: what is no letter may stand in it, but nothing that would not be a text.
  return [typeof sample === 'string' ? textBelow(bytes) : bytes, ...rest]
}

function wordOf(value: SqlValue): string {
  return Buffer.concat([bytesOf(value), Buffer.alloc(wordBytes)])
    .subarray(0, wordBytes)
    .toString('hex')
}

function textBelow(bytes: Buffer): string {
  return Buffer.from(bytes.map(byte => Math.min(byte, 0x7e))).toString('latin1')
}
