/**
 * Between nodes that give receipts: a line of the letter's envelope that asks for one, and says where the letter stands
 * among those of its sender. Like the wishes it leaves the letter with that.
 */
import type { LetterNumber } from '../../../stores/spool/index.ts'

const fieldName = 'X-Posthorn-Letter'
const lineBytesMax = 4096
const rangesMax = 100

export function numberLine(number: LetterNumber): string {
  return `${fieldName}: ${JSON.stringify(number)}\r\n`
}

/** What another node wrote at the start of `block`, if that is such a line which holds what it may. */
export function readNumberLine(block: string): { number: LetterNumber; lengthBytes: number } | undefined {
  if (!block.startsWith(`${fieldName}: `)) return undefined
  const end = block.indexOf('\n')
  if (end < 0 || end > lineBytesMax) return undefined
  try {
    const number = checked(JSON.parse(block.slice(fieldName.length + 2, end)))
    return number && { number, lengthBytes: end + 1 }
  } catch {
    return undefined
  }
}

function checked(value: unknown): LetterNumber | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { series, generation, number, waiting, day } = value as Record<string, unknown>
  if (typeof series !== 'string' || !/^[0-9a-z]{1,32}$/.test(series)) return undefined
  if (!isCount(generation) || !isCount(number) || number === 0 || !isCount(day)) return undefined
  if (!Array.isArray(waiting) || waiting.length > rangesMax) return undefined
  let before = -1
  const ranges: (readonly [number, number])[] = []
  for (const range of waiting as unknown[]) {
    const [first, last, more] = Array.isArray(range) ? (range as unknown[]) : []
    // In order, apart from each other, and all of them earlier than this one.
    if (!isCount(first) || !isCount(last) || more !== undefined) return undefined
    if (first <= before + 1 || last < first || last >= number) return undefined
    before = last
    ranges.push([first, last])
  }
  return { series, generation, number, waiting: ranges, day }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
