import { expect, test } from 'vitest'
import { HandClock } from '../../../base/hand-clock.ts'
import { silentLog } from '../../../base/log.ts'
import type { ServedNode } from '../../served.ts'
import { followNews } from './follow.ts'
import { Watched } from './watched.ts'

test('a store that fails for a moment ends nothing: what it had to tell is told after it', async () => {
  const clock = new HandClock()
  const watched = new Watched()
  watched.add('alice', '20@test', 20)
  const news = [{ station: {}, of: [{ messageId: '20@test', sender: 'alice@camp' }] }]
  let asked = 0
  const journeys = {
    onNews: () => () => undefined,
    async news(cursor: number | null) {
      asked += 1
      if (cursor === null) return { news: [], cursor: 7 }
      if (asked === 2) throw new Error('the disk did not answer')
      return cursor === 7 ? { news, cursor: 8 } : { news: [], cursor }
    },
  }
  const postOffice = { maySendAs: async () => true }
  const told = new Promise(resolve => {
    const node = { journeys, postOffice, log: silentLog } as unknown as ServedNode
    const following = followNews(node, { watched, clock, publish: (to, _, data) => resolve([to, data, following]) })
  })
  for (let turn = 0; turn < 20; turn += 1) {
    await new Promise(resolve => setImmediate(resolve))
    clock.pass(1000)
  }
  const [to, data, following] = (await told) as [unknown, unknown, ReturnType<typeof followNews>]
  expect([to, data]).toEqual([{ user: 'alice' }, { messages: [20] }])
  await following.stop()
})
