import type { Database } from '../database/database.ts'
import type { NodeSettingsStore } from './directory.ts'

export function sqlNodeSettings(database: Database): NodeSettingsStore {
  return {
    get() {
      const row = database.get<{ lan: number | null }>('SELECT lan FROM node_settings')
      return { lan: row === undefined || row.lan === null ? null : row.lan === 1 }
    },
    async setLan(lan) {
      const sql = `INSERT INTO node_settings (only_one, lan) VALUES (1, ?1)
        ON CONFLICT (only_one) DO UPDATE SET lan = ?1`
      await database.commit(() => database.run(sql, lan === null ? null : Number(lan)))
    },
  }
}
