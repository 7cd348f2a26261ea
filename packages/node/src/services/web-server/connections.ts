/** All open WebSockets: who may open one more, who hears of what, and whose end when somebody signs out. */
import { type closeCodes, events } from '@posthorn/api'
import * as v from 'valibot'
import type { Log } from '../../base/log.ts'
import type { Connection } from './connection.ts'
import type { Caller, Publish } from './handlers.ts'
import type { WebLimits } from './limits.ts'

export class Connections {
  readonly #open = new Set<Connection>()
  readonly #limits: Pick<WebLimits, 'socketsMax' | 'socketsPerUserMax'>
  readonly #log: Log

  constructor(limits: Pick<WebLimits, 'socketsMax' | 'socketsPerUserMax'>, log: Log) {
    this.#limits = limits
    this.#log = log
  }

  get size(): number {
    return this.#open.size
  }

  /** How many people have one open. */
  get people(): number {
    return new Set([...this.#open].map(({ caller }) => caller.user)).size
  }

  hasRoom({ user }: Caller): boolean {
    const { socketsMax, socketsPerUserMax } = this.#limits
    return this.#open.size < socketsMax && this.#of(({ caller }) => caller.user === user).length < socketsPerUserMax
  }

  add(connection: Connection): () => void {
    this.#open.add(connection)
    return () => this.#open.delete(connection)
  }

  readonly publish: Publish = (to, event, data) => {
    const hears = ({ caller }: Connection) =>
      to === 'all' || (to === 'admins' ? caller.role === 'admin' : caller.user === to.user)
    const hearers = this.#of(hears)
    if (hearers.length === 0) return
    const checked = v.safeParse<v.GenericSchema>(events[event], data)
    if (!checked.success) return this.#log.error('an event is not what its table promises', { event })
    for (const connection of hearers) connection.send({ event, data: checked.output })
  }

  /** Answers how many there were. */
  end(which: (caller: Caller) => boolean, why: keyof typeof closeCodes): number {
    const doomed = this.#of(({ caller }) => which(caller))
    for (const connection of doomed) {
      this.#open.delete(connection)
      connection.end(why)
    }
    return doomed.length
  }

  /** Whether those of somebody may still be there; answers how many may not. */
  async proveAgain(user: string): Promise<number> {
    const ended = await Promise.all(this.#of(({ caller }) => caller.user === user).map(one => one.proveAgain()))
    return ended.filter(stays => !stays).length
  }

  async look(): Promise<void> {
    await Promise.all([...this.#open].map(connection => connection.look()))
  }

  #of(fits: (connection: Connection) => boolean): Connection[] {
    return [...this.#open].filter(fits)
  }
}
