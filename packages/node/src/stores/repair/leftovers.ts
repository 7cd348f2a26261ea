/** What the folders of the home say, where the database has forgotten it. */
import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type EncryptedHeader,
  encryptedHeaderBytes,
  mthHasher,
  type NodeId,
  type PacketId,
  packetIdFromBytes,
  parsePacketId,
  readEncryptedHeader,
  type Suite,
} from '@posthorn/nncp'
import type { SqliteDatabase } from '../database/sqlite.ts'
import { isUserName } from '../directory/names.ts'
import { removeStrayFiles, strayBodies } from './tables.ts'

export interface Strays {
  readonly inbox: number
  readonly outbox: number
  readonly quarantine: number
}

interface StraysOptions {
  readonly spool: string
  readonly self: NodeId
  readonly suite: Suite
  readonly at: number
  /** Tables of which not all was read. */
  readonly holes: ReadonlySet<string>
}

/**
 * Packets of which only the bytes are left: their clear headers say for whom they are. What is for this node waits in
 * the inbox again, what is for others in the outbox; what is neither, or no packet, is set aside. Bytes of what was
 * dealt with are left by a disk that does not remove a file, and go with the next start, as ever.
 */
export async function takeStrays(sqlite: SqliteDatabase, options: StraysOptions): Promise<Strays> {
  const found = { inbox: 0, outbox: 0, quarantine: 0 }
  const inline = sqlite.prepare(strayBodies).all() as { id: PacketId; sizeBytes: number; bytes: Uint8Array }[]
  for (const { id, sizeBytes, bytes } of inline) {
    const hasher = mthHasher(options.suite)
    hasher.update(bytes)
    const isWhole = packetIdFromBytes(hasher.digest()) === id
    const stray = { id, sizeBytes, header: isWhole ? headerOf(bytes) : undefined }
    if (!isDone(sqlite, stray, options)) found[put(sqlite, stray, options)] += 1
  }
  for await (const { id, path } of bodyFiles(options.spool)) {
    const { header, sizeBytes } = await readFileHeader(path)
    keepFile(sqlite, id, sizeBytes)
    const stray = { id, sizeBytes, header }
    if (!isNamed(sqlite, id) && !isDone(sqlite, stray, options)) found[put(sqlite, stray, options)] += 1
  }
  sqlite.exec(removeStrayFiles)
  return found
}

async function* bodyFiles(spool: string): AsyncGenerator<{ id: PacketId; path: string }> {
  const root = join(spool, 'bodies')
  for (const prefix of await readdir(root).catch(() => [])) {
    if (!/^[A-Z2-7]{2}$/.test(prefix)) continue
    for (const name of await readdir(join(root, prefix))) {
      const id = parsePacketId(name)
      if (id !== undefined && name.startsWith(prefix)) yield { id, path: join(root, prefix, name) }
    }
  }
}

/** A packet whose row was lost, or was never written. */
function keepFile(sqlite: SqliteDatabase, id: PacketId, sizeBytes: number): void {
  const sql = 'INSERT INTO bodies (id, size_bytes, bytes) VALUES (?, ?, NULL) ON CONFLICT DO NOTHING'
  sqlite.prepare(sql).run(id, sizeBytes)
}

function isNamed(sqlite: SqliteDatabase, id: PacketId): boolean {
  return [
    'SELECT 1 FROM outbox WHERE id = ?',
    'SELECT 1 FROM inbox WHERE id = ?',
    'SELECT 1 FROM custody WHERE id = ? AND has_body = 1',
    'SELECT 1 FROM quarantine WHERE body = ?',
  ].some(sql => sqlite.prepare(sql).get(id) !== undefined)
}

async function readFileHeader(path: string): Promise<{ header: EncryptedHeader | undefined; sizeBytes: number }> {
  const file = await open(path, 'r')
  try {
    const bytes = Buffer.alloc(encryptedHeaderBytes)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return { header: headerOf(bytes.subarray(0, bytesRead)), sizeBytes: (await file.stat()).size }
  } finally {
    await file.close()
  }
}

function headerOf(bytes: Uint8Array): EncryptedHeader | undefined {
  try {
    return readEncryptedHeader(bytes)
  } catch {
    return undefined
  }
}

interface Stray {
  readonly id: PacketId
  readonly sizeBytes: number
  readonly header: EncryptedHeader | undefined
}

