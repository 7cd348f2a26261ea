/** Dates without a clock: civil days and times to milliseconds since 1970 and back (proleptic Gregorian, UTC). */
import { SyntaxFault } from '../session/faults.ts'
import type { Cursor } from './cursor.ts'

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

const DAY_MS = 86_400_000

/** Days since 1970-01-01 of a civil date; `month` 1 to 12. Counts in eras of 400 years, years beginning in March. */
export function dayNumber(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year
  const era = Math.floor(shiftedYear / 400)
  const yearOfEra = shiftedYear - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

export function civilDate(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day }
}

export function dayOf(timeMs: number): number {
  return Math.floor(timeMs / DAY_MS)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** date-time (RFC 9051 section 9) in UTC: `"21-Nov-2026 20:57:08 +0000"`; clamped to the years 1 to 9999. */
export function dateTimeText(timeMs: number): string {
  const clamped = Math.min(Math.max(timeMs, dayNumber(1, 1, 1) * DAY_MS), dayNumber(10_000, 1, 1) * DAY_MS - 1)
  const days = dayOf(clamped)
  const { year, month, day } = civilDate(days)
  const seconds = Math.floor((clamped - days * DAY_MS) / 1000)
  const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return `"${String(day).padStart(2, ' ')}-${monthNames[month - 1]}-${String(year).padStart(4, '0')} ${time} +0000"`
}

function monthNumber(name: string): number {
  return monthNames.findIndex(month => month.toLowerCase() === name.toLowerCase()) + 1
}

/** Day number of `1-Feb-1994` or `1 Feb 1994`; undefined when there is no such day. */
export function civilDay(day: string, monthName: string, year: string): number | undefined {
  const month = monthNumber(monthName)
  const number = dayNumber(Number(year), month, Number(day))
  if (month === 0) return undefined
  return civilDate(number).day === Number(day) ? number : undefined
}

/** A date of SEARCH (`1-Feb-1994`, perhaps quoted) as a day number. @throws SyntaxFault */
export function searchDate(cursor: Cursor): number {
  const [, day = '', month = '', year = ''] = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/.exec(cursor.astring('Date')) ?? []
  const number = civilDay(day, month, year)
  if (number === undefined) throw new SyntaxFault('Date expected, like 1-Feb-2026')
  return number
}

const DATE_TIME = /^([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/

/** A quoted date-time as milliseconds since 1970. @throws SyntaxFault */
export function dateTime(cursor: Cursor): number {
  const found = DATE_TIME.exec(cursor.string('Date and time'))
  const [, day = '', month = '', year = '', hour = '', minute = '', second = '', sign = '', h = '', m = ''] =
    found ?? []
  const days = civilDay(day, month, year)
  const inRange = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60 && Number(h) < 24 && Number(m) < 60
  if (found === null || days === undefined || !inRange) {
    throw new SyntaxFault('Date and time expected, like "17-Jul-2026 02:44:25 -0700"')
  }
  const local = days * DAY_MS + ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  const zone = (Number(h) * 60 + Number(m)) * 60_000
  return sign === '-' ? local + zone : local - zone
}
