/**
 * One connection of the server: bytes in, bytes out. Every complete command is answered in order, memory is bounded by
 * the limits whatever comes in, and nothing is thrown at the host: what fails is an event and, where the stream cannot
 * go on, `close`.
 */
import { Input } from '../grammar/input.ts'
import { type ImapOutput, Output } from '../respond/output.ts'
import { Deadlines } from '../session/deadlines.ts'
import { Farewell, SessionEnded } from '../session/faults.ts'
import { Misuse, type Next } from './command.ts'
import { execute } from './commands.ts'
import { type Pop3Limits, pop3LimitsWith } from './limits.ts'
import { Session } from './session.ts'
import type { Pop3ServerOptions, Pop3State } from './types.ts'

/** The same shape as `ImapConnection`, so that one host serves both. */
export interface Pop3Connection {
  /** Feeds bytes, which are copied. Resolves when the machine can take more (back-pressure); never rejects. */
  receive(chunk: Uint8Array): Promise<void>
  /** Everything to send, in order; ends after `close`. Single consumer. */
  readonly output: AsyncIterable<ImapOutput>
  /** TLS is on now. */
  secured(): void
  /** The clock: the host calls it at least every few seconds with the time of `now()`. Deadlines are kept here. */
  wake(now: number): void
  /** The peer is gone or the node stops. With `bye`, `-ERR` says so first: after the command that runs, if one does. */
  end(bye?: string): void
  readonly state: Pop3State
}

class Connection implements Pop3Connection {
  readonly #options: Pop3ServerOptions
  readonly #limits: Pop3Limits
  readonly #input: Input
  readonly #session: Session
  readonly #deadlines: Deadlines
  readonly output: Output
  #over = false
  #bye: string | undefined
  #badInRow = 0
  #commands = 0
  #waits = false
  #consumedBefore = 0
  #tlsDone: (() => void) | undefined

  constructor(options: Pop3ServerOptions) {
    this.#options = options
    this.#limits = pop3LimitsWith(options.limits ?? {})
    this.#input = new Input(this.#limits.inputBytesMax)
    this.output = new Output(this.#limits.outputBytesMax, () => this.end())
    this.#session = new Session(options, this.#limits, this.#input, this.output)
    this.#deadlines = new Deadlines(this.#limits, options.now())
  }

  get state(): Pop3State {
    if (this.#over) return 'logout'
    return this.#session.isLoggedIn ? 'transaction' : 'authorization'
  }

  async receive(chunk: Uint8Array): Promise<void> {
    this.#deadlines.active()
    await this.#input.push(chunk)
  }

  secured(): void {
    this.#session.secure = true
    // At once: the next bytes are already the client's under TLS.
    this.#input.resume()
    this.#tlsDone?.()
  }

  /** RFC 1939 section 3: who is late is hung up on without a word, and nothing is removed. */
  wake(now: number): void {
    if (this.#over) return
    const begun = this.#input.size > 0 || this.#input.consumedBytes > this.#consumedBefore
    const limit = this.#deadlines.wake(now, {
      loggedIn: this.#session.isLoggedIn,
      waitsForInput: this.#input.starving,
      within: this.#waits && begun ? 'command' : 'nothing',
      commands: this.#commands,
      outputBlocked: this.output.blocked,
      outputPulls: this.output.pulls,
    })
    if (limit === undefined) return
    this.#session.event({ kind: 'limit', limit })
    this.end()
  }

  end(bye?: string): void {
    if (this.#over) return
    this.#over = true
    this.#bye = bye
    this.#input.end()
    this.#tlsDone?.()
    if (bye === undefined) this.output.abort()
    else this.output.release()
  }

  /** The life of the connection. Never rejects. */
  async run(): Promise<void> {
    let bye: string | undefined
    try {
      await this.#session.answer('+OK', `${this.#options.serverName} ready`)
      while (await this.#command());
    } catch (error) {
      bye = this.#reasonToEnd(error)
    }
    this.#over = true
    this.#input.end()
    if (bye !== undefined && !this.#session.midAnswer) this.#session.say('-ERR', bye, 'SYS/TEMP')
    this.output.close()
  }

  /** What the last line says; undefined to say nothing. */
  #reasonToEnd(error: unknown): string | undefined {
    if (error instanceof SessionEnded) return this.#bye
    if (error instanceof Farewell) {
      if (error.limit !== undefined) this.#session.event({ kind: 'limit', limit: error.limit })
      return error.message
    }
    this.#session.event({ kind: 'error', error })
    return 'Something is wrong here, connect again'
  }

  /** Reads and runs one command; false after the last. */
  async #command(): Promise<boolean> {
    this.#consumedBefore = this.#input.consumedBytes
    this.#waits = true
    const line = await this.#input.line(this.#limits.lineBytesMax)
    this.#waits = false
    this.#commands += 1
    if (!this.#session.isLoggedIn && !this.#deadlines.countCommand()) {
      throw new Farewell('Too many commands before login', 'commandsBeforeLoginPerMinuteMax')
    }
    const next = await this.#run(line)
    if (next === 'starttls') await this.#startTls()
    return next !== 'close'
  }

  async #run(line: string): Promise<Next> {
    try {
      const next = await execute(this.#session, line)
      this.#badInRow = 0
      return next
    } catch (error) {
      if (!(error instanceof Misuse)) throw error
      this.#badInRow += 1
      await this.#session.answer('-ERR', error.message)
      if (this.#badInRow < this.#limits.badCommandsInRowMax) return undefined
      throw new Farewell('Too many bad commands', 'badCommandsInRowMax')
    }
  }

  /** What was received in clear after the command is forgotten. */
  async #startTls(): Promise<void> {
    this.#input.drop()
    const done = new Promise<void>(resolve => {
      this.#tlsDone = resolve
    })
    this.output.starttls()
    await done
    this.#tlsDone = undefined
    // A goodbye in clear has no place within a handshake.
    if (this.#over) this.#bye = undefined
  }
}

/**
 * A POP3 server for one connection. Begins to speak at once.
 *
 * @throws RangeError when a limit is not a positive whole number.
 */
export function pop3Connection(options: Pop3ServerOptions): Pop3Connection {
  const connection = new Connection(options)
  void connection.run()
  return connection
}
