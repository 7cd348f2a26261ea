/**
 * One port for both: a connection whose first byte begins a TLS handshake is HTTPS, any other is HTTP.
 *
 * Who sends nothing, or opens more than their share, is sent away before anything is read.
 */
import { createServer as createHttp, type Server as HttpServer, type RequestListener } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { Socket } from 'node:net'
import type { Service } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import { Admission, type Certificate, openDoors, secureContextOf } from '../mail-server/index.ts'
import type { WebLimits } from './limits.ts'

/** The two servers, neither of which listens: they are handed connections. */
export interface HttpServers {
  readonly plain: HttpServer
  readonly secure: HttpServer
}

export function httpServers(certificate: Certificate, limits: WebLimits, listener: RequestListener): HttpServers {
  const common = {
    // Uploads may take hours; each body has its own deadline.
    ...{ requestTimeout: 0, headersTimeout: limits.headerMsMax, keepAliveTimeout: limits.idleMsMax },
    maxHeaderSize: limits.headerBytesMax,
    connectionsCheckingInterval: 5000,
  }
  const tls = {
    key: certificate.key,
    cert: certificate.cert,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
  } as const
  const handshake = { handshakeTimeout: limits.firstByteMsMax }
  const servers = {
    plain: createHttp(common, listener),
    secure: createHttps({ ...common, ...tls, ...handshake }, listener),
  }
  for (const server of Object.values(servers)) {
    server.setTimeout(limits.idleMsMax)
    server.on('clientError', (_error, socket) => socket.destroy())
  }
  return servers
}

export interface ListenerOptions {
  readonly host: string
  readonly port: number
  readonly certificate: Certificate
  readonly servers: HttpServers
  readonly limits: WebLimits
  readonly log: Log
}

export interface Listener extends Service {
  readonly port: number
  /** Open TCP connections. */
  readonly connections: number
}

const handshakeByte = 0x16
const full = 'HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 30\r\n\r\n'

/** @throws OperatingError `port-taken`, `port-forbidden` or `no-such-address`, retry `never`. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { host, port, certificate, servers, limits, log } = options
  const admission = new Admission(limits)
  const open = new Set<Socket>()
  const [door] = await openDoors([{ host, port, security: 'plain' }], {
    ...{ admission, log, full, handshakeMsMax: limits.firstByteMsMax, allowHalfOpen: true },
    secureContext: secureContextOf(certificate),
    onVisitor({ socket }) {
      open.add(socket)
      socket.once('close', () => open.delete(socket))
      sortOut(socket, servers, limits)
    },
  })
  return {
    port: door?.port ?? 0,
    get connections() {
      return admission.total
    },
    async stop() {
      door?.close()
      for (const socket of open) socket.destroy()
    },
  }
}

function sortOut(socket: Socket, servers: HttpServers, limits: WebLimits): void {
  const late = () => socket.destroy()
  socket.setTimeout(limits.firstByteMsMax, late)
  socket.once('readable', () => {
    const first: Buffer | null = socket.read(1)
    if (first === null) {
      socket.destroy()
      return
    }
    socket.setTimeout(0, late)
    socket.unshift(first)
    const server = first[0] === handshakeByte ? servers.secure : servers.plain
    server.emit('connection', socket)
  })
}
