import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import { isNewGeneration } from './custody.ts'

/**
 * Which packets have surely never left: nobody has opened them to send or to copy them. It is known for each packet
 * while the program runs, and written down for each neighbour before the first is opened for it, so that what may have
 * left with a program that died is not taken for kept. A database that was restored has forgotten what left.
 */
export class Departures {
  readonly #database: Database
  readonly #opened = new Set<PacketId>()
  readonly #open = new Set<NodeId>()

  constructor(database: Database) {
    this.#database = database
  }

  /** At the start of a program, before anything is opened, and before a restored database has its new series. */
  async begin(): Promise<void> {
    const database = this.#database
    const isOpen = database.get('SELECT 1 FROM outbox_departures WHERE is_open = 1') !== undefined
    const hasForgotten = isNewGeneration(database) && database.get('SELECT 1 FROM outbox') !== undefined
    if (!isOpen && !hasForgotten) return
    await database.commit(() => {
      if (hasForgotten) {
        database.run(`INSERT INTO outbox_departures SELECT DISTINCT next_hop, 0, 1 FROM outbox WHERE true
          ON CONFLICT DO UPDATE SET is_open = 1`)
      }
      database.run(`UPDATE outbox_departures SET is_open = 0,
        until = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0) WHERE is_open = 1`)
    })
  }

  /** Before the bytes of a packet are given out. */
  async opening(id: PacketId, nextHop: NodeId): Promise<void> {
    this.#opened.add(id)
    if (this.#open.has(nextHop)) return
    const sql = `INSERT INTO outbox_departures VALUES (?, 0, 1) ON CONFLICT DO UPDATE SET is_open = 1`
    await this.#database.commit(() => this.#database.run(sql, nextHop))
    this.#open.add(nextHop)
  }

  /** Inside a commit. */
  mayHaveLeft({ id, nextHop, sequence }: { id: PacketId; nextHop: NodeId; sequence: number }): boolean {
    const until = 'SELECT until FROM outbox_departures WHERE next_hop = ?'
    if (this.#opened.has(id)) return true
    if (sequence <= (this.#database.get<{ until: number }>(until, nextHop)?.until ?? 0)) return true
    return this.#database.get('SELECT 1 FROM outbox_copies WHERE id = ?', id) !== undefined
  }

  /** Of packets that are gone nobody asks. */
  forgetGone(): void {
    const there = 'SELECT 1 FROM outbox WHERE id = ?'
    for (const id of this.#opened) if (this.#database.get(there, id) === undefined) this.#opened.delete(id)
  }
}
