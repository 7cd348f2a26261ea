/** A mail app that waits: it hears by IDLE what happens in a folder, line by line. */
import { connect, type Socket } from 'node:net'
import type { Access } from './node.ts'

const patienceMs = 30_000

export class IdleClient {
  readonly #socket: Socket
  #lines: string[] = []
  #rest = ''
  #look = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => {
      const lines = (this.#rest + chunk.toString('latin1')).split('\r\n')
      this.#rest = lines.pop() ?? ''
      this.#lines.push(...lines)
      this.#look()
    })
  }

  /** Resolves when the server has said that it will tell. */
  static async open({ imap, address, password }: Access, folder: string): Promise<IdleClient> {
    const socket = connect(imap.port, imap.host)
    const client = new IdleClient(socket)
    await client.hear(/^\* OK/)
    for (const [tag, command] of [
      ['a', `LOGIN "${address}" "${password}"`],
      ['b', `SELECT "${folder}"`],
    ]) {
      socket.write(`${tag} ${command}\r\n`)
      await client.hear(new RegExp(`^${tag} OK`))
    }
    socket.write('c IDLE\r\n')
    await client.hear(/^\+ /)
    return client
  }

  /** The first line, of those not heard yet, that matches; those before it are forgotten. */
  async hear(pattern: RegExp): Promise<string> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve, reject) => {
        const all: string[] = []
        timer = setTimeout(() => reject(new Error(`no ${pattern} among:\n${all.join('\n')}`)), patienceMs)
        this.#look = () => {
          for (let line = this.#lines.shift(); line !== undefined; line = this.#lines.shift()) {
            all.push(line)
            if (pattern.test(line)) return resolve(line)
          }
        }
        this.#look()
      })
    } finally {
      clearTimeout(timer)
      this.#look = () => {}
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}
