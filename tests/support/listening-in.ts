/** A door in front of a server in clear, that remembers what clients say through it. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface ListeningIn {
  readonly port: number
  /** The lines of every connection, in the order in which they were opened. */
  readonly said: readonly (readonly string[])[]
  close(): void
}

export async function listenIn(to: { host: string; port: number }): Promise<ListeningIn> {
  const texts: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const index = texts.push('') - 1
    const there = connect(to.port, to.host)
    client.on('data', chunk => {
      texts[index] += chunk.toString('latin1')
    })
    for (const [from, into] of [
      [client, there],
      [there, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => into.destroy())
      from.on('close', () => into.destroy())
      from.pipe(into)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    get said() {
      return texts.map(text => text.split('\r\n'))
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
