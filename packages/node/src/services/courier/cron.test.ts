import { describe, expect, it } from 'vitest'
import { cronTimes } from './cron.ts'

/** In the time zone of the machine, as the expressions are. */
const at = (year: number, month: number, day: number, hour = 0, minute = 0, second = 0) =>
  new Date(year, month - 1, day, hour, minute, second).getTime()
const sunday = at(2026, 11, 22, 2, 33, 51)
const never = undefined

describe('a schedule', () => {
  it.each([
    ['*/2 * * * *', at(2026, 11, 22, 2, 34)],
    // Six fields: the year is the last, and the second is 0.
    ['30 */2 * * * *', at(2026, 11, 22, 4, 30)],
    ['0 0 1 1 * 2030', at(2030, 1, 1)],
    ['*/5 * * * * * *', at(2026, 11, 22, 2, 33, 55)],
    ['0 0 13 * FRI', at(2026, 11, 27)],
    ['0 0 * * 7', at(2026, 11, 29)],
    ['0 0 * * 5#2', at(2026, 12, 11)],
    ['0 0 * * 5L', at(2026, 11, 27)],
    ['0 12 L * *', at(2026, 11, 30, 12)],
    ['0 0 15W * *', at(2026, 12, 15)],
    ['@daily', at(2026, 11, 23)],
    ['@hourly', at(2026, 11, 22, 3)],
    ['@weekly', at(2026, 11, 29)],
    ['* * * * * * 2020', never],
    ['0 0 31 2 *', never],
  ])('%s is due next at', (expression, next) => {
    expect(cronTimes(expression).next(sunday)).toBe(next)
  })

  it('is due after the time that is given, not at it', () => {
    expect(cronTimes('0 0 * * *').next(at(2026, 11, 23))).toBe(at(2026, 11, 24))
  })

  it.each([
    '',
    '* * * *',
    '* * * * * * * *',
    '@reboot',
    '@every 5m',
    '2026-12-01T00:00:00',
    '60 * * * *',
    '5-1 * * * *',
  ])('is not %j', expression => {
    expect(() => cronTimes(expression)).toThrow(expect.objectContaining({ code: 'bad-schedule', retry: 'never' }))
  })

  it.each(['*'.repeat(10_000), '\0 * * * *', '\x1b[2J * * * *', `${'1,'.repeat(90)}1 * * * *`, '*/0 * * * *'])(
    'of a stranger is taken or refused, and that is all',
    expression => {
      try {
        cronTimes(expression).next(sunday)
      } catch (error) {
        expect(error).toMatchObject({ code: 'bad-schedule' })
      }
    },
  )
})
