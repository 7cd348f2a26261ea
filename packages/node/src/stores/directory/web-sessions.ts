import type { RandomSource } from '@posthorn/nncp'
import { today, turnCalendar } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { isWorthNoting } from './app-passwords.ts'
import { directoryLimits } from './limits.ts'
import type { WebSession, WebSessions } from './web-callers.ts'
import { hashOfSecret, newSecret, passwordMarkOf } from './web-secrets.ts'

interface SessionRow extends Omit<WebSession, 'stays'> {
  readonly stays: number
  readonly madeDay: number
  readonly usedDay: number
}

const select = `SELECT id, user, label, stays, made_at AS madeAt, used_at AS usedAt, made_day AS madeDay,
  used_day AS usedDay FROM web_sessions`

/** Both ages are counted in days of the stores' own calendar: a clock that jumps ends nobody's session. */
export function isOver(session: { stays: boolean; madeDay: number; usedDay: number }, day: number): boolean {
  const { idleDaysMax, daysMax } = directoryLimits.webSession[session.stays ? 'stays' : 'closes']
  return day - session.usedDay > idleDaysMax || day - session.madeDay > daysMax
}

function sessionOf({ id, user, label, stays, madeAt, usedAt }: SessionRow): WebSession {
  return { id, user, label, stays: stays === 1, madeAt, usedAt }
}

export function sqlWebSessions(database: Database, random: RandomSource): WebSessions {
  const live = (rows: readonly SessionRow[]) =>
    rows.filter(row => !isOver({ ...row, stays: row.stays === 1 }, today(database))).map(sessionOf)
  const all = (user: string) => database.all<SessionRow>(`${select} WHERE user = ? ORDER BY used_at DESC, id`, user)
  const end = (id: string) => database.run('DELETE FROM web_sessions WHERE id = ?', id)
  return {
    async add({ user, label, stays, passwordMark }, at) {
      const day = await turnCalendar(database, at)
      const { id, secret, hash } = newSecret('session', random)
      return database.commit(() => {
        if (passwordMarkOf(database, user) !== passwordMark) return 'changed'
        for (const { id: old } of all(user).slice(directoryLimits.webSessionsMax - 1)) end(old)
        const sql = `INSERT INTO web_sessions (hash, id, user, label, stays, made_at, used_at, made_day, used_day)
          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7, ?7)`
        database.run(sql, hash, id, user, label.slice(0, directoryLimits.webLabelLettersMax), stays ? 1 : 0, at, day)
        return { id, secret }
      })
    },

    async find(secret) {
      const hash = hashOfSecret('session', secret)
      if (hash === undefined) return undefined
      return live(database.all<SessionRow>(`${select} WHERE hash = ?`, hash))[0]
    },

    async used(id, at) {
      const known = database.get<{ usedAt: number }>('SELECT used_at AS usedAt FROM web_sessions WHERE id = ?', id)
      if (known === undefined || !isWorthNoting(known.usedAt, at)) return
      const day = await turnCalendar(database, at)
      const sql = 'UPDATE web_sessions SET used_at = ?2, used_day = ?3 WHERE id = ?1'
      await database.commit(() => database.run(sql, id, at, day))
    },

    list: async user => live(all(user)),
    end: (user, id) => database.commit(() => all(user).some(session => session.id === id) && end(id) > 0),

    endAll(user, but) {
      return database.commit(() => {
        const ids = all(user).flatMap(({ id }) => (id === but ? [] : [id]))
        for (const id of ids) end(id)
        return ids
      })
    },

    async prune(now) {
      const day = await turnCalendar(database, now)
      await database.commit(() => {
        for (const row of database.all<SessionRow>(select)) {
          if (isOver({ ...row, stays: row.stays === 1 }, day)) end(row.id)
        }
      })
    },
  }
}
