/** Makes WebSockets of requests: the same rules for host and origin as everywhere, and only for who is signed in. */
import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { apiLimits } from '@posthorn/api'
import { WebSocketServer } from 'ws'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import type { Callers } from './callers.ts'
import type { RunCall } from './calls.ts'
import { Connection } from './connection.ts'
import type { Connections } from './connections.ts'
import { type HostNames, isOwnOrigin, isServed } from './hosts.ts'
import type { WebLimits } from './limits.ts'
import type { HttpServers } from './listener.ts'
import { isLocal, isSecure } from './request.ts'

export interface UpgradeOptions {
  readonly names: HostNames
  readonly callers: Callers
  readonly connections: Connections
  readonly run: RunCall
  readonly limits: WebLimits
  readonly clock: Clock
  readonly log: Log
}

export function upgrades(servers: HttpServers, options: UpgradeOptions): void {
  // What is compressed together with a secret can tell of it; and a window for each would cost memory.
  const sockets = new WebSocketServer({
    ...{ noServer: true, clientTracking: false, perMessageDeflate: false },
    maxPayload: apiLimits.frameBytesMax,
  })
  for (const server of Object.values(servers)) {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      socket.on('error', () => socket.destroy())
      upgrade(sockets, options, { request, socket, head }).catch((error: unknown) => {
        options.log.error('a WebSocket could not be opened', { error: messageOf(error) })
        refuse(socket, 500)
      })
    })
  }
}

interface Asked {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

async function upgrade(sockets: WebSocketServer, options: UpgradeOptions, asked: Asked): Promise<void> {
  const { names, callers, connections } = options
  const { request, socket, head } = asked
  const { headers, url } = request
  const secure = isSecure(request)
  const [path, query] = (url ?? '').split('?')
  if (path !== '/api/v1/socket') return refuse(socket, 404)
  if (!isServed(headers.host, names, isLocal(request) && !secure)) return refuse(socket, 421)
  if (!secure && !isLocal(request)) return refuse(socket, 403)
  // A page of another place could open one, and would be given the cookie by older browsers.
  const isOwn = isOwnOrigin(headers)
  if (isOwn === false || (isOwn === undefined && headers.authorization === undefined)) return refuse(socket, 403)
  const credential = callers.credential(headers, secure)
  const prove = () => callers.find(credential)
  const caller = await prove()
  if (caller === null) return refuse(socket, 401)
  // A page that was open before somebody else signed in in the same browser: it would send their cookie.
  const expected = new URLSearchParams(query).get('user')
  if (expected !== null && expected !== caller.user) return refuse(socket, 409)
  if (!connections.hasRoom(caller)) return refuse(socket, 429)
  if (socket.destroyed) return
  sockets.handleUpgrade(request, socket, head, webSocket => {
    const { run, limits, clock, log } = options
    const connection = new Connection({ socket: webSocket, caller, prove, run, limits, clock, log })
    webSocket.once('close', connections.add(connection))
  })
}

function refuse(socket: Duplex, status: number): void {
  if (socket.destroyed) return
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`)
}
