import { openJourneys } from '../journeys/index.ts'
import { bench } from './bench.ts'
import { mailboxContract } from './contract.ts'
import { fetchedContract } from './contract-fetched.ts'
import { limitsContract } from './contract-limits.ts'

fetchedContract('on Maildirs and SQLite', async () => {
  const here = await bench()
  return { journeys: openJourneys(here.database), store: await here.open() }
})
mailboxContract('on Maildirs and SQLite', async options => (await bench(options)).open())
limitsContract('on Maildirs and SQLite', async clock => (await bench({ clock })).open())
