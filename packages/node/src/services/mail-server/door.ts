/**
 * A listening port and who may come in by it: total and per-place limits, and TLS from the first byte where the port
 * has it. A visitor too many is told so where that is possible, and let go; the others are served on.
 */
import { chmod, lstat, rm } from 'node:fs/promises'
import * as net from 'node:net'
import * as tls from 'node:tls'
import { messageOf, OperatingError, systemCode } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { isLoopback, placeOf, plainAddress } from './remote.ts'
import type { Certificate } from './tls/certificate.ts'

/** `plain`: no TLS at all, for what never leaves this machine. */
export type DoorSecurity = 'starttls' | 'tls' | 'plain'

/** Port 0 = any free one; or the path of a Unix socket, for its owner and their group. */
export type ListenPlace = { readonly host: string; readonly port: number } | { readonly path: string }

export type ListenAt = ListenPlace & { readonly security: DoorSecurity }

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
  /** A client that has sent its last word, and says so by closing its half, still hears the answers. */
  readonly allowHalfOpen?: boolean
  onVisitor(visitor: Visitor): void
}

export interface Door {
  /** 0 for a Unix socket. */
  readonly port: number
  /** Nobody comes in any more; those inside stay. */
  close(): void
}

/** What both protocols serve TLS with. No ALPN: Delta Chat offers `imap` or `smtp`, and takes silence for yes. */
export function secureContextOf(certificate: Certificate): tls.SecureContext {
  return tls.createSecureContext({ key: certificate.key, cert: certificate.cert, minVersion: 'TLSv1.2' })
}

/** @throws OperatingError `port-taken`, `port-forbidden` or `no-such-address`, retry `never`. */
async function openDoor(options: DoorOptions): Promise<Door> {
  const { listen, log } = options
  const handshakes = new Set<net.Socket>()
  const allowHalfOpen = options.allowHalfOpen === true && listen.security !== 'tls'
  const server = net.createServer({ noDelay: true, allowHalfOpen }, socket => {
    const remote = 'path' in listen ? 'socket' : plainAddress(socket.remoteAddress)
    socket.on('error', error => log.debug('a connection failed', { remote, error: error.message }))
    const leave = options.admission.enter(remote)
    if (leave === undefined) return turnAway(socket, options)
    socket.once('close', leave)
    if (listen.security !== 'tls') return options.onVisitor({ socket, remote, secure: false, leave })
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
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    close: () => {
      for (const socket of handshakes) socket.destroy()
      server.close()
    },
  }
}

/**
 * All of these doors, or none.
 *
 * @throws what `openDoor` throws.
 */
export async function openDoors(
  listens: readonly ListenAt[],
  options: Omit<DoorOptions, 'listen'>,
): Promise<readonly Door[]> {
  const doors: Door[] = []
  try {
    for (const listen of listens) doors.push(await openDoor({ ...options, listen }))
    return doors
  } catch (error) {
    for (const door of doors) door.close()
    throw error
  }
}

/** Opens a door there and shuts it. @throws what `openDoors` would. */
export async function tryPlace(at: ListenPlace): Promise<void> {
  const server = net.createServer()
  await listening(server, at)
  await new Promise(resolve => server.close(resolve))
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

async function listening(server: net.Server, at: ListenPlace): Promise<void> {
  if ('path' in at) await prepareSocketPath(at.path)
  await new Promise<void>((resolve, reject) => {
    server.once('error', error => reject(explained(error, at)))
    server.listen(at, () => {
      server.removeAllListeners('error')
      resolve()
    })
  })
  if ('path' in at) await chmod(at.path, 0o660)
}

/** Unix sockets have short names: 107 bytes on Linux, 103 elsewhere. What is longer would be cut off silently. */
const socketPathBytesMax = 103

/** A socket that a crash left behind is in the way, and nobody answers on it. Anything else stays where it is. */
async function prepareSocketPath(path: string): Promise<void> {
  if (Buffer.byteLength(path) > socketPathBytesMax) {
    throw new OperatingError(`${path} is too long for a socket: ${socketPathBytesMax} bytes are the most.`, {
      code: 'no-such-address',
      retry: 'never',
      fields: { path },
    })
  }
  const found = await lstat(path).catch(() => undefined)
  if (found?.isSocket() !== true) return
  const answered = await new Promise<boolean>(resolve => {
    const probe = net.connect(path, () => resolve(true)).on('error', error => resolve(systemCode(error) !== refused))
    probe.on('close', () => resolve(true)).setTimeout(1000, () => probe.destroy())
    probe.once('connect', () => probe.destroy())
  })
  if (!answered) await rm(path, { force: true })
}

const refused = 'ECONNREFUSED'

function explained(error: Error, at: ListenPlace): Error {
  const where = 'path' in at ? at.path : `${at.host}:${at.port}`
  const fields = 'path' in at ? { path: at.path } : { host: at.host, port: at.port }
  const faults: Readonly<Record<string, readonly [string, string]>> =
    'path' in at
      ? {
          EADDRINUSE: ['port-taken', `${where} is there already, and no socket that is free. Choose another path.`],
          EACCES: ['port-forbidden', `This user may not make a socket at ${where}.`],
          ENOENT: ['no-such-address', `There is no folder for the socket ${where}. Make it first.`],
        }
      : {
          EADDRINUSE: [
            'port-taken',
            `Another program listens on ${where} already. Stop it, or give Posthorn another port.`,
          ],
          EACCES: [
            'port-forbidden',
            `This user may not listen on ${where}. Ports below 1024 need more rights; choose a higher one.`,
          ],
          EADDRNOTAVAIL: ['no-such-address', `This machine does not have the address ${at.host}.`],
        }
  const [code, message] = faults[systemCode(error) ?? ''] ?? []
  if (code === undefined || message === undefined) return error
  return new OperatingError(message, { code, retry: 'never', fields, cause: error })
}
