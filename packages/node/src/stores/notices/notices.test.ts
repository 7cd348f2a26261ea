import { expect, onTestFinished, test } from 'vitest'
import { turnCalendar } from '../database/calendar.ts'
import { type Database, openDatabase } from '../database/database.ts'
import { noticeOf, noticesContract } from './contract.ts'
import { memoryNotices } from './memory.ts'
import { noticesSql, openNotices } from './open-notices.ts'

const dayMs = 24 * 60 * 60 * 1000

function open(): Database {
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  return database
}

function daysOf(database: Database): (days: number) => Promise<void> {
  let now = 1_700_000_000_000
  return async days => {
    for (let day = 0; day < days; day += 1) {
      now += dayMs
      await turnCalendar(database, now)
    }
  }
}

noticesContract('SQLite', async () => {
  const database = open()
  return { notices: openNotices({ database }), passDays: daysOf(database) }
})

noticesContract('memory', async () => {
  let today = 0
  return {
    notices: memoryNotices(() => today),
    passDays: async days => {
      today += days
    },
  }
})

test('ids are forgotten after a year of the calendar, and not before', async () => {
  const database = open()
  const notices = openNotices({ database })
  const passDays = daysOf(database)
  await notices.keep(noticeOf('a'))
  await passDays(366)
  await notices.prune()
  expect(await notices.keep(noticeOf('a'))).toBe(false)
  await passDays(1)
  await notices.prune()
  expect(await notices.keep(noticeOf('a'))).toBe(true)
})

test('every query finds its rows by an index', () => {
  const database = open()
  for (const [name, sql] of Object.entries(noticesSql)) {
    const values = Array.from(sql.matchAll(/\?/g), () => 1)
    const plan = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values)
    for (const { detail } of plan) expect(`${name}: ${detail}`).not.toMatch(/SCAN notices(?! USING)/)
  }
})
