/** What the database knows of chunks and of the files that they belong to. */
import type { NodeId } from '@posthorn/nncp'
import { today } from '../database/calendar.ts'
import type { Database } from '../database/database.ts'
import type { UnfinishedFile } from './incoming.ts'

export interface ChunkRow {
  readonly id: string
  readonly folder: string
}

export interface NewChunk extends ChunkRow {
  readonly origin: NodeId
  readonly name: string
  readonly number: number
  readonly hash: Uint8Array
  readonly sizeBytes: number
}

export interface ChunkedRow {
  readonly id: string
  readonly sender: NodeId
  readonly name: string
  readonly root: string
  readonly chunks: number
  readonly appended: number
}

export interface NewChunked extends Omit<ChunkedRow, 'appended'> {
  readonly origin: NodeId
  readonly sizeBytes: number
  readonly meta: Uint8Array
}

export class ChunkRows {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Also when it was used since, or what it describes is done. */
  isTaken(id: string): boolean {
    const sql = 'SELECT 1 FROM file_chunks WHERE id = ?1 UNION ALL SELECT 1 FROM chunked_files WHERE id = ?1'
    return this.#database.get(sql, id) !== undefined
  }

  async addChunk(chunk: NewChunk): Promise<void> {
    const { id, origin, name, number, hash, sizeBytes, folder } = chunk
    const sql = `INSERT INTO file_chunks (id, origin, name, number, hash, size_bytes, folder, used, day)
      VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)`
    await this.#database.commit(() =>
      this.#database.run(sql, id, origin, name, number, hash, sizeBytes, folder, today(this.#database)),
    )
  }

  async addChunked(chunked: NewChunked): Promise<void> {
    const { id, sender, origin, name, root, sizeBytes, chunks, meta } = chunked
    const sql = `INSERT INTO chunked_files
        (id, sender, origin, name, root, size_bytes, chunks, meta, appended, state, day)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 'gathering', ?)`
    await this.#database.commit(() =>
      this.#database.run(sql, id, sender, origin, name, root, sizeBytes, chunks, meta, today(this.#database)),
    )
  }

  /** The files of this name that wait for chunks, in the order in which they were described. */
  gathering(origin: NodeId, name: string): readonly ChunkedRow[] {
    const sql = `SELECT id, sender, name, root, chunks, appended FROM chunked_files
      WHERE state = 'gathering' AND origin = ? AND name = ? ORDER BY sequence`
    return this.#database.all<ChunkedRow>(sql, origin, name)
  }

  metaOf(id: string): Uint8Array | undefined {
    const sql = 'SELECT meta FROM chunked_files WHERE id = ?'
    return this.#database.get<{ meta: Uint8Array | null }>(sql, id)?.meta ?? undefined
  }

  /** A chunk that waits and is exactly this one. */
  find(wanted: {
    origin: NodeId
    name: string
    number: number
    hash: Uint8Array
    sizeBytes: number
  }): ChunkRow | undefined {
    const { origin, name, number, hash, sizeBytes } = wanted
    const sql = `SELECT id, folder FROM file_chunks
      WHERE used = 0 AND origin = ? AND name = ? AND number = ? AND hash = ? AND size_bytes = ? LIMIT 1`
    return this.#database.get<ChunkRow>(sql, origin, name, number, hash, sizeBytes)
  }

  used(origin: NodeId, name: string): readonly ChunkRow[] {
    const sql = 'SELECT id, folder FROM file_chunks WHERE used = 1 AND origin = ? AND name = ?'
    return this.#database.all<ChunkRow>(sql, origin, name)
  }

  /** One transaction: these chunks are in the file, which now has so many. */
  async appended(chunked: string, appended: number, used: readonly ChunkRow[]): Promise<void> {
    await this.#database.commit(() => {
      this.#database.run('UPDATE chunked_files SET appended = ? WHERE id = ?', appended, chunked)
      for (const { id } of used) this.#database.run('UPDATE file_chunks SET used = 1 WHERE id = ?', id)
    })
  }

  /** Its bytes are not what they were: another copy of it may still come. */
  async drop(chunk: ChunkRow): Promise<void> {
    await this.#database.commit(() => this.#database.run('UPDATE file_chunks SET used = 1 WHERE id = ?', chunk.id))
  }

  async close(chunked: string, state: 'done' | 'broken'): Promise<void> {
    const sql = 'UPDATE chunked_files SET state = ?, meta = NULL, day = ? WHERE id = ?'
    await this.#database.commit(() => this.#database.run(sql, state, today(this.#database), chunked))
  }

  waiting(origin: NodeId, name: string): readonly ChunkRow[] {
    const sql = 'SELECT id, folder FROM file_chunks WHERE used = 0 AND origin = ? AND name = ?'
    return this.#database.all<ChunkRow>(sql, origin, name)
  }

  unfinished(limit: number): readonly UnfinishedFile[] {
    const sql = `
      SELECT origin, name, sum(chunks) AS chunks, max(total) AS chunksTotal, sum(bytes) AS sizeBytes FROM (
        SELECT origin, name, count(*) AS chunks, NULL AS total, sum(size_bytes) AS bytes
          FROM file_chunks WHERE used = 0 GROUP BY origin, name
        UNION ALL
        SELECT origin, name, appended, chunks,
            CASE WHEN appended = chunks THEN size_bytes ELSE appended * (size_bytes / chunks) END
          FROM chunked_files WHERE state = 'gathering'
      ) GROUP BY origin, name ORDER BY origin, name LIMIT ?`
    return this.#database.all<UnfinishedFile>(sql, limit)
  }
}
