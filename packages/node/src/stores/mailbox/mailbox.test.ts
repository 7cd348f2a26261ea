import { bench } from './bench.ts'
import { mailboxContract } from './contract.ts'
import { limitsContract } from './contract-limits.ts'

mailboxContract('on Maildirs and SQLite', async options => (await bench(options)).open())
limitsContract('on Maildirs and SQLite', async clock => (await bench({ clock })).open())
