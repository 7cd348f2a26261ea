/**
 * One connection of the server: bytes in, bytes out. It promises that every complete command is answered in order, that
 * memory is bounded by the limits whatever comes in, and that nothing is thrown at the host: what fails is an event
 * and, where the stream cannot go on, `close`.
 */
import { type CommandFrame, type FrameOptions, type RefusedFrame, readFrame } from './grammar/frame.ts'
import { Input } from './grammar/input.ts'
import { type ImapLimits, limitsWith } from './limits.ts'
import { type ImapOutput, Output } from './respond/output.ts'
import { Responder } from './respond/responder.ts'
import { Deadlines } from './session/deadlines.ts'
import { execute } from './session/dispatch.ts'
import { Farewell, SessionEnded } from './session/faults.ts'
import { Session } from './session/session.ts'
import type { ImapServerOptions, ImapState } from './session/types.ts'

export interface ImapConnection {
  /** Feeds bytes, which are copied. Resolves when the machine can take more (back-pressure); never rejects. */
  receive(chunk: Uint8Array): Promise<void>
  /** Everything to send, in order; ends after `close`. Single consumer. */
  readonly output: AsyncIterable<ImapOutput>
  /** TLS is on now. */
  secured(): void
  /** What is received from now on was inflated. */
  compressed(): void
  /**
   * The clock: the host calls it at least every few seconds with the time of `now()`. Deadlines (login, idle, half a
   * command, a client that does not read) are kept here; one call moves them by at most `wakeStepMsMax`.
   */
  wake(now: number): void
  /** The peer is gone or the node stops. With `bye`, says BYE first: after the command that runs, if one does. */
  end(bye?: string): void
  readonly state: ImapState
}

const goodbyes: Partial<Record<keyof ImapLimits, string>> = {
  loginMsMax: 'Log in sooner',
  idleMsMax: 'Autologout, idle for too long',
  commandMsMax: 'The command took too long to arrive',
}

class Connection implements ImapConnection {
  readonly #options: ImapServerOptions
  readonly #limits: ImapLimits
  readonly #input: Input
  readonly #responder: Responder
  readonly #session: Session
  readonly #deadlines: Deadlines
  readonly output: Output
  #state: ImapState = 'not-authenticated'
  #bye: string | undefined
  #badInRow = 0
  #commands = 0
  #phase: 'frame' | 'command' | 'message' = 'command'
  #consumedBefore = 0
  #switchDone: (() => void) | undefined
  /** A notice that is being written: nothing else may be. */
  #telling: Promise<void> | undefined

  constructor(options: ImapServerOptions) {
    this.#options = options
    this.#limits = limitsWith(options.limits ?? {})
    this.#input = new Input(this.#limits.inputBytesMax)
    this.output = new Output(this.#limits.outputBytesMax, () => this.end())
    this.#responder = new Responder(this.output)
    this.#session = new Session(options, this.#limits, this.#input, this.#responder)
    this.#deadlines = new Deadlines(this.#limits, options.now())
  }

  get state(): ImapState {
    return this.#state === 'logout' ? 'logout' : this.#session.state
  }

  async receive(chunk: Uint8Array): Promise<void> {
    this.#deadlines.active()
    await this.#input.push(chunk)
  }

  secured(): void {
    this.#session.secure = true
    // At once: the next bytes are already the client's under TLS.
    this.#switched()
  }

  compressed(): void {
    this.#switched()
  }

  #switched(): void {
    this.#input.resume()
    this.#switchDone?.()
  }

