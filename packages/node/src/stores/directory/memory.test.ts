import { directoryContract } from './contract.ts'
import { areasContract } from './contract-areas.ts'
import { joiningContract } from './contract-joining.ts'
import { peopleContract } from './contract-people.ts'
import { webContract } from './contract-web.ts'
import { memoryDirectory } from './memory.ts'

directoryContract('in memory', async () => memoryDirectory())
areasContract('in memory', async () => memoryDirectory())
peopleContract('in memory', async () => memoryDirectory())
webContract('in memory', async () => memoryDirectory())
joiningContract('in memory', async () => {
  let today = 0
  return {
    directory: memoryDirectory(() => today),
    passDays: async days => {
      today += days
    },
  }
})
