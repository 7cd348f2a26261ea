/** The line between two letters of an mbox (RFC 4155): `From `, a sender, a date as `asctime` writes it. */

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const days = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')

/** Without a line end; the date is in UTC, to the second. */
export function fromLine(dateMs: number): string {
  const date = new Date(dateMs)
  const two = (number: number) => `${number}`.padStart(2, '0')
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':')
  const day = `${date.getUTCDate()}`.padStart(2)
  const year = `${date.getUTCFullYear()}`.padStart(4, '0')
  return `From MAILER-DAEMON ${days[date.getUTCDay()]} ${months[date.getUTCMonth()]} ${day} ${time} ${year}`
}

const dated = new RegExp(
  [
    String.raw`([A-Z][a-z]{2}) +(\d{1,2}) +(\d{1,2}):(\d{2})(?::(\d{2}))?`,
    String.raw`(?: +(?:[A-Z]{1,5}|([+-]\d{4})))? +(\d{4})(?: +([+-]\d{4}))?`,
  ].join(''),
)

/** Whether a line that begins with `From ` after a blank one begins a letter: text rarely has a time of day in it. */
export function isFromLine(line: string): boolean {
  return /^From .*\d{1,2}:\d{2}/.test(line)
}

/** Milliseconds since 1970; a time without zone is taken for UTC. Null when there is no date that can be understood. */
export function dateOfFromLine(line: string): number | null {
  const match = dated.exec(line)
  if (match === null) return null
  const [, month = '', day, hour, minute, second = '0', before, year, after] = match
  const at = months.indexOf(month)
  if (at === -1) return null
  const date = new Date(0)
  date.setUTCFullYear(Number(year), at, Number(day))
  date.setUTCHours(Number(hour), Number(minute), Number(second))
  const zone = before ?? after ?? '+0000'
  const offset = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  return date.getTime() - (zone.startsWith('-') ? -offset : offset) * 60_000
}
