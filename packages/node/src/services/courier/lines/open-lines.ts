/** The lines that are open now: who talks with whom, within what bounds. */
import type { NodeId } from '@posthorn/nncp'
import type { Connection } from '../../../links/transport.ts'
import type { Conversation } from './conversation.ts'
import type { LineLimits } from './limits.ts'

export interface OpenLine {
  readonly conversation: Conversation
  /** Whether we called. */
  readonly dialed: boolean
  /** Meant to stay open, by us. */
  readonly lasting: boolean
  /** The address of this machine that it uses. */
  readonly local: string | undefined
  /** Known when both sides are proven. */
  peer: NodeId | undefined
}

export class OpenLines {
  readonly #limits: LineLimits
  readonly #self: NodeId
  readonly #lines = new Set<OpenLine>()
  /** Connections that others opened, the oldest first, with their lines as soon as there is one. */
  readonly #callers = new Map<Connection, OpenLine | undefined>()

  constructor(limits: LineLimits, self: NodeId) {
    this.#limits = limits
    this.#self = self
  }

  /**
   * Whether one more caller is let in; it then counts until `left`. Where there are too many, the oldest that has not
   * proven who it is makes room: neighbours prove it in no time, and whoever only holds places loses them.
   */
  admit(connection: Connection): boolean {
    const { callersMax, callersPerOriginMax } = this.#limits
    const fromThere = [...this.#callers.keys()].filter(({ origin }) => origin === connection.origin)
    if (fromThere.length >= callersPerOriginMax && !this.#makeRoom(fromThere)) return false
    if (this.#callers.size >= callersMax && !this.#makeRoom([...this.#callers.keys()])) return false
    this.#callers.set(connection, undefined)
    return true
  }

  /** The same caller goes on as another object, unless it has lost its place meanwhile. */
  goesOn(connection: Connection, as: Connection): void {
    if (this.#callers.delete(connection)) this.#callers.set(as, undefined)
  }

  left(connection: Connection): void {
    this.#callers.delete(connection)
  }

  #makeRoom(among: readonly Connection[]): boolean {
    for (const connection of among) {
      const line = this.#callers.get(connection)
      if (line?.peer !== undefined) continue
      this.#callers.delete(connection)
      // One who has not begun yet, or is a visitor, has no conversation of this kind.
      if (line === undefined) void connection.close()
      else line.conversation.end()
      return true
    }
    return false
  }

  add(line: OpenLine, connection: Connection): void {
    this.#lines.add(line)
    if (this.#callers.has(connection)) this.#callers.set(connection, line)
  }

  remove(line: OpenLine): void {
    this.#lines.delete(line)
  }

  /** The line is proven to be with `peer`. Of too many that it opened the oldest ends: it is probably dead. */
  connected(line: OpenLine, peer: NodeId): void {
    line.peer = peer
    this.#keepOne(peer)
    if (line.dialed) return
    const its = [...this.#lines].filter(other => other.peer === peer && !other.dialed)
    for (const old of its.slice(0, -this.#limits.linesPerNeighbourMax)) old.conversation.end()
  }

  /** When two nodes have called each other at the same time, the one with the greater id hangs up. */
  #keepOne(peer: NodeId): void {
    if (this.#self < peer || !this.calledBy(peer)) return
    for (const line of this.#lines) if (line.peer === peer && line.dialed && line.lasting) line.conversation.end()
  }

  /** Is there a line with this neighbour that it opened? */
  calledBy(peer: NodeId): boolean {
    return [...this.#lines].some(line => line.peer === peer && !line.dialed)
  }

  departed(): void {
    for (const { conversation } of this.#lines) conversation.departed()
  }

  /** Ends the lines that use an address which this machine has no more: nobody would tell. */
  endWithout(addresses: readonly string[]): void {
    for (const { conversation, local } of this.#lines)
      if (local !== undefined && !isLoopback(local) && !addresses.includes(local)) conversation.end()
  }

  /** Ends the lines with those that `isKnown` does not know any more. */
  endUnless(isKnown: (peer: NodeId) => boolean): void {
    for (const { conversation, peer } of this.#lines) if (peer !== undefined && !isKnown(peer)) conversation.end()
  }
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
