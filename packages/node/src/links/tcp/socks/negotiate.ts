import type { Socket } from 'node:net'
import { changed } from '../../streams/changed.ts'
import type { SocksClient } from './machine.ts'

/** Thrown with the words of the proxy; whoever called adds where. */
class ProxyRefusal extends Error {}

/**
 * Asks the proxy at the other end of a socket for a line to the target. When it resolves, what comes out of the socket
 * comes from there. Rejects with a ProxyRefusal, or what broke the socket; the caller bounds the time, and destroys it.
 */
export async function negotiate(socket: Socket, client: SocksClient): Promise<void> {
  socket.write(client.greeting)
  for (;;) {
    const chunk = socket.read() as Uint8Array | null
    if (chunk === null) {
      if (socket.readableEnded || socket.destroyed) throw new ProxyRefusal('the proxy hung up')
      await changed(socket)
      continue
    }
    const step = client.receive(chunk)
    if (step.kind === 'failed') {
      throw new ProxyRefusal(step.by === 'refused' ? `the proxy says: ${step.reason}` : `no proxy: ${step.reason}`)
    }
    if (step.kind === 'open') {
      if (step.early.length > 0) socket.unshift(step.early)
      return
    }
    if (step.send.length > 0) socket.write(step.send)
  }
}
