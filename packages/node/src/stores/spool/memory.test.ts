import { pureSuite } from '@posthorn/nncp/pure'
import { spoolContract } from './contract.ts'
import { memorySpool } from './memory.ts'

spoolContract('in memory', async () => memorySpool({ suite: pureSuite }))