  wake(now: number): void {
    if (this.#state === 'logout') return
    const begun = this.#input.size > 0 || this.#input.consumedBytes > this.#consumedBefore
    const limit = this.#deadlines.wake(now, {
      loggedIn: this.#session.state !== 'not-authenticated',
      waitsForInput: this.#input.starving,
      within:
        this.#phase === 'frame' ? (begun ? 'command' : 'nothing') : this.#phase === 'message' ? 'message' : 'nothing',
      commands: this.#commands,
      outputBlocked: this.output.blocked,
      outputPulls: this.output.pulls,
    })
    if (limit === undefined) return
    this.#session.event({ kind: 'limit', limit })
    this.end(goodbyes[limit])
  }

  end(bye?: string): void {
    if (this.#state === 'logout') return
    this.#state = 'logout'
    this.#bye = bye
    this.#input.end()
    this.#switchDone?.()
    if (bye === undefined) this.output.abort()
    else this.output.release()
  }

  /** The life of the connection. Never rejects. */
  async run(): Promise<void> {
    let bye: string | undefined
    try {
      const { serverName } = this.#options
      // Without capabilities: who wants to know asks, and so is known not to be Delta Chat (capabilities.ts).
      this.#responder.status('*', 'OK', undefined, `${serverName} ready`)
      await this.#responder.sent()
      while (await this.#command());
    } catch (error) {
      bye = this.#reasonToEnd(error)
    }
    this.#state = 'logout'
    this.#input.end()
    if (bye !== undefined && !this.#responder.midAnswer) this.#responder.status('*', 'BYE', undefined, bye)
    this.output.close()
    try {
      this.#session.notices.close()
      this.#session.select(undefined)
    } catch (error) {
      this.#session.event({ kind: 'error', error })
    }
  }

  /** What BYE says; undefined to say nothing. */
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
    this.#phase = 'frame'
    const frame = await this.#nextFrame()
    this.#commands += 1
    this.#phase = frame.message === undefined ? 'command' : 'message'
    if (this.#session.state === 'not-authenticated' && !this.#deadlines.countCommand()) {
      throw new Farewell('Too many commands before login', 'commandsBeforeLoginPerMinuteMax')
    }
    const reply = await execute(this.#session, frame)
    this.#phase = 'command'
    this.#badInRow = reply.status === 'BAD' || frame.kind === 'refused' ? this.#badInRow + 1 : 0
    if (this.#badInRow >= this.#limits.badCommandsInRowMax) {
      throw new Farewell('Too many bad commands', 'badCommandsInRowMax')
    }
    if (reply.next === 'starttls') await this.#startTls()
    if (reply.next === 'compress') await this.#switch(() => this.output.compress())
    return reply.next !== 'close'
  }

  #frameOptions(): FrameOptions {
    return {
      input: this.#input,
      limits: this.#limits,
      loggedIn: this.#session.state !== 'not-authenticated',
      utf8: this.#session.utf8,
      goAhead: async () => {
        await this.#telling
        await this.#responder.goAhead('OK')
      },
    }
  }

  /** Waits for a command, and tells what the client wants to hear of meanwhile (RFC 5465). */
  async #nextFrame(): Promise<CommandFrame | RefusedFrame> {
    const frame = readFrame(this.#frameOptions())
    const { notices } = this.#session
    if (!notices.active) return frame
    const here = frame.then(
      () => true,
      () => true,
    )
    while (!(await Promise.race([here, notices.bell.heard().then(() => false)]))) {
      this.#telling = notices.tell(false)
      await this.#telling
    }
    return frame
  }

  /** What was received in clear after the command is forgotten, and what the client said of itself too. */
  async #startTls(): Promise<void> {
    this.#session.clientName = undefined
    this.#session.looksFirst = false
    await this.#switch(() => this.output.starttls())
    // A goodbye in clear has no place within a handshake.
    if (this.#state === 'logout') this.#bye = undefined
  }

  /** The host puts a layer under the conversation; nothing that came before it counts. */
  async #switch(tell: () => void): Promise<void> {
    this.#input.drop()
    const done = new Promise<void>(resolve => {
      this.#switchDone = resolve
    })
    tell()
    await done
    this.#switchDone = undefined
  }
}

/**
 * A server of IMAP4rev1 and IMAP4rev2 (RFC 3501 and 9051, with what docs/reference/imap.md lists) for one connection.
 * Begins to speak at once.
 *
 * @throws RangeError when a limit is not a positive whole number.
 */
export function imapConnection(options: ImapServerOptions): ImapConnection {
  const connection = new Connection(options)
  void connection.run()
  return connection
}
