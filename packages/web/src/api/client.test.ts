import { closeCodes } from '@posthorn/api'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Client, createClient, type Phase, type SocketEvents } from './client.ts'

/** The other end, and a clock that is moved by hand. */
function rig() {
  const sockets: { events: SocketEvents; sent: { id: number; method: string; cancel?: number }[]; closed: boolean }[] =
    []
  const phases: Phase[] = []
  const timers = new Set<{ delayMs: number; run: () => void }>()
  const state = { isSignedIn: true, signedOut: 0 }
  const client = createClient({
    openSocket: events => {
      const socket = { events, sent: [] as never[], closed: false }
      sockets.push(socket)
      return {
        send: text => socket.sent.push(JSON.parse(text) as never),
        close: () => {
          socket.closed = true
        },
      }
    },
    clock: {
      after: (delayMs, run) => {
        const timer = { delayMs, run }
        timers.add(timer)
        return () => timers.delete(timer)
      },
    },
    random: () => 1,
    isSignedIn: () => Promise.resolve(state.isSignedIn),
    onPhase: phase => phases.push(phase),
    onSignedOut: () => {
      state.signedOut += 1
    },
  })
  const last = () => {
    const socket = sockets.at(-1)
    if (socket === undefined) throw new Error('no socket was opened')
    return socket
  }
  const answer = (frame: object) => last().events.received(JSON.stringify(frame))
  /** Runs what waits, and tells for how long it waited. */
  const passTime = () => {
    const waiting = [...timers]
    timers.clear()
    for (const timer of waiting) timer.run()
    return waiting.map(timer => timer.delayMs)
  }
  return { client, sockets, phases, timers, state, last, answer, passTime }
}

let world: ReturnType<typeof rig>
let client: Client
beforeEach(() => {
  world = rig()
  client = world.client
})

function connect(): void {
  client.start()
  world.last().events.opened()
}

describe('calls', () => {
  test('are answered in any order', async () => {
    connect()
    const first = client.call('chats.delete', { chat: 1 })
    const second = client.call('messages.send', { chat: 2, text: 'hello' })
    expect(world.last().sent.map(({ id, method }) => [id, method])).toEqual([
      [1, 'chats.delete'],
      [2, 'messages.send'],
    ])
    world.answer({ id: 2, result: { message: 7 } })
    world.answer({ id: 1, result: {} })
    expect(await first).toEqual({})
    expect(await second).toEqual({ message: 7 })
  })

  test('fail with the words of the node', async () => {
    connect()
    const call = client.call('chats.show', { chat: 1 })
    world.answer({ id: 1, error: { code: 'chat-unknown', message: 'There is no such chat.', retry: 'never' } })
    await expect(call).rejects.toMatchObject({
      code: 'chat-unknown',
      message: 'There is no such chat.',
      retry: 'never',
    })
  })

  test('an answer of another shape is a failure, not a value', async () => {
    connect()
    const call = client.call('messages.send', { chat: 1, text: 'x' })
    world.answer({ id: 1, result: { message: 'seven' } })
    await expect(call).rejects.toMatchObject({ code: 'answer' })
  })

  test('tell how far they are', async () => {
    connect()
    const onProgress = vi.fn()
    const call = client.call('chats.delete', { chat: 1 }, { onProgress })
    const progress = { phase: 'x', done: 1, total: null, unit: 'steps' }
    world.answer({ id: 1, progress })
    world.answer({ id: 1, result: {} })
    await call
    expect(onProgress.mock.calls).toEqual([[progress]])
  })

  test('are cancelled here and there', async () => {
    connect()
    const controller = new AbortController()
    const call = client.call('chats.show', { chat: 1 }, { signal: controller.signal })
    controller.abort()
    await expect(call).rejects.toMatchObject({ code: 'cancelled' })
    expect(world.last().sent.at(-1)).toEqual({ cancel: 1 })
    world.answer({ id: 1, error: { code: 'cancelled', message: '', retry: 'later' } })
  })

  test('rubbish from the node is passed over', async () => {
    connect()
    const call = client.call('chats.delete', { chat: 1 })
    for (const rubbish of ['', '{', '[]', '{"id":"1","result":{}}', '{"event":"__proto__","data":{}}', 5]) {
      world.last().events.received(rubbish)
    }
    world.answer({ id: 1, result: {} })
    expect(await call).toEqual({})
  })
})

