import type { NodeId } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import type { Directory, NeighbourHandle } from './directory.ts'
import { checkHandleName } from './names.ts'

interface Row {
  readonly name: string
  readonly command: string
  readonly resultFrom: string | null
  readonly resultTo: string
}

const select = `
  SELECT h.name, h.command, h.result_from AS resultFrom, h.result_to AS resultTo
  FROM neighbour_handles h JOIN neighbours n ON n.number = h.neighbour WHERE n.id = ?`

export function sqlHandles(database: Database): Directory['handles'] {
  return {
    async put(neighbour, handle) {
      checkHandleName(handle.name)
      return database.commit(() => putHandle(database, neighbour, handle))
    },

    async get(neighbour, name) {
      const row = database.get<Row>(`${select} AND h.name = ?`, neighbour, name)
      return row === undefined ? undefined : handleOf(row)
    },

    async list(neighbour) {
      return database.all<Row>(`${select} ORDER BY h.name`, neighbour).map(handleOf)
    },

    async remove(neighbour, name) {
      const sql = `DELETE FROM neighbour_handles
        WHERE name = ? AND neighbour = (SELECT number FROM neighbours WHERE id = ?)`
      return (await database.commit(() => database.run(sql, name, neighbour))) > 0
    },
  }
}

/** Inside a commit. */
export function putHandle(database: Database, neighbour: NodeId, handle: NeighbourHandle): boolean {
  const { name, command, resultFrom, resultTo } = handle
  const sql = `INSERT OR REPLACE INTO neighbour_handles (neighbour, name, command, result_from, result_to)
    SELECT number, ?2, ?3, ?4, ?5 FROM neighbours WHERE id = ?1`
  return database.run(sql, neighbour, name, JSON.stringify(command), resultFrom, JSON.stringify(resultTo)) > 0
}

function handleOf({ name, command, resultFrom, resultTo }: Row): NeighbourHandle {
  return { name, command: JSON.parse(command) as string[], resultFrom, resultTo: JSON.parse(resultTo) as string[] }
}
