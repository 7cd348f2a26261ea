/**
 * Live lines: calls that go out, calls that come in, and a line kept open with every neighbour that can be called.
 *
 * It promises: a neighbour is called again by itself, at growing and jittered intervals; strangers get nothing but a
 * closed line; what others cost is bounded in all, for each origin and for each neighbour. What fails is a line, and
 * its report says so; packets are where they were.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { AssertionError } from '../../../base/assert.ts'
import { abortError } from '../../../base/clock.ts'
import { isAbort, messageOf, OperatingError } from '../../../base/errors.ts'
import { Listeners } from '../../../base/listeners.ts'
import { Mutex } from '../../../base/mutex.ts'
import type { NetworkChange, Sighting } from '../../../links/lan/sighting.ts'
import type { Connection, Listener, StreamDialer } from '../../../links/transport.ts'
import { noBounds } from '../../../stores/directory/bounds.ts'
import type { CallSchedule, LineBounds, Neighbour } from '../../../stores/directory/directory.ts'
import type { CourierOptions } from '../exchange.ts'
import type { CourierLimits } from '../limits.ts'
import { linkedSignal } from '../signals.ts'
import type { Traffic } from '../traffic.ts'
import { Callers } from './callers.ts'
import { Claims } from './claims.ts'
import type { LineContext, WireOptions } from './context.ts'
import { Conversation, type ConversationOptions } from './conversation.ts'
import { firstBytes } from './first-bytes.ts'
import { lineLimitsWith } from './limits.ts'
import { type NearbyNode, NearbyNodes } from './nearby.ts'
import { KnownNeighbours } from './neighbours.ts'
import { type OpenLine, OpenLines } from './open-lines.ts'
import { Bucket } from './rates.ts'
import { type CallProgress, type CallReport, CallTally } from './report.ts'
import { Ringing } from './ringing.ts'

export interface CallNeighbourOptions {
  readonly signal: AbortSignal
  /** How long the line stays when nothing is to be said; null: for as long as it holds. Default 10 seconds. */
  readonly onlineDeadlineMs?: number | null | undefined
  /** Packets nicer than this are neither sent nor fetched. */
  readonly nicenessMax?: number | undefined
  /** Those of the neighbour hold where these are null. */
  readonly bounds?: LineBounds | undefined
  readonly direction?: CallSchedule['direction'] | undefined
  /** Only there, instead of at each of the neighbour's addresses. */
  readonly address?: string | undefined
  readonly onProgress?: ((progress: CallProgress) => void) | undefined
}

const nicenessMost = 255

/** Where a neighbour can be called. */
interface Callable {
  readonly url: URL
  readonly dialer: StreamDialer
  /** Heard in the local network, not said by a person or card. */
  readonly nearby: boolean
}

interface LineParts {
  readonly limits: CourierLimits
  readonly stopped: AbortSignal
  readonly traffic: Traffic
}

export class Lines {
  readonly #context: LineContext
  readonly #known: KnownNeighbours
  readonly #open: OpenLines
  readonly #callers: Callers
  readonly #nearby: NearbyNodes
  readonly #ringing = new Ringing()
  readonly #raised: LineContext['raised'] = new Listeners()
  readonly #stopped: AbortSignal
  readonly #loading = new Mutex()
  #loaded = false

