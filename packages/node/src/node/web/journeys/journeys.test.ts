/** Where messages are, for the web: what is told, and to whom it is not. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { journeyMethods } from '@posthorn/api'
import { generateIdentity, type NodeId } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import * as v from 'valibot'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../base/clock.ts'
import { silentLog } from '../../../base/log.ts'
import type { ChatLetter } from '../../../services/chat-server/index.ts'
import type { Caller } from '../../../services/web-server/handlers.ts'
import { cardLink } from '../../../stores/directory/card.ts'
import { type Node, openNode } from '../../assemble.ts'
import { homeAt } from '../../home.ts'
import { initNode } from '../../init.ts'
import { addAlias } from '../../operations/aliases.ts'
import { addFolder } from '../../operations/folders.ts'
import { addNeighbour } from '../../operations/neighbours.ts'
import { addUser } from '../../operations/users.ts'
import type { ServedNode } from '../../served.ts'
import { webJourneys } from './index.ts'

let folder: string
let node: Node
let served: ServedNode
let web: ReturnType<typeof webJourneys>
let bob: string
let hut: NodeId
/** What lies in the engine, by user. */
let letters: Record<string, ChatLetter[]>
let published: { user: string; messages: readonly number[] }[]
let heard: () => void

const other = generateIdentity(pureSuite, sizeBytes => new Uint8Array(sizeBytes).fill(7))
const context = { signal: new AbortController().signal, progress: () => undefined }
const caller = (user: string): Caller => ({ user, role: 'user', by: { session: 'one' } })
const addressOf = (user: string) => `${user}@${node.domain}`
const minuteMs = 60_000

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-journeys-'))
  const home = homeAt(join(folder, 'home'))
  await initNode(home, { name: 'camp', autoPorts: true })
  node = await openNode(home, silentLog)
  const reach = {
    ports: { smtp: 1, smtps: 2, imap: 3, imaps: 4, pop3: 6, pop3s: 7, web: 8470, nncp: 5400 },
    lanHost: null,
  }
  const rest = { running: true, chat: null, listeners: {}, endLogins: async () => 0, reach: async () => reach }
  served = { ...node, ...rest } as unknown as ServedNode
  await people('alice')
  const card = { name: 'hut', domains: [], addresses: [], acknowledges: true, issuedAt: 1 }
  const { domain } = await addNeighbour(served, { card: cardLink(pureSuite, other, card) })
  bob = `bob@${domain}`
  hut = other.id
  letters = { alice: [], carol: [], mallory: [] }
  published = []
  heard = () => undefined
  web = webJourneys({
    node: served,
    chat: {
      letters: async (user, ids) => (letters[user] ?? []).filter(({ message }) => ids.includes(message)),
    },
    addressOf,
    clock: systemClock,
    publish(to, _, data) {
      published.push({ user: (to as { user: string }).user, messages: (data as { messages: number[] }).messages })
      heard()
    },
  })
})

