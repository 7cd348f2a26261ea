import { nncpConfigLimits } from './limits.ts'
import type { NncpConfigFault } from './types.ts'

/**
 * Walks through a parsed configuration and notes everything that is wrong, and every key that nobody asked for. What
 * is wrong is read as if it were absent, so that all faults are found in one go.
 */
export class Reader {
  readonly faults: NncpConfigFault[] = []
  readonly unknown: string[] = []

  fault(path: string, message: string): undefined {
    if (this.faults.length < nncpConfigLimits.faultsMax) this.faults.push({ path, message })
    return undefined
  }

  /** A value that may be missing; `null` stands for missing, as an empty value does in Hjson. */
  table(value: unknown, path: string, entriesMax: number = nncpConfigLimits.entriesMax): Table | undefined {
    if (value === undefined || value === null) return undefined
    if (typeof value !== 'object' || Array.isArray(value)) return this.fault(path, 'must be a table: { … }')
    // Own members only: a member called __proto__ is no member of what a parser made of it.
    const entries = Object.entries(value)
    if (entries.length > entriesMax) return this.fault(path, `has more than ${entriesMax} entries`)
    for (const [name] of entries) {
      if (!isName(name)) return this.fault(path, 'has a name that is empty, too long or not plain text')
    }
    return new Table(this, path, new Map(entries))
  }

  text(value: unknown, path: string): string | null {
    if (value === undefined || value === null || value === '') return null
    if (typeof value === 'string' && value.length <= nncpConfigLimits.textLettersMax && !control.test(value))
      return value
    this.fault(path, 'must be text of one line')
    return null
  }

  texts(value: unknown, path: string): readonly string[] {
    if (value === undefined || value === null) return []
    if (!Array.isArray(value) || value.length > nncpConfigLimits.entriesMax) {
      this.fault(path, 'must be a list: [ … ]')
      return []
    }
    return value.map((one: unknown, at) => {
      if (typeof one === 'string' && one.length <= nncpConfigLimits.textLettersMax && !one.includes('\0')) return one
      this.fault(`${path}[${at}]`, 'must be text')
      return ''
    })
  }

  flag(value: unknown, path: string): boolean {
    if (value === undefined || value === null || typeof value === 'boolean') return value === true
    this.fault(path, 'must be true or false')
    return false
  }

  /** Zero means none, as in NNCP. */
  number(value: unknown, path: string): number | null {
    if (value === undefined || value === null || value === 0) return null
    const fits =
      typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= nncpConfigLimits.numberMax
    if (fits) return value
    this.fault(path, 'must be a whole number that is not negative')
    return null
  }
}

/** A table that is being read: each member is asked for by its name, and `end` notes those that nobody asked for. */
export class Table {
  readonly path: string
  readonly #reader: Reader
  readonly #members: ReadonlyMap<string, unknown>
  readonly #asked = new Set<string>()

  constructor(reader: Reader, path: string, members: ReadonlyMap<string, unknown>) {
    this.#reader = reader
    this.path = path
    this.#members = members
  }

  get(name: string): unknown {
    this.#asked.add(name)
    return this.#members.get(name)
  }

  has(name: string): boolean {
    return this.#members.has(name)
  }

  /** Every member, by name: all of them count as asked for. */
  entries(): readonly (readonly [name: string, value: unknown, path: string])[] {
    return [...this.#members].map(([name, value]) => {
      this.#asked.add(name)
      return [name, value, this.at(name)] as const
    })
  }

  at(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }

  table(name: string, entriesMax?: number): Table | undefined {
    return this.#reader.table(this.get(name), this.at(name), entriesMax)
  }

  text(name: string): string | null {
    return this.#reader.text(this.get(name), this.at(name))
  }

  texts(name: string): readonly string[] {
    return this.#reader.texts(this.get(name), this.at(name))
  }

  flag(name: string): boolean {
    return this.#reader.flag(this.get(name), this.at(name))
  }

  number(name: string): number | null {
    return this.#reader.number(this.get(name), this.at(name))
  }

  /** The members with these names, as they are, for a reader of their own. */
  pick(names: readonly string[]): Record<string, unknown> {
    return Object.fromEntries(names.filter(name => this.has(name)).map(name => [name, this.get(name)]))
  }

  end(): void {
    for (const name of this.#members.keys()) if (!this.#asked.has(name)) this.#reader.unknown.push(this.at(name))
  }
}

const control = /\p{Cc}/u

function isName(name: string): boolean {
  return name !== '' && name.length <= nncpConfigLimits.nameLettersMax && !control.test(name)
}
