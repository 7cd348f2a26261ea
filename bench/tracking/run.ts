/**
 * What does it cost to keep the journeys of letters? Letters are handed in, copied to a stick and acknowledged, with
 * journeys and without, in turns; time and bytes of the database for each letter.
 * Run: npx tsx --conditions=posthorn-source bench/tracking/run.ts [letters]
 */
import '../support/sql.ts'
import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateIdentity } from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'
import { databaseBytes } from '../support/database.ts'
import { show } from '../support/figures.ts'

const { silentLog } = await import('../../packages/node/src/base/log.ts')
const { openNode } = await import('../../packages/node/src/node/assemble.ts')
const { homeAt } = await import('../../packages/node/src/node/home.ts')
const { initNode } = await import('../../packages/node/src/node/init.ts')
const { cardLink, parseCardLink } = await import('../../packages/node/src/stores/directory/card.ts')
const { nodeDomain } = await import('../../packages/node/src/services/postoffice/index.ts')

const letters = Number(process.argv[2] ?? 2000)
const atOnce = 20
const rounds = 3
const text = 'Some words of a chat.\r\n'.repeat(80)

const other = generateIdentity(pureSuite, sizeBytes => new Uint8Array(sizeBytes).fill(7))
const facts = { name: 'hut', domains: [], addresses: [], acknowledges: true, issuedAt: 1 }
const card = cardLink(pureSuite, other, facts)

interface Cost {
  readonly handInMs: number
  readonly leaveMs: number
  readonly bytes: number
}

async function side(keepDays: number): Promise<Cost> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-bench-tracking-'))
  try {
    const home = homeAt(join(folder, 'home'))
    await initNode(home, { name: 'camp', autoPorts: true })
    await appendFile(home.config, `\n[journeys]\nkeep_days = ${keepDays}\n`)
    const node = await openNode(home, silentLog)
    const { identity } = parseCardLink(pureSuite, card)
    const neighbour = {
      ...facts,
      identity,
      card,
      via: [],
      otherRoads: [],
      custody: 'ack',
      posthorn: true,
      lastContactAt: null,
      addedAt: 1,
    } as const
    await node.directory.neighbours.put(neighbour)
    const sender = `alice@${node.domain}`
    const recipients = [`bob@${nodeDomain('hut', other.id)}`]
    const before = databaseBytes(home.database)
    const handIn = await inParallel(async number => {
      const bytes = Buffer.from(`Message-ID: <Mr.${number}.bench@camp>\r\n\r\n${text}`)
      const read = async function* () {
        yield bytes
      }
      await node.postOffice.submit({ sender, recipients, body: { sizeBytes: bytes.length, read } })
    })
    const packets = await node.spool.outbox.page(other.id, { after: null, limit: letters })
    const leave = await inParallel(async number => {
      const packet = packets[number]
      if (packet === undefined) return
      await node.spool.outbox.copied(packet.id, 'blue-1', Date.now())
      await node.spool.outbox.acknowledge(packet.id, other.id, Date.now(), { road: 'blue-1', evidence: packet.id })
    })
    await node.stop()
    return { handInMs: handIn, leaveMs: leave, bytes: databaseBytes(home.database) - before }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function inParallel(work: (number: number) => Promise<void>): Promise<number> {
  const start = performance.now()
  let next = 0
  const one = async () => {
    for (let number = next++; number < letters; number = next++) await work(number)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return performance.now() - start
}

const costs = new Map<number, Cost[]>([
  [90, []],
  [0, []],
])
for (let round = 0; round < rounds; round += 1) for (const [days, all] of costs) all.push(await side(days))
for (const [days, all] of costs) {
  const least = (pick: (cost: Cost) => number) => Math.min(...all.map(pick)) / letters
  show(
    `keep_days ${days}: hand in`,
    least(cost => cost.handInMs),
    'ms a letter',
  )
  show(
    `keep_days ${days}: copied and acknowledged`,
    least(cost => cost.leaveMs),
    'ms a letter',
  )
  show(
    `keep_days ${days}: database`,
    least(cost => cost.bytes),
    'bytes a letter',
  )
}
