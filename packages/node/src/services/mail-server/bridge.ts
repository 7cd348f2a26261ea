/**
 * One socket and one protocol machine (IMAP, POP3), with back-pressure both ways: the machine gets the next bytes when
 * it has taken the last ones and the client has taken its answers; it is asked for more answers when the socket has
 * room.
 */
import type { Socket } from 'node:net'
import type { ImapConnection } from '@posthorn/imap'
import type { Pop3Connection } from '@posthorn/imap/pop3'
import { assert } from '../../base/assert.ts'
import { messageOf } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { Compression, type InflateLimits } from './compression.ts'
import { secureServerSide, type UpgradeOptions } from './door.ts'

export type MailMachine = ImapConnection | Pop3Connection

export interface BridgeOptions extends Omit<UpgradeOptions, 'log'> {
  readonly socket: Socket
  readonly connection: MailMachine
  /** For machines that may ask for compression. */
  readonly inflate?: InflateLimits
  readonly log: Log
  /** Gives back the place at the door. */
  readonly leave: () => void
}

export class Bridge {
  readonly #options: BridgeOptions
  readonly #connection: MailMachine
  readonly #log: Log
  #socket: Socket
  #compression: Compression | undefined
  /** Set while the client does not take its answers. */
  #blocked: Promise<void> | undefined
  readonly done: Promise<void>

  constructor(options: BridgeOptions) {
    this.#options = options
    this.#connection = options.connection
    this.#log = options.log
    this.#socket = options.socket
    this.#listen(options.socket)
    this.done = this.#run()
  }

  wake(now: number): void {
    this.#connection.wake(now)
    // Its last words wait behind answers that the client does not take.
    if (this.#blocked !== undefined && this.#connection.state === 'logout') this.#socket.destroy()
  }

  /** Says goodbye and closes; `done` resolves then, if the client takes it. */
  end(bye: string): void {
    this.#connection.end(bye)
  }

  /** Closes without a word. */
  destroy(): void {
    this.#socket.destroy()
  }

  async #run(): Promise<void> {
    try {
      for await (const output of this.#connection.output) {
        if (this.#socket.destroyed) return
        if (output.kind === 'close') break
        if (output.kind === 'bytes') await this.#write(output.bytes)
        else if (output.kind === 'compress') this.#compress()
        else await this.#upgrade()
      }
      this.#socket.end()
      await this.#closed()
    } catch (error) {
      this.#log.error('a mail connection failed', { remote: this.#options.remote, error: messageOf(error) })
    } finally {
      this.#connection.end()
      this.#compression?.end()
      this.#socket.destroy()
      this.#options.leave()
    }
  }

  #listen(socket: Socket): void {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      socket.pause()
      void this.#receive(socket, chunk)
    })
    socket.on('error', error => this.#log.debug('a mail socket failed', { error: error.message }))
    socket.on('end', () => this.#connection.end())
    socket.on('close', () => {
      if (this.#socket === socket) this.#connection.end()
    })
  }

  async #receive(socket: Socket, chunk: Buffer): Promise<void> {
    try {
      await (this.#compression?.inflate(chunk) ?? this.#connection.receive(chunk))
      // The answers to these bytes go first: one of them may be that TLS begins now, and then nothing more is read.
      await new Promise(resolve => setImmediate(resolve))
      while (this.#blocked !== undefined) await this.#blocked
      if (this.#socket === socket) socket.resume()
    } catch (error) {
      this.#log.error('a mail connection failed', { remote: this.#options.remote, error: messageOf(error) })
      this.#socket.destroy()
    }
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const sent = this.#compression === undefined ? bytes : await this.#compression.deflate(bytes)
    if (this.#socket.write(sent)) return
    this.#blocked = happens(this.#socket, 'drain')
    await this.#blocked
    this.#blocked = undefined
  }

  /** What the client sends from now on is deflated: it waits for our yes, which has just been written. */
  #compress(): void {
    const { connection, inflate } = this.#options
    assert(inflate !== undefined && 'compressed' in connection, 'only a machine that was offered it compresses')
    this.#compression = new Compression({
      limits: inflate,
      receive: bytes => connection.receive(bytes),
      broken: reason => {
        this.#log.info('a mail program compressed badly', { remote: this.#options.remote, reason })
        connection.end(reason === 'too-much' ? 'What you send becomes too much' : 'This is no deflate stream')
      },
    })
    connection.compressed()
  }

  /** RFC 9051 §6.2.1, RFC 2595 §4: what the client sent in clear behind STARTTLS or STLS is thrown away. */
  async #upgrade(): Promise<void> {
    const plain = this.#socket
    plain.removeAllListeners('data')
    plain.removeAllListeners('end')
    plain.pause()
    while (plain.read() !== null);
    const isSecure = await new Promise<boolean>(resolve => {
      plain.once('close', () => resolve(false))
      this.#socket = secureServerSide(plain, this.#options, () => resolve(true))
      this.#socket.once('close', () => resolve(false))
    })
    if (!isSecure) return this.#connection.end()
    this.#connection.secured()
    this.#listen(this.#socket)
  }

  #closed(): Promise<void> {
    return this.#socket.closed ? Promise.resolve() : happens(this.#socket, 'close')
  }
}

/** Resolves at the event, or when the socket closes. */
function happens(socket: Socket, event: 'drain' | 'close'): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      socket.removeListener(event, done)
      socket.removeListener('close', done)
      resolve()
    }
    socket.on(event, done)
    socket.on('close', done)
    if (socket.destroyed && event === 'drain') done()
  })
}
