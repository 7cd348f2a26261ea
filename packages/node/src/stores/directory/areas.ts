import type { NodeId } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import type { Database } from '../database/database.ts'
import type { Area, Directory } from './directory.ts'
import { directoryLimits } from './limits.ts'
import { checkAreaName } from './names.ts'

interface Row {
  readonly id: NodeId
  readonly name: string
  readonly publicKey: Uint8Array | null
  readonly privateKey: Uint8Array | null
  readonly takesFiles: number
  readonly incoming: string | null
  readonly handles: string
  readonly allowUnknown: number
  readonly addedAt: number
}

const select = `
  SELECT id, name, public_key AS publicKey, private_key AS privateKey,
    takes_files AS takesFiles, incoming, handles, allow_unknown AS allowUnknown, added_at AS addedAt
  FROM areas`

export function sqlAreas(database: Database): Directory['areas'] {
  const one = (condition: string, value: string): Area | undefined => {
    const row = database.get<Row>(`${select} WHERE ${condition}`, value)
    return row === undefined ? undefined : areaOf(database, row)
  }
  return {
    async put(area) {
      checkArea(area)
      return database.commit(() => put(database, area))
    },

    async get(id) {
      return one('id = ?', id)
    },

    async byName(name) {
      return one('name = ?', name)
    },

    async list() {
      return database.all<Row>(`${select} ORDER BY name`).map(row => areaOf(database, row))
    },

    async remove(id) {
      return (await database.commit(() => database.run('DELETE FROM areas WHERE id = ?', id))) > 0
    },
  }
}

/** What `put` asks of an area. @throws OperatingError `bad-name`, `too-many-subscribers`. */
export function checkArea({ name, subscribers }: Area): void {
  checkAreaName(name)
  const { areaSubscribersMax } = directoryLimits
  if (new Set(subscribers).size <= areaSubscribersMax) return
  throw new OperatingError(`An area has at most ${areaSubscribersMax} subscribers at one node.`, {
    code: 'too-many-subscribers',
    retry: 'never',
    fields: { area: name },
  })
}

/** Inside a commit. */
function put(database: Database, area: Area): 'added' | 'replaced' | 'name-taken' {
  const { id, name } = area
  if (database.get('SELECT 1 FROM areas WHERE name = ? AND id <> ?', name, id) !== undefined) return 'name-taken'
  const known = database.run('DELETE FROM areas WHERE id = ?', id) > 0
  database.run(
    `INSERT INTO areas (id, name, public_key, private_key, takes_files, incoming, handles, allow_unknown, added_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    name,
    area.publicKey,
    area.privateKey,
    area.takesFiles ? 1 : 0,
    area.incoming,
    JSON.stringify(area.handles),
    area.allowUnknown ? 1 : 0,
    area.addedAt,
  )
  for (const node of area.subscribers) {
    database.run('INSERT OR IGNORE INTO area_subscribers (area, node) VALUES (?, ?)', id, node)
  }
  return known ? 'replaced' : 'added'
}

function areaOf(database: Database, row: Row): Area {
  const sql = 'SELECT node FROM area_subscribers WHERE area = ? ORDER BY node'
  const { handles, takesFiles, allowUnknown, ...rest } = row
  return {
    ...rest,
    subscribers: database.all<{ node: NodeId }>(sql, row.id).map(({ node }) => node),
    takesFiles: takesFiles === 1,
    handles: JSON.parse(handles) as string[],
    allowUnknown: allowUnknown === 1,
  }
}
