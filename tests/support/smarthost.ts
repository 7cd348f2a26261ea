/** A mail server that takes everything, there when a test says so, and always at the same port. */
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { freePorts } from './ports.ts'

export class Smarthost {
  /** As they came, dots and all. */
  readonly letters: string[] = []
  readonly port: number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  private constructor(port: number) {
    this.port = port
  }

  /** Nobody listens yet. */
  static async make(): Promise<Smarthost> {
    const [port = 0] = await freePorts(1)
    return new Smarthost(port)
  }

  async open(): Promise<void> {
    this.#server = createServer(socket => {
      this.#sockets.add(socket)
      this.#converse(socket)
    })
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    for (const socket of this.#sockets) socket.destroy()
    await new Promise(resolve => server.close(resolve))
  }

  #converse(socket: Socket): void {
    let text = ''
    let inLetter = false
    socket.on('error', () => undefined).write('220 smarthost\r\n')
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      for (;;) {
        const ending = inLetter ? '\r\n.\r\n' : '\r\n'
        const end = text.indexOf(ending)
        if (end === -1) return
        const part = text.slice(0, end)
        text = text.slice(end + ending.length)
        if (inLetter) this.letters.push(`${part}\r\n`)
        inLetter = !inLetter && part === 'DATA'
        socket.write(inLetter ? '354 go\r\n' : '250 ok\r\n')
      }
    })
  }
}
