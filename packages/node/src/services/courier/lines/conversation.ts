/**
 * One conversation with one neighbour over one line: bytes, time and packets in, until the line is cut, both sides have
 * been quiet for a while, or the node stops.
 *
 * It promises that everything learned is settled when it resolves: packets that came whole are in the inbox, what came
 * of others is kept, and the line is closed. What ended it is in its outcome; it rejects only with a broken invariant.
 */
import {
  type NodeId,
  type PacketId,
  type PublicIdentity,
  type Session,
  type SessionCommand,
  type SessionEvent,
  type SessionOffer,
  session,
} from '@posthorn/nncp'
import { AssertionError } from '../../../base/assert.ts'
import type { OperatingError } from '../../../base/errors.ts'
import { Hint } from '../../../base/hint.ts'
import type { Connection } from '../../../links/transport.ts'
import { noBounds } from '../../../stores/directory/bounds.ts'
import type { CallSchedule, LineBounds } from '../../../stores/directory/directory.ts'
import { linkedSignal } from '../signals.ts'
import type { LineContext } from './context.ts'
import { cutShort, notWelcome, operatingError, sessionClosed } from './endings.ts'
import { type Pace, type Paces, pacesOf, packetsIn } from './rates.ts'
import { Receiving } from './receiving.ts'
import type { CallTally } from './report.ts'
import { Sending } from './sending.ts'
import { Tasks } from './tasks.ts'

export interface ConversationOptions {
  readonly context: LineContext
  readonly connection: Connection
  /** Whom we called, or how to find out who calls. */
  readonly who:
    | { readonly peer: PublicIdentity }
    | { readonly peerOf: (noiseKey: Uint8Array) => PublicIdentity | undefined }
  readonly nicenessMax: number
  readonly direction: CallSchedule['direction']
  /** From the handshake on. Without an `onlineDeadlineMs` it stays for as long as the line holds. */
  readonly boundsOf: (peer: NodeId) => LineBounds
  readonly tally: CallTally
  /** Both sides are proven. */
  readonly onConnected: (peer: NodeId) => void
}

export class Conversation {
  readonly #options: ConversationOptions
  readonly #session: Session
  readonly #sending: Sending
  readonly #receiving: Receiving
  readonly #tasks: Tasks
  readonly #ended = new AbortController()
  /** There may be something to send or to offer. */
  readonly #toSend = new Hint()
  /** The wire has taken something. */
  readonly #written = new Hint()
  /** When to wake up next may have changed. */
  readonly #toWake = new Hint()
  readonly #stopListening: () => void
  /** What the session reported and nobody has acted on yet. */
  #events: SessionEvent[] = []
  #writing: Promise<void> = Promise.resolve()
  #unsentBytes = 0
  #soon: SessionCommand[] = []
  #saying: Promise<void> | undefined
  #peer: NodeId | undefined
  #connected = false
  #connectedAtMs = 0
  #bounds: LineBounds = noBounds
  #paces: Paces = { rx: undefined, tx: undefined }
  #departed = true
  #lookAgain = false
  #elapsedMs = 0
  #clockMs: number
  #busyAtMs = 0
  #error: OperatingError | undefined
  #fault: AssertionError | undefined

