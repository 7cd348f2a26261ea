import { memoryJourneys } from '../journeys/index.ts'
import { mailboxContract } from './contract.ts'
import { cameContract } from './contract-came.ts'
import { fetchedContract } from './contract-fetched.ts'
import { limitsContract } from './contract-limits.ts'
import { memoryMailbox } from './memory.ts'
import { TestClock } from './testing.ts'

async function withJourneys() {
  const journeys = memoryJourneys({ today: 0 })
  return { journeys, store: memoryMailbox({ clock: new TestClock(), journeys }) }
}
fetchedContract('in memory', withJourneys)
cameContract('in memory', withJourneys)
mailboxContract('in memory', async options => memoryMailbox(options))
limitsContract('in memory', async clock => memoryMailbox({ clock }))
