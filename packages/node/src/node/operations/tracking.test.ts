/** What is told of journeys, and when there is news of them. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { nextTurn } from '../../base/turn.ts'
import { cardLink } from '../../stores/directory/card.ts'
import { type Node, openNode } from '../assemble.ts'
import { homeAt } from '../home.ts'
import { initNode } from '../init.ts'
import { renewal } from '../renewal.ts'
import type { ServedNode } from '../served.ts'
import { addNeighbour } from './neighbours.ts'
import { addSchedule } from './schedules.ts'
import { followJourneys, trackLetters } from './tracking.ts'
import { addUser } from './users.ts'

let folder: string
let node: Node
let served: ServedNode
let alice: string
let bob: string

const other = generateIdentity(pureSuite, sizeBytes => new Uint8Array(sizeBytes).fill(7))
const idle = { signal: new AbortController().signal, progress: () => undefined }

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-tracking-'))
  const home = homeAt(join(folder, 'home'))
  await initNode(home, { name: 'camp', autoPorts: true })
  node = await openNode(home, silentLog)
  const reach = {
    ports: { smtp: 1, smtps: 2, imap: 3, imaps: 4, pop3: 6, pop3s: 7, web: 8470, nncp: 5400 },
    lanHost: null,
  }
  const rest = { chat: null, openness: { lan: false, by: 'setting' as const, fault: null }, renewal: renewal() }
  served = { ...node, ...rest, running: true, listeners: {}, endLogins: async () => 0, reach: async () => reach }
  alice = (await addUser(served, { name: 'alice' })).address
  const card = { name: 'hut', domains: [], addresses: [], acknowledges: true, issuedAt: 1 }
  const { domain } = await addNeighbour(served, { card: cardLink(pureSuite, other, card) })
  bob = `bob@${domain}`
})
afterEach(async () => {
  await node.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function send(messageId: string, sender = alice): Promise<void> {
  const bytes = Buffer.from(`Message-ID: <${messageId}>\r\n\r\nhello\r\n`)
  const read = async function* () {
    yield bytes
  }
  await node.postOffice.submit({ sender, recipients: [bob], body: { sizeBytes: bytes.length, read } })
}

it('a letter that waits says for whom, by which packet, and when it is called next', async () => {
  await send('one@test')
  await addSchedule(served, { neighbour: 'hut', cron: '0 0 8 * * * *', direction: 'receive' })
  const [journey] = (await trackLetters(served, { last: true })).journeys
  const hut = { id: other.id, name: 'hut' }
  expect(journey).toMatchObject({
    ...{ messageId: 'one@test', sender: alice, recipient: bob, state: 'sealed' },
    stations: [
      { kind: 'accepted', where: { id: node.identity.id, name: 'camp' } },
      { kind: 'sealed', where: hut },
    ],
    letters: [{ destination: hut }],
    waiting: [{ packet: journey?.letters[0]?.id, neighbour: hut, lastContact: null, nextCall: null, copies: [] }],
  })
  await addSchedule(served, { neighbour: 'hut', cron: '0 0 8 * * * *' })
  const [scheduled] = (await trackLetters(served, { to: bob.toUpperCase() })).journeys
  expect(scheduled?.waiting[0]?.nextCall).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z$/)
})

it('is asked for in one way, and answers only for the sender that is asked for', async () => {
  await send('one@test')
  const refused = { code: 'bad-request' }
  await expect(trackLetters(served, {})).rejects.toMatchObject(refused)
  await expect(trackLetters(served, { last: true, to: bob })).rejects.toMatchObject(refused)
  const byId = async (sender?: string) =>
    (await trackLetters(served, { messageId: ' <one@test> ', ...(sender === undefined ? {} : { sender }) })).journeys
  expect(await byId()).toHaveLength(1)
  expect(await byId(alice)).toHaveLength(1)
  expect(await byId(bob)).toEqual([])
})

it('bounces and reports have no journey', async () => {
  await send('bounce@test', '')
  expect((await trackLetters(served, { last: true })).journeys).toEqual([])
})

it('news is waited for, told once, and only of the sender that is asked for', async () => {
  await send('one@test')
  const { cursor, news } = await followJourneys(served, {}, idle)
  expect(news).toEqual([])
  const stop = new AbortController()
  const context = { ...idle, signal: stop.signal }
  const ours = followJourneys(served, { cursor, sender: alice }, context)
  let answered = false
  const others = followJourneys(served, { cursor, sender: 'eve@camp' }, context).finally(() => {
    answered = true
  })
  await nextTurn()
  await send('two@test')
  const first = await ours
  expect(first.news.map(({ station, of }) => [station.kind, of[0]?.messageId])).toEqual([
    ['accepted', 'two@test'],
    ['sealed', 'two@test'],
  ])
  expect(answered).toBe(false)
  stop.abort()
  expect((await others).news).toEqual([])
  const again = followJourneys(served, { cursor: first.cursor }, { ...idle, signal: AbortSignal.abort() })
  expect(await again).toEqual({ cursor: first.cursor, news: [] })
  expect(await followJourneys({ ...served, running: false }, { cursor: 1_000_000 }, idle)).toMatchObject({ news: [] })
})
