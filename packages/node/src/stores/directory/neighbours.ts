import type { NodeId } from '@posthorn/nncp'
import { present } from '../../base/assert.ts'
import type { Database } from '../database/database.ts'
import { addSchedule, setBounds } from './calling.ts'
import type { Directory, Neighbour, NeighbourRules } from './directory.ts'
import { setFileRules } from './file-rules.ts'
import { putHandle } from './handles.ts'
import { checkHandleName, checkNeighbourName } from './names.ts'

interface Row {
  readonly id: NodeId
  readonly name: string
  readonly exchangeKey: Uint8Array
  readonly signingKey: Uint8Array
  readonly noiseKey: Uint8Array | null
  readonly domains: string
  readonly addresses: string
  readonly via: string
  readonly otherRoads: string
  readonly custody: Neighbour['custody']
  readonly posthorn: number
  readonly card: string | null
  readonly addedAt: number
  readonly lastContactAt: number | null
}

/** All of a neighbour in one look: each letter asks for one several times. */
const select = `
  SELECT id, name, exchange_key AS exchangeKey, signing_key AS signingKey, noise_key AS noiseKey, addresses,
    via, other_roads AS otherRoads, custody, posthorn, card, added_at AS addedAt, last_contact_at AS lastContactAt,
    (SELECT json_group_array(domain) FROM
      (SELECT domain FROM neighbour_domains WHERE neighbour = number ORDER BY position)) AS domains
  FROM neighbours`

export function sqlNeighbours(database: Database): Directory['neighbours'] {
  const one = (condition: string, value: string): Neighbour | undefined => {
    const row = database.get<Row>(`${select} WHERE ${condition} ORDER BY number LIMIT 1`, value)
    return row === undefined ? undefined : neighbourOf(row)
  }
  return {
    async put(neighbour) {
      checkNeighbourName(neighbour.name)
      return database.commit(() => putNeighbour(database, neighbour))
    },

    async moveIn(neighbour, rules) {
      checkNeighbourName(neighbour.name)
      for (const { name } of rules.handles) checkHandleName(name)
      return database.commit(() => moveIn(database, neighbour, rules))
    },

    async get(id) {
      return one('id = ?', id)
    },

    async byName(name) {
      return one('name = ?', name)
    },

    async byIdPrefix(prefix) {
      return one('id_prefix = ?', prefix)
    },

    async byDomain(domain) {
      // Of several that claim a domain the one we knew first has it: a later card cannot take mail away.
      const sql = 'SELECT neighbour FROM neighbour_domains WHERE domain = ? ORDER BY neighbour LIMIT 1'
      const found = database.get<{ neighbour: number }>(sql, domain.toLowerCase())
      if (found === undefined) return undefined
      const row = database.get<Row>(`${select} WHERE number = ?`, found.neighbour)
      return row === undefined ? undefined : neighbourOf(row)
    },

    async list() {
      return database.all<Row>(`${select} ORDER BY name`).map(row => neighbourOf(row))
    },

    async remove(id) {
      return database.commit(() => {
        database.run('DELETE FROM invites WHERE used_by = ?', id)
        return database.run('DELETE FROM neighbours WHERE id = ?', id) > 0
      })
    },

    async contacted(id, at) {
      const sql = 'UPDATE neighbours SET last_contact_at = ?2 WHERE id = ?1'
      await database.commit(() => database.run(sql, id, at))
    },
  }
}

/** Inside a commit. */
export function putNeighbour(database: Database, neighbour: Neighbour): 'added' | 'replaced' | 'name-taken' {
  const { identity, name } = neighbour
  const taken = 'SELECT 1 FROM neighbours WHERE name = ? AND id <> ?'
  if (database.get(taken, name, identity.id) !== undefined) return 'name-taken'
  const known = database.get('SELECT 1 FROM neighbours WHERE id = ?', identity.id) !== undefined
  const inserted = database.get<{ number: number }>(
    `INSERT INTO neighbours (id, id_prefix, name, exchange_key, signing_key, noise_key, addresses, via,
         other_roads, custody, posthorn, card, added_at, last_contact_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, exchange_key = excluded.exchange_key,
         signing_key = excluded.signing_key, noise_key = excluded.noise_key, addresses = excluded.addresses,
         via = excluded.via, other_roads = excluded.other_roads, custody = excluded.custody,
         posthorn = excluded.posthorn, card = excluded.card, added_at = excluded.added_at,
         last_contact_at = excluded.last_contact_at
       RETURNING number`,
    identity.id,
    identity.id.slice(0, 16).toLowerCase(),
    name,
    identity.exchangeKey,
    identity.signingKey,
    identity.noiseKey,
    JSON.stringify(neighbour.addresses),
    JSON.stringify(neighbour.via),
    JSON.stringify(neighbour.otherRoads),
    neighbour.custody,
    neighbour.posthorn ? 1 : 0,
    neighbour.card,
    neighbour.addedAt,
    neighbour.lastContactAt,
  )
  const { number } = present(inserted, 'the number of a neighbour just written')
  database.run('DELETE FROM neighbour_domains WHERE neighbour = ?', number)
  for (const [position, domain] of neighbour.domains.entries()) {
    const sql = 'INSERT OR IGNORE INTO neighbour_domains (domain, neighbour, position) VALUES (?, ?, ?)'
    database.run(sql, domain.toLowerCase(), number, position)
  }
  return known ? 'replaced' : 'added'
}

/** Inside a commit. */
function moveIn(database: Database, neighbour: Neighbour, rules: NeighbourRules): 'added' | 'known' | 'name-taken' {
  const { id } = neighbour.identity
  if (database.get('SELECT 1 FROM neighbours WHERE id = ?', id) !== undefined) return 'known'
  if (putNeighbour(database, neighbour) === 'name-taken') return 'name-taken'
  setFileRules(database, id, rules.files)
  if (Object.values(rules.bounds).some(bound => bound !== null)) setBounds(database, id, rules.bounds)
  for (const schedule of rules.schedules) addSchedule(database, id, schedule)
  for (const handle of rules.handles) putHandle(database, id, handle)
  return 'added'
}

function neighbourOf(row: Row): Neighbour {
  const { id, exchangeKey, signingKey, noiseKey, domains, addresses, via, otherRoads, posthorn, ...rest } = row
  return {
    ...rest,
    identity: { id, exchangeKey, signingKey, noiseKey },
    domains: JSON.parse(domains) as string[],
    addresses: JSON.parse(addresses) as string[],
    via: JSON.parse(via) as NodeId[],
    otherRoads: JSON.parse(otherRoads) as NodeId[][],
    posthorn: posthorn === 1,
  }
}
