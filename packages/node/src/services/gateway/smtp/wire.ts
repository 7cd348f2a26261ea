/**
 * A connection to a mail server: lines out, answers in, TLS on the way. Everything waits for a bounded time; a silent
 * or babbling server costs no more than that. Rejects with OperatingErrors, retry `later`; when the signal fired, with
 * an AbortError. Answers that came before the line was lost are still given out.
 */
import { once } from 'node:events'
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { abortError, type Clock } from '../../../base/clock.ts'
import { isAbort, messageOf, OperatingError, systemCode } from '../../../base/errors.ts'
import { smtpClientLimits } from '../limits.ts'
import { type Reply, ReplyReader } from './reply.ts'

export type ServerAddress = { readonly host: string; readonly port: number } | { readonly path: string }

export interface TlsChecks {
  /** Whose certificate it has to be. */
  readonly host: string
  /** Without it any certificate will do: the line is then closed to listeners, not to who sits in its middle. */
  readonly verify: boolean
  /** PEM, instead of the system's authorities. */
  readonly ca: string | null
}

export interface WireOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
}

export class Wire {
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly #abort = () => this.#fail(abortError(this.#signal))
  readonly #reader = new ReplyReader()
  readonly #replies: Reply[] = []
  readonly #over = new AbortController()
  #failure: Error | undefined
  #socket: Socket
  #detach: () => void
  #news: () => void = () => {}

  private constructor(socket: Socket, { clock, signal }: WireOptions) {
    this.#clock = clock
    this.#signal = signal
    this.#socket = socket
    this.#detach = this.#attach(socket)
    signal.addEventListener('abort', this.#abort, { once: true })
    if (signal.aborted) this.#abort()
  }

  static async connect(at: ServerAddress, options: WireOptions): Promise<Wire> {
    const socket = connect(at)
    const wire = new Wire(socket, options)
    try {
      await wire.#within(once(socket, 'connect'), smtpClientLimits.connectMsMax, 'could not be reached in time')
      wire.#check()
      socket.setNoDelay(true)
      return wire
    } catch (error) {
      wire.close()
      throw error
    }
  }

  /** Something has come that was not asked for yet. */
  get hasNews(): boolean {
    return this.#replies.length > 0 || this.#reader.isInside
  }

  /** The next answer. */
  async reply(withinMs: number): Promise<Reply> {
    for (;;) {
      const reply = this.#replies.shift()
      if (reply !== undefined) return reply
      this.#check()
      const news = new Promise<void>(resolve => {
        this.#news = resolve
      })
      await this.#within(news, withinMs, 'did not answer in time')
    }
  }

  async send(text: string): Promise<void> {
    await this.write(Buffer.from(text, 'utf8'), smtpClientLimits.commandMsMax)
  }

  /** Resolves when there is room for more. */
  async write(bytes: Uint8Array, withinMs: number): Promise<void> {
    this.#check()
    if (this.#socket.write(bytes)) return
    await this.#within(once(this.#socket, 'drain'), withinMs, 'did not take more in time')
    this.#check()
  }

  /** From now on everything goes through TLS. */
  async secure({ host, verify, ca }: TlsChecks): Promise<void> {
    this.#detach()
    const plain = this.#socket
    const secured = connectTls({
      ...{ socket: plain, host, rejectUnauthorized: verify, minVersion: 'TLSv1.2' as const },
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(ca === null ? {} : { ca }),
    })
    this.#socket = secured
    this.#detach = this.#attach(secured)
    const shaken = once(secured, 'secureConnect')
    await this.#within(shaken, smtpClientLimits.handshakeMsMax, 'did not come to TLS in time')
    this.#check()
  }

  /** @param farewell is sent, if that is still possible. */
  close(farewell = ''): void {
    this.#signal.removeEventListener('abort', this.#abort)
    const socket = this.#socket
    const isOver = this.#failure !== undefined
    this.#failure ??= gone('closed the connection')
    this.#over.abort()
    if (farewell === '' || isOver) socket.destroy()
    else socket.end(farewell, () => socket.destroy())
  }

  #attach(socket: Socket): () => void {
    const receive = (chunk: Buffer) => this.#receive(chunk)
    const fail = (error: Error) => this.#fail(lost(error))
    const end = () => this.#fail(gone('closed the connection'))
    socket.on('data', receive).on('error', fail).on('end', end).on('close', end)
    return () => {
      socket.off('data', receive).off('end', end).off('close', end)
    }
  }

  #receive(chunk: Buffer): void {
    try {
      this.#replies.push(...this.#reader.receive(chunk))
      if (this.#replies.length > smtpClientLimits.repliesAheadMax) {
        throw new OperatingError('The server answers what nobody asked.', { code: 'bad-reply', retry: 'later' })
      }
    } catch (error) {
      this.#fail(lost(error))
    }
    this.#news()
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#socket.destroy()
    this.#over.abort()
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Resolves when it happened, or when the line is lost: of which `check` tells. */
  async #within(event: Promise<unknown>, withinMs: number, late: string): Promise<void> {
    const through = new AbortController()
    const time = this.#clock.sleep(withinMs, AbortSignal.any([this.#over.signal, through.signal])).then(
      () => this.#fail(gone(late)),
      () => undefined,
    )
    try {
      await Promise.race([event.catch((error: unknown) => this.#fail(lost(error))), time])
    } finally {
      through.abort()
    }
  }
}

function gone(how: string): OperatingError {
  return new OperatingError(`The server ${how}.`, { code: 'server-gone', retry: 'later' })
}

function lost(error: unknown): Error {
  if (error instanceof OperatingError || (error instanceof Error && isAbort(error))) return error
  const why = systemCode(error) ?? messageOf(error)
  const message = `The server could not be spoken with: ${why}`
  return new OperatingError(message, { code: 'server-gone', retry: 'later', cause: error })
}
