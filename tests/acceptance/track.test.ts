/** `posthorn track` at each stage of a letter's way: between people of a node, over a stick, and over a line. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askDaemon } from '../../packages/node/src/node/admin/client.ts'
import { homeAt } from '../../packages/node/src/node/home.ts'
import type { ParamsOf, ResultOf } from '../../packages/node/src/node/operations/types.ts'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { type Access, posthorn, TestNode } from '../support/node.ts'
import { makeStick, sync } from '../support/stick.ts'

interface Tracked {
  readonly tracking: boolean
  readonly journeys: readonly {
    readonly messageId: string
    readonly sender: string
    readonly recipient: string
    readonly state: string
    readonly stations: readonly {
      kind: string
      where: { name: string | null }
      road: string | null
      evidence: string | null
    }[]
    readonly waiting: readonly { neighbour: { name: string | null }; copies: readonly string[] }[]
  }[]
}

describe('where is my letter', () => {
  let valley: TestNode
  let ridge: TestNode
  let alice: Access
  let carol: Access
  let bob: Access
  let stick: Awaited<ReturnType<typeof makeStick>>

  beforeAll(async () => {
    stick = await makeStick()
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    alice = await valley.addUser('alice')
    carol = await valley.addUser('carol')
    bob = await ridge.addUser('bob')
    await valley.run(['neighbour', 'add', await ridge.card()])
    await ridge.run(['neighbour', 'add', await valley.card()])
    await valley.start()
  })
  afterAll(async () => {
    await Promise.all([valley?.remove(), ridge?.remove(), stick?.remove()])
  })

  const track = (...args: string[]) => valley.run<Tracked>(['track', ...args])
  const words = async (...args: string[]) => (await posthorn(['track', ...args, '--home', valley.home])).stdout
  const kinds = ({ journeys }: Tracked, of: Access) =>
    journeys.find(({ recipient }) => recipient === of.address)?.stations.map(({ kind }) => kind)

  it('over a stick: sealed, copied, and what its node has said', { timeout: 120_000 }, async () => {
    await sendLetter(alice, { to: `${bob.address}, ${carol.address}`, text: 'by stick', messageId: '<stick@test>' })
    const begun = await track('stick@test')
    expect(kinds(begun, bob)).toEqual(['accepted', 'sealed'])
    expect(kinds(begun, carol)).toEqual(['accepted', 'delivered'])
    expect(begun.journeys.find(({ recipient }) => recipient === bob.address)).toMatchObject({
      ...{ messageId: 'stick@test', sender: alice.address, state: 'sealed' },
      waiting: [{ neighbour: { name: 'ridge' }, copies: [] }],
    })
    expect(await words('<stick@test>')).toMatch(/to bob@[^ ]+: waits here, has not left\n.*sealed for ridge/)

    const plugIn = ['folder', 'add', stick.path, '--name', 'blue-1']
    await valley.run(plugIn)
    await sync(valley, stick.path)
    expect(kinds(await track('--to', bob.address), bob)).toEqual(['accepted', 'sealed', 'copied'])
    const copied = await words('--last')
    expect(copied).toContain('copied, nothing confirms yet that it was taken')
    expect(copied).toContain('copied to blue-1')
    expect(copied).toContain('waits for ridge: never heard from; copied to blue-1')

    await ridge.run(plugIn)
    await ridge.start()
    await sync(ridge, stick.path)
    await expect.poll(async () => (await inboxLetters(bob)).length).toBe(1)
    await sync(ridge, stick.path)
    await sync(valley, stick.path)
    await expect
      .poll(async () => kinds(await track('stick@test'), bob))
      .toEqual(expect.arrayContaining(['accepted', 'sealed', 'copied', 'handed', 'arrived']))
    const arrived = (await track('stick@test', '--from', alice.address)).journeys
    const { stations, waiting } = arrived.find(({ recipient }) => recipient === bob.address) ?? {}
    const handed = { where: { name: 'ridge' }, road: 'blue-1', evidence: expect.stringMatching(/^[A-Z2-7]{52}$/) }
    const acknowledged = stations?.filter(
      ({ kind, evidence }) => (kind === 'handed' || kind === 'arrived') && evidence !== 'receipt',
    )
    expect(acknowledged).toMatchObject([handed, handed])
    expect(waiting).toEqual([])
    expect(await track('stick@test', '--from', bob.address).catch(() => 'nothing')).toBe('nothing')

    await inboxLetters(carol)
    await expect.poll(async () => kinds(await track('stick@test'), carol)).toEqual(['accepted', 'delivered', 'fetched'])
    expect(await words('stick@test')).toContain(`to ${carol.address}: delivered, fetched by an app`)
  })

  it('over a line, also when the node does not run', { timeout: 120_000 }, async () => {
    await valley.end()
    const { listeners } = await ridge.run<{ listeners: { nncp: { host: string; port: number } } }>(['status'])
    const at = `tcp://${listeners.nncp.host}:${listeners.nncp.port}`
    await valley.run(['neighbour', 'add', await ridge.card(), '--addr', at])
    await valley.start()
    await sendLetter(alice, { to: bob.address, text: 'by line', messageId: '<line@test>' })
    await expect
      .poll(async () => kinds(await track('line@test'), bob), { timeout: 30_000 })
      .toEqual(expect.arrayContaining(['accepted', 'sealed', 'handed', 'arrived']))
    await expect.poll(async () => kinds(await track('line@test'), bob), { timeout: 30_000 }).toContain('delivered')
    expect(kinds(await track('line@test'), bob)).not.toContain('fetched')
    expect((await inboxLetters(bob)).some(({ text }) => text.includes('by line'))).toBe(true)
    await expect
      .poll(async () => kinds(await track('line@test'), bob)?.slice(-2), { timeout: 60_000 })
      .toEqual(['delivered', 'fetched'])
    await valley.end()
    const { journeys } = await track('<line@test>')
    const handed = journeys[0]?.stations.find(({ kind }) => kind === 'handed')
    expect(handed).toMatchObject({ where: { name: 'ridge' }, road: expect.stringMatching(/^tcp:\/\/127\.0\.0\.1:/) })
    await valley.start()
  })

  it('tells news over the admin socket as they happen, to those who asked for that sender only', async () => {
    const ask = async (params: ParamsOf<'journey.news'>, signal = AbortSignal.timeout(60_000)) => {
      const request = { operation: 'journey.news', params, signal, progress: () => {} } as const
      const answer = await askDaemon(homeAt(valley.home), request)
      if (answer === 'not-running') return expect.unreachable()
      return answer.result as ResultOf<'journey.news'>
    }
    const now = await ask({})
    expect(now.news).toEqual([])
    const ended: string[] = []
    const stopped = new AbortController()
    const ofCarol = ask({ cursor: now.cursor, sender: carol.address }, stopped.signal).then(
      () => ended.push('told'),
      () => ended.push('ended'),
    )
    const heard: { kind: string; recipients: string[] }[] = []
    let { cursor } = now
    const follow = async () => {
      const told = await ask({ cursor, sender: alice.address })
      expect(told.cursor).toBeGreaterThan(cursor)
      for (const { station, of } of told.news) {
        expect(of.map(({ messageId, sender }) => [messageId, sender])).toEqual(
          of.map(() => ['news@test', alice.address]),
        )
        heard.push({ kind: station.kind, recipients: of.map(({ recipient }) => recipient) })
      }
      cursor = told.cursor
    }
    // Asked before it happens: the answer waits.
    const first = follow()
    await sendLetter(alice, { to: carol.address, text: 'news', messageId: '<news@test>' })
    await first
    while (heard.length < 2) await follow()
    expect(heard).toEqual(['accepted', 'delivered'].map(kind => ({ kind, recipients: [carol.address] })))
    const next = follow()
    await inboxLetters(carol)
    await next
    expect(heard.at(-1)).toEqual({ kind: 'fetched', recipients: [carol.address] })
    expect(ended).toEqual([])
    stopped.abort()
    await ofCarol
    expect(ended).toEqual(['ended'])
  })

  it('says that nothing is known of others, and shows hostile names harmlessly', async () => {
    const none = await posthorn(['track', 'nobody@test', '--home', valley.home])
    expect(none).toMatchObject({ code: 1, stderr: '' })
    expect(none.stdout).toContain('No such letter is known')
    expect((await posthorn(['track', '--home', valley.home])).code).toBe(2)
    const hostile = '<\u202emoc.\u001b[2Jevil@test>'
    await sendLetter(alice, { to: carol.address, text: 'x', messageId: hostile }).catch(() => undefined)
    expect((await words('--last')).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })
})
