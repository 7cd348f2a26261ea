import { InvalidArgumentError } from 'commander'

const units = new Map([
  ['', 1],
  ['K', 1024],
  ['M', 1024 ** 2],
  ['G', 1024 ** 3],
  ['T', 1024 ** 4],
])

/** `500`, `64K`, `10M`, `2G` as bytes. Throws what commander shows as misuse. */
export function parseSize(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,15})([KMGT]?)(?:i?B)?$/i.exec(text) ?? []
  const size = Number(digits) * (units.get(unit.toUpperCase()) ?? Number.NaN)
  if (Number.isSafeInteger(size)) return size
  throw new InvalidArgumentError('A size is wanted, as 500K, 10M or 2G.')
}

/** The same, or null for `off`. */
export function parseSizeOrOff(text: string): number | null {
  return text === 'off' ? null : parseSize(text)
}
