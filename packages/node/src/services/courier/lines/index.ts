/**
 * Live lines: calls that go out, calls that come in, and a line kept open with every neighbour that can be called.
 *
 * It promises: a neighbour is called again by itself, at growing and jittered intervals; strangers get nothing but a
 * closed line; what others cost is bounded in all, for each origin and for each neighbour. What fails is a line, and
 * its report says so; packets are where they were.
 */
import type { NodeId } from '@posthorn/nncp'
import { AssertionError } from '../../../base/assert.ts'
import { abortError } from '../../../base/clock.ts'
import { isAbort, messageOf, OperatingError } from '../../../base/errors.ts'
import { Mutex } from '../../../base/mutex.ts'
import type { Connection, Listener, StreamDialer } from '../../../links/transport.ts'
import { noBounds } from '../../../stores/directory/bounds.ts'
import type { CallSchedule, LineBounds, Neighbour } from '../../../stores/directory/directory.ts'
import type { CourierOptions } from '../exchange.ts'
import type { CourierLimits } from '../limits.ts'
import { linkedSignal } from '../signals.ts'
import { Callers } from './callers.ts'
import { Claims } from './claims.ts'
import type { LineContext, WireOptions } from './context.ts'
import { Conversation, type ConversationOptions } from './conversation.ts'
import { firstBytes } from './first-bytes.ts'
import { lineLimitsWith } from './limits.ts'
import { KnownNeighbours } from './neighbours.ts'
import { type OpenLine, OpenLines } from './open-lines.ts'
import { Bucket } from './rates.ts'
import { type CallProgress, type CallReport, CallTally } from './report.ts'

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

export class Lines {
  readonly #context: LineContext
  readonly #known: KnownNeighbours
  readonly #open: OpenLines
  readonly #callers: Callers
  readonly #stopped: AbortSignal
  readonly #loading = new Mutex()
  #loaded = false

  constructor(options: CourierOptions, wires: WireOptions, parts: { limits: CourierLimits; stopped: AbortSignal }) {
    const limits = lineLimitsWith(wires.limits ?? {})
    const known = new KnownNeighbours(options.directory)
    this.#stopped = parts.stopped
    this.#known = known
    this.#open = new OpenLines(limits, wires.identity.id)
    this.#context = {
      ...options,
      ...{ wires, limits, packetLimits: parts.limits, claims: new Claims(), refused: new Set() },
      rates: sharedRates(wires, options.clock.now()),
      freeBytes: options.freeBytes ?? (async () => Number.POSITIVE_INFINITY),
      isKnown: id => known.has(id),
      takesPushes: id => known.takesPushes(id),
    }
    this.#callers = new Callers(this.#context, {
      neighbours: () =>
        [...known.all()]
          .filter(neighbour => this.#callable(neighbour).length > 0)
          .map(neighbour => ({ neighbour, rules: known.rules(neighbour.identity.id) })),
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
    await this.#load()
    this.#open.endUnless(id => this.#known.has(id))
    this.#callers.refresh()
  }

  departed(): void {
    this.#open.departed()
    this.#callers.departed()
  }

  /** Tries the neighbour's addresses in turn until one answers. Rejects only when cancelled. */
  async call(neighbour: Neighbour, options: CallNeighbourOptions): Promise<CallReport> {
    if (!this.#loaded) await this.#load()
    const { address } = options
    const addresses = this.#callable(address === undefined ? neighbour : { ...neighbour, addresses: [address] })
    if (addresses.length === 0) return failed(null, noAddress(neighbour))
    let report = failed(null, noAddress(neighbour))
    for (const { url, dialer } of addresses) {
      const attempt = await this.#callAt(neighbour, { url, dialer, options })
      report = attempt.report
      if (attempt.answered) break
    }
    return report
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

  #callable({ addresses, identity }: Neighbour): { url: URL; dialer: StreamDialer }[] {
    if (identity.noiseKey === null) return []
    return addresses.flatMap(address => {
      if (!URL.canParse(address)) return []
      const url = new URL(address)
      const dialer = this.#context.wires.dialers.find(({ scheme }) => `${scheme}:` === url.protocol)
      return dialer === undefined ? [] : [{ url, dialer }]
    })
  }

  async #callAt(
    neighbour: Neighbour,
    { url, dialer, options }: { url: URL; dialer: StreamDialer; options: CallNeighbourOptions },
  ): Promise<{ answered: boolean; report: CallReport }> {
    const { signal, release } = linkedSignal(options.signal, this.#stopped)
    const tally = new CallTally(progress => options.onProgress?.(progress))
    let answered = false
    try {
      tally.flowing('calling', 0)
      const connection = await dialer.dial(url, { signal })
      const error = await this.#talk(connection, signal, {
        ...{ who: { peer: neighbour.identity }, tally },
        ...{ nicenessMax: options.nicenessMax ?? nicenessMost, direction: options.direction ?? 'both' },
        lasting: options.onlineDeadlineMs === null,
        boundsOf: peer => this.#boundsOfCall(peer, options),
        onConnected: () => {
          answered = true
        },
      })
      if (signal.aborted) throw abortError(signal)
      return { answered, report: reportOf(url.href, tally, error) }
    } catch (error) {
      if (isAbort(error) || error instanceof AssertionError) throw error
      return { answered, report: reportOf(url.href, tally, operatingError(error)) }
    } finally {
      release()
    }
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
    const tally = new CallTally(() => {})
    const error = await this.#talk(connection, this.#stopped, {
      ...{ who: { peerOf: key => this.#known.byNoiseKey(key) }, tally },
      ...{ nicenessMax: nicenessMost, direction: 'both', lasting: true },
      boundsOf: peer => merged(this.#known.rules(peer).bounds, bounds),
      onConnected: peer => log.info('a neighbour has called', { neighbour: peer }),
    })
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
      how.onConnected(peer)
    }
    const conversation = new Conversation({ ...how, context: this.#context, connection, onConnected })
    const line: OpenLine = { conversation, dialed, lasting: how.lasting, peer: undefined }
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

function operatingError(error: unknown): OperatingError {
  if (error instanceof OperatingError) return error
  return new OperatingError(messageOf(error), { code: 'call-failed', retry: 'later', cause: error })
}
