/** Times, sizes and lists as the language writes them, in the region of who reads. */
import { currentLanguage, currentLocale } from './language.ts'

const dayMs = 86_400_000

/** Making one costs more than using it a hundred times: a list that scrolls asks for many. */
const formatters = new Map<string, Intl.DateTimeFormat>()

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${currentLocale()} ${JSON.stringify(options)}`
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(currentLocale(), options)
  formatters.set(key, known)
  return known
}

/** `14:05`, `2:05 PM`. */
export function clockTime(at: number): string {
  return formatter({ hour: 'numeric', minute: '2-digit' }).format(at)
}

/** Today's time, else yesterday, this week's day, this year's date, or the whole date: for lists. */
export function shortTime(at: number, now: number): string {
  const days = daysBetween(at, now)
  if (days === 0) return clockTime(at)
  if (days === 1) return relative(-1, 'day')
  if (days > 1 && days < 7) return formatter({ weekday: 'short' }).format(at)
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return formatter(sameYear ? { day: 'numeric', month: 'short' } : { dateStyle: 'short' }).format(at)
}

/** Today, yesterday, a day of this week, or a date: for the marks between days. */
export function dayName(at: number, now: number): string {
  const days = daysBetween(at, now)
  if (days === 0 || days === 1) return capital(relative(-days, 'day'))
  if (days > 1 && days < 7) return capital(formatter({ weekday: 'long' }).format(at))
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return formatter({ day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) }).format(at)
}

/** `14:05`, `yesterday 14:05`, `Tuesday 14:05`, `3 May, 14:05`: within a sentence. */
export function moment(at: number, now: number): string {
  const days = daysBetween(at, now)
  if (days === 0) return clockTime(at)
  if (days === 1) return `${relative(-1, 'day')} ${clockTime(at)}`
  const time = { hour: 'numeric', minute: '2-digit' } as const
  if (days > 1 && days < 7) return formatter({ weekday: 'long', ...time }).format(at)
  return formatter({ ...dateParts(at, now), ...time }).format(at)
}

/** `today`, `yesterday`, `Tuesday`, `3 May`: within a sentence. */
export function dayWithin(at: number, now: number): string {
  const days = daysBetween(at, now)
  if (days === 0 || days === 1) return relative(-days, 'day')
  if (days > 1 && days < 7) return formatter({ weekday: 'long' }).format(at)
  return formatter(dateParts(at, now)).format(at)
}

function dateParts(at: number, now: number): Intl.DateTimeFormatOptions {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' }) }
}

/** The whole of it: for tooltips and details. */
export function fullTime(at: number): string {
  return formatter({ dateStyle: 'full', timeStyle: 'short' }).format(at)
}

/** `in 3 hours`, `5 minutes ago`, `now`: the largest unit that fits. */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000)
  const units = [
    ['year', 31_557_600],
    ['month', 2_629_800],
    ['week', 604_800],
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return relative(Math.trunc(seconds / length), unit)
  }
  return relative(0, 'second')
}

/** `3 min`, `2 hr, 5 min`: how long something lasts, at most two units. */
export function lasting(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000))
  const units = [
    ['day', Math.floor(seconds / 86_400)],
    ['hour', Math.floor((seconds % 86_400) / 3600)],
    ['minute', Math.floor((seconds % 3600) / 60)],
    ['second', seconds % 60],
  ] as const
  const first = units.findIndex(([, value]) => value > 0)
  const shown = first < 0 ? [['second', 0] as const] : units.slice(first, first + 2).filter(([, value]) => value > 0)
  const short = shown.map(([unit, value]) => numberIn(value, { style: 'unit', unit, unitDisplay: 'short' }))
  return new Intl.ListFormat(currentLocale(), { type: 'unit', style: 'short' }).format(short)
}

/** `1.4 MB`, in steps of 1000 as files are shown elsewhere. */
export function fileSize(sizeBytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte']
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, sizeBytes)) / 3))
  const value = sizeBytes / 1000 ** step
  const maximumFractionDigits = step === 0 || value >= 100 ? 0 : 1
  // The short name of bytes knows no plural.
  const unitDisplay = step === 0 ? 'long' : 'short'
  return numberIn(value, { style: 'unit', unit: units[step] ?? 'byte', unitDisplay, maximumFractionDigits })
}

/** `12.5`, `1,200`, `40 %`. */
export function numberIn(value: number, options: Intl.NumberFormatOptions = {}): string {
  return new Intl.NumberFormat(currentLocale(), options).format(value)
}

/** `Ann, Bo and Cy`. */
export function listOf(items: readonly string[], type: 'conjunction' | 'disjunction' = 'conjunction'): string {
  return new Intl.ListFormat(currentLocale(), { type }).format(items)
}

function relative(value: number, unit: Intl.RelativeTimeFormatUnit): string {
  return new Intl.RelativeTimeFormat(currentLocale(), { numeric: 'auto' }).format(value, unit)
}

/** Midnights between two times, in the time zone of who looks. */
function daysBetween(at: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(at)) / dayMs)
}

function startOfDay(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

function capital(text: string): string {
  const [first = ''] = text
  return first.toLocaleUpperCase(currentLanguage()) + text.slice(first.length)
}
