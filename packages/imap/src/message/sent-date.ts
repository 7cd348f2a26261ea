/** The Date field (RFC 5322 section 3.3, with the obsolete forms), read leniently. */
import { civilDay } from '../grammar/dates.ts'

export interface SentDate {
  /** The day in the sender's own time zone, in days since 1970. */
  readonly day: number
  /** The moment, in milliseconds since 1970. */
  readonly at: number
}

const DATE = /(\d{1,2})[\s-]{1,40}([A-Za-z]{3})[a-z]{0,10}[\s,-]{1,40}(\d{4}|\d{2,3})(?!\d)/
const TIME = /^\D{0,40}?(\d{1,2}):(\d{2})(?::(\d{2}))?\s{0,40}(?:([+-])(\d{2})(\d{2})|([A-Za-z]{1,5}))?/
const HOURS: Readonly<Record<string, number>> = {
  EDT: -4,
  EST: -5,
  CDT: -5,
  CST: -6,
  MDT: -6,
  MST: -7,
  PDT: -7,
  PST: -8,
}
const DAY_MS = 86_400_000

/** Undefined when no date can be made of it. A time that is none counts as midnight, a zone that is none as UTC. */
export function sentDate(value: string): SentDate | undefined {
  const text = value.slice(0, 1000).replace(/\([^()]*\)/g, ' ')
  const found = DATE.exec(text)
  if (found === null) return undefined
  const [whole, date = '', month = '', year = ''] = found
  const day = civilDay(date, month, fullYear(year))
  if (day === undefined) return undefined
  const time = TIME.exec(text.slice(found.index + whole.length))
  const [, hour = '0', minute = '0', second = '0', sign, zoneHours = '0', zoneMinutes = '0', zoneName = ''] = time ?? []
  const fits = Number(hour) < 24 && Number(minute) < 60 && Number(second) <= 60
  const ms = fits ? ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000 : 0
  const named = HOURS[zoneName.toUpperCase()] ?? 0
  const offset =
    sign === undefined ? named * 60 : (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1)
  return { day, at: day * DAY_MS + ms - (Math.abs(offset) < 1440 ? offset : 0) * 60_000 }
}

/** RFC 5322 section 4.3: two digits up to 49 are of this century, all others count from 1900. */
function fullYear(year: string): string {
  if (year.length === 4) return year
  const value = Number(year)
  return String(value + (year.length === 2 && value < 50 ? 2000 : 1900))
}
