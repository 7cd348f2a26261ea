import { bench } from './bench.ts'
import { mailboxContract } from './contract.ts'

mailboxContract('on Maildirs and SQLite', async options => (await bench(options)).open())
