import type { NodeId } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import { type Directory, defaultFileRules, type FileRules } from './directory.ts'

type Row = Omit<FileRules, 'takesFiles' | 'reassembles'> & { readonly takesFiles: 0 | 1; readonly reassembles: 0 | 1 }

export function sqlFileRules(database: Database): Directory['files'] {
  return {
    async get(id) {
      const sql = `SELECT takes_files AS takesFiles, incoming, reassembles, request_path AS requestPath,
          request_chunk_bytes AS requestChunkBytes, request_minimum_bytes AS requestMinimumBytes,
          request_bytes_max AS requestBytesMax
        FROM file_rules JOIN neighbours ON neighbours.number = neighbour WHERE id = ?`
      const row = database.get<Row>(sql, id)
      if (row === undefined) return defaultFileRules
      return { ...row, takesFiles: row.takesFiles === 1, reassembles: row.reassembles === 1 }
    },

    set: (id, rules) => database.commit(() => setFileRules(database, id, rules)),
  }
}

/** Inside a commit. */
export function setFileRules(database: Database, id: NodeId, rules: FileRules): boolean {
  const { takesFiles, incoming, reassembles, requestPath } = rules
  const sql = `INSERT OR REPLACE INTO file_rules (neighbour, takes_files, incoming, reassembles, request_path,
      request_chunk_bytes, request_minimum_bytes, request_bytes_max)
    SELECT number, ?, ?, ?, ?, ?, ?, ? FROM neighbours WHERE id = ?`
  const own = [takesFiles ? 1 : 0, incoming, reassembles ? 1 : 0, requestPath]
  const { requestChunkBytes, requestMinimumBytes, requestBytesMax } = rules
  return database.run(sql, ...own, requestChunkBytes, requestMinimumBytes, requestBytesMax, id) > 0
}
