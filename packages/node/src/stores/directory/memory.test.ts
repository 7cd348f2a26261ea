import { directoryContract } from './contract.ts'
import { memoryDirectory } from './memory.ts'

directoryContract('in memory', async () => memoryDirectory())
