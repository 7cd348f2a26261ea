import type { NodeId } from '@posthorn/nncp'
import { present } from '../../base/assert.ts'
import type { Database } from '../database/database.ts'
import { noBounds, noRules } from './bounds.ts'
import type { CallingRules, CallSchedule, Directory, LineBounds, NumberedSchedule } from './directory.ts'
import { directoryLimits } from './limits.ts'

type BoundsRow = LineBounds & { readonly id: NodeId }

interface ScheduleRow extends Omit<NumberedSchedule, 'whenWaiting'> {
  readonly id: NodeId
  readonly whenWaiting: 0 | 1
}

interface PausedRow {
  readonly id: NodeId
  readonly pausedAt: number
}

const boundColumns = `online_deadline_ms, online_ms_max, rx_packets_per_second, tx_packets_per_second,
  rx_bytes_per_second, tx_bytes_per_second`
const selectedBounds = `online_deadline_ms AS onlineDeadlineMs, online_ms_max AS onlineMsMax,
  rx_packets_per_second AS rxPacketsPerSecond, tx_packets_per_second AS txPacketsPerSecond,
  rx_bytes_per_second AS rxBytesPerSecond, tx_bytes_per_second AS txBytesPerSecond`
const ofAll = '?1 IS NULL OR id = ?1'

export function sqlCalling(database: Database): Directory['calling'] {
  return {
    list: async () => rulesOf(database, null),

    get: async id => rulesOf(database, id).get(id) ?? noRules,

    bound: (id, bounds) => database.commit(() => setBounds(database, id, bounds)),

    schedule: (id, schedule) => database.commit(() => addSchedule(database, id, schedule)),

    async unschedule(id, number) {
      const sql = `DELETE FROM call_schedules
        WHERE number = ? AND neighbour = (SELECT number FROM neighbours WHERE id = ?)`
      return (await database.commit(() => database.run(sql, number, id))) > 0
    },

    async pause(id, at) {
      const sql = 'UPDATE neighbours SET paused_at = ?2 WHERE id = ?1'
      return (await database.commit(() => database.run(sql, id, at))) > 0
    },

    async paused() {
      const rows = database.all<{ id: NodeId }>('SELECT id FROM neighbours WHERE paused_at IS NOT NULL')
      return new Set(rows.map(({ id }) => id))
    },
  }
}

/** Inside a commit. */
export function setBounds(database: Database, id: NodeId, bounds: LineBounds): boolean {
  const neighbour = numberOf(database, id)
  if (neighbour === undefined) return false
  const sql = `INSERT OR REPLACE INTO line_bounds (neighbour, ${boundColumns}) VALUES (?, ?, ?, ?, ?, ?, ?)`
  database.run(sql, neighbour, ...valuesOf(bounds))
  return true
}

/** Inside a commit. */
export function addSchedule(database: Database, id: NodeId, schedule: CallSchedule): number | 'unknown' | 'too-many' {
  const neighbour = numberOf(database, id)
  if (neighbour === undefined) return 'unknown'
  const count = 'SELECT count(*) AS schedules FROM call_schedules WHERE neighbour = ?'
  const { schedules } = present(database.get<{ schedules: number }>(count, neighbour), 'a count')
  if (schedules >= directoryLimits.schedulesMax) return 'too-many'
  const { cron, whenWaiting, nicenessMax, direction, address } = schedule
  const sql = `INSERT INTO call_schedules
    (neighbour, cron, when_waiting, niceness_max, direction, address, ${boundColumns})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`
  const values = [neighbour, cron, whenWaiting ? 1 : 0, nicenessMax, direction, address]
  const added = database.get<{ number: number }>(sql, ...values, ...valuesOf(schedule))
  return present(added, 'the number of a schedule just written').number
}

function rulesOf(database: Database, one: NodeId | null): Map<NodeId, CallingRules> {
  const found = new Map<NodeId, { bounds: LineBounds; schedules: NumberedSchedule[]; pausedAt: number | null }>()
  const of = (id: NodeId) => found.get(id) ?? { bounds: noBounds, schedules: [], pausedAt: null }
  const bounded = `SELECT id, ${selectedBounds} FROM line_bounds JOIN neighbours ON neighbours.number = neighbour
    WHERE ${ofAll}`
  for (const { id, ...bounds } of database.all<BoundsRow>(bounded, one)) found.set(id, { ...of(id), bounds })
  const scheduled = `SELECT id, call_schedules.number AS number, cron, when_waiting AS whenWaiting,
      niceness_max AS nicenessMax, direction, address, ${selectedBounds}
    FROM call_schedules JOIN neighbours ON neighbours.number = neighbour
    WHERE ${ofAll} ORDER BY call_schedules.number`
  for (const { id, whenWaiting, ...schedule } of database.all<ScheduleRow>(scheduled, one)) {
    const rules = of(id)
    rules.schedules.push({ ...schedule, whenWaiting: whenWaiting === 1 })
    found.set(id, rules)
  }
  const paused = `SELECT id, paused_at AS pausedAt FROM neighbours WHERE paused_at IS NOT NULL AND (${ofAll})`
  for (const { id, pausedAt } of database.all<PausedRow>(paused, one)) found.set(id, { ...of(id), pausedAt })
  return found
}

function numberOf(database: Database, id: NodeId): number | undefined {
  return database.get<{ number: number }>('SELECT number FROM neighbours WHERE id = ?', id)?.number
}

/** In the order of `boundColumns`. */
function valuesOf(bounds: LineBounds): (number | null)[] {
  const { onlineDeadlineMs, onlineMsMax } = bounds
  const { rxPacketsPerSecond, txPacketsPerSecond, rxBytesPerSecond, txBytesPerSecond } = bounds
  return [onlineDeadlineMs, onlineMsMax, rxPacketsPerSecond, txPacketsPerSecond, rxBytesPerSecond, txBytesPerSecond]
}
