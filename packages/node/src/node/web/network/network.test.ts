/** Two real nodes with their stores and wires, on loopback and over a folder, as the handlers of the API see them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EventOf, methods, type NetworkView, networkMethods } from '@posthorn/api'
import * as v from 'valibot'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../base/clock.ts'
import { silentLog } from '../../../base/log.ts'
import { tcpUrl } from '../../../links/tcp/address.ts'
import type { CallContext, Caller } from '../../../services/web-server/handlers.ts'
import { type Node, openNode } from '../../assemble.ts'
import { homeAt } from '../../home.ts'
import { initNode } from '../../init.ts'
import { selfOf } from '../../operations/pairing.ts'
import { runOperation } from '../../operations/run.ts'
import { renewal } from '../../renewal.ts'
import type { ServedNode } from '../../served.ts'
import { networkHandlers, startNetworkNews } from './index.ts'

const { signal } = new AbortController()
const caller: Caller = { user: 'alice', role: 'admin', by: { session: 'one' } }
const context: CallContext = { signal, progress: () => {} }
const operating = { signal, progress: () => {} }
const ports = { smtp: 1, smtps: 2, imap: 3, imaps: 4, pop3: 6, pop3s: 7, web: 8470, nncp: 5 }

interface Side {
  readonly node: Node
  readonly served: ServedNode
  readonly handlers: ReturnType<typeof networkHandlers>
}

let folder: string
let camp: Side
let ridge: Side
const opened: Node[] = []

async function open(name: string): Promise<Side> {
  const home = homeAt(join(folder, name))
  await initNode(home, { name, autoPorts: true })
  const node = await openNode(home, silentLog)
  opened.push(node)
  const served: ServedNode = {
    ...{ ...node, running: true, openness: { lan: false, by: 'setting', fault: null }, renewal: renewal(), chat: null },
    ...{ listeners: {}, endLogins: async () => 0, reach: async () => ({ ports, lanHost: null }) },
  }
  return { node, served, handlers: networkHandlers(served) }
}

/** As the web server does: what is answered must be what the API says. */
async function ask<N extends keyof typeof networkMethods>(side: Side, name: N, params: unknown = {}, how = context) {
  const handler = side.handlers[name] as (...args: unknown[]) => Promise<unknown>
  const answer = await handler(v.parse(methods[name].params, params), caller, how)
  return v.parse(methods[name].result, answer) as v.InferOutput<(typeof networkMethods)[N]['result']>
}

async function meet(): Promise<void> {
  const at = await ridge.node.takeCalls(tcpUrl({ host: '127.0.0.1', port: 0 }))
  const [card, other] = [await ask(camp, 'pairing.card'), await ask(ridge, 'pairing.card')]
  await ask(ridge, 'neighbours.add', { card: card.link })
  await ask(camp, 'neighbours.add', { card: other.link, addresses: [at.href.replace(/\/$/, '')] })
}

/** A letter for bob at ridge. */
async function write(text: string): Promise<void> {
  const recipient = `bob@${ridge.node.domain}`
  const head = `From: alice@${camp.node.domain}\r\nTo: ${recipient}\r\nMessage-ID: <${Math.random()}@x>`
  const letter = `${head}\r\n\r\n${text}\r\n`
  const path = join(folder, 'letter')
  writeFileSync(path, letter)
  const sender = { sender: 'alice', fullName: null, recipients: [recipient], fromHeader: false }
  const params = { path, ...sender, wishes: {}, inBatch: false }
  await runOperation(camp.served, { name: 'letter.submit', params }, operating)
}

