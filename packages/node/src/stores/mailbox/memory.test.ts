import { mailboxContract } from './contract.ts'
import { memoryMailbox } from './memory.ts'

mailboxContract('in memory', async options => memoryMailbox(options))