  constructor(options: ConversationOptions) {
    const { context, who, nicenessMax, direction, tally, connection } = options
    // Niceness begins at 1: below it there is nothing.
    const [sent, received] = [direction === 'receive' ? 0 : nicenessMax, direction === 'send' ? 0 : nicenessMax]
    const { identity, suite, random } = context.wires
    this.#options = options
    this.#clockMs = context.clock.now()
    this.#tasks = new Tasks(context.limits.tasksMax, error => this.#fail(error))
    const limits = { offersMax: context.limits.offersMax }
    // Our card says so.
    this.#session = session({ identity, suite, random, pushes: true, limits, ...who })
    this.#sending = new Sending(context, sent)
    const say = (commands: readonly SessionCommand[]) => this.#saySoon(commands)
    const common = { context, nicenessMax: received, tally, tasks: this.#tasks }
    this.#receiving = new Receiving({ ...common, source: connection.remote, peer: () => this.#peer, say })
    this.#stopListening = context.claims.onRelease(() => this.#considerAgain())
  }

  /** A hint: the outbox got something. */
  departed(): void {
    this.#departed = true
    this.#toSend.notify()
  }

  /** Ends soon; `run` then resolves. */
  end(): void {
    this.#ended.abort()
  }

  /** Undefined when it was over by itself. */
  async run(): Promise<OperatingError | undefined> {
    const { connection } = this.#options
    const ended = new Promise<void>(resolve => {
      this.#ended.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    const parts = [this.#read(), this.#send(), this.#wake()].map(part =>
      part.catch((error: unknown) => this.#fail(error)).finally(() => this.end()),
    )
    await ended
    // Answers that are under way still go out, if the wire takes them soon.
    await this.#tasks.settled()
    await this.#flush()
    await connection.close()
    await Promise.all(parts)
    await this.#tasks.settled()
    this.#stopListening()
    this.#sending.end()
    await this.#receiving.end()
    if (this.#fault !== undefined) throw this.#fault
    return this.#error
  }

  async #flush(): Promise<void> {
    const { clock, limits } = this.#options.context
    await this.#saying
    const patience = new AbortController()
    const sleeping = clock.sleep(limits.flushMsMax, patience.signal).catch(() => undefined)
    await Promise.race([this.#writing, sleeping])
    patience.abort()
  }

  async #read(): Promise<void> {
    const { who, connection, context } = this.#options
    if ('peer' in who) {
      this.#peer = who.peer.id
      this.#say([{ kind: 'begin', offers: await this.#sending.offers(who.peer.id) }])
      await this.#act()
    }
    for await (const chunk of connection.read()) {
      for (const piece of this.#paces.rx?.pieces(chunk) ?? [chunk]) {
        if (this.#ended.signal.aborted) return
        this.#take(this.#session.receive(piece, this.#now()))
        const packets = this.#events.filter(event => event.kind === 'chunk').length
        await this.#act()
        if (this.#receiving.waiting) this.#toWake.notify()
        if (this.#paces.rx !== undefined)
          await this.#paces.rx.spend({ bytes: piece.length, packets }, this.#ended.signal)
        if (this.#unsentBytes > context.limits.unsentAnswersBytesMax) await this.#writing
      }
    }
    if (!this.#connected && this.#error === undefined) throw notWelcome(connection.remote)
    await this.#tasks.settled()
    // No sign in the protocol says that it is over: a line that ends in the middle of a packet was cut.
    if (!this.#idle) throw cutShort()
  }

  /** Acts on what the session reported, in order. */
  async #act(): Promise<void> {
    while (this.#events.length > 0 && !this.#ended.signal.aborted) {
      const offers: SessionOffer[] = []
      const pushes: { offer: SessionOffer; bytes: Uint8Array }[] = []
      const finished: PacketId[] = []
      const events = this.#events
      this.#events = []
      for (const event of events) {
        if (event.kind !== 'pinged') this.#busy()
        if (event.kind === 'offered') offers.push(event.offer)
        else if (event.kind === 'pushed') pushes.push(event)
        else if (event.kind === 'finished') finished.push(event.id)
        else await this.#actOn(event)
      }
      if (finished.length > 0) await this.#tasks.add(() => this.#finished(finished))
      if (pushes.length > 0) await this.#receiving.pushed(pushes)
      if (offers.length > 0) await this.#receiving.offered(offers)
    }
  }

  async #actOn(event: SessionEvent): Promise<void> {
    switch (event.kind) {
      case 'identified':
        this.#peer = event.peer
        return this.#say([{ kind: 'answer', offers: await this.#sending.offers(event.peer) }])
      case 'connected':
        return this.#isConnected(event.peer)
      case 'requested':
        this.#sending.request(event.id, event.offsetBytes)
        return this.#toSend.notify()
      case 'halted':
        return this.#sending.halt()
      case 'chunk':
        return this.#receiving.chunk(event.id, event.bytes)
      case 'closed':
        throw sessionClosed(event)
      case 'send':
      case 'offered':
      case 'pushed':
      case 'finished':
      case 'pinged':
        return undefined
    }
  }

  async #isConnected(peer: NodeId): Promise<void> {
    const { context, onConnected, boundsOf } = this.#options
    this.#connected = true
    this.#connectedAtMs = this.#now()
    this.#bounds = boundsOf(peer)
    this.#paces = pacesOf(context.clock, this.#bounds, context.rates)
    this.#toWake.notify()
    onConnected(peer)
    await context.directory.neighbours.contacted(peer, context.clock.now())
    this.#toSend.notify()
  }

  async #finished(ids: readonly PacketId[]): Promise<void> {
    const { tally } = this.#options
    if (this.#peer === undefined) return
    const gone = await this.#sending.finished(ids, this.#peer, this.#options.connection.remote)
    for (const { sizeBytes } of gone) tally.add(tally.sent, sizeBytes)
    if (this.#sending.hasRoom) this.departed()
  }

  /** Offers what is new and sends what was requested, a little at a time, as fast as the wire takes it. */
  async #send(): Promise<void> {
    const { limits } = this.#options.context
    const { signal } = this.#ended
    while (!signal.aborted) {
      await this.#toSend.wait(signal)
      while (this.#connected && !signal.aborted) {
        if (this.#lookAgain) await this.#requestAgain()
        if (this.#departed) await this.#offerNew()
        const { tx } = this.#paces
        const unsentBytesMax = Math.min(limits.unsentBytesMax, tx?.pieceBytes ?? Number.POSITIVE_INFINITY)
        const commands = await this.#chunks(tx === undefined ? unsentBytesMax / 4 : 1)
        if (commands.length === 0) break
        this.#say(commands)
        if (tx !== undefined) await tx.spend({ bytes: 0, packets: packetsIn(commands) }, signal)
        if (this.#unsentBytes > unsentBytesMax) await this.#wireHasRoom(unsentBytesMax)
      }
    }
  }

  /** Not until the wire has taken all: it would be idle while the next chunks are made. */
  async #wireHasRoom(unsentBytesMax: number): Promise<void> {
    const { signal } = this.#ended
    while (this.#unsentBytes > unsentBytesMax / 2 && !signal.aborted) await this.#written.wait(signal)
  }

  async #requestAgain(): Promise<void> {
    this.#lookAgain = false
    await this.#receiving.request()
  }

  async #offerNew(): Promise<void> {
    if (this.#peer === undefined) return
    this.#departed = false
    const offers = await this.#sending.news(this.#peer)
    if (offers.length > 0) this.#say([{ kind: 'offer', offers }])
  }

  /** Some chunks at once: small packets share messages. */
  async #chunks(bytesWanted: number): Promise<SessionCommand[]> {
    const commands: SessionCommand[] = []
    for (let bytes = 0; bytes < bytesWanted; ) {
      const command = await this.#sending.next()
      if (command === undefined) break
      commands.push(command)
      if (command.kind === 'offer') continue
      bytes += command.bytes.length
      this.#options.tally.flowing('sending', command.bytes.length)
      // What came meanwhile may be more urgent than the rest of this.
      if (this.#departed) break
    }
    return commands
  }

  /** Wakes the session when it wants to be, and ends the conversation when nothing has been said for long enough. */
  async #wake(): Promise<void> {
    const { context } = this.#options
    const { signal } = this.#ended
    const endless = Number.POSITIVE_INFINITY
    while (!signal.aborted) {
      const now = this.#now()
      const { onlineDeadlineMs, onlineMsMax } = this.#bounds
      const quietAtMs = this.#busyAtMs + (onlineDeadlineMs ?? endless)
      if (now >= quietAtMs && this.#idle && this.#unsentBytes === 0) return
      const hangUpAtMs = this.#connectedAtMs + (onlineMsMax ?? endless)
      if (now >= hangUpAtMs) return
      const lookAtMs = this.#receiving.waiting ? now + context.limits.lookAgainMs : endless
      const wakeAtMs = this.#session.nextWakeAt ?? endless
      const quiet = now >= quietAtMs ? now + context.limits.lookAgainMs : quietAtMs
      await this.#pause(Math.min(quiet, hangUpAtMs, lookAtMs, wakeAtMs) - now)
      if (signal.aborted) return
      if (this.#receiving.waiting) this.#considerAgain()
      const later = this.#now()
      if (later >= (this.#session.nextWakeAt ?? endless)) this.#take(this.#session.wake(later))
      const closed = this.#events.find(event => event.kind === 'closed')
      if (closed !== undefined) throw sessionClosed(closed)
    }
  }

  /** Until then, or until something happened that may change it. */
  async #pause(delayMs: number): Promise<void> {
    const { signal, abort, release } = linkedSignal(this.#ended.signal)
    const sleeping = this.#options.context.clock.sleep(Math.max(0, delayMs), signal).catch(() => undefined)
    await Promise.race([sleeping, this.#toWake.wait(signal)])
    release()
    abort()
  }

  get #idle(): boolean {
    return this.#sending.idle && this.#receiving.idle && this.#tasks.idle
  }

  #considerAgain(): void {
    if (!this.#receiving.waiting) return
    this.#lookAgain = true
    this.#toSend.notify()
  }

  #say(commands: readonly SessionCommand[]): void {
    this.#busy()
    this.#take(this.#session.command(commands, this.#now()))
  }

  /** What is said in answer to many packets of one commit goes in one message. */
  #saySoon(commands: readonly SessionCommand[]): void {
    this.#soon.push(...commands)
    this.#saying ??= Promise.resolve().then(() => {
      this.#saying = undefined
      this.#say(this.#soon.splice(0))
    })
  }

  /** What the session wants sent goes into the wire's queue at once, in the session's order; the rest waits. */
  #take(events: readonly SessionEvent[]): void {
    for (const event of events) {
      if (event.kind === 'send') this.#write(event.bytes)
      else this.#events.push(event)
    }
  }

  #write(bytes: Uint8Array): void {
    const { connection } = this.#options
    this.#unsentBytes += bytes.length
    this.#writing = this.#writing
      .then(() => (this.#paces.tx === undefined ? connection.write(bytes) : this.#writePaced(bytes, this.#paces.tx)))
      .then(() => {
        this.#unsentBytes -= bytes.length
        this.#busy()
        this.#written.notify()
      })
      .catch((error: unknown) => this.#fail(error))
  }

  async #writePaced(bytes: Uint8Array, tx: Pace): Promise<void> {
    for (const piece of tx.pieces(bytes)) {
      await this.#options.connection.write(piece)
      await tx.spend({ bytes: piece.length, packets: 0 }, this.#ended.signal)
    }
  }

  #fail(error: unknown): void {
    // After the end all errors come from the end.
    if (!this.#ended.signal.aborted) {
      if (error instanceof AssertionError) this.#fault ??= error
      this.#error ??= operatingError(error)
    }
    this.end()
  }

  #busy(): void {
    this.#busyAtMs = this.#now()
  }

  /** Time that never goes back, whatever people do to the clock. */
  #now(): number {
    const clockMs = this.#options.context.clock.now()
    this.#elapsedMs += Math.max(0, clockMs - this.#clockMs)
    this.#clockMs = clockMs
    return this.#elapsedMs
  }
}
