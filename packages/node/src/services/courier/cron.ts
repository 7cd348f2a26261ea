/**
 * When a call schedule is due: cron expressions as NNCP's manual has them ("Call configuration"), in local time.
 *
 * Five fields are minute, hour, day of month, month, day of week; six have a year behind them, seven also a second
 * before them. The names are those of the manual.
 */
import { Cron } from 'croner'
import { messageOf, OperatingError } from '../../base/errors.ts'

export interface CronTimes {
  /** The first time after `afterMs` (milliseconds since 1970); undefined when there is none any more. */
  readonly next: (afterMs: number) => number | undefined
}

const names: Readonly<Record<string, string>> = {
  '@annually': '0 0 0 1 1 * *',
  '@yearly': '0 0 0 1 1 * *',
  '@monthly': '0 0 0 1 * * *',
  '@weekly': '0 0 0 * * 0 *',
  '@daily': '0 0 0 * * * *',
  '@hourly': '0 0 * * * * *',
}
const charactersMax = 200
const field = /^[0-9A-Za-z*/,#-]+$/

/** @throws OperatingError `bad-schedule` in words that say what is wrong with it. */
export function cronTimes(expression: string): CronTimes {
  if (expression.length > charactersMax) throw badSchedule(`${expression.slice(0, 40)}…`, 'it is too long')
  const cron = parsed(expression)
  return { next: afterMs => cron.nextRun(new Date(afterMs))?.getTime() }
}

function parsed(expression: string): Cron {
  const fields = (names[expression.trim()] ?? expression.trim()).split(/\s+/)
  if (fields.length < 5 || fields.length > 7) throw badSchedule(expression, 'it has not five to seven fields')
  if (!fields.every(each => field.test(each))) throw badSchedule(expression, 'there are characters that mean nothing')
  try {
    // The library takes the first of six fields for seconds; NNCP the last for the year.
    return new Cron([...(fields.length < 7 ? ['0'] : []), ...fields].join(' '))
  } catch (error) {
    throw badSchedule(expression, messageOf(error).replace(/^Cron\w*: /, ''))
  }
}

function badSchedule(expression: string, why: string): OperatingError {
  return new OperatingError(
    `"${expression}" is no schedule: ${why}. Write minute, hour, day, month and weekday, as "*/10 8-18 * * MON-FRI".`,
    { code: 'bad-schedule', retry: 'never' },
  )
}
