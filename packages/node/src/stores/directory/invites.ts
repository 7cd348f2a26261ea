import type { NodeId } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import type { Directory, Invite } from './directory.ts'
import { putNeighbour } from './neighbours.ts'

interface Row extends Omit<Invite, 'confirmed'> {
  readonly confirmed: number
}

const select = `
  SELECT id, kind, verifier, neighbour_name AS neighbourName, made_at AS madeAt, expires_at AS expiresAt, tries,
    used_by AS usedBy, confirmed
  FROM invites`

export function sqlInvites(database: Database): Directory['invites'] {
  return {
    add: ({ id, kind, verifier, neighbourName, madeAt, expiresAt }) =>
      database.commit(() => {
        const sql = `
          INSERT OR IGNORE INTO invites (id, kind, verifier, neighbour_name, made_at, expires_at)
          VALUES (?, ?, ?, ?, ?, ?)`
        return database.run(sql, id, kind, verifier, neighbourName, madeAt, expiresAt) > 0
      }),

    async get(id) {
      const row = database.get<Row>(`${select} WHERE id = ?`, id)
      return row === undefined ? undefined : inviteOf(row)
    },

    async list() {
      return database.all<Row>(`${select} ORDER BY made_at, id`).map(inviteOf)
    },

    async remove(id) {
      return (await database.commit(() => database.run('DELETE FROM invites WHERE id = ?', id))) > 0
    },

    async setTries(id, tries) {
      await database.commit(() => database.run('UPDATE invites SET tries = ?2 WHERE id = ?1', id, tries))
    },

    use: (id, neighbour) =>
      database.commit(() => {
        const sql = 'SELECT used_by AS usedBy, confirmed FROM invites WHERE id = ?'
        const found = database.get<{ usedBy: NodeId | null; confirmed: number }>(sql, id)
        if (found === undefined) return 'gone'
        const isIts = found.usedBy === neighbour.identity.id && found.confirmed === 0
        if (found.usedBy !== null && !isIts) return 'used'
        const outcome = putNeighbour(database, neighbour)
        if (outcome === 'name-taken') return outcome
        database.run('UPDATE invites SET used_by = ?2 WHERE id = ?1', id, neighbour.identity.id)
        return outcome
      }),

    async confirm(id) {
      await database.commit(() => database.run('UPDATE invites SET confirmed = 1 WHERE id = ?', id))
    },
  }
}

function inviteOf(row: Row): Invite {
  return { ...row, confirmed: row.confirmed === 1 }
}
