/**
 * Niceness (NNCP manual, "Niceness"): 1 goes first, 255 last.
 * Mail and chat travel as `priorityNiceness`, requests as `normalNiceness`, files as `bulkNiceness`.
 */
export const flashNiceness = 32
export const priorityNiceness = 96
export const normalNiceness = 160
export const bulkNiceness = 224
export const maximumNiceness = 255

const bases = new Map([
  ['F', flashNiceness],
  ['FLASH', flashNiceness],
  ['P', priorityNiceness],
  ['PRIORITY', priorityNiceness],
  ['N', normalNiceness],
  ['NORMAL', normalNiceness],
  ['B', bulkNiceness],
  ['BULK', bulkNiceness],
  ['MAX', maximumNiceness],
])

const deltaMin = -31
const deltaMax = 32

/** Whether a packet may bear it: a whole number from 1 to 255. */
export function isNiceness(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= maximumNiceness
}

/** `P`, `PRIORITY+5`, `f-31`, `MAX`, `96` as a number from 1 to 255; `undefined` for what is none of these. */
export function parseNiceness(text: string): number | undefined {
  const match = /^(?:(\d{1,3})|([A-Za-z]{1,8})([+-]\d{1,2})?)$/.exec(text)
  if (match === null) return undefined
  const [, digits, alias = '', deltaText = '0'] = match
  if (digits !== undefined) return isNiceness(Number(digits)) ? Number(digits) : undefined
  const base = bases.get(alias.toUpperCase())
  const delta = Number(deltaText)
  if (base === undefined || delta < deltaMin || delta > deltaMax) return undefined
  return isNiceness(base + delta) ? base + delta : undefined
}

/** The shortest name: `P`, `P+5`, `F-31`, `MAX`; the bare number for what is no niceness. */
export function formatNiceness(niceness: number): string {
  if (!isNiceness(niceness)) return String(niceness)
  if (niceness === maximumNiceness) return 'MAX'
  const letter = ['F', 'P', 'N', 'B'][Math.floor((niceness - 1) / 64)] ?? 'B'
  const delta = ((niceness - 1) % 64) + deltaMin
  if (delta === 0) return letter
  return delta > 0 ? `${letter}+${delta}` : `${letter}${delta}`
}
