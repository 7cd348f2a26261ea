/**
 * The sockets of a protocol whose server is a machine (IMAP, POP3): the machine speaks, this listens.
 *
 * It promises: a connection that fails, floods, stalls or lies ends alone; the others are served on, and memory stays
 * bounded. Connections are never dropped without need.
 */
import type { MailAccount } from '@posthorn/imap'
import type { Clock } from '../../base/clock.ts'
import { isAbort } from '../../base/errors.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { Authenticate, LoginRefusal } from './authenticate.ts'
import { Bridge, type MailMachine } from './bridge.ts'
import type { InflateLimits } from './compression.ts'
import { Admission, type ListenAt, openDoors, secureContextOf, type Visitor } from './door.ts'
import type { EndSession, OpenLogins } from './open-logins.ts'
import type { Certificate } from './tls/certificate.ts'

export interface SocketLimits {
  readonly connectionsMax: number
  readonly connectionsPerPlaceMax: number
  readonly connectionsPerUserMax: number
  readonly handshakeMsMax: number
  /** The connections' own deadlines are looked at so often. */
  readonly wakeMs: number
  /** A connection that is silent so long is asked by TCP whether it still is there. */
  readonly keepAliveMs: number
  /** How long `stop` waits for clients to take their goodbye. */
  readonly stopMsMax: number
}

/** What a machine is told of the connection it serves. */
export interface Guest {
  readonly remote: string
  readonly secure: boolean
  /** May it log in without TLS? */
  readonly plaintextLogin: boolean
  readonly logIn: (username: string, password: string) => Promise<MailAccount | LoginRefusal>
}

/** What every protocol of this kind is given. */
export interface MachineOptions {
  readonly authenticate: Authenticate
  readonly logins: OpenLogins
  /** The mail of a local user. */
  readonly account: (user: string, address: string) => MailAccount
  readonly listen: readonly ListenAt[]
  readonly certificate: Certificate
  /** What the server calls itself: our domain. */
  readonly serverName: string
  /** May a client from this address log in without TLS? */
  readonly plaintextLogin: (remote: string) => boolean
  readonly clock: Clock
  readonly log: Log
}

export interface MachineService extends Service {
  /** The real ports, in the order of `listen`. */
  readonly ports: readonly number[]
}

interface Hosting extends MachineOptions {
  readonly limits: SocketLimits
  /** For machines that may ask for compression. */
  readonly inflate?: InflateLimits
  /** Sent in clear to a visitor too many. */
  readonly full: string
  readonly machine: (guest: Guest) => MailMachine
}

/**
 * Resolves when all of `listen` is open. `stop` says goodbye to everyone.
 *
 * @throws OperatingError when a port cannot be had; none is open then.
 */
export async function hostMachines(options: Hosting): Promise<MachineService> {
  const { full, limits, log } = options
  const sockets = new Sockets(options)
  const secureContext = secureContextOf(options.certificate)
  const tls = { handshakeMsMax: limits.handshakeMsMax, secureContext }
  const onVisitor = (visitor: Visitor) => sockets.welcome(visitor, tls)
  try {
    const doors = await openDoors(options.listen, { ...tls, admission: new Admission(limits), full, log, onVisitor })
    return {
      ports: doors.map(door => door.port),
      stop: () => {
        for (const door of doors) door.close()
        return sockets.stop()
      },
    }
  } catch (error) {
    await sockets.stop()
    throw error
  }
}

/** What a connection has to give back when it is over, and how it is ended. */
interface Seat {
  readonly remote: string
  readonly leaving: (() => void)[]
  end: EndSession | undefined
}

class Sockets {
  readonly #options: Hosting
  readonly #bridges = new Set<Bridge>()
  readonly #connectionsOf = new Map<string, number>()
  readonly #stopping = new AbortController()
  readonly #waking: Promise<void>

  constructor(options: Hosting) {
    this.#options = options
    this.#waking = this.#wakeAll()
  }

  welcome(visitor: Visitor, tls: { handshakeMsMax: number; secureContext: ReturnType<typeof secureContextOf> }): void {
    const { inflate, limits, log, machine, plaintextLogin } = this.#options
    const { leave, remote, secure, socket } = visitor
    socket.setKeepAlive(true, limits.keepAliveMs)
    const seat: Seat = { remote, leaving: [], end: undefined }
    const compression = inflate === undefined ? {} : { inflate }
    const connection = machine({
      remote,
      secure,
      plaintextLogin: plaintextLogin(remote),
      logIn: (username, password) => this.#logIn(username, password, seat),
    })
    const bridge = new Bridge({ ...tls, socket, connection, ...compression, remote, log, leave })
    seat.end = reason => this.#dismiss(bridge, reason)
    this.#bridges.add(bridge)
    void this.#see(bridge, seat)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#bridges].map(bridge => this.#dismiss(bridge, 'This node is being stopped.')))
    this.#stopping.abort()
    await this.#waking
  }

  /** Says goodbye; whoever does not listen is cut off. */
  async #dismiss(bridge: Bridge, bye: string): Promise<void> {
    const { clock, limits } = this.#options
    bridge.end(bye)
    const waiting = new AbortController()
    const late = clock.sleep(limits.stopMsMax, waiting.signal).catch(() => undefined)
    await Promise.race([bridge.done, late])
    waiting.abort()
    bridge.destroy()
    await bridge.done
  }

  /** Off the list when it is over. `done` never rejects. */
  async #see(bridge: Bridge, seat: Seat): Promise<void> {
    await bridge.done
    this.#bridges.delete(bridge)
    for (const leave of seat.leaving) leave()
  }

  async #logIn(username: string, password: string, seat: Seat): Promise<MailAccount | LoginRefusal> {
    const { account, authenticate, limits, logins } = this.#options
    const login = await authenticate(username, password, seat.remote)
    if ('refused' in login) return login
    const leave = logins.enter(login, reason => seat.end?.(reason))
    if (leave === undefined) return { refused: 'credentials', text: 'This password is not valid any more.' }
    seat.leaving.push(leave)
    if ((this.#connectionsOf.get(login.user) ?? 0) >= limits.connectionsPerUserMax) {
      return { refused: 'unavailable', text: 'You have too many connections open; close some of your mail programs.' }
    }
    this.#count(login.user, 1)
    seat.leaving.push(() => this.#count(login.user, -1))
    return account(login.user, login.address)
  }

  #count(user: string, change: number): void {
    const count = (this.#connectionsOf.get(user) ?? 0) + change
    if (count === 0) this.#connectionsOf.delete(user)
    else this.#connectionsOf.set(user, count)
  }

  /** One timer for all connections. */
  async #wakeAll(): Promise<void> {
    const { clock, limits } = this.#options
    try {
      for (;;) {
        await clock.sleep(limits.wakeMs, this.#stopping.signal)
        for (const bridge of this.#bridges) bridge.wake(clock.now())
      }
    } catch (error) {
      if (!isAbort(error)) throw error
    }
  }
}
