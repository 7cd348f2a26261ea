/** Stations as they are shown: what is known in several ways is one line that says how. */
import type { StationView } from '@posthorn/api'
import { evidenceWords } from './station-words.ts'

export interface StationLine extends StationView {
  /** For people, each once. */
  readonly evidence: readonly string[]
}

/** That the next node took it, that it is the node it is for, and that it says so once more, is one thing. */
export function stationLines(stations: readonly StationView[]): readonly StationLine[] {
  const lines: StationLine[] = []
  for (const station of stations) {
    const words = evidenceWords(station)
    const same = lines.findIndex(line => isSame(line, station))
    const known = lines[same]
    if (known === undefined) {
      lines.push({ ...station, evidence: words === '' ? [] : [words] })
      continue
    }
    const evidence = words === '' || known.evidence.includes(words) ? known.evidence : [...known.evidence, words]
    const kind = known.kind === 'handed' ? station.kind : known.kind
    lines[same] = { ...known, kind, evidence, reason: known.reason ?? station.reason }
  }
  return lines
}

const taken: ReadonlySet<string> = new Set(['handed', 'arrived'])

function isSame(one: StationView, other: StationView): boolean {
  if (one.node.id !== other.node.id) return false
  return taken.has(one.kind) && taken.has(other.kind)
}
