/**
 * UDP sockets of a multicast group. An interface that cannot do it (no multicast, no address yet) is an answer, not an
 * error: the next look tries again.
 */
import { createSocket, type Socket } from 'node:dgram'
import type { LanInterface } from './interfaces.ts'

export interface Datagram {
  readonly bytes: Uint8Array
  /** The sender; a link-local address has its zone. */
  readonly address: string
  readonly port: number
}

export interface MulticastOptions {
  readonly family: 4 | 6
  readonly group: string
  /** Where the group listens. */
  readonly port: number
  /** The port of ours; the one that senders see. */
  readonly localPort: number
  /** How many networks away a datagram may go. */
  readonly hops: number
  readonly received: (datagram: Datagram) => void
}

export interface MulticastSocket {
  /** Whether it listens on this interface now. */
  join(at: LanInterface): boolean
  leave(at: LanInterface): void
  /** Whether the system took it; where the interface has no address for it, there is nothing to take. */
  send(bytes: Uint8Array, at: LanInterface): Promise<boolean>
  close(): Promise<void>
}

/** Rejects with the system's error when there can be no such socket. */
export type OpenMulticast = (options: MulticastOptions) => Promise<MulticastSocket>

export const openMulticast: OpenMulticast = async options => {
  const socket = createSocket({ type: options.family === 4 ? 'udp4' : 'udp6', reuseAddr: true })
  try {
    await bound(socket, options.localPort)
    if (options.family === 4) socket.setMulticastTTL(options.hops)
    else setHops(socket, options.hops)
  } catch (error) {
    socket.close()
    throw error
  }
  socket.on('message', (bytes, { address, port }) => options.received({ bytes, address, port }))
  return new GroupSocket(socket, options)
}

function bound(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.bind({ port, exclusive: true }, () => {
      // Later errors concern one datagram; there will be others.
      socket.removeAllListeners('error').on('error', () => {})
      resolve()
    })
  })
}

/** For IPv6 it is the same call; a system that knows it for IPv4 only keeps its own value, one. */
function setHops(socket: Socket, hops: number): void {
  try {
    socket.setMulticastTTL(hops)
  } catch {
    // One network is what discovery is for.
  }
}

class GroupSocket implements MulticastSocket {
  readonly #socket: Socket
  readonly #options: MulticastOptions
  /** Which interface IPv4 goes out by is a state of the socket: one after the other. */
  #sending: Promise<unknown> = Promise.resolve()

  constructor(socket: Socket, options: MulticastOptions) {
    this.#socket = socket
    this.#options = options
  }

  join(at: LanInterface): boolean {
    const own = this.#own(at)
    if (own === undefined) return false
    try {
      this.#socket.addMembership(this.#options.group, own)
      return true
    } catch (error) {
      return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
    }
  }

  leave(at: LanInterface): void {
    const own = this.#own(at)
    if (own === undefined) return
    try {
      this.#socket.dropMembership(this.#options.group, own)
    } catch {
      // It went with its interface.
    }
  }

  send(bytes: Uint8Array, at: LanInterface): Promise<boolean> {
    const sent = this.#sending.then(() => this.#sendNow(bytes, at))
    this.#sending = sent
    return sent
  }

  close(): Promise<void> {
    return this.#sending.then(() => new Promise<void>(resolve => this.#socket.close(resolve)))
  }

  #sendNow(bytes: Uint8Array, at: LanInterface): Promise<boolean> {
    const own = this.#own(at)
    if (own === undefined) return Promise.resolve(true)
    const { group, port, family } = this.#options
    return new Promise(resolve => {
      try {
        if (family === 4) this.#socket.setMulticastInterface(own)
        const to = family === 4 ? group : `${group}%${zoneOf(at)}`
        this.#socket.send(bytes, port, to, error => resolve(error === null))
      } catch {
        resolve(false)
      }
    })
  }

  /** Our end of an interface, as the system wants it named. */
  #own(at: LanInterface): string | undefined {
    if (this.#options.family === 4) return at.ipv4[0]?.address
    return at.linkLocal.length === 0 ? undefined : `::%${zoneOf(at)}`
  }
}

/** Windows names zones by number. */
function zoneOf({ name, index }: LanInterface): string {
  return process.platform === 'win32' ? String(index) : name
}
