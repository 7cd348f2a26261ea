import { beforeEach, describe, expect, test, vi } from 'vitest'
import { ApiFailure, localFailure } from '../../api/failure.ts'
import type { OutboxItem } from './item.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { memoryOutboxStore } from './store.ts'

const refused = new ApiFailure({ code: 'chat-left', message: 'You left this group.', retry: 'never' })
const full = new ApiFailure({ code: 'disk-full', message: 'The disk is full.', retry: 'later' })

/** A node that does as told, and a browser that keeps things. */
function rig(store = memoryOutboxStore()) {
  const delivered: string[] = []
  const state: { items: readonly OutboxItem[]; node: (item: OutboxItem, signal: AbortSignal) => Promise<void> } = {
    items: [],
    node: async () => {},
  }
  const timers: (() => void)[] = []
  let keys = 0
  const outbox = createOutbox({
    store,
    deliver: async (item, _, signal) => {
      await state.node(item, signal)
      delivered.push(`${item.chat} ${item.text}`)
    },
    now: () => 1000,
    newKey: () => {
      keys += 1
      return `key-${keys}`
    },
    after: (_, run) => {
      timers.push(run)
      return () => timers.splice(timers.indexOf(run), 1)
    },
    exclusively: (_, run) => run(),
    tell: () => {},
    onChange: items => {
      state.items = items
    },
  })
  return { outbox, delivered, state, timers, store }
}

let world: ReturnType<typeof rig>
let outbox: Outbox
beforeEach(async () => {
  world = rig()
  outbox = world.outbox
  await outbox.open('ann')
})
const settled = (count: number) => vi.waitFor(() => expect(world.delivered).toHaveLength(count))
const shown = () => world.state.items.map(({ text, state, error }) => [text, state, error])
const away = () => Promise.reject(localFailure('offline'))

describe('while the node is away', () => {
  test('what is written waits, and goes in the order written when it is back', async () => {
    world.state.node = away
    for (const text of ['one', 'two', 'three']) await outbox.send(7, { text })
    await vi.waitFor(() => expect(shown()).toEqual(['one', 'two', 'three'].map(text => [text, 'waits', ''])))
    world.state.node = async () => {}
    outbox.go()
    await settled(3)
    expect(world.delivered).toEqual(['7 one', '7 two', '7 three'])
    expect(world.state.items).toEqual([])
    expect(await world.store.all('ann')).toEqual([])
  })

  test('a page that was closed goes on, with the same keys', async () => {
    world.state.node = away
    const { key } = await outbox.send(7, { text: 'kept', quote: 3 })
    const again = rig(world.store)
    const keys: string[] = []
    again.state.node = async item => {
      keys.push(`${item.key} ${item.quote}`)
    }
    await again.outbox.open('ann')
    await vi.waitFor(() => expect(again.delivered).toEqual(['7 kept']))
    expect(keys).toEqual([`${key} 3`])
  })

  test('one whose answer was lost is sent again, with the same key', async () => {
    const keys: string[] = []
    world.state.node = item => {
      keys.push(item.key)
      return keys.length === 1 ? Promise.reject(localFailure('lost')) : Promise.resolve()
    }
    await outbox.send(7, { text: 'once' })
    await vi.waitFor(() => expect(shown()).toEqual([['once', 'waits', '']]))
    outbox.go()
    await settled(1)
    expect(keys).toEqual(['key-1', 'key-1'])
  })
})

describe('what the node says', () => {
  test('refused for good: it stays with the words, others go on, and it may be tried again or dropped', async () => {
    world.state.node = item => (item.text === 'bad' ? Promise.reject(refused) : Promise.resolve())
    const { key } = await outbox.send(7, { text: 'bad' })
    await outbox.send(7, { text: 'good' })
    await settled(1)
    expect(shown()).toEqual([['bad', 'failed', 'You left this group.']])
    world.state.node = async () => {}
    outbox.retry(key)
    await settled(2)
    expect(world.state.items).toEqual([])
  })

  test('for now not: it waits with the words, holds its chat, and is tried again by itself', async () => {
    world.state.node = item => (item.chat === 7 ? Promise.reject(full) : Promise.resolve())
    await outbox.send(7, { text: 'big' })
    await outbox.send(7, { text: 'behind' })
    await outbox.send(8, { text: 'elsewhere' })
    await settled(1)
    await vi.waitFor(() => expect(world.timers).toHaveLength(1))
    expect(shown()).toEqual([
      ['big', 'waits', 'The disk is full.'],
      ['behind', 'waits', ''],
    ])
    world.state.node = async () => {}
    world.timers[0]?.()
    await settled(3)
    expect(world.delivered).toEqual(['8 elsewhere', '7 big', '7 behind'])
  })
})

test('what is dropped is not sent, but what is being sent cannot be dropped', async () => {
  let finish = () => {}
  world.state.node = () => new Promise(done => (finish = done))
  const first = await outbox.send(7, { text: 'on its way' })
  const second = await outbox.send(7, { text: 'regretted' })
  await vi.waitFor(() => expect(shown()[0]).toEqual(['on its way', 'sending', '']))
  await outbox.drop(first.key)
  await outbox.drop(second.key)
  finish()
  await settled(1)
  await vi.waitFor(() => expect(world.state.items).toEqual([]))
  expect(world.delivered).toEqual(['7 on its way'])
})