/** A letter in custody was handed over too, and its bytes are still wanted: where custody is not whole, one may be. */
function isDone(sqlite: SqliteDatabase, { id, header }: Stray, { self, holes }: StraysOptions): boolean {
  if (header === undefined) return false
  const sql =
    header.recipient === self
      ? `SELECT 1 FROM seen WHERE id = ? AND outcome = 'taken'`
      : 'SELECT 1 FROM acknowledged WHERE id = ?'
  if (header.recipient !== self && holes.has('custody')) return false
  return sqlite.prepare(sql).get(id) !== undefined
}

function put(sqlite: SqliteDatabase, { id, sizeBytes, header }: Stray, { self, at }: StraysOptions): keyof Strays {
  const isKnown = (table: string) => sqlite.prepare(`SELECT 1 FROM ${table} WHERE id = ?`).get(id) !== undefined
  if (header !== undefined && header.recipient === self && !isKnown('seen')) {
    const sql = `INSERT INTO inbox (id, sender, niceness, source, size_bytes, received_at) VALUES (?, ?, ?, ?, ?, ?)`
    sqlite.prepare(sql).run(id, header.sender, header.niceness, source, sizeBytes, at)
    return 'inbox'
  }
  if (header !== undefined && header.recipient !== self && !isKnown('acknowledged')) {
    const kind = header.sender === self ? 'letter' : 'relayed'
    const day = 'coalesce((SELECT day FROM calendar), 0)'
    const sql = `INSERT INTO outbox (id, next_hop, destination, niceness, kind, size_bytes, committed_at, day)
      VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?6, ${day})`
    sqlite.prepare(sql).run(id, header.recipient, header.niceness, kind, sizeBytes, at)
    return 'outbox'
  }
  const reason = 'its bytes were found when the database was repaired; nothing else was known of it'
  const sql = `INSERT INTO quarantine (name, reason, source, size_bytes, at, body, way_back)
    VALUES (?1, ?2, ?3, ?4, ?5, ?1, ?6)`
  const wayBack =
    header?.recipient === self
      ? { room: 'inbox', sender: header.sender, handedBy: header.sender, niceness: header.niceness }
      : null
  sqlite.prepare(sql).run(id, reason, source, sizeBytes, at, wayBack === null ? null : JSON.stringify(wayBack))
  return 'quarantine'
}

const source = 'repair'

/** People who have mail here and whom the database does not know: they are users again, with a password nobody has. */
export async function takePeople(
  sqlite: SqliteDatabase,
  mail: string,
  { at, noPeople }: { at: number; noPeople: readonly string[] },
): Promise<readonly string[]> {
  const locked: string[] = []
  for (const entry of await readdir(mail, { withFileTypes: true }).catch(() => [])) {
    const { name } = entry
    if (!entry.isDirectory() || !isUserName(name) || noPeople.includes(name)) continue
    const known = ['users', 'former_users'].some(
      table => sqlite.prepare(`SELECT 1 FROM ${table} WHERE name = ?`).get(name) !== undefined,
    )
    if (known) continue
    const [salt, hash] = [randomBytes(16), randomBytes(32)].map(bytes => bytes.toString('base64').replace(/=+$/, ''))
    const password = `$scrypt$ln=15,r=8,p=3$${salt}$${hash}`
    sqlite.prepare('INSERT INTO users (name, password, created_at) VALUES (?, ?, ?)').run(name, password, at)
    sqlite.prepare('INSERT OR IGNORE INTO mail_users (name, ready, furnished) VALUES (?, 1, 1)').run(name)
    sqlite.prepare(`INSERT OR IGNORE INTO mail_subscriptions (user, name) VALUES (?, 'INBOX')`).run(name)
    locked.push(name)
  }
  return locked
}

/** Letters for other mail systems whose rows are gone: the queue would sweep them at its start. */
export async function takeQueueFiles(sqlite: SqliteDatabase, queue: string, aside: string): Promise<number> {
  let letters = 0
  for (const name of await readdir(queue).catch(() => [])) {
    if (!/^[0-9a-f]{32}$/.test(name) || !(await stat(join(queue, name))).isFile()) continue
    if (sqlite.prepare('SELECT 1 FROM queue_letters WHERE file = ?').get(name) !== undefined) continue
    await mkdir(aside, { recursive: true, mode: 0o700 })
    await link(join(queue, name), join(aside, name))
    letters += 1
  }
  return letters
}