describe('a lost connection', () => {
  test('is made anew, and what reads is asked again, once', async () => {
    connect()
    const call = client.call('chats.rows', { ids: [1] })
    world.last().events.closed(1006)
    expect(client.phase()).toBe('offline')
    world.passTime()
    world.last().events.opened()
    expect(world.last().sent).toEqual([{ id: 1, method: 'chats.rows', params: { ids: [1] } }])
    world.answer({ id: 1, result: [] })
    expect(await call).toEqual([])
    expect(world.phases).toEqual(['ready', 'offline', 'ready'])
  })

  test('never repeats what changes something: nobody knows whether it was done', async () => {
    connect()
    const call = client.call('messages.send', { chat: 1, text: 'once' })
    world.last().events.closed(1006)
    await expect(call).rejects.toMatchObject({ code: 'lost', retry: 'later' })
    await expect(client.call('chats.delete', { chat: 1 })).rejects.toMatchObject({ code: 'offline' })
    world.passTime()
    world.last().events.opened()
    expect(world.last().sent).toEqual([])
  })

  test('before the first connection calls of both kinds wait', async () => {
    client.start()
    const call = client.call('messages.send', { chat: 1, text: 'early' })
    world.last().events.opened()
    world.answer({ id: 1, result: { message: 3 } })
    expect(await call).toEqual({ message: 3 })
  })

  test('the node is tried less and less often, and soon again when the network comes back', () => {
    connect()
    const waits = []
    for (let index = 0; index < 8; index += 1) {
      world.last().events.closed(1006)
      waits.push(...world.passTime())
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 20_000, 20_000])
    world.last().events.closed(1006)
    const tried = world.sockets.length
    client.look()
    expect(world.sockets).toHaveLength(tried + 1)
    // Only for the new one to open.
    expect(world.passTime()).toEqual([30_000])
  })

  test('one that is silent is found out when somebody looks', async () => {
    connect()
    client.look()
    expect(world.last().sent).toMatchObject([{ method: 'session.show' }])
    const first = world.last()
    world.passTime()
    expect(first.closed).toBe(true)
    expect(world.sockets).toHaveLength(2)
    first.events.received('{"event":"chats.listed","data":{}}')
    first.events.closed(1006)
    expect(world.sockets).toHaveLength(2)
  })

  test('one that is silent is found out also while nobody looks, and what changes something fails', async () => {
    connect()
    const call = client.call('messages.send', { chat: 1, text: 'into the void' })
    const first = world.last()
    expect(world.passTime()).toEqual([25_000])
    expect(first.sent.at(-1)).toMatchObject({ method: 'session.show' })
    world.passTime()
    expect(first.closed).toBe(true)
    await expect(call).rejects.toMatchObject({ code: 'lost' })
    expect(world.phases).toEqual(['ready', 'offline'])
    expect(world.sockets).toHaveLength(2)
  })

  test('one that answers is asked again after a while, and stays', async () => {
    connect()
    for (let round = 1; round < 4; round += 1) {
      expect(world.passTime()).toEqual([25_000])
      expect(world.last().sent).toHaveLength(round)
      world.answer({ id: round, error: { code: 'busy', message: '', retry: 'later' } })
      await vi.waitFor(() => expect(world.timers.size).toBe(1))
    }
    expect([world.sockets.length, client.phase()]).toEqual([1, 'ready'])
  })

  test('a socket that neither opens nor fails is given up, and tried anew', () => {
    client.start()
    expect(world.passTime()).toEqual([30_000])
    expect([world.last().closed, client.phase()]).toEqual([true, 'offline'])
    expect(world.passTime()).toEqual([500])
    expect(world.sockets).toHaveLength(2)
  })

  test('a node that stops says so', () => {
    connect()
    world.last().events.closed(closeCodes.nodeStops)
    expect(client.phase()).toBe('stopping')
    world.passTime()
    world.last().events.opened()
    expect(client.phase()).toBe('ready')
  })
})

describe('signed out', () => {
  afterEach(() => expect([client.phase(), world.state.signedOut]).toEqual(['signed-out', 1]))

  test('by the node: nothing is tried any more, and what waits fails', async () => {
    connect()
    const call = client.call('chats.rows', { ids: [1] })
    world.last().events.closed(closeCodes.signedOut)
    await expect(call).rejects.toMatchObject({ code: 'signed-out' })
    expect(world.timers.size).toBe(0)
  })

  test('while away: the node is asked why the socket does not open', async () => {
    client.start()
    world.state.isSignedIn = false
    world.last().events.closed(1006)
    await vi.waitFor(() => expect(client.phase()).toBe('signed-out'))
    expect(world.timers.size).toBe(0)
  })
})

describe('events', () => {
  test('go to who listens, checked, until they do not any more', () => {
    connect()
    const listener = vi.fn()
    const stop = client.on('messages.came', listener)
    world.answer({ event: 'messages.came', data: { chat: 1, message: 2 } })
    world.answer({ event: 'messages.came', data: { chat: 'one' } })
    stop()
    world.answer({ event: 'messages.came', data: { chat: 1, message: 3 } })
    expect(listener.mock.calls).toEqual([[{ chat: 1, message: 2 }]])
  })

  test('onReady tells of each connection, and at once of the one that is', () => {
    const early = vi.fn()
    client.onReady(early)
    connect()
    const late = vi.fn()
    client.onReady(late)
    world.last().events.closed(1006)
    world.passTime()
    world.last().events.opened()
    expect([early.mock.calls.length, late.mock.calls.length]).toEqual([2, 2])
  })
})
