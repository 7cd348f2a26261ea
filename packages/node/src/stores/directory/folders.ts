import { resolve } from 'node:path'
import type { Database } from '../database/database.ts'
import type { Directory, FolderRoad, PacketFolder } from './directory.ts'

export function sqlFolders(database: Database): Directory['folders'] {
  return {
    add: ({ name, path, at }) =>
      database.commit(() => {
        const place = resolve(path)
        if (database.get('SELECT 1 FROM packet_folders WHERE name = ?', name) !== undefined) return 'name-taken'
        if (database.get('SELECT 1 FROM packet_folders WHERE path = ?', place) !== undefined) return 'path-taken'
        database.run('INSERT INTO packet_folders (name, path, added_at) VALUES (?, ?, ?)', name, place, at)
        return 'added'
      }),

    async list() {
      const sql = `SELECT name, path, added_at AS addedAt, last_sync_at AS lastSyncAt FROM packet_folders ORDER BY name`
      return database.all<PacketFolder>(sql)
    },

    async remove(name) {
      return (await database.commit(() => database.run('DELETE FROM packet_folders WHERE name = ?', name))) > 0
    },

    async synced(name, at) {
      const sql = 'UPDATE packet_folders SET last_sync_at = ?2 WHERE name = ?1'
      await database.commit(() => database.run(sql, name, at))
    },

    async leadsTo(name, neighbour) {
      const sql = `INSERT OR IGNORE INTO packet_folder_roads (folder, neighbour)
        SELECT packet_folders.name, number FROM packet_folders, neighbours
          WHERE packet_folders.name = ? AND neighbours.id = ?`
      await database.commit(() => database.run(sql, name, neighbour))
    },

    async roads() {
      const sql = `SELECT folder, id AS neighbour FROM packet_folder_roads
        JOIN neighbours ON neighbours.number = neighbour ORDER BY folder, id`
      return database.all<FolderRoad>(sql)
    },
  }
}
