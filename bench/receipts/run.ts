/**
 * What do receipts cost, and knowing where letters are? Letters go from one node to another and are delivered, by hand
 * and in portions, and what comes back goes back: with receipts and journeys, and without both, in turns. For each
 * letter: time, bytes of all packets, and bytes of the databases at both ends.
 * Run: npx tsx --conditions=posthorn-source bench/receipts/run.ts [letters]
 */
import '../support/sql.ts'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PacketId } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { databaseBytes } from '../support/database.ts'
import { show } from '../support/figures.ts'

const { silentLog } = await import('../../packages/node/src/base/log.ts')
const { openNode } = await import('../../packages/node/src/node/assemble.ts')
const { homeAt } = await import('../../packages/node/src/node/home.ts')
const { initNode } = await import('../../packages/node/src/node/init.ts')
const { cardLink, parseCardLink } = await import('../../packages/node/src/stores/directory/card.ts')

type Node = Awaited<ReturnType<typeof openNode>>

const letters = Number(process.argv[2] ?? 1000)
const portion = 100
const rounds = 3
const text = 'Some words of a chat.\r\n'.repeat(80)
const never = () => new AbortController().signal

interface Cost {
  readonly ms: number
  /** Of what came back. */
  readonly packetsBack: number
  readonly bytesThere: number
  readonly bytesBack: number
  readonly databaseBytes: number
}

async function openIn(folder: string, name: string, keepDays: number): Promise<Node> {
  const home = homeAt(join(folder, name))
  await initNode(home, { name, autoPorts: true })
  await appendFile(home.config, `\n[journeys]\nkeep_days = ${keepDays}\n`)
  return openNode(home, silentLog)
}

async function introduce(to: Node, other: Node, receipts: boolean): Promise<void> {
  const facts = { name: other.name, domains: [], addresses: [], acknowledges: true, issuedAt: 1 }
  const card = cardLink(pureSuite, other.identity, { ...facts, receipts })
  const { identity } = parseCardLink(pureSuite, card)
  const rest = {
    card,
    via: [],
    otherRoads: [],
    custody: 'ack',
    posthorn: true,
    lastContactAt: null,
    addedAt: 1,
  } as const
  await to.directory.neighbours.put({ ...facts, ...rest, identity })
}

/** What waits goes over and is taken there, as by a line: DONE is said. Answers what went. */
async function carry(from: Node, to: Node): Promise<{ packets: number; bytes: number }> {
  const gone = { packets: 0, bytes: 0 }
  for (;;) {
    const page = await from.spool.outbox.page(to.identity.id, { after: null, limit: portion })
    await Promise.all(page.map(({ id }) => carryOne(from, to, id)))
    gone.packets += page.length
    gone.bytes += page.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    to.postOffice.arrived()
    await to.postOffice.settled(never())
    if (page.length === 0) return gone
  }
}

async function carryOne(from: Node, to: Node, id: PacketId): Promise<void> {
  const body = await from.spool.outbox.open(id)
  if (body === undefined) return
  const staged = await to.spool.stage(body.read(), { signal: never(), sizeBytesMax: body.sizeBytes })
  const at = Date.now()
  await to.spool.inbox.commit({ staged, sender: from.identity.id, niceness: 96, source: 'bench', told: true, at })
  if (!(await from.spool.outbox.acknowledge(id, to.identity.id, at))) await from.spool.outbox.release(id, at)
}

async function run(isTold: boolean): Promise<Cost> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-bench-receipts-'))
  try {
    const keepDays = isTold ? 90 : 0
    const camp = await openIn(folder, 'camp', keepDays)
    const hut = await openIn(folder, 'hut', keepDays)
    await hut.directory.users.add('bob', 'password', 0)
    await introduce(camp, hut, isTold)
    await introduce(hut, camp, isTold)
    const homes = [camp.home, hut.home]
    const before = homes.map(({ database }) => databaseBytes(database)).reduce((one, other) => one + other)
    const there = { packets: 0, bytes: 0 }
    const back = { packets: 0, bytes: 0 }
    const start = performance.now()
    for (let first = 0; first < letters; first += portion) {
      await Promise.all(Array.from({ length: portion }, (_, number) => handIn(camp, hut, first + number)))
      add(there, await carry(camp, hut))
      add(back, await carry(hut, camp))
    }
    const ms = performance.now() - start
    for (const node of [camp, hut]) await node.stop()
    const after = homes.map(({ database }) => databaseBytes(database)).reduce((one, other) => one + other)
    const bytes = { bytesThere: there.bytes, bytesBack: back.bytes, databaseBytes: after - before }
    return { ms, packetsBack: back.packets, ...bytes }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function add(sum: { packets: number; bytes: number }, more: { packets: number; bytes: number }): void {
  sum.packets += more.packets
  sum.bytes += more.bytes
}

async function handIn(from: Node, to: Node, number: number): Promise<void> {
  const bytes = Buffer.from(`Message-ID: <Mr.${number}.bench@camp>\r\n\r\n${text}`)
  const read = async function* (startBytes = 0) {
    yield bytes.subarray(startBytes)
  }
  const letter = { sender: `alice@${from.domain}`, recipients: [`bob@${to.domain}`] }
  await from.postOffice.submit({ ...letter, body: { sizeBytes: bytes.length, read } })
}

const costs = new Map<boolean, Cost[]>([
  [true, []],
  [false, []],
])
for (let round = 0; round < rounds; round += 1) for (const [isTold, all] of costs) all.push(await run(isTold))
for (const [isTold, all] of costs) {
  const side = isTold ? 'receipts and journeys' : 'neither'
  const least = (pick: (cost: Cost) => number) => Math.min(...all.map(pick)) / letters
  const figures: readonly [string, (cost: Cost) => number, string][] = [
    ['handed in, brought, delivered, told', cost => cost.ms, 'ms a letter'],
    ['there', cost => cost.bytesThere, 'bytes a letter'],
    ['back', cost => cost.bytesBack, 'bytes a letter'],
    ['back', cost => cost.packetsBack, 'packets a letter'],
    ['both databases', cost => cost.databaseBytes, 'bytes a letter'],
  ]
  for (const [what, pick, unit] of figures) show(`${side}: ${what}`, least(pick), unit)
}
