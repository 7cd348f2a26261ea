/** What was measured of us and of a peer in the same run, as a table or as JSON. */
import { percentile } from './figures.ts'

export type Side = 'ours' | 'theirs'

interface Row {
  readonly unit: string
  /** Whether more is better. */
  readonly more: boolean
  readonly percentiles: readonly number[]
  readonly measured: Record<Side, number[]>
}

export class Report {
  readonly #rows = new Map<string, Row>()
  readonly #peer: string

  /** @param peer heads the column of theirs. */
  constructor(peer: string) {
    this.#peer = peer
  }

  row(name: string, { unit, more, percentiles = [50] }: { unit: string; more: boolean; percentiles?: number[] }): void {
    this.#rows.set(name, { unit, more, percentiles, measured: { ours: [], theirs: [] } })
  }

  add(name: string, side: Side, value: number): void {
    this.#rows.get(name)?.measured[side].push(value)
  }

  /** `ratio` above 1: ours is better. */
  print(json: boolean): void {
    const lines = [...this.#rows].flatMap(([name, row]) =>
      row.percentiles.map(percent => {
        const [ours, theirs] = [percentile(row.measured.ours, percent), percentile(row.measured.theirs, percent)]
        const ratio = row.more ? ours / theirs : theirs / ours
        const what = percent === 50 ? name : `${name}, ${percent}th percentile`
        return { what, unit: row.unit, ours, theirs, ratio, runs: row.measured.ours.length }
      }),
    )
    if (json) {
      process.stdout.write(`${JSON.stringify(lines)}\n`)
      return
    }
    process.stdout.write(`${''.padEnd(52)}${'ours'.padStart(10)}${this.#peer.padStart(10)}${'ratio'.padStart(9)}\n`)
    for (const { what, unit, ours, theirs, ratio } of lines) {
      const figures = `${shown(ours).padStart(10)}${shown(theirs).padStart(10)}${shown(ratio).padStart(9)}`
      process.stdout.write(`${`${what}, ${unit}`.padEnd(52)}${figures}\n`)
    }
  }
}

function shown(value: number): string {
  if (Number.isNaN(value)) return '-'
  return value.toFixed(Math.abs(value) < 100 ? 2 : 0)
}