test('the sending of a file can be ended; others of the chat go on', async () => {
  const stopped = vi.fn()
  world = rig()
  world.state.node = (item, signal) => {
    if (item.text !== 'large') return Promise.resolve()
    return new Promise((_, reject) => {
      signal.addEventListener('abort', () => {
        stopped()
        reject(localFailure('cancelled'))
      })
    })
  }
  await world.outbox.open('ann')
  const { key } = await world.outbox.send(7, { text: 'large' })
  await world.outbox.send(7, { text: 'small' })
  await vi.waitFor(() => expect(world.state.items[0]?.state).toBe('sending'))
  await world.outbox.drop(key)
  await settled(1)
  expect(world.delivered).toEqual(['7 small'])
  expect(stopped).toHaveBeenCalledOnce()
  expect(await world.store.all('ann')).toEqual([])
})

test('nobody sends what another person wrote in this browser', async () => {
  world.state.node = away
  await outbox.send(7, { text: 'of Ann' })
  world.state.node = async () => {}
  await outbox.open('bob')
  expect(world.state.items).toEqual([])
  await outbox.open(null)
  await expect(outbox.send(7, { text: 'of nobody' })).rejects.toMatchObject({ code: 'signed-out' })
  await outbox.open('ann')
  await settled(1)
  expect(world.delivered).toEqual(['7 of Ann'])
})

test('two pages of one browser send it once', async () => {
  world.state.node = away
  await outbox.send(7, { text: 'once' })
  await vi.waitFor(() => expect(shown()).toEqual([['once', 'waits', '']]))
  const other = rig(world.store)
  await other.outbox.open('ann')
  await vi.waitFor(() => expect(other.delivered).toEqual(['7 once']))
  world.state.node = async () => {}
  outbox.go()
  await vi.waitFor(() => expect(world.state.items).toEqual([]))
  expect(world.delivered).toEqual([])
})

test('what a page leaves that was closed while it sent goes from another that is open', async () => {
  const other = rig(world.store)
  await other.outbox.open('ann')
  // Closed with this in hand: it is never done.
  world.state.node = () => new Promise(() => {})
  await outbox.send(7, { text: 'left behind' })
  await other.outbox.reread()
  expect(other.delivered).toEqual([])
  for (const run of other.timers.splice(0)) run()
  await vi.waitFor(() => expect(other.delivered).toEqual(['7 left behind']))
  await other.outbox.reread()
  expect(other.timers).toEqual([])
})

test('a browser that keeps nothing says so, and the message goes all the same', async () => {
  const store = { ...memoryOutboxStore(), put: () => Promise.reject(new Error('quota')) }
  world = rig(store)
  await world.outbox.open('ann')
  expect(await world.outbox.send(7, { text: 'light' })).toEqual({ key: 'key-1', kept: false })
  await settled(1)
})

test('signing out forgets what was kept', async () => {
  world.state.node = away
  await outbox.send(7, { text: 'secret' })
  await outbox.forget('ann')
  expect(await world.store.all('ann')).toEqual([])
  expect(world.state.items).toEqual([])
})

test('a look at what is stored does not take away what is just being stored', async () => {
  const memory = memoryOutboxStore()
  let finish = () => {}
  const store = {
    ...memory,
    // As a large file does: it takes its time.
    put: async (item: OutboxItem) => {
      await new Promise<void>(done => (finish = done))
      await memory.put(item)
    },
  }
  world = rig(store)
  await world.outbox.open('ann')
  const sending = world.outbox.send(7, { text: 'in hand' })
  await world.outbox.reread()
  expect(shown()).toEqual([['in hand', 'waits', '']])
  finish()
  await sending
  await settled(1)
})

test('what cannot be stored is sent all the same when its turn comes while that is found out', async () => {
  let refuse = () => {}
  const store = {
    ...memoryOutboxStore(),
    put: () => new Promise<void>((_, reject) => (refuse = () => reject(new Error('quota')))),
  }
  world = rig(store)
  await world.outbox.open('ann')
  const sending = world.outbox.send(7, { text: 'large' })
  world.outbox.go()
  await settled(1)
  refuse()
  expect((await sending).kept).toBe(false)
  expect(world.delivered).toEqual(['7 large'])
  expect(world.state.items).toEqual([])
})

test('what is half sent when somebody else comes ends, and waits for who wrote it', async () => {
  world.state.node = (_, signal) =>
    new Promise((_done, reject) => signal.addEventListener('abort', () => reject(localFailure('cancelled'))))
  await outbox.send(7, { text: 'film of Ann' })
  await vi.waitFor(() => expect(shown()).toEqual([['film of Ann', 'sending', '']]))
  await outbox.open('bob')
  world.state.node = async () => {}
  await outbox.send(7, { text: 'of Bob' })
  await settled(1)
  await outbox.open('ann')
  await settled(2)
  expect(world.delivered).toEqual(['7 of Bob', '7 film of Ann'])
})
