import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity, idPath, plainPacket, sealPacket } from '@posthorn/nncp'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLog } from '../../base/log.ts'
import { type Node, openNode } from '../assemble.ts'
import { homeAt } from '../home.ts'
import { initNode } from '../init.ts'
import { renewal } from '../renewal.ts'
import type { ServedNode } from '../served.ts'
import { runNamed } from './run.ts'

let folder: string
let node: Node

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'posthorn-quarantine-'))
  const home = homeAt(join(folder, 'home'))
  await initNode(home, { name: 'camp', autoPorts: true })
  node = await openNode(home, silentLog)
})
afterEach(async () => {
  await node.stop()
  rmSync(folder, { recursive: true, force: true })
})

const signal = new AbortController().signal
const retry = (number: number) => {
  const ports = { smtp: 1, smtps: 2, imap: 3, imaps: 4, pop3: 6, pop3s: 7, web: 8470, nncp: 5 }
  const served: ServedNode = {
    ...node,
    running: false,
    openness: { lan: false, by: 'setting', fault: null },
    renewal: renewal(),
    chat: null,
    listeners: {},
    endLogins: async () => 0,
    reach: async () => ({ ports, lanHost: null }),
  }
  return runNamed(served, 'quarantine.retry', { number }, { signal, progress: () => {} })
}
const latest = async () => (await node.spool.quarantine.list(1))[0]?.number ?? 0

it('what cannot be tried again is said in words', async () => {
  await expect(retry(7)).rejects.toMatchObject({ code: 'unknown-number' })
  await node.spool.quarantine.note({ name: 'x', reason: 'y', source: 'stick', sizeBytes: 1, at: 1 })
  await expect(retry(await latest())).rejects.toMatchObject({ code: 'not-kept' })
})

it('a packet of somebody unknown is set aside again, until its sender was added', async () => {
  const { suite } = node
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
  const sender = generateIdentity(suite, random)
  const payload = plainPacket({ type: 'ack', niceness: 96, path: idPath(sender.id) }, nothing())
  const bytes = sealPacket({ suite, random, sender, recipient: node.identity, niceness: 96, payload })
  const staged = await node.spool.stage(bytes, { signal, sizeBytesMax: 1e6 })
  await node.spool.inbox.commit({ staged, sender: sender.id, niceness: 96, source: 'stick', at: 1 })
  node.postOffice.arrived()
  await node.postOffice.settled(signal)
  const first = await latest()
  expect(await retry(first)).toMatchObject({ name: staged.id, outcome: 'set-aside', number: first + 1 })
  await node.directory.neighbours.put({
    ...{ identity: sender, name: 'hut', custody: 'ack', posthorn: true },
    ...{ domains: [], addresses: [], via: [], otherRoads: [], card: null, addedAt: 1, lastContactAt: null },
  })
  expect(await retry(first + 1)).toEqual({ number: first + 1, name: staged.id, outcome: 'done' })
  expect(await node.spool.quarantine.count()).toBe(0)
})

async function* nothing(): AsyncGenerator<Uint8Array> {}
