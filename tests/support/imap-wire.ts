/** An IMAP client that adds nothing of its own: whole answers, as they came. */
import { connect, type Socket } from 'node:net'

export class ImapWire {
  readonly #socket: Socket
  #text = ''
  #ended = false
  #commands = 0
  #wake = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', chunk => {
      this.#text += chunk.toString('latin1')
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  /** Past the greeting. */
  static async open(host: string, port: number): Promise<ImapWire> {
    const wire = new ImapWire(connect(port, host))
    await wire.#until(/^\* .*\r\n$/)
    return wire
  }

  /** Everything that was answered, with the tagged line, as a binary string. */
  command(line: string): Promise<string> {
    this.#commands += 1
    const tag = `w${this.#commands}`
    this.#socket.write(Buffer.from(`${tag} ${line}\r\n`, 'latin1'))
    return this.#until(new RegExp(`(?:^|\\r\\n)${tag} (?:OK|NO|BAD).*\\r\\n$`))
  }

  async #until(end: RegExp): Promise<string> {
    while (!end.test(this.#text.slice(-4000))) {
      if (this.#ended) throw new Error(`the server closed after: ${this.#text.slice(-1000)}`)
      await new Promise<void>(resolve => {
        this.#wake = resolve
      })
    }
    const text = this.#text
    this.#text = ''
    return text
  }

  close(): void {
    this.#socket.destroy()
  }
}