const neighbourOf = ({ neighbours }: NetworkView) => neighbours[0] ?? expect.unreachable()
const seen = async () => neighbourOf(await ask(camp, 'network.show'))
const people = async () => {
  await runOperation(camp.served, { name: 'user.add', params: { name: 'alice', password: 'long enough' } }, operating)
  await runOperation(ridge.served, { name: 'user.add', params: { name: 'bob', password: 'long enough' } }, operating)
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-network-'))
  camp = await open('camp')
  ridge = await open('ridge')
  await people()
})
afterEach(async () => {
  for (const node of opened.splice(0)) await node.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('everybody sees names, queues and states, and neither ids nor addresses nor keys', async () => {
  await meet()
  await write('hello')
  const shown = await ask(camp, 'network.show')
  expect(neighbourOf(shown)).toMatchObject({ name: 'ridge', state: 'quiet', queued: { packets: 1 }, callable: true })
  const text = JSON.stringify([shown, await ask(camp, 'network.moves')])
  expect(text).not.toContain(ridge.node.identity.id.slice(0, 16))
  expect(text).not.toContain('127.0.0.1')
  const open = Object.entries(networkMethods).filter(([, { role }]) => role !== 'admin')
  expect(open.map(([name]) => name)).toEqual(['network.show', 'network.moves'])
})

test('a folder that is no road is told of without its place on the machine', async () => {
  const flow = { packets: 0, bytes: 0, bytesPerSecond: 0, underwayBytes: 0, left: null }
  const moves = () => [
    { kind: 'folder', neighbour: null, road: '/home/ann/stick', active: true, sending: flow, receiving: flow } as const,
  ]
  const served = { ...camp.served, courier: { moves } as unknown as ServedNode['courier'] }
  const shown = await ask({ ...camp, handlers: networkHandlers(served) }, 'network.moves')
  expect(shown).toMatchObject({ moves: [{ kind: 'folder', road: 'stick' }] })
})

test('a call tells how far it is, empties the queue, and history grows', async () => {
  await meet()
  await write('x'.repeat(300_000))
  const steps: number[] = []
  const how = { signal, progress: ({ done }: { done: number }) => void steps.push(done) }
  const outcome = await ask(camp, 'neighbours.call', { neighbour: 'ridge' }, how)
  expect(outcome).toMatchObject({ sent: { packets: 1 }, trouble: null })
  expect(Math.max(...steps)).toBeGreaterThan(1000)
  expect((await seen()).queued.packets).toBe(0)
  const { days } = await ask(camp, 'history.show', { neighbour: 'ridge' })
  expect(days).toMatchObject([{ contacts: 1, sent: { packets: 1 }, letters: { count: 1 } }])
  const theirs = await ask(ridge, 'history.show', { neighbour: 'camp' })
  expect(theirs.days).toMatchObject([{ contacts: 1, received: { packets: 1 } }])
})

test('a paused neighbour gets nothing by line or folder until it goes on', async () => {
  await meet()
  const stick = join(folder, 'stick')
  mkdirSync(stick)
  await ask(camp, 'folders.add', { path: stick })
  await write('held')
  expect(await ask(camp, 'neighbours.pause', { neighbour: 'ridge', paused: true })).toMatchObject({ name: 'ridge' })
  expect((await seen()).state).toBe('paused')
  expect(await ask(camp, 'neighbours.call', { neighbour: 'ridge' })).toMatchObject({ trouble: { code: 'paused' } })
  const sync = await ask(camp, 'folders.sync', { folder: 'stick' })
  expect(sync).toMatchObject({ held: { packets: 1 }, written: { packets: 0 } })
  await ask(camp, 'neighbours.pause', { neighbour: 'ridge', paused: false })
  const released = await ask(camp, 'folders.release', { folder: 'stick' })
  expect(released).toMatchObject({ released: true, written: { packets: 1 } })
  expect(await ask(camp, 'folders.contents', { folder: 'stick' })).toMatchObject({
    neighbours: [{ name: 'ridge', packets: 1 }],
  })
  expect((await ask(camp, 'network.show')).folders).toMatchObject([{ name: 'stick', ready: true, released: true }])
})

test('a packet is raised by its id and goes first', async () => {
  await meet()
  await write('one')
  await write('two')
  const before = await ask(camp, 'spool.packets', { neighbour: 'ridge' })
  const last = before.packets[1]?.id ?? expect.unreachable()
  expect(await ask(camp, 'spool.raise', { packet: last, niceness: 5 })).toMatchObject({ before: 96, niceness: 5 })
  const after = await ask(camp, 'spool.packets', { neighbour: 'ridge', limit: 1 })
  expect(after).toMatchObject({ packets: [{ id: last, niceness: 5 }], more: true })
  const gone = ask(camp, 'spool.raise', { packet: 'A'.repeat(52), niceness: 5 })
  await expect(gone).rejects.toMatchObject({ code: 'no-such-packet', retry: 'never' })
})

test('open pages hear that something moves, and that all is still again', async () => {
  await meet()
  await write('x'.repeat(300_000))
  const moved: EventOf<'network.moved'>[] = []
  let wake = () => {}
  const still = new Promise<void>(resolve => {
    wake = resolve
  })
  const news = startNetworkNews({
    node: camp.served,
    clock: systemClock,
    publish: (to, event, data) => {
      expect(to).toBe('all')
      if (event !== 'network.moved') return
      moved.push(data as EventOf<'network.moved'>)
      const active = moved.some(({ moves }) => moves.some(move => move.active))
      if (active && moved.at(-1)?.moves.length === 0) wake()
    },
  })
  await ask(camp, 'neighbours.call', { neighbour: 'ridge' })
  await still
  await news.stop()
  expect(JSON.stringify(moved)).not.toContain(ridge.node.identity.id)
})

test('addresses that run programs or choose proxies cannot be given by the web', () => {
  const add = methods['neighbours.add'].params
  const hostile = ['|nc there 5400', 'pipe:nc%20there', 'tcp://a:1?via=b', 'tcp://user@a:1', 'file:///etc', '']
  for (const address of hostile) {
    expect(v.safeParse(add, { card: 'x', addresses: [address] }).success).toBe(false)
  }
  expect(v.safeParse(add, { card: 'x', addresses: ['tcp://[fe80::1%25eth0]:5400'] }).success).toBe(true)
  const schedule = { neighbour: 'x', cron: '@hourly', address: '|sh' }
  expect(v.safeParse(methods['schedules.add'].params, schedule).success).toBe(false)
})

test('by the web only folders that are roads are synced, and none inside the home or relative', async () => {
  const sync = ask(camp, 'folders.sync', { folder: folder })
  await expect(sync).rejects.toMatchObject({ code: 'unknown-folder' })
  const relative = ask(camp, 'folders.add', { path: 'stick' })
  await expect(relative).rejects.toMatchObject({ code: 'bad-request' })
  const inside = ask(camp, 'folders.add', { path: camp.node.home.spool })
  await expect(inside).rejects.toMatchObject({ code: 'bad-folder' })
})

test('two nodes become neighbours by words, and the invite says so', async () => {
  const at = await camp.node.takeCalls(tcpUrl({ host: '127.0.0.1', port: 0 }))
  const listening = { ...camp.served, listeners: { nncp: { host: '127.0.0.1', port: Number(at.port) } } }
  const inviting: Side = { ...camp, served: listening, handlers: networkHandlers(listening) }
  camp.node.pairing.open(selfOf(listening))
  ridge.node.pairing.open(selfOf(ridge.served))
  const invite = await ask(inviting, 'pairing.invite', { kind: 'live' })
  expect(invite.words?.split(/[ -]/)).toHaveLength(6)
  const joined = await ask(ridge, 'pairing.join', { invite: invite.link })
  expect(joined).toMatchObject({ name: 'camp', outcome: 'added' })
  const { ending } = await ask(inviting, 'pairing.follow', { invite: invite.id })
  expect(ending).toMatchObject({ kind: 'joined', neighbour: 'ridge' })
  expect(await ask(inviting, 'pairing.list')).toMatchObject([{ state: 'used', usedBy: 'ridge' }])
})
