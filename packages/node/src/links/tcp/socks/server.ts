/** A SOCKS 5 proxy for tests: names lead where the test says. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export interface TestProxy {
  readonly port: number
  /** What was asked for, as `name:port`, `ipv4:…` or `ipv6:…`. */
  readonly asked: string[]
  /** `user:password` of each login. */
  readonly logins: string[]
  close(): Promise<void>
}

interface TestProxyOptions {
  /** The port on loopback behind each name or address; undefined: reply 4. */
  readonly portOf: (host: string) => number | undefined
  readonly login?: string
}

export async function testProxy({ portOf, login }: TestProxyOptions): Promise<TestProxy> {
  const sockets = new Set<Socket>()
  const asked: string[] = []
  const logins: string[] = []
  const serve = async (socket: Socket) => {
    const take = taker(socket)
    const text = async (sizeBytes: number) => (await take(sizeBytes)).toString('latin1')
    const [, methods = 0] = await take(2)
    await take(methods)
    socket.write(Uint8Array.of(5, login === undefined ? 0 : 2))
    if (login !== undefined) {
      const [, userBytes = 0] = await take(2)
      const user = await text(userBytes)
      const password = await text((await take(1))[0] ?? 0)
      logins.push(`${user}:${password}`)
      const right = `${user}:${password}` === login
      socket.write(Uint8Array.of(1, right ? 0 : 1))
      if (!right) return void socket.end()
    }
    const [, , , type = 0] = await take(4)
    const host = type === 3 ? await take((await take(1))[0] ?? 0) : await take(type === 1 ? 4 : 16)
    const name = type === 3 ? host.toString() : host.toString('hex')
    const port = (await take(2)).readUInt16BE()
    asked.push(`${{ 1: 'ipv4', 3: 'name', 4: 'ipv6' }[type]}:${name}:${port}`)
    const real = portOf(name)
    if (real === undefined) return void socket.end(Uint8Array.of(5, 4, 0, 1, 0, 0, 0, 0, 0, 0))
    const target = connect(real, '127.0.0.1')
    sockets.add(target)
    target.on('error', () => socket.destroy())
    socket.on('error', () => target.destroy())
    target.on('close', () => socket.end())
    socket.on('close', () => target.destroy())
    await once(target, 'connect')
    socket.write(Uint8Array.of(5, 0, 0, 3, 4, ...Buffer.from('here'), 0, 1))
    socket.pipe(target).pipe(socket)
  }
  const server = createServer(socket => {
    sockets.add(socket.on('error', () => {}))
    serve(socket).catch(() => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    ...{ asked, logins },
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function taker(socket: Socket): (sizeBytes: number) => Promise<Buffer> {
  return async sizeBytes => {
    for (;;) {
      const bytes = sizeBytes === 0 ? Buffer.alloc(0) : (socket.read(sizeBytes) as Buffer | null)
      if (bytes !== null) return bytes
      if (socket.destroyed || socket.readableEnded) throw new Error('gone')
      await Promise.race([once(socket, 'readable'), once(socket, 'end'), once(socket, 'close')])
    }
  }
}
