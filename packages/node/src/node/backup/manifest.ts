import * as v from 'valibot'
import { notABackup } from './errors.ts'

/** Of what the files of a backup are. Raised when an older Posthorn would not understand it. */
const format = 1

export interface Manifest {
  readonly node: { readonly id: string; readonly name: string }
  /** ISO 8601, by the clock of the machine that made it. */
  readonly madeAt: string
  /** Where the home was: an absolute path. */
  readonly home: string
}

const schema = v.object({
  format: v.literal(format),
  node: v.object({ id: v.string(), name: v.string() }),
  madeAt: v.pipe(v.string(), v.isoTimestamp()),
  home: v.string(),
})

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ format, ...manifest }, null, 2)}\n`
}

/** @throws OperatingError `not-a-backup`. */
export function parseManifest(text: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw notABackup('what it says of itself cannot be read')
  }
  const read = v.safeParse(schema, value)
  if (read.success) return read.output
  const newer = typeof value === 'object' && value !== null && 'format' in value && Number(value.format) > format
  throw notABackup(newer ? 'a newer Posthorn made it; use that one' : 'what it says of itself cannot be read')
}