  constructor(options: CourierOptions, wires: WireOptions, parts: LineParts) {
    const limits = lineLimitsWith(wires.limits ?? {})
    const known = new KnownNeighbours(options.directory)
    this.#stopped = parts.stopped
    this.#known = known
    this.#nearby = new NearbyNodes({ clock: options.clock, limits, isKnown: id => known.has(id) })
    this.#open = new OpenLines(limits, wires.identity.id)
    this.#context = {
      ...options,
      ...{ wires, limits, packetLimits: parts.limits, claims: new Claims(), refused: new Set() },
      rates: sharedRates(wires, options.clock.now()),
      freeBytes: options.freeBytes ?? (async () => Number.POSITIVE_INFINITY),
      isKnown: id => known.has(id),
      isPaused: id => known.isPaused(id),
      ...{ raised: this.#raised, traffic: parts.traffic, met: options.met ?? (() => {}) },
      takesPushes: id => known.takesPushes(id),
    }
    this.#callers = new Callers(this.#context, {
      neighbours: () =>
        [...known.all()]
          .filter(({ identity }) => identity.noiseKey !== null && !known.isPaused(identity.id))
          .map(neighbour => ({ neighbour, rules: known.rules(neighbour.identity.id) })),
      canCall: id => this.#canCall(id),
      hasLine: id => this.#open.calledBy(id),
      call: (id, call) => this.#callKnown(id, call),
    })
  }

  /** Calls neighbours by itself, until the node stops. */
  async run(): Promise<void> {
    await this.refresh()
    await this.#callers.run(this.#stopped)
  }

  /** The directory's neighbours changed. */
  async refresh(): Promise<void> {
    const known = [...this.#known.all()].map(({ identity }) => identity.id)
    const before = new Map(known.map(id => [id, this.#known.isPaused(id)]))
    await this.#load()
    // A line that is paused, or goes on, begins anew: what is offered is decided when it begins.
    this.#open.endUnless(id => this.#known.has(id) && this.#known.isPaused(id) === (before.get(id) ?? false))
    this.#callers.refresh()
  }

  /** A packet of the outbox has another niceness. */
  raised(id: PacketId, niceness: number): void {
    this.#raised.tell({ id, niceness })
  }

  departed(): void {
    this.#open.departed()
    this.#callers.departed()
  }

  /**
   * A node was heard in the local network. Answers whether that is news and it is a neighbour, which is then called;
   * a stranger is remembered, and nothing else.
   */
  found(sighting: Sighting): boolean {
    const isNews = this.#nearby.heard(sighting) && this.#known.has(sighting.id)
    if (isNews) {
      this.#ringing.giveUp(sighting.id)
      this.#callers.found(sighting.id)
    }
    return isNews
  }

  nearby(): readonly NearbyNode[] {
    return this.#nearby.list()
  }

  networkChanged({ interfaces, addresses }: NetworkChange): void {
    this.#nearby.forget(interfaces)
    this.#open.endWithout(addresses)
    this.#callers.networkChanged()
  }

  /**
   * Tries the neighbour's addresses in turn until one answers, what was heard in the local network first. Rejects only
   * when cancelled.
   */
  async call(neighbour: Neighbour, options: CallNeighbourOptions): Promise<CallReport> {
    if (!this.#loaded) await this.#load()
    if (this.#known.isPaused(neighbour.identity.id)) return failed(null, paused(neighbour))
    const tried = new Set<string>()
    let report = failed(null, noAddress(neighbour))
    for (;;) {
      // Looked up each time: a better one may have been heard meanwhile. So many that the others get no turn are a lie.
      const patient = tried.size < this.#context.limits.nearbyAddressesMax
      const callable = this.#callable(neighbour, options.address)
      const at = callable.find(({ url, nearby }) => !tried.has(url.href) && (patient || !nearby))
      if (at === undefined) return report
      tried.add(at.url.href)
      const attempt = await this.#callAt(neighbour, at, options)
      report = attempt.report
      if (attempt.answered) return report
    }
  }

  /** Takes calls until the listener or the node ends. What the neighbour's rules leave open, `bounds` may say. */
  async serve(listener: Listener, bounds: Partial<LineBounds> = {}): Promise<void> {
    if (!this.#loaded) await this.#load()
    const answering = new Set<Promise<void>>()
    for await (const connection of listener) {
      if (this.#stopped.aborted || !this.#open.admit(connection)) {
        void connection.close()
        continue
      }
      const done = this.#receive(connection, bounds).finally(() => answering.delete(done))
      answering.add(done)
    }
    await Promise.all(answering)
  }

  async #load(): Promise<void> {
    await this.#loading.run(() => this.#known.load())
    this.#loaded = true
  }

  async #callKnown(id: NodeId, options: CallNeighbourOptions): Promise<CallReport | undefined> {
    const neighbour = this.#known.get(id)
    return neighbour === undefined ? undefined : this.call(neighbour, options)
  }

  #canCall(id: NodeId): boolean {
    const neighbour = this.#known.get(id)
    return neighbour !== undefined && this.#callable(neighbour).length > 0
  }

  /** What was heard in the local network and has not failed yet, then what people and cards say, then the rest. */
  #callable({ addresses, identity }: Neighbour, only?: string): Callable[] {
    if (identity.noiseKey === null) return []
    const near = only === undefined ? this.#nearby.addressesOf(identity.id) : []
    const heard = near.map(({ url, failed: last }) => ({ url, nearby: true, last }))
    const said = (only === undefined ? addresses : [only]).flatMap(address =>
      URL.canParse(address) ? [{ url: new URL(address), nearby: false, last: false }] : [],
    )
    const all = [...heard.filter(({ last }) => !last), ...said, ...heard.filter(({ last }) => last)]
    return all.flatMap(({ url, nearby }) => {
      const dialer = this.#context.wires.dialers.find(({ scheme }) => `${scheme}:` === url.protocol)
      return dialer === undefined ? [] : [{ url, nearby, dialer }]
    })
  }

  async #callAt(
    neighbour: Neighbour,
    { url, dialer, nearby }: Callable,
    options: CallNeighbourOptions,
  ): Promise<{ answered: boolean; report: CallReport }> {
    const { id } = neighbour.identity
    const { signal, abort, release } = linkedSignal(options.signal, this.#stopped)
    const isCancelled = () => options.signal.aborted || this.#stopped.aborted
    const answeredOrOver = nearby ? () => {} : this.#ringing.begin(id, abort)
    const patience = new AbortController()
    if (nearby) this.#loseIn(this.#context.limits.nearbyPatienceMs, patience.signal, abort)
    const passage = this.#context.traffic.begin('line', url.href)
    const tally = new CallTally(progress => options.onProgress?.(progress), passage)
    let answered = false
    try {
      tally.flowing('calling', 0)
      const connection = await dialer.dial(url, { signal })
      const error = await this.#talk(connection, signal, {
        ...{ who: { peer: neighbour.identity }, tally },
        ...{ nicenessMax: options.nicenessMax ?? nicenessMost, direction: options.direction ?? 'both' },
        lasting: options.onlineDeadlineMs === null,
        boundsOf: peer => this.#boundsOfCall(peer, options),
        onConnected: peer => {
          answered = true
          passage.neighbour = peer
          answeredOrOver()
          patience.abort()
          this.#nearby.called(id, url, true)
        },
      })
      if (isCancelled()) throw abortError(signal)
      if (!answered) this.#nearby.called(id, url, false)
      return { answered, report: reportOf(url.href, tally, answered ? error : (error ?? gaveUp(url))) }
    } catch (error) {
      if (isCancelled() || error instanceof AssertionError) throw error
      this.#nearby.called(id, url, false)
      return { answered, report: reportOf(url.href, tally, isAbort(error) ? gaveUp(url) : operatingError(error)) }
    } finally {
      passage.end()
      answeredOrOver()
      patience.abort()
      release()
    }
  }

  #loseIn(delayMs: number, held: AbortSignal, lose: () => void): void {
    void this.#context.clock.sleep(delayMs, held).then(lose, () => undefined)
  }

  #boundsOfCall(peer: NodeId, { bounds, onlineDeadlineMs }: CallNeighbourOptions): LineBounds {
    const rules = merged(bounds ?? noBounds, this.#known.rules(peer).bounds)
    const deadlineMs = rules.onlineDeadlineMs ?? this.#context.limits.onlineDeadlineMs
    return { ...rules, onlineDeadlineMs: onlineDeadlineMs === undefined ? deadlineMs : onlineDeadlineMs }
  }

  /** Who calls is a neighbour or a visitor: the first bytes tell. */
  async #receive(caller: Connection, bounds: Partial<LineBounds>): Promise<void> {
    const { wires, limits, clock } = this.#context
    let taken = caller
    try {
      if (wires.visitors === undefined) return await this.#answer(caller, bounds)
      const { magic, answer } = wires.visitors
      const patience = { clock, msMax: limits.firstBytesMsMax, stopped: this.#stopped }
      const { isVisitor, connection } = await firstBytes(caller, magic, patience)
      taken = connection
      this.#open.goesOn(caller, connection)
      await (isVisitor ? answer(connection) : this.#answer(connection, bounds))
    } finally {
      this.#open.left(taken)
    }
  }

  async #answer(connection: Connection, bounds: Partial<LineBounds>): Promise<void> {
    const log = this.#context.log.with({ remote: connection.remote })
    const passage = this.#context.traffic.begin('line', connection.remote)
    const tally = new CallTally(() => {}, passage)
    const error = await this.#talk(connection, this.#stopped, {
      ...{ who: { peerOf: key => this.#known.byNoiseKey(key) }, tally },
      ...{ nicenessMax: nicenessMost, direction: 'both', lasting: true },
      boundsOf: peer => merged(this.#known.rules(peer).bounds, bounds),
      onConnected: peer => {
        passage.neighbour = peer
        log.info('a neighbour has called', { neighbour: peer })
      },
    }).finally(() => passage.end())
    const { sent, received } = tally
    if (error === undefined) log.info('a call is over', { sent, received })
    else log.info('a call ended', { sent, received, code: error.code, reason: error.message, ...error.fields })
  }

  /** The conversation with its place among the open lines. */
  async #talk(
    connection: Connection,
    signal: AbortSignal,
    how: Omit<ConversationOptions, 'context' | 'connection'> & { readonly lasting: boolean },
  ): Promise<OperatingError | undefined> {
    const dialed = 'peer' in how.who
    const onConnected = (peer: NodeId) => {
      this.#open.connected(line, peer)
      this.#context.met(peer)
      this.#context.traffic.moved.notify()
      how.onConnected(peer)
    }
    const conversation = new Conversation({ ...how, context: this.#context, connection, onConnected })
    const { local } = connection
    const line: OpenLine = { conversation, dialed, lasting: how.lasting, local, peer: undefined }
    const end = () => conversation.end()
    this.#open.add(line, connection)
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    try {
      return await conversation.run()
    } finally {
      signal.removeEventListener('abort', end)
      this.#open.remove(line)
      this.#callers.lineEnded()
    }
  }
}

/** The first, and the second where the first says nothing. */
function merged(first: LineBounds, second: Partial<LineBounds>): LineBounds {
  const said = Object.entries(first).filter(([, value]) => value !== null)
  return { ...noBounds, ...second, ...Object.fromEntries(said) }
}

function sharedRates({ rates }: WireOptions, now: number): LineContext['rates'] {
  const bucket = (perSecond: number | null) => (perSecond === null ? undefined : new Bucket(perSecond, now))
  return { rx: bucket(rates?.rxBytesPerSecond ?? null), tx: bucket(rates?.txBytesPerSecond ?? null) }
}

function reportOf(address: string | null, tally: CallTally, error: OperatingError | undefined): CallReport {
  const { sent, received, left } = tally
  const common = { address, sent: { ...sent }, received: { ...received }, left }
  return error === undefined ? common : { ...common, error: { code: error.code, message: error.message } }
}

function failed(address: string | null, error: OperatingError): CallReport {
  return reportOf(address, new CallTally(() => {}), error)
}

function noAddress({ name }: Neighbour): OperatingError {
  return new OperatingError(
    `It is not known where ${name} can be called. Say so: neighbour add … --addr tcp://host:port`,
    {
      code: 'no-address',
      retry: 'never',
    },
  )
}

function paused({ name }: Neighbour): OperatingError {
  const message = `${name} is paused: nothing goes to it until it goes on. Let it: posthorn neighbour resume ${name}`
  return new OperatingError(message, { code: 'paused', retry: 'never' })
}

function gaveUp({ href }: URL): OperatingError {
  return new OperatingError(`${href} did not answer in time.`, { code: 'no-connection', retry: 'later' })
}

function operatingError(error: unknown): OperatingError {
  if (error instanceof OperatingError) return error
  return new OperatingError(messageOf(error), { code: 'call-failed', retry: 'later', cause: error })
}