afterEach(async () => {
  await web.stop()
  await node.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Each costs a password. */
async function people(...names: string[]): Promise<void> {
  for (const name of names) await addUser(served, { name })
}

async function send(messageId: string, recipients: readonly string[], sender = addressOf('alice')): Promise<void> {
  const bytes = Buffer.from(`Message-ID: <${messageId}>\r\n\r\nhello\r\n`)
  const body = {
    sizeBytes: bytes.length,
    async *read(start = 0) {
      yield bytes.subarray(start)
    },
  }
  await node.postOffice.submit({ sender, recipients, body })
}

function write(user: string, message: number, changes: Partial<ChatLetter> = {}): ChatLetter {
  const letter = { message, messageId: `${message}@test`, mine: true, sentAt: Date.now(), fileBytes: 0, ...changes }
  letters[user]?.push(letter)
  return letter
}

async function brief(messages: number[], user = 'alice') {
  const answer = await web.handlers['journeys.brief']({ messages }, caller(user), context)
  return v.parse(journeyMethods['journeys.brief'].result, answer)
}

async function show(message: number, user = 'alice') {
  const answer = await web.handlers['journeys.show']({ message }, caller(user), context)
  return v.parse(journeyMethods['journeys.show'].result, answer)
}

async function recall(message: number, user = 'alice') {
  const answer = await web.handlers['journeys.recall']({ message }, caller(user), context)
  return v.parse(journeyMethods['journeys.recall'].result, answer)
}

async function arrivals(messages: number[], user = 'alice') {
  const answer = await web.handlers['arrivals.show']({ messages }, caller(user), context)
  return v.parse(journeyMethods['arrivals.show'].result, answer)
}

const hutView = () => ({ id: hut, name: 'hut', self: false })

describe('one’s own message', () => {
  it('waits for its node, and then lies on a folder by its name; a click shows both, and what waits', async () => {
    await addFolder(served, { path: folder, name: 'blue-1' })
    await node.directory.folders.leadsTo('blue-1', hut)
    write('alice', 20)
    await send('20@test', [bob])
    const [waits] = await brief([20, 21])
    expect(waits).toMatchObject({
      ...{ message: 20, recipients: 1, state: 'sealed', states: [{ state: 'sealed', count: 1 }], local: false },
      ...{ road: null, node: hutView(), delayed: false, recallAsked: false, canRecall: true },
      waiting: {
        ...{ neighbour: hutView(), lastContact: null, nextCall: null, copies: [] },
        roads: [{ kind: 'folder', name: 'blue-1' }],
      },
    })
    const [packet] = await node.spool.outbox.page(hut, { after: null, limit: 1 })
    await node.spool.outbox.copied(packet?.id ?? expect.unreachable(), 'blue-1', Date.now())
    const [lies] = await brief([20])
    const road = { kind: 'folder', name: 'blue-1' }
    expect(lies).toMatchObject({ state: 'copied', road, node: null, waiting: { copies: [road] } })
    const { recipients, unknown, ahead, more } = await show(20)
    expect({ unknown, ahead, more }).toEqual({ unknown: null, ahead: false, more: false })
    expect(recipients).toMatchObject([
      {
        ...{ address: bob, state: 'copied', local: false, canRecall: true, waiting: [{ copies: [road] }] },
        stations: [
          { kind: 'accepted', known: 'own', node: { name: 'camp', self: true } },
          { kind: 'sealed', known: 'own', node: hutView() },
          { kind: 'copied', known: 'own', road, node: { self: true } },
        ],
      },
    ])
  })

  it('is said to be where it has come least far; what failed comes first; who it is from does not count', async () => {
    await people('carol')
    write('alice', 20)
    await send('20@test', [bob, addressOf('carol'), addressOf('alice')])
    const [both] = await brief([20])
    expect(both).toMatchObject({
      ...{ recipients: 2, state: 'sealed', local: false, canRecall: true },
      states: [
        { state: 'sealed', count: 1 },
        { state: 'delivered', count: 1 },
      ],
    })
    const of = { messageId: '20@test', sender: addressOf('alice'), recipients: [addressOf('carol')] }
    await node.journeys.note([[of, { kind: 'read', at: 5, where: null }]])
    await node.journeys.note([
      [
        { ...of, recipients: [bob] },
        { kind: 'failed', at: 9, where: hut, reason: 'full' },
      ],
    ])
    expect(await brief([20])).toMatchObject([
      { state: 'failed', since: 9, states: [{ state: 'failed' }, { state: 'read' }] },
    ])
    write('alice', 22)
    await send('22@test', [addressOf('alice')])
    expect(await brief([22])).toMatchObject([{ recipients: 1, state: 'delivered', local: true, canRecall: false }])
  })

  it('with a confirmation, the road is that of the confirmation, and not said to be the message’s own', async () => {
    write('alice', 20)
    await send('20@test', [bob])
    const [packet] = await node.spool.outbox.page(hut, { after: null, limit: 1 })
    const id = packet?.id ?? expect.unreachable()
    await node.spool.outbox.acknowledge(id, hut, Date.now(), { road: 'blue-1', evidence: id })
    expect(await brief([20])).toMatchObject([{ state: 'arrived', road: null, node: hutView(), canRecall: false }])
    const { recipients } = await show(20)
    const road = { kind: 'folder', name: 'blue-1' }
    expect(recipients[0]?.stations.at(-1)).toMatchObject({ kind: 'arrived', known: 'confirmation', road })
  })

  it('since never lies later than it was heard of, whatever the clocks of others say', async () => {
    write('alice', 20)
    await send('20@test', [bob])
    const of = { messageId: '20@test', sender: addressOf('alice') }
    await node.journeys.note([[of, { kind: 'delivered', at: 9e15, heardAt: 77, where: hut, evidence: 'receipt' }]])
    expect(await brief([20])).toMatchObject([{ since: 77 }])
    expect((await show(20)).recipients[0]?.stations.at(-1)).toMatchObject({ known: 'receipt', heardAt: 77 })
  })

  it('that was not handed in here is not known, and so it is said; and what went ahead', async () => {
    write('alice', 20, { fileBytes: 200_000 })
    expect(await brief([20])).toMatchObject([{ recipients: 0, state: null, states: [], since: null, canRecall: false }])
    expect(await show(20)).toMatchObject({ unknown: 'not-here', ahead: true, recipients: [] })
    await expect(recall(20)).rejects.toMatchObject({ code: 'no-such-letter' })
    await expect(show(99)).rejects.toMatchObject({ code: 'no-such-message', retry: 'never' })
  })

  it('where no journeys are kept, that is said', async () => {
    write('alice', 20)
    const { config } = served
    Object.assign(served, { config: { ...config, journeys: { ...config.journeys, keep_days: 0 } } })
    expect(await show(20)).toMatchObject({ unknown: 'off', recipients: [] })
  })

  it('is taken back while it waits, and what became of that is said for each', async () => {
    await people('carol')
    write('alice', 20)
    await send('20@test', [bob, addressOf('carol'), addressOf('alice')])
    const { recipients, ahead } = await recall(20)
    expect(ahead).toBe(false)
    expect(recipients.toSorted((one, other) => one.address.localeCompare(other.address))).toEqual([
      { address: bob, state: 'taken-back', node: hutView(), copies: [] },
      { address: addressOf('carol'), state: 'here', node: null, copies: [] },
    ])
    expect(await brief([20])).toMatchObject([{ state: 'recalled', canRecall: false, waiting: null }])
  })
})

describe('news', () => {
  it('is told to whom the message is, once they have asked for it, and to nobody else', async () => {
    await people('mallory')
    write('alice', 20)
    write('mallory', 31, { messageId: '20@test' })
    expect(await brief([20])).toMatchObject([{ state: null }])
    expect(await brief([31], 'mallory')).toMatchObject([{ state: null }])
    const told = new Promise<void>(resolve => {
      heard = resolve
    })
    await send('other@test', [bob])
    await send('20@test', [bob])
    await told
    expect(published).toEqual([{ user: 'alice', messages: [20] }])
  })
})

describe('attacks', () => {
  it('journeys-of-others: a message under the name of another’s letter tells nothing of that letter', async () => {
    await people('mallory')
    write('alice', 20)
    await send('20@test', [bob])
    write('mallory', 31, { messageId: '20@test' })
    expect(await brief([31], 'mallory')).toMatchObject([{ recipients: 0, state: null }])
    expect(await show(31, 'mallory')).toMatchObject({ unknown: 'not-here', recipients: [] })
    await expect(recall(31, 'mallory')).rejects.toMatchObject({ code: 'no-such-letter' })
    expect(await brief([20])).toMatchObject([{ state: 'sealed' }])
    // Numbers of another's messages are nobody's.
    expect(await brief([20], 'mallory')).toEqual([])
    await expect(show(20, 'mallory')).rejects.toMatchObject({ code: 'no-such-message' })
    expect(await arrivals([20], 'mallory')).toEqual([])
  })

  it('journeys-of-others: what somebody else has written is not shown, and cannot be taken back', async () => {
    await people('carol')
    write('carol', 20, { mine: false })
    await send('20@test', [addressOf('carol'), bob])
    expect(await brief([20], 'carol')).toEqual([])
    expect(await show(20, 'carol')).toMatchObject({ unknown: 'not-own', recipients: [] })
    await expect(recall(20, 'carol')).rejects.toMatchObject({ code: 'not-own', retry: 'never' })
  })

  it('journeys-crowded: another’s letter under the same name to many does not hide one’s own', async () => {
    write('alice', 20)
    await send('20@test', [bob], addressOf('alice'))
    const sender = `aaa@${node.domain}`
    const many = Array.from({ length: 300 }, (_, number) => `x${number}@elsewhere`)
    await node.journeys.noteHere(
      { messageId: '20@test', sender, recipients: many, at: 1 },
      { kind: 'failed', at: 1, where: null },
    )
    expect(await brief([20])).toMatchObject([{ recipients: 1, state: 'sealed' }])
  })

  it('an alias of one’s own counts, as an address that one had before does', async () => {
    await addAlias(served, { address: 'al', targets: ['alice'] })
    write('alice', 20)
    await send('20@test', [bob], addressOf('al'))
    expect(await brief([20])).toMatchObject([{ state: 'sealed' }])
  })
})

describe('a message of others', () => {
  it('came by the road, from the neighbour, and late; or from here; or it is not known how', async () => {
    const at = 1_700_000_000_000
    const notes = { user: 'alice', takenInAt: at, at }
    const came = (messageId: string, road: string | null, broughtBy: NodeId | null) =>
      node.mailbox.deliver({
        ...notes,
        body: {
          sizeBytes: 2,
          async *read() {
            yield Buffer.from('\r\n')
          },
        },
        ...{ returnPath: null, deliveryId: messageId, messageId, came: { road, broughtBy, takenInAt: at } },
      })
    await came('20@test', 'bundle:post.bundle', hut)
    await came('21@test', 'tcp://192.0.2.1:5400', hut)
    await came('22@test', null, null)
    await came('25@test', 'outside', null)
    write('alice', 20, { mine: false, sentAt: at - 60 * minuteMs })
    write('alice', 21, { mine: false, sentAt: at - 59 * minuteMs })
    write('alice', 22, { mine: false, sentAt: at + minuteMs })
    write('alice', 23, { mine: false, sentAt: at })
    write('alice', 24)
    write('alice', 25, { mine: false, sentAt: at - 60 * minuteMs })
    expect(await arrivals([20, 21, 22, 23, 24, 25])).toEqual([
      {
        ...{ message: 20, sentAt: at - 60 * minuteMs, arrivedAt: at, late: true, way: 'road' },
        ...{ road: { kind: 'bundle', name: 'post.bundle' }, from: hutView() },
      },
      expect.objectContaining({
        ...{ message: 21, late: false, road: { kind: 'network', name: 'tcp://192.0.2.1:5400' } },
      }),
      expect.objectContaining({ message: 22, late: false, way: 'here', road: null, from: null }),
      {
        ...{ message: 23, sentAt: at, arrivedAt: null, late: false, way: 'unknown' },
        ...{ road: null, from: null },
      },
      expect.objectContaining({ message: 25, arrivedAt: at, late: true, way: 'unknown', road: null, from: null }),
    ])
  })
})
