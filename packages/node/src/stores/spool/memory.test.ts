import { pureSuite } from '@posthorn/nncp/pure'
import { MemoryCalendar } from '../database/memory-calendar.ts'
import { memoryJourneys } from '../journeys/index.ts'
import { spoolContract } from './contract.ts'
import { askedContract } from './contract-asked.ts'
import { custodyContract } from './contract-custody.ts'
import { heardContract } from './contract-heard.ts'
import { lanesContract } from './contract-lanes.ts'
import { lookingContract } from './contract-looking.ts'
import { movingContract } from './contract-moving.ts'
import { passingContract } from './contract-passing.ts'
import { recallsContract } from './contract-recalls.ts'
import { receiptsContract } from './contract-receipts.ts'
import { settingAsideContract } from './contract-setting-aside.ts'
import { tombstonesContract } from './contract-tombstones.ts'
import { trackingContract } from './contract-tracking.ts'
import { waitingContract } from './contract-waiting.ts'
import { memorySpool } from './memory.ts'

spoolContract('in memory', async () => memorySpool({ suite: pureSuite }))
movingContract('in memory', async () => memorySpool({ suite: pureSuite }))
custodyContract('in memory', async () => memorySpool({ suite: pureSuite }))
receiptsContract('in memory', async () => memorySpool({ suite: pureSuite }))
settingAsideContract('in memory', async () => memorySpool({ suite: pureSuite }))
heardContract('in memory', async () => memorySpool({ suite: pureSuite }))
askedContract('in memory', async () => memorySpool({ suite: pureSuite }))
lanesContract('in memory', async () => memorySpool({ suite: pureSuite }))
lookingContract('in memory', async () => memorySpool({ suite: pureSuite }))
waitingContract('in memory', async () => memorySpool({ suite: pureSuite }))
passingContract('in memory', async () => memorySpool({ suite: pureSuite }))
trackingContract('in memory', async () => {
  const calendar = new MemoryCalendar()
  const journeys = memoryJourneys(calendar)
  return { journeys, spool: memorySpool({ suite: pureSuite, calendar, journeys }) }
})
tombstonesContract('in memory', async () => memorySpool({ suite: pureSuite }))
recallsContract('in memory', async () => {
  const calendar = new MemoryCalendar()
  const journeys = memoryJourneys(calendar)
  return { journeys, spool: memorySpool({ suite: pureSuite, calendar, journeys }) }
})
