import type { RandomSource, Suite } from '@posthorn/nncp'
import type { Log } from '../../base/log.ts'
import { memoryDays, turnCalendar } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { type DurableFiles, diskFiles } from '../files/index.ts'
import { Bodies } from './bodies.ts'
import { sqlInbox } from './inbox.ts'
import { spoolLimits } from './limits.ts'
import { sqlMoving } from './moving.ts'
import { sqlOutbox } from './outbox.ts'
import { FilePartials, partialBounds } from './partials.ts'
import { sqlQuarantine } from './quarantine.ts'
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
}

/** The spool on SQLite and files. Removes what a crash has left over before it answers. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { database } = options
  const log = options.log.with({ room: 'spool' })
  const files = options.files ?? diskFiles
  const inlineBytesMax = options.inlineBytesMax ?? spoolLimits.inlineBytesMax
  const bodies = new Bodies({ ...options, log, files, inlineBytesMax })
  const bounds = options.partialBounds ?? partialBounds
  const partials = new FilePartials({ ...options, log, files, inlineBytesMax, ...bounds })
  await bodies.prepare()
  await partials.prepare()
  const hint: HandoverHint = { tell: () => {} }
  return {
    outbox: sqlOutbox(database, bodies, hint),
    waiting: sqlWaiting(database, bodies, hint),
    inbox: sqlInbox(database, bodies),
    partials,
    moving: sqlMoving(database, bodies),
    quarantine: sqlQuarantine(database, bodies, log),
    tombstones: sqlTombstones(database, bodies),
    scrub: sqlScrub(database, bodies),
    async counts() {
      return database.all<SpoolCount>(countsSql)
    },
    stage: (source, stageOptions) => bodies.stage(source, stageOptions),
    scratch: (source, stageOptions) => bodies.scratch(source, stageOptions),
    keepFiles: () => bodies.keepFiles(),
    prune: now => prune(database, now),
  }
}

async function prune(database: Database, now: number): Promise<void> {
  const oldest = (await turnCalendar(database, now)) - memoryDays
  const { prunedAtOnceMax, pruneRoundsMax } = spoolLimits
  const dropped = 'letter, sender, recipient'
  const memories = ['seen', 'acknowledged', 'relayed', 'heard', 'taken_over', 'reported'].map(name => [name, 'id'])
  for (const [table, key] of [...memories, ['tombstones', dropped]]) {
    const sql = `DELETE FROM ${table} WHERE (${key}) IN (SELECT ${key} FROM ${table} WHERE day < ? LIMIT ?)`
    for (let round = 0; round < pruneRoundsMax; round += 1) {
      if ((await database.commit(() => database.run(sql, oldest, prunedAtOnceMax))) < prunedAtOnceMax) break
    }
  }
}
