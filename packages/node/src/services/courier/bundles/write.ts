import { type PacketToBundle, writeBundle } from '@posthorn/nncp'
import type { BundleSink } from '../../../links/bundle/index.ts'
import type { Neighbour } from '../../../stores/directory/directory.ts'
import type { OutboundPacket } from '../../../stores/spool/spool.ts'
import { type CourierOptions, throwIfAborted } from '../exchange.ts'
import type { CourierLimits } from '../limits.ts'
import type { SyncProgress } from '../report.ts'
import { type Bundled, type BundleWritten, mediumOf, settle } from './settle.ts'

export interface WriteBundleOptions {
  readonly name: string
  readonly sink: BundleSink
  /** For whom; null: for everybody for whom something waits. */
  readonly to: readonly Neighbour[] | null
  /** Nicer packets are not put out. */
  readonly nicenessMax: number
  /** It is not on its medium when it is committed: somebody will confirm it. */
  readonly hold: boolean
  readonly signal: AbortSignal
  readonly onProgress: (progress: SyncProgress) => void
}

export async function putInto(
  options: CourierOptions,
  limits: CourierLimits,
  how: WriteBundleOptions,
): Promise<BundleWritten> {
  const { sink, name, signal } = how
  const writing = new Writing(options, limits, how)
  try {
    for await (const chunk of writeBundle(writing.packets())) {
      throwIfAborted(signal)
      await sink.write(chunk)
    }
    throwIfAborted(signal)
    await sink.commit()
  } catch (error) {
    await sink.discard()
    throw error
  }
  // From here on it is done, cancelled or not.
  if (!how.hold) for (const packet of writing.bundled) await settle(options, packet, { name, release: true })
  const { written, waiting } = writing
  options.log.info('a bundle was written', { medium: mediumOf(name), held: how.hold, ...written })
  return { bundle: name, written, waiting }
}

/** One bundle in the making. */
class Writing {
  readonly #options: CourierOptions
  readonly #limits: CourierLimits
  readonly #how: WriteBundleOptions
  readonly bundled: Bundled[] = []
  readonly written = { packets: 0, bytes: 0 }
  readonly waiting = { packets: 0, bytes: 0 }
  #bytesTotal: number | null = null

  constructor(options: CourierOptions, limits: CourierLimits, how: WriteBundleOptions) {
    this.#options = options
    this.#limits = limits
    this.#how = how
  }

  /** Neighbour by neighbour, the least nice first. */
  async *packets(): AsyncGenerator<PacketToBundle> {
    const { directory, spool } = this.#options
    const { to } = this.#how
    const paused = await directory.calling.paused()
    const queues = (await spool.outbox.summary()).filter(
      ({ nextHop }) => !paused.has(nextHop) && (to === null || to.some(({ identity }) => identity.id === nextHop)),
    )
    this.#bytesTotal = queues.reduce((sum, { bytes }) => sum + bytes, 0)
    for (const { nextHop } of queues) {
      const neighbour = await directory.neighbours.get(nextHop)
      if (neighbour !== undefined) yield* this.#waitingFor(neighbour)
    }
  }

  async *#waitingFor(neighbour: Neighbour): AsyncGenerator<PacketToBundle> {
    const { outbox } = this.#options.spool
    const limit = this.#limits.packetsPerPage
    let after: string | null = null
    for (;;) {
      const page: readonly OutboundPacket[] = await outbox.page(neighbour.identity.id, { after, limit })
      for (const packet of page) {
        if (packet.niceness > this.#how.nicenessMax) return
        after = packet.cursor
        yield* this.#one(neighbour, packet)
      }
      if (page.length < limit) return
    }
  }

  async *#one(neighbour: Neighbour, packet: OutboundPacket): AsyncGenerator<PacketToBundle> {
    const { id, kind, sizeBytes } = packet
    if (this.bundled.length >= this.#limits.bundledPacketsMax) return add(this.waiting, sizeBytes)
    const body = await this.#options.spool.outbox.open(id)
    if (body === undefined) return
    const bytesBefore = this.written.bytes
    const members = { recipient: neighbour.identity.id, sender: this.#options.self, id, sizeBytes }
    yield { ...members, body: this.#counted(body.read(), bytesBefore) }
    add(this.written, sizeBytes)
    this.bundled.push({ id, kind, custody: neighbour.custody })
    const { messageId, nextHop } = packet
    this.#options.log.debug('a packet was put into a bundle', { packetId: id, messageId, nextHop, sizeBytes })
  }

  async *#counted(body: AsyncIterable<Uint8Array>, bytesBefore: number): AsyncGenerator<Uint8Array> {
    let bytes = bytesBefore
    for await (const chunk of body) {
      bytes += chunk.length
      const { packets } = this.written
      this.#how.onProgress({ phase: 'putting-out', packets, bytes, packetsTotal: null, bytesTotal: this.#bytesTotal })
      yield chunk
    }
  }
}

function add(amount: { packets: number; bytes: number }, sizeBytes: number): void {
  amount.packets += 1
  amount.bytes += sizeBytes
}
