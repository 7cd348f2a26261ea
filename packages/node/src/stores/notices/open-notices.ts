import { memoryDays, today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import { noticesLimits } from './limits.ts'
import type { NewNotice, Notice, NoticeMessage, NoticeStore } from './notices.ts'

type Detail = Omit<NewNotice, 'id' | 'user'>

const isWaiting = 'detail IS NOT NULL AND message IS NULL'

/** Exported for the test that reads their query plans. */
export const noticesSql = {
  users: `SELECT user FROM notices WHERE ${isWaiting} GROUP BY user ORDER BY min(sequence)`,
  waiting: `SELECT sequence, id, user, detail FROM notices WHERE user = ? AND ${isWaiting} ORDER BY sequence LIMIT ?`,
  tooMany: `UPDATE notices SET detail = NULL WHERE sequence IN (SELECT sequence FROM notices
    WHERE user = ? AND ${isWaiting} ORDER BY sequence DESC LIMIT -1 OFFSET ?)`,
  tooOld: `UPDATE notices SET detail = NULL WHERE sequence IN (SELECT sequence FROM notices
    WHERE day < ? AND ${isWaiting} ORDER BY day LIMIT ?)`,
  ofMessage: 'SELECT sequence FROM notices WHERE message = ?',
} as const

/** Notices in the database. */
export function openNotices({ database }: { database: Database }): NoticeStore {
  const listeners = new Set<() => void>()
  return {
    async keep(notice) {
      const kept = await database.commit(() => keep(database, notice))
      if (kept) for (const listener of [...listeners]) listener()
      return kept
    },
    onKept(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    ...looking(database),
    ...writing(database),
    chats: chats(database),
    async drop(user) {
      const sql = `UPDATE notices SET detail = NULL WHERE user = ? AND ${isWaiting}`
      await database.commit(() => database.run(sql, user))
    },
    async prune() {
      const { waitingDays, prunedAtOnceMax } = noticesLimits
      await database.commit(() => {
        database.run(noticesSql.tooOld, today(database) - waitingDays, prunedAtOnceMax)
        const old = `DELETE FROM notices WHERE sequence IN
          (SELECT sequence FROM notices WHERE day < ? AND message IS NULL ORDER BY day LIMIT ?)`
        database.run(old, today(database) - memoryDays, prunedAtOnceMax)
      })
    },
  }
}

/** Inside a commit. */
function keep(database: Database, { id, user, ...detail }: NewNotice): boolean {
  const kept: Detail = { ...detail, recipients: detail.recipients.slice(0, noticesLimits.recipientsMax) }
  const sql = 'INSERT INTO notices (id, user, day, detail) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING'
  if (database.run(sql, id, user, today(database), JSON.stringify(kept)) === 0) return false
  database.run(noticesSql.tooMany, user, noticesLimits.waitingMax)
  return true
}

function looking(database: Database): Pick<NoticeStore, 'waitingUsers' | 'waiting' | 'summary' | 'unfinished'> {
  const count = (sql: string) => database.get<{ count: number }>(sql)?.count ?? 0
  return {
    waitingUsers: async () => database.all<{ user: string }>(noticesSql.users).map(({ user }) => user),
    async waiting(user, limit) {
      interface Row extends Pick<Notice, 'sequence' | 'id' | 'user'> {
        readonly detail: string
      }
      const rows = database.all<Row>(noticesSql.waiting, user, limit)
      return rows.map(({ detail, ...row }) => ({ ...row, ...(JSON.parse(detail) as Detail) }))
    },
    async summary() {
      return {
        waiting: count(`SELECT count(*) AS count FROM notices WHERE ${isWaiting}`),
        unfinished: count('SELECT count(*) AS count FROM notice_messages'),
      }
    },
    async unfinished() {
      const sql = 'SELECT number, user, text, chat, after FROM notice_messages ORDER BY number'
      return database.all<NoticeMessage>(sql)
    },
  }
}

function writing(database: Database): Pick<NoticeStore, 'begin' | 'told' | 'takeBack'> {
  const conclude = (number: number, change: string) =>
    database.commit(() => {
      database.run(`UPDATE notices SET ${change} WHERE message = ?`, number)
      database.run('DELETE FROM notice_messages WHERE number = ?', number)
    })
  return {
    begin: ({ user, text, chat, after }, sequences) =>
      database.commit(() => {
        const sql = 'INSERT INTO notice_messages (user, text, chat, after) VALUES (?, ?, ?, ?) RETURNING number'
        const { number } = database.get<{ number: number }>(sql, user, text, chat, after) ?? { number: 0 }
        for (const sequence of sequences) {
          database.run('UPDATE notices SET message = ? WHERE sequence = ?', number, sequence)
        }
        return number
      }),
    told: number => conclude(number, 'message = NULL, detail = NULL'),
    takeBack: number => conclude(number, 'message = NULL'),
  }
}

function chats(database: Database): NoticeStore['chats'] {
  const get = (user: string) =>
    database.get<{ chat: number }>('SELECT chat FROM notice_chats WHERE user = ?', user)?.chat
  return {
    async put(user, chat) {
      if (get(user) === chat) return false
      const sql = 'INSERT INTO notice_chats (user, chat) VALUES (?1, ?2) ON CONFLICT (user) DO UPDATE SET chat = ?2'
      await database.commit(() => database.run(sql, user, chat))
      return true
    },
    get,
    async forget(user) {
      await database.commit(() => database.run('DELETE FROM notice_chats WHERE user = ?', user))
    },
  }
}
