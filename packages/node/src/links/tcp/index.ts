/**
 * Calls over TCP, in any network that gives addresses: IPv4, IPv6 with zones, overlays; through a SOCKS 5 proxy where
 * an address or the operator says so, as Tor wants it.
 *
 * It promises that a call ends after a while with a connection or a reason, that the names of those who are called
 * through a proxy are looked up nowhere else and `.onion` names never, and that a listener holds a bounded number of
 * connections. Who calls is unknown until the session says; silence is the session's affair too.
 */
import { createServer, type Server, Socket } from 'node:net'
import { abortError, type Clock } from '../../base/clock.ts'
import { messageOf, OperatingError, systemCode } from '../../base/errors.ts'
import { streamConnection } from '../streams/connection.ts'
import { HandOver } from '../streams/queue.ts'
import type { CallOptions, Connection, Listener, StreamTransport } from '../transport.ts'
import { isOnion, originOf, tcpAddress, tcpUrl } from './address.ts'
import { tcpLimits } from './limits.ts'
import { type SocksTarget, socksClient } from './socks/machine.ts'
import { negotiate } from './socks/negotiate.ts'
import type { SocksProxy } from './socks/proxy.ts'

export interface TcpOptions {
  readonly clock: Clock
  /** For `.onion` names, or for all calls, where an address names no proxy of its own. */
  readonly proxy?: { readonly at: SocksProxy; readonly all: boolean }
}

export function tcpTransport(options: TcpOptions): StreamTransport {
  const { clock } = options
  return {
    kind: 'stream',
    scheme: 'tcp',
    traits: { latencyMs: 50, bytesPerSecond: 1_000_000, oneWay: false },
    dial: (to, call) => dial(to, call, options),
    listen: (at, call) => listen(at, call, clock),
  }
}

async function dial(to: URL, { signal }: CallOptions, { clock, proxy: general }: TcpOptions): Promise<Connection> {
  const { host, port, via } = tcpAddress(to)
  // No proxy could reach a neighbour on our own cable.
  const wanted = isOnion(host) || (general?.all === true && !host.includes('%'))
  const proxy = via ?? (wanted ? general?.at : undefined)
  if (proxy === undefined && isOnion(host)) throw needsProxy(host)
  const socket = new Socket()
  const patience = new AbortController()
  try {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) return reject(abortError(signal))
      signal.addEventListener('abort', () => reject(abortError(signal)), { once: true, signal: patience.signal })
      const timeout = () => reject(new Error('nobody answered in time'))
      const ringMs = proxy === undefined ? tcpLimits.connectMsMax : tcpLimits.proxiedMsMax
      clock.sleep(ringMs, patience.signal).then(timeout, () => undefined)
      socket.once('error', reject)
      if (proxy === undefined) socket.connect({ host, port }, resolve)
      else through(proxy, { host, port }, socket).then(resolve, reject)
    })
  } catch (error) {
    socket.on('error', () => {}).destroy()
    throw signal.aborted ? abortError(signal) : noConnection(to, error)
  } finally {
    patience.abort()
  }
  return connectionOf(socket, to.href, clock)
}

async function through(proxy: SocksProxy, target: SocksTarget, socket: Socket): Promise<void> {
  const { host, port } = proxy
  await new Promise<void>((resolve, reject) => {
    socket.once('error', error => reject(new Error(`the proxy: ${systemCode(error) ?? messageOf(error)}`)))
    socket.connect({ host, port }, resolve)
  })
  await negotiate(socket, socksClient(target, proxy.login))
}

function needsProxy(host: string): OperatingError {
  return new OperatingError(
    `${host} is a service inside Tor, and no proxy is set: nothing was looked up. Start Tor and set tcp.socks5 in ` +
      'posthorn.toml, or put ?via=socks5://127.0.0.1:9050 behind the address.',
    { code: 'proxy-needed', retry: 'later' },
  )
}

function noConnection(to: URL, error: unknown): OperatingError {
  const reason = systemCode(error) ?? messageOf(error)
  return new OperatingError(`${to.href} could not be reached: ${reason}.`, {
    code: 'no-connection',
    retry: 'later',
    fields: { reason },
    cause: error,
  })
}

function connectionOf(socket: Socket, remote: string, clock: Clock): Connection {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, tcpLimits.keepAliveMs)
  const gone = new Promise<void>(resolve => {
    if (socket.closed) resolve()
    else socket.once('close', () => resolve())
  })
  return streamConnection({
    ...{ readable: socket, writable: socket, remote, clock, gone },
    origin: originOf(socket.remoteAddress ?? remote),
    ...(socket.localAddress === undefined ? {} : { local: plain(socket.localAddress) }),
    closeMsMax: tcpLimits.closeMsMax,
    destroy: () => socket.destroy(),
  })
}

/** An IPv4 address as such, also where a listener of IPv6 took the call. */
function unmapped(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '')
}

function plain(address: string): string {
  return unmapped(address).replace(/%.*$/, '')
}

async function listen(at: URL, { signal }: CallOptions, clock: Clock): Promise<Listener> {
  const { host, port } = tcpAddress(at)
  const waiting = new HandOver<Connection>()
  const server = createServer(socket => {
    // Before anybody listens for it: a caller that is gone at once must not end the process.
    socket.on('error', () => {})
    const { remoteAddress, remotePort } = socket
    if (remoteAddress === undefined || remotePort === undefined || waiting.length >= tcpLimits.waitingMax) {
      socket.destroy()
      return
    }
    const remote = tcpUrl({ host: unmapped(remoteAddress), port: remotePort }).href
    if (!waiting.put(connectionOf(socket, remote, clock))) socket.destroy()
  })
  server.maxConnections = tcpLimits.connectionsMax
  await opened(server, { host, port, signal })
  const address = server.address()
  const realPort = typeof address === 'object' && address !== null ? address.port : port
  return {
    at: tcpUrl({ host, port: realPort }),
    [Symbol.asyncIterator]: () => waiting[Symbol.asyncIterator](),
    async close() {
      // Connections that were taken belong to others: the server counts as closed without them.
      server.close(() => {})
      await Promise.all(waiting.end().map(connection => connection.close()))
    },
  }
}

function opened(server: Server, where: { host: string; port: number; signal: AbortSignal }): Promise<void> {
  const { host, port, signal } = where
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortError(signal))
    server.once('error', error => reject(cannotListen(error, host, port)))
    server.listen({ host, port }, () => {
      // Later errors (no more file handles for a caller) concern one caller only.
      server.removeAllListeners('error').on('error', () => {})
      resolve()
    })
  })
}

const listenErrors: Readonly<Record<string, readonly [code: string, words: string]>> = {
  EADDRINUSE: ['port-taken', 'another program uses it'],
  EACCES: ['port-forbidden', 'it needs more rights'],
  EADDRNOTAVAIL: ['no-such-address', 'this machine has no such address'],
  ENOTFOUND: ['no-such-address', 'this machine has no such address'],
}

function cannotListen(error: unknown, host: string, port: number): OperatingError {
  const [code, words] = listenErrors[systemCode(error) ?? ''] ?? ['no-such-address', messageOf(error)]
  return new OperatingError(`Calls of other nodes cannot be taken on ${host}, port ${port}: ${words}.`, {
    code,
    retry: 'never',
    fields: { host, port },
    cause: error,
  })
}
