import { expect, test } from 'vitest'
import type { Clock } from '../../base/clock.ts'
import { newsOf, Teller } from './events.ts'
import { chatServerLimits } from './limits.ts'

function bench() {
  const told: [string, string, unknown][] = []
  const sleeping: { ms: number; wake: () => void }[] = []
  const clock: Clock = { now: () => 0, sleep: ms => new Promise(resolve => sleeping.push({ ms, wake: resolve })) }
  const teller = new Teller((to, event, data) => told.push([(to as { user: string }).user, event, data]), clock)
  const wake = async () => {
    for (const { wake: go } of sleeping.splice(0)) go()
    await new Promise(resolve => setImmediate(resolve))
  }
  return { told, sleeping, teller, wake }
}

const came = (msgId: number) => newsOf({ kind: 'IncomingMsg', chatId: 12, msgId })

test('a message that came is told once, soon, to its person only', async () => {
  const { told, sleeping, teller, wake } = bench()
  teller.tell('alice', came(20))
  teller.tell('alice', newsOf({ kind: 'MsgsChanged', chatId: 12, msgId: 20 }))
  expect(sleeping.map(({ ms }) => ms)).toEqual([chatServerLimits.tellSoonMs])
  await wake()
  expect(told).toEqual([
    ['alice', 'messages.came', { chat: 12, message: 20 }],
    ['alice', 'messages.listed', { chat: 12, message: 20 }],
    ['alice', 'messages.changed', { chat: 12, message: 20 }],
    ['alice', 'chats.row', { chat: 12 }],
  ])
  teller.tell('alice', came(21))
  expect(sleeping.at(-1)?.ms).toBe(chatServerLimits.tellMs)
})

test('of too many it is said that they are many', async () => {
  const { told, teller, wake } = bench()
  const { newsMax } = chatServerLimits
  for (let chat = 0; chat <= newsMax; chat += 1) {
    teller.tell('alice', newsOf({ kind: 'ChatlistItemChanged', chatId: 10 + chat }))
  }
  await wake()
  expect(told).toEqual([['alice', 'chats.row', { chat: null }]])
  await wake()
  told.length = 0
  for (let message = 0; message <= newsMax; message += 1) teller.tell('alice', came(100 + message))
  for (let message = 0; message <= newsMax; message += 1) {
    teller.tell('alice', newsOf({ kind: 'MsgDelivered', chatId: 12, msgId: 100 + message }))
  }
  await wake()
  expect(told.filter(([, event]) => event === 'messages.came')).toHaveLength(newsMax)
  expect(told.filter(([, event]) => event !== 'messages.came')).toEqual([['alice', 'chats.all', {}]])
})

test('talk of the engine, and what is of no chat, is told to nobody', () => {
  for (const kind of ['Info', 'Warning', 'Error', 'ImapConnected', 'NewBlobFile', 'ConnectivityChanged']) {
    expect(newsOf({ kind, msg: 'alice@camp logged in', file: '/home/me/x' })).toEqual([])
  }
  expect(newsOf({ kind: 'IncomingMsg', chatId: 0, msgId: 0 })).toEqual([])
  expect(newsOf({ kind: 'MsgsChanged', chatId: 0, msgId: 0 })).toEqual([
    { event: 'messages.listed', data: { chat: null, message: null } },
    { event: 'chats.row', data: { chat: null } },
  ])
  expect(newsOf({ kind: 'ChatDeleted', chat_id: 12 })).toEqual([{ event: 'chats.listed', data: {} }])
})
