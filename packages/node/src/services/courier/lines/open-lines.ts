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
  /** Known when both sides are proven. */
  peer: NodeId | undefined
}

export class OpenLines {
  readonly #limits: LineLimits
  readonly #self: NodeId
  readonly #lines = new Set<OpenLine>()
  readonly #origins = new Map<string, number>()
  #callers = 0

  constructor(limits: LineLimits, self: NodeId) {
    this.#limits = limits
    this.#self = self
  }

  /** Whether one more caller from there is let in; it then counts until `left`. */
  admit({ origin }: Connection): boolean {
    const fromThere = this.#origins.get(origin) ?? 0
    if (this.#callers >= this.#limits.callersMax || fromThere >= this.#limits.callersPerOriginMax) return false
    this.#callers += 1
    this.#origins.set(origin, fromThere + 1)
    return true
  }

  left({ origin }: Connection): void {
    this.#callers -= 1
    const fromThere = (this.#origins.get(origin) ?? 1) - 1
    if (fromThere > 0) this.#origins.set(origin, fromThere)
    else this.#origins.delete(origin)
  }

  add(line: OpenLine): void {
    this.#lines.add(line)
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

  /** Ends the lines with those that `isKnown` does not know any more. */
  endUnless(isKnown: (peer: NodeId) => boolean): void {
    for (const { conversation, peer } of this.#lines) if (peer !== undefined && !isKnown(peer)) conversation.end()
  }
}
