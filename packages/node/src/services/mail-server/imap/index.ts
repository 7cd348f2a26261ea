/**
 * The sockets of the IMAP server: `@posthorn/imap` speaks, this listens.
 *
 * It promises: a connection that fails, floods, stalls or lies ends alone; the others are served on, and memory stays
 * bounded. Connections are never dropped without need: Delta Chat waits up to a minute before it comes back.
 */
import { type ImapEvent, type ImapLimits, imapConnection, type MailAccount } from '@posthorn/imap'
import type { Clock } from '../../../base/clock.ts'
import { isAbort, messageOf } from '../../../base/errors.ts'
import type { Service } from '../../../base/lifecycle.ts'
import type { Log } from '../../../base/log.ts'
import type { Authenticate, LoginRefusal } from '../authenticate.ts'
import { Admission, type ListenAt, openDoor, secureContextOf, type Visitor } from '../door.ts'
import type { Certificate } from '../tls/certificate.ts'
import { Bridge } from './bridge.ts'
import { type ImapSocketLimits, imapSocketLimits } from './limits.ts'

export interface ImapOptions {
  readonly authenticate: Authenticate
  /** The mail of a local user. */
  readonly account: (user: string, address: string) => MailAccount
  readonly listen: readonly ListenAt[]
  readonly certificate: Certificate
  /** What the server calls itself: our domain. */
  readonly serverName: string
  /** May a client from this address log in without TLS? */
  readonly plaintextLogin: (remote: string) => boolean
  /** Server annotations (RFC 5464), shown in Delta Chat's connectivity page; null for what there is not. */
  readonly metadata: (entry: string) => string | null
  readonly clock: Clock
  readonly log: Log
  readonly limits?: Partial<ImapSocketLimits>
  readonly protocolLimits?: Partial<ImapLimits>
}

export interface ImapService extends Service {
  /** The real ports, in the order of `listen`. */
  readonly ports: readonly number[]
}

const connectionTooMany = '* BYE Too many connections; try again in a moment.\r\n'

/**
 * Resolves when all of `listen` is open. `stop` says goodbye to everyone.
 *
 * @throws OperatingError when a port cannot be had; none is open then.
 */
export async function startImap(options: ImapOptions): Promise<ImapService> {
  const limits = { ...imapSocketLimits, ...options.limits }
  const { log } = options
  const server = new ImapSockets(options, limits)
  const admission = new Admission(limits)
  const secureContext = secureContextOf(options.certificate)
  const { handshakeMsMax } = limits
  const doors: { port: number; close(): void }[] = []
  const stop = () => {
    for (const door of doors) door.close()
    return server.stop()
  }
  try {
    for (const listen of options.listen) {
      const onVisitor = (visitor: Visitor) => server.welcome(visitor, { handshakeMsMax, secureContext })
      const full = connectionTooMany
      doors.push(await openDoor({ listen, admission, handshakeMsMax, secureContext, full, log, onVisitor }))
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { ports: doors.map(door => door.port), stop }
}

class ImapSockets {
  readonly #options: ImapOptions
  readonly #limits: ImapSocketLimits
  readonly #bridges = new Set<Bridge>()
  readonly #connectionsOf = new Map<string, number>()
  readonly #stopping = new AbortController()
  readonly #waking: Promise<void>

  constructor(options: ImapOptions, limits: ImapSocketLimits) {
    this.#options = options
    this.#limits = limits
    this.#waking = this.#wakeAll()
  }

  welcome(visitor: Visitor, tls: { handshakeMsMax: number; secureContext: ReturnType<typeof secureContextOf> }): void {
    const { clock, log, metadata, plaintextLogin, protocolLimits, serverName } = this.#options
    const { leave, remote, secure, socket } = visitor
    socket.setKeepAlive(true, this.#limits.keepAliveMs)
    const users: string[] = []
    const connection = imapConnection({
      authenticate: (username, password) => this.#logIn(username, password, { remote, users }),
      plaintextLogin: plaintextLogin(remote),
      secure,
      starttls: !secure,
      now: () => clock.now(),
      metadata,
      serverName,
      onEvent: event => this.#note(event, remote),
      ...(protocolLimits === undefined ? {} : { limits: protocolLimits }),
    })
    const bridge = new Bridge({ ...tls, socket, connection, remote, log, leave })
    this.#bridges.add(bridge)
    void this.#see(bridge, users)
  }

  async stop(): Promise<void> {
    const ended = [...this.#bridges].map(bridge => bridge.done)
    for (const bridge of this.#bridges) bridge.end('This node is being stopped.')
    const waiting = new AbortController()
    const late = this.#options.clock.sleep(this.#limits.stopMsMax, waiting.signal).catch(() => undefined)
    await Promise.race([Promise.all(ended), late])
    waiting.abort()
    for (const bridge of this.#bridges) bridge.destroy()
    await Promise.all(ended)
    this.#stopping.abort()
    await this.#waking
  }

  /** Off the list when it is over. `done` never rejects. */
  async #see(bridge: Bridge, users: readonly string[]): Promise<void> {
    await bridge.done
    this.#bridges.delete(bridge)
    for (const user of users) this.#count(user, -1)
  }

  async #logIn(
    username: string,
    password: string,
    from: { remote: string; users: string[] },
  ): Promise<MailAccount | LoginRefusal> {
    const login = await this.#options.authenticate(username, password, from.remote)
    if ('refused' in login) return login
    if ((this.#connectionsOf.get(login.user) ?? 0) >= this.#limits.connectionsPerUserMax) {
      return { refused: 'unavailable', text: 'You have too many connections open; close some of your mail programs.' }
    }
    this.#count(login.user, 1)
    from.users.push(login.user)
    return this.#options.account(login.user, login.address)
  }

  #count(user: string, change: number): void {
    const count = (this.#connectionsOf.get(user) ?? 0) + change
    if (count === 0) this.#connectionsOf.delete(user)
    else this.#connectionsOf.set(user, count)
  }

  /** One timer for all connections. */
  async #wakeAll(): Promise<void> {
    const { clock } = this.#options
    try {
      for (;;) {
        await clock.sleep(this.#limits.wakeMs, this.#stopping.signal)
        for (const bridge of this.#bridges) bridge.wake(clock.now())
      }
    } catch (error) {
      if (!isAbort(error)) throw error
    }
  }

  #note(event: ImapEvent, remote: string): void {
    const { log } = this.#options
    switch (event.kind) {
      case 'login':
        log.info('IMAP login', { remote, address: event.address })
        break
      case 'login-failed':
        // Without the name: people type passwords into the wrong field.
        log.debug('IMAP login failed', { remote, reason: event.reason })
        break
      case 'limit':
        log.info('an IMAP client broke a limit', { remote, limit: event.limit })
        break
      case 'error':
        log.error('an IMAP command failed', { remote, error: messageOf(event.error) })
        break
    }
  }
}
