/** What can be told of a request from the connection it came by. */
import type { IncomingMessage } from 'node:http'
import { isLoopback, plainAddress } from '../mail-server/index.ts'

export function isSecure({ socket }: IncomingMessage): boolean {
  return 'encrypted' in socket && socket.encrypted === true
}

export function remoteOf({ socket }: IncomingMessage): string {
  return plainAddress(socket.remoteAddress)
}

export function isLocal(request: IncomingMessage): boolean {
  return isLoopback(remoteOf(request))
}
