import { expect, onTestFinished, test } from 'vitest'
import { turnCalendar } from '../database/calendar.ts'
import { openDatabase } from '../database/database.ts'
import { agedArrivalsSql, arrivalSql, noteArrival } from './arrivals.ts'
import { type JourneysRig, journeysContract, packet, settingOut } from './contract.ts'
import { arrivalsContract } from './contract-arrivals.ts'
import type { JourneyNotes } from './journeys.ts'
import { memoryJourneys } from './memory.ts'
import {
  concernedSql,
  journeyOfLetterSql,
  kindsSql,
  noteSealed,
  noteSetOut,
  noteStation,
  notesOf,
  sameKindSql,
} from './note.ts'
import { journeysSql, openJourneys } from './open-journeys.ts'

const at = 1_700_000_000_000
const dayMs = 24 * 60 * 60 * 1000

function open() {
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  return database
}

async function onSql(): Promise<JourneysRig> {
  const database = open()
  let now = at
  const commit = (work: (notes: JourneyNotes) => void) => database.commit(() => work(notesOf(database)))
  const passDays = async (days: number) => {
    for (let day = 0; day < days; day += 1) {
      now += dayMs
      await turnCalendar(database, now)
    }
  }
  return { journeys: openJourneys(database), commit, passDays }
}

async function inMemory(): Promise<JourneysRig> {
  const calendar = { today: 0 }
  const journeys = memoryJourneys(calendar)
  const passDays = async (days: number) => {
    calendar.today += days
  }
  return { journeys, commit: async work => work(journeys), passDays }
}

journeysContract('SQLite', onSql)
journeysContract('in memory', inMemory)
arrivalsContract('SQLite', onSql)
arrivalsContract('in memory', inMemory)

test('a station that was noted in a commit that failed is not there, and its number comes again', async () => {
  const database = open()
  const journeys = openJourneys(database)
  await database.commit(() => noteSetOut(database, settingOut()))
  const { cursor } = await journeys.news(null, 1)
  const of = { messageId: 'one@camp', sender: settingOut().sender }
  const failing = database.commit(() => {
    noteStation(database, of, { kind: 'failed', at, where: null })
    throw new Error('the disk is full')
  })
  await expect(failing).rejects.toThrow('full')
  await journeys.note([[of, { kind: 'delayed', at, where: null }]])
  const { news } = await journeys.news(cursor, 10)
  expect(news.map(({ station }) => station.kind)).toEqual(['delayed'])
})

test('many letters are forgotten in bounded steps, to the last row', async () => {
  const database = open()
  const journeys = openJourneys(database)
  await database.commit(() => {
    for (let number = 0; number < 1200; number += 1) {
      noteSetOut(database, { ...settingOut(), messageId: `${number}@camp` })
    }
    noteSealed(database, { ...settingOut(), letter: packet(1), packet: packet(1), destination: 'X' as never })
    noteStation(database, { letter: packet(1) }, { kind: 'copied', at, where: null, road: 'blue-1' })
  })
  await database.commit(() => {
    for (let number = 0; number < 1200; number += 1) {
      const came = { road: null, broughtBy: null, takenInAt: at, at }
      noteArrival(database, { user: 'bob', messageId: `${number}@camp`, ...came })
    }
  })
  await journeys.prune(0)
  for (const table of [
    'arrivals',
    'journey_messages',
    'journeys',
    'journey_letters',
    'journey_legs',
    'journey_stations',
  ]) {
    expect([table, database.get(`SELECT count(*) AS count FROM ${table}`)]).toEqual([table, { count: 0 }])
  }
})

test('no question of the journeys looks at more rows than it answers', () => {
  const database = open()
  const questions = [
    ...Object.values(sameKindSql),
    ...Object.values(concernedSql),
    journeyOfLetterSql,
    arrivalSql,
    agedArrivalsSql,
    ...Object.values(journeysSql).filter(sql => sql !== journeysSql.last && sql !== journeysSql.any),
  ]
  for (const sql of questions) {
    const parameters = Math.max((sql.match(/\?(?!\d)/g) ?? []).length, ...(sql.match(/(?<=\?)\d/g) ?? []).map(Number))
    const values = Array.from({ length: parameters }, () => 1)
    const plan = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${sql}`, ...values).map(({ detail }) => detail)
    expect([sql, plan.filter(line => /SCAN|TEMP B-TREE/.test(line))]).toEqual([sql, []])
  }
  // Of one letter, some kinds: they are put together in memory.
  const plan = database.all<{ detail: string }>(`EXPLAIN QUERY PLAN ${kindsSql}`, 1).map(({ detail }) => detail)
  expect(plan.filter(line => line.includes('SCAN'))).toEqual([])
})
