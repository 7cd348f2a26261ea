/** SMTP and IMAP by hand: a client that adds nothing of its own to what is measured. */
import { connect, type Socket } from 'node:net'

export class Wire {
  readonly #socket: Socket
  readonly #waiting: { pattern: RegExp; resolve(at: number): void; keep?(found: RegExpExecArray): void }[] = []
  #text = ''

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', chunk => {
      this.#text += chunk.toString('latin1')
      this.#look(performance.now())
    })
  }

  static open(host: string, port: number): Promise<Wire> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, host, () => resolve(new Wire(socket)))
      socket.once('error', reject)
    })
  }

  say(text: string): void {
    this.#socket.write(text)
  }

  /** When the pattern came, in ms of the monotonic clock; what stands before it is forgotten. */
  hear(pattern: RegExp): Promise<number> {
    return new Promise(resolve => {
      this.#waiting.push({ pattern, resolve })
      this.#look(performance.now())
    })
  }

  async ask(text: string, answer: RegExp): Promise<number> {
    const heard = this.hear(answer)
    this.say(text)
    return heard
  }

  /** As `ask`, for megabytes of answer: only the end of what came is looked at. */
  askLong(text: string, end: string, see: (chunk: string) => void = () => undefined): Promise<number> {
    return new Promise(resolve => {
      let tail = ''
      const look = (chunk: Buffer) => {
        see(chunk.toString('latin1'))
        tail = (tail + chunk.toString('latin1')).slice(-1024)
        if (!tail.includes(`\r\n${end}`) && !tail.startsWith(end)) return
        this.#socket.off('data', look)
        this.#text = ''
        resolve(performance.now())
      }
      this.#socket.on('data', look)
      this.say(text)
    })
  }

  /** All that comes up to the line that begins with `end`. */
  async collect(text: string, end: string): Promise<string> {
    let before = ''
    const pattern = new RegExp(`^([\\s\\S]*?)^${end}.*\\r\\n`, 'm')
    const keep = (found: RegExpExecArray) => {
      before = found[1] ?? ''
    }
    const heard = new Promise<number>(resolve => {
      this.#waiting.push({ pattern, resolve, keep })
    })
    this.say(text)
    await heard
    return before
  }

  close(): void {
    this.#socket.destroy()
  }

  #look(at: number): void {
    const [first] = this.#waiting
    const found = first?.pattern.exec(this.#text)
    if (first === undefined || found === null || found === undefined) return
    this.#text = this.#text.slice(found.index + found[0].length)
    this.#waiting.shift()
    first.keep?.(found)
    first.resolve(at)
    this.#look(at)
  }
}
