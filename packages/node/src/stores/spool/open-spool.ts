import type { PacketId, RandomSource, Suite } from '@posthorn/nncp'
import type { Log } from '../../base/log.ts'
import { memoryDays, turnCalendar } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { type DurableFiles, diskFiles } from '../files/index.ts'
import { sqlAsked } from './asked.ts'
import { Bodies } from './bodies.ts'
import { prepareSeries, sqlCustody } from './custody.ts'
import { Departures } from './departures.ts'
import { seen, sqlInbox } from './inbox.ts'
import { spoolLimits } from './limits.ts'
import { sqlMoving } from './moving.ts'
import { insertOutbound, sqlOutbox } from './outbox.ts'
import { FilePartials, partialBounds } from './partials.ts'
import { sqlPassing } from './passing.ts'
import { type PatiencePolicy, patiencePolicy } from './patience.ts'
import { sqlQuarantine } from './quarantine.ts'
import { sqlRecalls } from './recalls.ts'
import { type NewsHint, sqlReceipted } from './receipted.ts'
import { type OwedHint, sqlReceipts } from './receipts.ts'
import { countsSql, sqlScrub } from './scrub.ts'
import type { Spool } from './spool.ts'
import { sqlTombstones } from './tombstones.ts'
import type { SpoolCount } from './upkeep.ts'
import { type HandoverHint, sqlWaiting } from './waiting.ts'

export interface SpoolOptions {
  readonly database: Database
  /** For bodies above `inlineBytesMax`; made when it is not there. One process at a time. */
  readonly directory: string
  readonly suite: Suite
  readonly random: RandomSource
  readonly log: Log
  readonly inlineBytesMax?: number
  readonly files?: DurableFiles
  /** How much of cut packets is kept. */
  readonly partialBounds?: { readonly countMax: number; readonly bytesMax: number }
  /** When letters in custody are sent again. */
  readonly patience?: PatiencePolicy
}

/** The spool on SQLite and files. Removes what a crash has left over before it answers. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { database } = options
  const log = options.log.with({ room: 'spool' })
  const files = options.files ?? diskFiles
  const inlineBytesMax = options.inlineBytesMax ?? spoolLimits.inlineBytesMax
  const bodies = new Bodies({ ...options, log, files, inlineBytesMax })
  const bounds = options.partialBounds ?? partialBounds
  const isSeen = (id: PacketId) => seen(database, id) !== undefined
  const partials = new FilePartials({ ...options, log, files, inlineBytesMax, ...bounds, seen: isSeen })
  await bodies.prepare()
  await partials.prepare()
  const departures = new Departures(database)
  await departures.begin()
  prepareSeries(database, options.random)
  const hint: HandoverHint = { tell: () => {} }
  const news: NewsHint = { tell: () => {} }
  const owed: OwedHint = { tell: () => {} }
  const parts = { database, bodies, policy: options.patience ?? patiencePolicy }
  return {
    outbox: sqlOutbox(parts, departures, hint),
    waiting: sqlWaiting(database, bodies, hint),
    custody: { ...sqlCustody(parts), ...sqlReceipted(parts, news) },
    receipts: sqlReceipts(parts, owed, packet => insertOutbound(parts, [packet])),
    passing: sqlPassing(parts, packets => insertOutbound(parts, packets)),
    inbox: sqlInbox({ ...parts, owed, partials }),
    partials,
    moving: sqlMoving(parts),
    quarantine: sqlQuarantine(database, bodies, log),
    tombstones: sqlTombstones(database, bodies),
    recalls: sqlRecalls({ ...parts, departures }),
    asked: sqlAsked(database),
    scrub: sqlScrub(database, bodies),
    async counts() {
      return database.all<SpoolCount>(countsSql)
    },
    stage: (source, stageOptions) => bodies.stage(source, stageOptions),
    scratch: (source, stageOptions) => bodies.scratch(source, stageOptions),
    keepFiles: () => bodies.keepFiles(),
    async prune(now) {
      departures.forgetGone()
      await prune(database, now)
    },
  }
}

const plainMemories = ['seen', 'acknowledged', 'relayed', 'heard', 'taken_over', 'reported'] as const
const memoriesOfReceipts = ['receipted', 'receipts', 'receipt_batches', 'given_up'] as const

async function prune(database: Database, now: number): Promise<void> {
  const oldest = (await turnCalendar(database, now)) - memoryDays
  const { prunedAtOnceMax, pruneRoundsMax } = spoolLimits
  const dropped = 'letter, sender, recipient'
  const memories = [...plainMemories, ...memoriesOfReceipts].map(name => [name, 'id'])
  const relays = ['recall_relays', 'packet_relays'].map(name => [name, 'letter, node, packet'])
  for (const [table, key] of [...memories, ...relays, ['tombstones', dropped], ['recalls', 'letter, recipient']]) {
    const sql = `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE day < ? LIMIT ?)`
    for (let round = 0; round < pruneRoundsMax; round += 1) {
      if ((await database.commit(() => database.run(sql, oldest, prunedAtOnceMax))) < prunedAtOnceMax) break
    }
  }
}
