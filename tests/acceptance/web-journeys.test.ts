/** "Where is it?" as a page asks it: two nodes, no line between them, and a stick. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installedEngine } from '../../packages/node/src/services/chat-engine/index.ts'
import { type Access, introduce, TestNode } from '../support/node.ts'
import { noisePng } from '../support/picture.ts'
import { makeStick, sync } from '../support/stick.ts'
import { WebClient } from '../support/web-client.ts'

const installed = installedEngine() !== undefined
if (!installed) console.warn('SKIPPED: no chat engine for this platform')

describe.skipIf(!installed)('where is it, on the web', () => {
  let valley: TestNode
  let ridge: TestNode
  let stick: Awaited<ReturnType<typeof makeStick>>
  let accesses: Record<'alice' | 'mallory' | 'bob', Access>
  let alice: WebClient
  let mallory: WebClient
  let bob: WebClient
  let chat: number
  let message: number

  beforeAll(async () => {
    stick = await makeStick()
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await introduce(valley, ridge)
    accesses = {
      alice: await valley.addUser('alice'),
      mallory: await valley.addUser('mallory'),
      bob: await ridge.addUser('bob'),
    }
    await Promise.all([valley.start(), ridge.start()])
    alice = await WebClient.signIn(valley, accesses.alice)
    mallory = await WebClient.signIn(valley, accesses.mallory)
    bob = await WebClient.signIn(ridge, accesses.bob)
    chat = await alice.chatWith(bob)
    const sent = await alice.call('messages.send', { chat, text: 'are you there?' })
    message = sent.message
  })
  afterAll(async () => {
    await Promise.all([valley?.remove(), ridge?.remove(), stick?.remove()])
  })

  const brief = async () => (await alice.call('journeys.brief', { messages: [message] }))[0]
  const state = async () => (await brief())?.state

  it('without a road it waits; on a stick it is named; delivered it says so', async () => {
    await expect.poll(state).toBe('sealed')
    expect(await brief()).toMatchObject({
      ...{ recipients: 1, road: null, node: { name: 'ridge' }, local: false, canRecall: true },
      waiting: { neighbour: { name: 'ridge' }, lastContact: null, nextCall: null, copies: [] },
    })

    const plugIn = ['folder', 'add', stick.path, '--name', 'blue-1']
    await valley.run(plugIn)
    await sync(valley, stick.path)
    await expect.poll(state).toBe('copied')
    const road = { kind: 'folder', name: 'blue-1' }
    expect(await brief()).toMatchObject({ road, waiting: { copies: [road] } })

    await ridge.run(plugIn)
    await sync(ridge, stick.path)
    const came = await bob.came('are you there?')
    const [arrival] = await bob.call('arrivals.show', { messages: [came.id] })
    expect(arrival).toMatchObject({ way: 'road', road, from: { name: 'valley', self: false }, late: false })
    expect(arrival?.arrivedAt).toBeGreaterThanOrEqual(arrival?.sentAt ?? Number.POSITIVE_INFINITY)

    // The acknowledgement, the receipt, and that it was fetched come back by the same stick.
    await expect
      .poll(
        async () => {
          await sync(ridge, stick.path)
          await sync(valley, stick.path)
          return state()
        },
        { interval: 500 },
      )
      .toBe('fetched')
    const { recipients, unknown } = await alice.call('journeys.show', { message })
    expect(unknown).toBeNull()
    expect(recipients).toMatchObject([
      { address: accesses.bob.address, state: 'fetched', waiting: [], canRecall: false },
    ])
    const known = recipients[0]?.stations.map(station => [station.kind, station.known])
    expect(known).toEqual(
      expect.arrayContaining([
        ['accepted', 'own'],
        ['sealed', 'own'],
        ['copied', 'own'],
        ['handed', 'confirmation'],
        ['delivered', 'receipt'],
        ['fetched', 'receipt'],
      ]),
    )
    const fetched = recipients[0]?.stations.find(({ kind }) => kind === 'fetched')
    expect(fetched).toMatchObject({ node: { name: 'ridge' } })
    expect(await alice.call('arrivals.show', { messages: [message] })).toEqual([])
  })

  it('of a large file the slower part counts, and that something went ahead is said', async () => {
    const upload = await alice.upload('noise.png', noisePng(400, 400, 1))
    const file = { upload, name: 'noise.png', kind: 'file' } as const
    const { message: photo } = await alice.call('messages.send', { chat, text: 'the view', file })
    const mine = async () => (await alice.call('journeys.brief', { messages: [photo] }))[0]?.state
    await expect.poll(mine).toMatch(/sealed|copied/)
    expect(await alice.call('journeys.show', { message: photo })).toMatchObject({ ahead: true, recipients: [{}] })
    // One is the text, the other the file.
    const { messageId } = await alice.call('messages.info', { message: photo })
    const { journeys } = await valley.run<{ journeys: { messageId: string; letters: { id: string }[] }[] }>([
      ...['track', '--to', accesses.bob.address],
    ])
    const [text, whole] = [
      journeys.filter(one => one.messageId !== messageId),
      journeys.filter(one => one.messageId === messageId),
    ]
    expect(whole).toHaveLength(1)
    expect(text.length).toBeGreaterThan(0)
    await sync(valley, stick.path)
    await sync(ridge, stick.path)
    const came = await bob.came('the view')
    await expect.poll(async () => (await bob.call('messages.get', { ids: [came.id] }))[0]?.rest).toBe('here')
    const arrivals = await bob.call('arrivals.show', { messages: [came.id] })
    expect(arrivals).toMatchObject([{ way: 'road', road: { name: 'blue-1' } }])
  })

  it('between people of one node it came from here', async () => {
    const own = await mallory.chatWith(alice)
    const { message: sent } = await mallory.call('messages.send', { chat: own, text: 'next door' })
    const came = await alice.came('next door')
    expect(await alice.call('arrivals.show', { messages: [came.id] })).toMatchObject([{ way: 'here', road: null }])
    await expect
      .poll(async () => (await mallory.call('journeys.brief', { messages: [sent] }))[0])
      .toMatchObject({ state: 'fetched', local: true })
  })

  it('is taken back while it waits', async () => {
    // With the stick there it may have left.
    await valley.run(['folder', 'remove', 'blue-1'])
    const { message: waits } = await alice.call('messages.send', { chat, text: 'never mind' })
    const waiting = async () => (await alice.call('journeys.brief', { messages: [waits] }))[0]?.state
    await expect.poll(waiting).toBe('sealed')
    const { recipients } = await alice.call('journeys.recall', { message: waits })
    expect(recipients).toMatchObject([{ address: accesses.bob.address, state: 'taken-back' }])
    expect(await waiting()).toBe('recalled')
  })

  it('journeys-of-others: nobody learns of another’s letters by their numbers', async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => index + 1)
    const briefs = await mallory.call('journeys.brief', { messages: numbers })
    const own = (await mallory.call('messages.get', { ids: numbers })).map(({ id }) => id)
    expect(briefs.every(one => own.includes(one.message))).toBe(true)
    for (const one of briefs) {
      const { recipients } = await mallory.call('journeys.show', { message: one.message })
      expect(recipients.map(({ address }) => address)).not.toContain(accesses.bob.address)
    }
    await expect(mallory.call('journeys.recall', { message: 4000 })).rejects.toThrow('no-such-message')
  })
})
