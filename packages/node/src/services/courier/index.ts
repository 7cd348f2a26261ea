/**
 * The courier moves sealed packets between the spool and the media; it never opens one.
 *
 * It promises: a packet leaves a medium only when the inbox holds it or had it, and it leaves the outbox only when its
 * next hop acknowledged it — except acks, and packets for neighbours that never acknowledge, which leave once a durable
 * copy lies on a medium. Copies are harmless: a packet is known by its hash, and one that comes again is acknowledged
 * again. What is not what it says is set aside on the medium and noted with its reason. Packets of strangers, packets
 * for others and everything else on a medium stay untouched.
 *
 * Over a live line a packet leaves the outbox when the neighbour says DONE, and DONE is said when the inbox holds it:
 * see `lines/`. A line may be cut at any byte; the next one goes on from there.
 *
 * What fails is a medium, a line or the spool: the report says so, nothing is half-done, and the next sync or call goes
 * on. Cancelled, it stops between two packets. With the post office it meets only in the spool.
 */
import { setMaxListeners } from 'node:events'
import { pathToFileURL } from 'node:url'
import type { PacketId } from '@posthorn/nncp'
import { assert } from '../../base/assert.ts'
import { abortError } from '../../base/clock.ts'
import type { Service } from '../../base/lifecycle.ts'
import type { NetworkChange, Sighting } from '../../links/lan/sighting.ts'
import type { Listener, ParcelTransport } from '../../links/transport.ts'
import type { LineBounds, Neighbour, PacketFolder } from '../../stores/directory/directory.ts'
import { Automatic } from './automatic.ts'
import { Bundles } from './bundles/index.ts'
import { contentsOf, type FolderContents } from './contents.ts'
import type { CourierOptions, Exchange } from './exchange.ts'
import { KnownRoads } from './known-roads.ts'
import { type CourierLimits, courierLimitsWith } from './limits.ts'
import { type CallNeighbourOptions, Lines } from './lines/index.ts'
import type { NearbyNode } from './lines/nearby.ts'
import type { CallReport } from './lines/report.ts'
import { Place } from './places.ts'
import { type SyncProgress, type SyncReport, Tally } from './report.ts'
import { linkedSignal } from './signals.ts'
import { exchangeWith } from './sync.ts'
import { followed, type Move, Traffic } from './traffic.ts'

export type { CourierOptions } from './exchange.ts'
export { type CourierLimits, diskReserveBytes } from './limits.ts'
export type { NearbyAddress, NearbyNode } from './lines/nearby.ts'
export type { CallReport } from './lines/report.ts'
export type { SyncProgress, SyncReport } from './report.ts'
export type { Flow, Move } from './traffic.ts'

export interface SyncOptions {
  readonly signal: AbortSignal
  readonly onProgress?: ((progress: SyncProgress) => void) | undefined
}

export interface Courier extends Service {
  /** Packets as streams: tape, disc, pipe, broadcast. */
  readonly bundles: Bundles
  /**
   * One exchange with one folder. Two syncs of the same folder run one after the other. Rejects only when cancelled;
   * what went wrong is in the report.
   */
  sync(folder: PacketFolder, options: SyncOptions): Promise<SyncReport>
  /** One call. Rejects only when cancelled; what went wrong is in the report. */
  call(neighbour: Neighbour, options: CallNeighbourOptions): Promise<CallReport>
  /**
   * Takes calls of neighbours until the listener is closed or the courier stops, which closes it. `bounds` hold where
   * nothing else was set for the neighbour.
   */
  serve(listener: Listener, bounds?: Partial<LineBounds>): void
  /**
   * From now on syncs the directory's folders and calls its neighbours by itself, whenever there is reason to.
   */
  start(): void
  /** A hint: the directory's folders or neighbours changed. */
  refresh(): void
  /** A hint: the outbox got something. */
  departed(): void
  /**
   * A node was heard in the local network. Answers whether that is news and it is a neighbour, which is then called;
   * a stranger is remembered for `nearby`, and nothing else.
   */
  found(sighting: Sighting): boolean
  /** Nodes that were heard in the local network, neighbours and strangers: their own word, nothing of it proven. */
  nearby(): readonly NearbyNode[]
  /**
   * One exchange, and then hands off: nothing of the folder is open or touched until its medium has gone, or a person
   * syncs it again. `released` is false when the exchange failed: then it goes on as before.
   */
  release(folder: PacketFolder, options: SyncOptions): Promise<SyncReport & { readonly released: boolean }>
  isReleased(folder: Pick<PacketFolder, 'path'>): boolean
  /** What of ours lies there. Rejects with `medium-gone` and the like. */
  contents(folder: PacketFolder, signal: AbortSignal): Promise<FolderContents>
  /** Lines that are open, and syncs and bundles under way. */
  moves(): readonly Move[]
  /** Resolves when something moved, came up or ended since it was asked last; for one who watches. */
  moved(signal: AbortSignal): Promise<void>
  /** A packet of the outbox has another niceness. */
  raised(id: PacketId, niceness: number): void
  /** Lines that use an address which has gone end; who could not be reached is tried again. */
  networkChanged(change: NetworkChange): void
}

