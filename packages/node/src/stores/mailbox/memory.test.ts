import { mailboxContract } from './contract.ts'
import { limitsContract } from './contract-limits.ts'
import { memoryMailbox } from './memory.ts'

mailboxContract('in memory', async options => memoryMailbox(options))
limitsContract('in memory', async clock => memoryMailbox({ clock }))
