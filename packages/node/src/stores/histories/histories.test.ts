import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { turnCalendar } from '../database/calendar.ts'
import { openDatabase } from '../database/database.ts'
import { openDirectory } from '../directory/index.ts'
import { memoryDirectory } from '../directory/memory.ts'
import { historiesContract } from './contract.ts'
import { memoryHistories } from './memory.ts'
import { openHistories } from './open-histories.ts'

const dayMs = 24 * 60 * 60 * 1000

historiesContract('SQLite', async () => {
  const database = openDatabase(':memory:')
  onTestFinished(() => database.close())
  const { neighbours } = await openDirectory({ database, random: size => randomBytes(size) })
  let now = 1_700_000_000_000
  return {
    histories: openHistories({ database }),
    neighbours,
    async passDays(days) {
      for (let day = 0; day < days; day += 1) {
        now += dayMs
        await turnCalendar(database, now)
      }
    },
  }
})

historiesContract('memory', async () => {
  const { neighbours } = memoryDirectory()
  let today = 0
  const isNeighbour = async (id: Parameters<typeof neighbours.get>[0]) => (await neighbours.get(id)) !== undefined
  return {
    histories: memoryHistories({ isNeighbour, today: () => today }),
    neighbours,
    passDays: async days => {
      today += days
    },
  }
})