export function courier(options: CourierOptions): Courier {
  return new CourierService(options)
}

class CourierService implements Courier {
  readonly bundles: Bundles
  readonly #options: CourierOptions
  readonly #limits: CourierLimits
  readonly #stopped = new AbortController()
  readonly #places = new Map<string, Place>()
  readonly #roads: KnownRoads
  readonly #running = new Set<Promise<unknown>>()
  readonly #automatic: Automatic
  readonly #lines: Lines | undefined
  readonly #traffic: Traffic
  #started = false

  constructor(options: CourierOptions) {
    this.#options = options
    // Each line and each sync listens for the end.
    setMaxListeners(0, this.#stopped.signal)
    this.#limits = courierLimitsWith(options.limits ?? {})
    const { directory, clock, log } = options
    this.#roads = new KnownRoads(directory, options.wires !== undefined)
    this.#traffic = new Traffic(clock)
    this.bundles = new Bundles(options, {
      limits: this.#limits,
      stopped: this.#stopped.signal,
      traffic: this.#traffic,
      track: work => this.#track(work),
    })
    this.#automatic = new Automatic(
      {
        ...{ directory, clock, log, limits: this.#limits },
        sync: (folder, signal) => this.#syncIfThere(folder, signal),
        watch: (folder, signal) => this.#watch(folder, signal),
      },
      this.#stopped.signal,
    )
    const parts = { limits: this.#limits, stopped: this.#stopped.signal, traffic: this.#traffic }
    this.#lines = options.wires && new Lines(options, options.wires, parts)
  }

  call(neighbour: Neighbour, options: CallNeighbourOptions): Promise<CallReport> {
    return this.#track(this.#wired().call(neighbour, options))
  }

  serve(listener: Listener, bounds?: Partial<LineBounds>): void {
    const close = () => void listener.close()
    this.#stopped.signal.addEventListener('abort', close, { once: true })
    if (this.#stopped.signal.aborted) close()
    void this.#track(this.#wired().serve(listener, bounds))
  }

  sync(folder: PacketFolder, options: SyncOptions): Promise<SyncReport> {
    this.#place(folder).takeUp()
    return this.#track(this.#inTurn(folder, options, false))
  }

  async release(folder: PacketFolder, options: SyncOptions): Promise<SyncReport & { readonly released: boolean }> {
    const report = await this.#track(this.#inTurn(folder, options, false))
    if (report.error !== undefined) return { ...report, released: false }
    const place = this.#place(folder)
    await place.release()
    // One that had begun by itself meanwhile ends first.
    await place.turns.run(async () => {})
    this.#traffic.moved.notify()
    return { ...report, released: place.isReleased }
  }

  isReleased(folder: Pick<PacketFolder, 'path'>): boolean {
    return this.#places.get(folder.path)?.isReleased ?? false
  }

  contents(folder: PacketFolder, signal: AbortSignal): Promise<FolderContents> {
    return this.#track(contentsOf({ ...this.#road(folder), options: this.#options, limits: this.#limits, signal }))
  }

  moves(): readonly Move[] {
    return this.#traffic.moves()
  }

  moved(signal: AbortSignal): Promise<void> {
    return this.#traffic.moved.wait(signal)
  }

  raised(id: PacketId, niceness: number): void {
    this.#lines?.raised(id, niceness)
    this.departed()
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    void this.#track(this.#automatic.run())
    if (this.#lines !== undefined) void this.#track(this.#lines.run())
  }

  refresh(): void {
    this.#traffic.moved.notify()
    this.#roads.forget()
    this.#automatic.refresh()
    if (this.#lines !== undefined) void this.#track(this.#lines.refresh())
  }

  departed(): void {
    this.#traffic.moved.notify()
    this.#automatic.departed()
    this.#lines?.departed()
  }

  found(sighting: Sighting): boolean {
    return this.#lines?.found(sighting) ?? false
  }

  nearby(): readonly NearbyNode[] {
    return this.#lines?.nearby() ?? []
  }

  networkChanged(change: NetworkChange): void {
    this.#lines?.networkChanged(change)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await Promise.allSettled([...this.#running])
  }

  async #syncIfThere(folder: PacketFolder, signal: AbortSignal): Promise<SyncReport | undefined> {
    const { transport, at } = this.#road(folder)
    const place = this.#place(folder)
    if (place.isReleased) return undefined
    if (await transport.ready(at)) return this.#inTurn(folder, { signal }, true)
    place.memory.forget()
    return undefined
  }

  #watch(folder: PacketFolder, signal: AbortSignal): AsyncIterable<void> {
    const { transport, at } = this.#road(folder)
    const place = this.#place(folder)
    return place.watch(until => transport.watch(at, { signal: until }), {
      signal,
      isGone: async () => {
        const gone = !(await transport.ready(at))
        if (gone) place.memory.forget()
        return gone
      },
      pause: () => this.#options.clock.sleep(this.#limits.lookForGoneMs, signal).catch(() => undefined),
    })
  }

  /** Waits for its turn; a cancelled wait ends at once, a cancelled exchange when it has come to a clean stop. */
  #inTurn(folder: PacketFolder, { signal: asked, onProgress }: SyncOptions, automatic: boolean): Promise<SyncReport> {
    const { turns, memory } = this.#place(folder)
    const { signal, release } = linkedSignal(asked, this.#stopped.signal)
    const turn = new Promise<SyncReport>((resolve, reject) => {
      const giveUp = () => reject(abortError(signal))
      if (signal.aborted) return giveUp()
      signal.addEventListener('abort', giveUp, { once: true })
      const done = turns.run(async () => {
        signal.removeEventListener('abort', giveUp)
        if (signal.aborted) throw abortError(signal)
        const passage = this.#traffic.begin('folder', folder.name)
        const exchange = this.#exchange(folder, { signal, memory, automatic, onProgress, follow: followed(passage) })
        const report = await exchangeWith(exchange).finally(() => passage.end())
        if (report.error?.code === 'medium-gone') memory.forget()
        return report
      })
      done.then(resolve, reject)
    })
    return turn.finally(release)
  }

  #exchange(
    folder: PacketFolder,
    {
      follow,
      onProgress,
      ...how
    }: Pick<Exchange, 'signal' | 'memory' | 'automatic'> & {
      readonly onProgress: SyncOptions['onProgress']
      readonly follow: Exchange['onProgress']
    },
  ): Exchange {
    return {
      ...how,
      ...this.#road(folder),
      options: this.#options,
      limits: this.#limits,
      roads: this.#roads,
      folder,
      tally: new Tally(folder.name, this.#limits),
      log: this.#options.log.with({ folder: folder.name }),
      onProgress: progress => {
        follow(progress)
        onProgress?.(progress)
      },
    }
  }

  #road(folder: PacketFolder): { transport: ParcelTransport; at: URL } {
    const at = pathToFileURL(folder.path)
    const transport = this.#options.transports.find(({ scheme }) => `${scheme}:` === at.protocol)
    assert(transport !== undefined, 'no transport carries folders')
    return { transport, at }
  }

  #wired(): Lines {
    assert(this.#lines !== undefined, 'a courier without wires was asked to call')
    return this.#lines
  }

  #place(folder: PacketFolder): Place {
    const place = this.#places.get(folder.path) ?? new Place(this.#limits)
    this.#places.set(folder.path, place)
    return place
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work)
    const forget = () => this.#running.delete(work)
    work.then(forget, forget)
    return work
  }
}
