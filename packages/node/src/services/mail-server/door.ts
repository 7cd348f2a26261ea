/**
 * A listening port and who may come in by it: total and per-place limits, and TLS from the first byte where the port
 * has it. A visitor too many is told so where that is possible, and let go; the others are served on.
 */
import * as net from 'node:net'
import * as tls from 'node:tls'
import { messageOf, OperatingError, systemCode } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { isLoopback, placeOf, plainAddress } from './remote.ts'
import type { Certificate } from './tls/certificate.ts'

export type DoorSecurity = 'starttls' | 'tls'

export interface ListenAt {
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  readonly security: DoorSecurity
}

export interface AdmissionLimits {
  readonly connectionsMax: number
  /** Does not bind this machine itself. */
  readonly connectionsPerPlaceMax: number
}

/** Counts the connections of one protocol, over all its ports. */
export class Admission {
  readonly #limits: AdmissionLimits
  readonly #perPlace = new Map<string, number>()
  #total = 0

  constructor(limits: AdmissionLimits) {
    this.#limits = limits
  }

  get total(): number {
    return this.#total
  }

  /** The way to leave again, which may be called twice; `undefined` when there is no room. */
  enter(remote: string): (() => void) | undefined {
    const place = placeOf(remote)
    const here = this.#perPlace.get(place) ?? 0
    if (this.#total >= this.#limits.connectionsMax) return undefined
    if (here >= this.#limits.connectionsPerPlaceMax && !isLoopback(remote)) return undefined
    this.#total += 1
    this.#perPlace.set(place, here + 1)
    let inside = true
    return () => {
      if (!inside) return
      inside = false
      this.#total -= 1
      const left = (this.#perPlace.get(place) ?? 1) - 1
      if (left === 0) this.#perPlace.delete(place)
      else this.#perPlace.set(place, left)
    }
  }
}

export interface Visitor {
  /** Ready to speak: on a `tls` door the handshake is done. Errors on it are already listened to. */
  readonly socket: net.Socket
  readonly remote: string
  readonly secure: boolean
  /** Gives the place back; happens by itself when the socket closes, unless its listeners were removed. */
  readonly leave: () => void
}

export interface DoorOptions {
  readonly listen: ListenAt
  readonly admission: Admission
  readonly handshakeMsMax: number
  readonly secureContext: tls.SecureContext
  /** Sent in clear to a visitor too many; nothing can be said on a `tls` door. */
  readonly full: string
  readonly log: Log
  onVisitor(visitor: Visitor): void
}

export interface Door {
  readonly port: number
  /** Nobody comes in any more; those inside stay. */
  close(): void
}

/** What both protocols serve TLS with. No ALPN: Delta Chat offers `imap` or `smtp`, and takes silence for yes. */
export function secureContextOf(certificate: Certificate): tls.SecureContext {
  return tls.createSecureContext({ key: certificate.key, cert: certificate.cert, minVersion: 'TLSv1.2' })
}

/** @throws OperatingError `port-taken`, `port-forbidden` or `no-such-address`, retry `never`. */
export async function openDoor(options: DoorOptions): Promise<Door> {
  const { listen, log } = options
  const handshakes = new Set<net.Socket>()
  const server = net.createServer({ noDelay: true }, socket => {
    const remote = plainAddress(socket.remoteAddress)
    socket.on('error', error => log.debug('a connection failed', { remote, error: error.message }))
    const leave = options.admission.enter(remote)
    if (leave === undefined) return turnAway(socket, options)
    socket.once('close', leave)
    if (listen.security === 'starttls') return options.onVisitor({ socket, remote, secure: false, leave })
    const secured = secureServerSide(socket, { ...options, remote }, () => {
      handshakes.delete(secured)
      options.onVisitor({ socket: secured, remote, secure: true, leave })
    })
    handshakes.add(secured)
    secured.once('close', () => {
      handshakes.delete(secured)
      leave()
    })
  })
  await listening(server, listen)
  server.on('error', error => log.warn('a port has trouble taking connections', { error: error.message }))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : listen.port
  return {
    port,
    close: () => {
      for (const socket of handshakes) socket.destroy()
      server.close()
    },
  }
}

export interface UpgradeOptions {
  readonly secureContext: tls.SecureContext
  readonly handshakeMsMax: number
  readonly remote: string
  readonly log: Log
}

/**
 * TLS over a connection, as its server. The socket is destroyed when the handshake fails or takes too long; `onSecure`
 * is then never called.
 */
export function secureServerSide(socket: net.Socket, options: UpgradeOptions, onSecure: () => void): tls.TLSSocket {
  const { log, remote } = options
  const secured = new tls.TLSSocket(socket, { isServer: true, secureContext: options.secureContext })
  const fail = (error: unknown) => {
    log.debug('a TLS handshake or session failed', { remote, error: messageOf(error) })
    secured.destroy()
    socket.destroy()
  }
  const late = () => fail(new Error('the handshake took too long'))
  secured.on('error', fail)
  secured.once('_tlsError', fail)
  secured.once('close', () => socket.destroy())
  secured.setTimeout(options.handshakeMsMax, late)
  secured.once('secure', () => {
    secured.setTimeout(0, late)
    onSecure()
  })
  return secured
}

function turnAway(socket: net.Socket, options: DoorOptions): void {
  options.log.info('a connection too many was turned away', { remote: plainAddress(socket.remoteAddress) })
  if (options.listen.security === 'tls') socket.destroy()
  else socket.end(options.full, () => socket.destroy())
}

function listening(server: net.Server, { host, port }: ListenAt): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', error => reject(explained(error, host, port)))
    server.listen({ host, port }, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
}

function explained(error: Error, host: string, port: number): Error {
  const where = `${host}:${port}`
  const faults: Readonly<Record<string, readonly [string, string]>> = {
    EADDRINUSE: ['port-taken', `Another program listens on ${where} already. Stop it, or give Posthorn another port.`],
    EACCES: [
      'port-forbidden',
      `This user may not listen on ${where}. Ports below 1024 need more rights; choose a higher one.`,
    ],
    EADDRNOTAVAIL: ['no-such-address', `This machine does not have the address ${host}.`],
  }
  const [code, message] = faults[systemCode(error) ?? ''] ?? []
  if (code === undefined || message === undefined) return error
  return new OperatingError(message, { code, retry: 'never', fields: { host, port }, cause: error })
}
