import { openJourneys } from '../journeys/index.ts'
import { bench } from './bench.ts'
import { mailboxContract } from './contract.ts'
import { cameContract } from './contract-came.ts'
import { fetchedContract } from './contract-fetched.ts'
import { limitsContract } from './contract-limits.ts'

async function withJourneys() {
  const here = await bench()
  return { journeys: openJourneys(here.database), store: await here.open() }
}
fetchedContract('on Maildirs and SQLite', withJourneys)
cameContract('on Maildirs and SQLite', withJourneys)
mailboxContract('on Maildirs and SQLite', async options => (await bench(options)).open())
limitsContract('on Maildirs and SQLite', async clock => (await bench({ clock })).open())
