/** Letters of others that passed here, for relays that tell their senders. */
import type { NodeId, PacketId } from '@posthorn/nncp'
import type { Database } from '../database/database.ts'
import type { Bodies } from './bodies.ts'
import { spoolLimits } from './limits.ts'
import type { NewOutbound } from './spool.ts'

export interface PassedLetter {
  readonly number: number
  readonly letter: PacketId
  /** Its sender. */
  readonly node: NodeId
  readonly at: number
}

export interface Passing {
  /** The oldest first. Noted with the commit of a packet whose `relays.tells` is true; some thousands at most. */
  page(limit: number): Promise<readonly PassedLetter[]>
  /** One transaction: the packets that tell of these enter the outbox, and they need not be told of any more. */
  told(numbers: readonly number[], packets: readonly NewOutbound[]): Promise<void>
  /** Our letter that was sent by way of this relay, which passes it on as this packet. */
  ofRelay(node: NodeId, packet: PacketId): Promise<PacketId | undefined>
}

/** @param insert adds to the outbox, inside a commit. */
export function sqlPassing(
  { database, bodies }: { database: Database; bodies: Bodies },
  insert: (packets: readonly NewOutbound[]) => void,
): Passing {
  return {
    async page(limit) {
      return database.all<PassedLetter>('SELECT number, letter, node, at FROM passed ORDER BY number LIMIT ?', limit)
    },
    async told(numbers, packets) {
      const staged = packets.map(packet => packet.staged)
      await bodies.commitWith(staged, () => {
        for (const number of numbers) database.run('DELETE FROM passed WHERE number = ?', number)
        insert(packets)
      })
    },
    async ofRelay(node, packet) {
      // Of other roads that it was sent by again the last relay is known: it has the letter itself.
      const sql = `SELECT letter FROM packet_relays WHERE packet = ?1 AND node = ?2
        UNION ALL SELECT letter FROM custody_roads WHERE letter = ?1 AND (road = ?2 OR road LIKE '% ' || ?2) LIMIT 1`
      return database.get<{ letter: PacketId }>(sql, packet, node)?.letter
    },
  }
}

/** Inside a commit. What is not told in time is of no use: the oldest goes. */
export function insertPassed(database: Database, { letter, node, at }: Omit<PassedLetter, 'number'>): void {
  database.run('INSERT INTO passed (letter, node, at) VALUES (?, ?, ?)', letter, node, Math.floor(at))
  database.run('DELETE FROM passed WHERE number <= last_insert_rowid() - ?', spoolLimits.passedMax)
}
