/** Who is connected: their lifetime from the door to the last answer, and the end of all of them at a stop. */
import type { Socket } from 'node:net'
import type { Clock } from '../../../base/clock.ts'
import type { Login } from '../authenticate.ts'
import type { SubmissionServer } from './library.ts'
import { type Reply, replies } from './replies.ts'

export class Session {
  readonly remote: string
  /** Fires when the connection is gone or must go. */
  readonly gone = new AbortController()
  login: Login | undefined
  loginFailures = 0
  /** The letter that is being taken. Its last byte has come when `complete`. */
  letter: { complete(): boolean; receivedBytes(): number } | undefined
  socket: Socket
  readonly #server: SubmissionServer
  readonly #id: string
  readonly #leave: () => void

  constructor(options: { id: string; server: SubmissionServer; socket: Socket; remote: string; leave: () => void }) {
    this.#id = options.id
    this.#server = options.server
    this.#leave = options.leave
    this.socket = options.socket
    this.remote = options.remote
  }

  /** @param reply with code 421. */
  end(reply: Reply): void {
    this.#server.end(this.#id, reply)
  }

  /** Says it, and ends whatever it was doing. */
  dismiss(reply: Reply): void {
    this.end(reply)
    this.gone.abort()
    this.socket.destroySoon()
  }

  closed(): void {
    this.gone.abort()
    this.#server.forget(this.#id)
    this.#leave()
  }
}

export class Sessions {
  readonly #clock: Clock
  readonly #sessions = new Map<string, Session>()
  readonly #letters = new Set<Promise<void>>()
  #empty: (() => void) | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  open(id: string, session: Session): void {
    this.#sessions.set(id, session)
  }

  get(id: string): Session | undefined {
    return this.#sessions.get(id)
  }

  close(id: string): void {
    this.#sessions.get(id)?.closed()
    this.#sessions.delete(id)
    if (this.#sessions.size === 0) this.#empty?.()
  }

  /** Keeps `stop` from resolving before the letter is settled, which never rejects. */
  async settle(letter: Promise<void>): Promise<void> {
    this.#letters.add(letter)
    try {
      await letter
    } finally {
      this.#letters.delete(letter)
    }
  }

  /** Ends all connections of a person. */
  endAll(user: string, reply: Reply): void {
    for (const session of this.#sessions.values()) if (session.login?.user === user) session.end(reply)
  }

  /** Letters whose last byte has come get their answer, for as long as `waitMs`; everyone else is told at once. */
  async stop(waitMs: number): Promise<void> {
    for (const session of this.#sessions.values()) {
      if (session.letter?.complete() !== true) session.dismiss(replies.stopping)
    }
    const waiting = new AbortController()
    const late = this.#clock.sleep(waitMs, waiting.signal).catch(() => undefined)
    await Promise.race([Promise.all(this.#letters), late])
    waiting.abort()
    const closed = new Promise<void>(resolve => {
      this.#empty = resolve
    })
    for (const session of this.#sessions.values()) session.dismiss(replies.stopping)
    if (this.#sessions.size > 0) await closed
    await Promise.all(this.#letters)
  }
}
