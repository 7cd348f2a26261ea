/**
 * The in-memory twin of the folder transport: what tests and simulations carry packets on. It keeps the promises of the
 * folder transport (same contract suite) on a `MemoryMedium`, which can be unplugged, filled up and write-protected.
 */
import type { NodeId, PacketId } from '@posthorn/nncp'
import { parseNodeId, parsePacketId } from '@posthorn/nncp'
import { abortError } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { Hint } from '../../base/hint.ts'
import type { CallOptions, IncomingParcel, OutgoingParcel, ParcelTransport, Settlement } from '../transport.ts'

/** A stick without the plastic. Files are named `RECIPIENT/SENDER/PACKET`; an array that lies here is never changed. */
export class MemoryMedium {
  readonly #files = new Map<string, Uint8Array>()
  readonly #watching = new Set<Hint>()
  #plugged = true
  readOnly = false
  capacityBytes = Number.POSITIVE_INFINITY

  get plugged(): boolean {
    return this.#plugged
  }

  set plugged(plugged: boolean) {
    this.#plugged = plugged
    if (plugged) this.#changed()
  }

  put(path: string, bytes: Uint8Array): void {
    this.#files.set(path, bytes)
    this.#changed()
  }

  get(path: string): Uint8Array | undefined {
    return this.#files.get(path)
  }

  remove(path: string): void {
    if (this.#files.delete(path)) this.#changed()
  }

  list(): readonly string[] {
    return [...this.#files.keys()].sort()
  }

  get usedBytes(): number {
    let usedBytes = 0
    for (const bytes of this.#files.values()) usedBytes += bytes.length
    return usedBytes
  }

  /** The hint is notified of each change until the signal fires. */
  watch(hint: Hint, signal: AbortSignal): void {
    if (signal.aborted) return
    this.#watching.add(hint)
    signal.addEventListener('abort', () => this.#watching.delete(hint), { once: true })
  }

  #changed(): void {
    for (const hint of this.#watching) hint.notify()
  }
}

export interface MemoryOptions {
  /** The medium that a URL names. */
  readonly medium: (at: URL) => MemoryMedium
  /** Default `file`, so that it can stand in for the folder transport. */
  readonly scheme?: string
}

export function memoryTransport(options: MemoryOptions): ParcelTransport {
  return new MemoryTransport(options)
}

class MemoryTransport implements ParcelTransport {
  readonly kind = 'parcel'
  readonly scheme: string
  readonly traits = { latencyMs: 0, bytesPerSecond: 1_000_000_000, oneWay: false }
  readonly #medium: (at: URL) => MemoryMedium

  constructor({ medium, scheme = 'file' }: MemoryOptions) {
    this.scheme = scheme
    this.#medium = medium
  }

  async drop(parcel: OutgoingParcel, at: URL, { signal }: CallOptions): Promise<'written' | 'present'> {
    const medium = this.#plugged(at)
    const path = `${parcel.recipient}/${parcel.sender}/${parcel.id}`
    if (medium.get(path)?.length === parcel.sizeBytes) return 'present'
    if (medium.readOnly) throw failure('medium-read-only', 'the medium cannot be written to')
    if (medium.capacityBytes - medium.usedBytes < parcel.sizeBytes)
      throw failure('medium-full', 'there is no room on the medium')
    const bytes = await gather(parcel, signal)
    if (this.#plugged(at).readOnly) throw failure('medium-read-only', 'the medium cannot be written to')
    medium.put(path, bytes)
    return 'written'
  }

  async *collect(recipient: NodeId, at: URL, { signal }: CallOptions): AsyncGenerator<IncomingParcel> {
    const medium = this.#plugged(at)
    for (const path of medium.list()) {
      if (signal.aborted) throw abortError(signal)
      const [to = '', from = '', name = '', ...rest] = path.split('/')
      const sender = parseNodeId(from)
      const id = parsePacketId(name)
      const bytes = medium.get(path)
      if (to !== recipient || sender === undefined || id === undefined || rest.length > 0) continue
      if (bytes !== undefined)
        yield new MemoryParcel(() => this.#plugged(at), { recipient, sender, id, path, bytes, signal })
    }
  }

  async *placed(sender: NodeId, recipient: NodeId, at: URL, { signal }: CallOptions): AsyncGenerator<PacketId> {
    const folder = `${recipient}/${sender}/`
    for (const path of this.#plugged(at).list()) {
      if (signal.aborted) throw abortError(signal)
      const id = path.startsWith(folder) ? parsePacketId(path.slice(folder.length)) : undefined
      if (id !== undefined) yield id
    }
  }

  async retire(parcel: { sender: NodeId; recipient: NodeId; id: PacketId }, at: URL, options: CallOptions) {
    if (options.signal.aborted) throw abortError(options.signal)
    const medium = this.#plugged(at)
    if (medium.readOnly) throw failure('medium-read-only', 'the medium cannot be written to')
    medium.remove(`${parcel.recipient}/${parcel.sender}/${parcel.id}`)
  }

  async *watch(at: URL, { signal }: CallOptions): AsyncGenerator<void> {
    const hint = new Hint()
    const ended = new AbortController()
    const medium = this.#medium(at)
    medium.watch(hint, AbortSignal.any([signal, ended.signal]))
    if (medium.plugged) hint.notify()
    try {
      while (!signal.aborted) {
        await hint.wait(signal)
        if (signal.aborted) return
        yield
      }
    } finally {
      ended.abort()
    }
  }

  async ready(at: URL): Promise<boolean> {
    return this.#medium(at).plugged
  }

  #plugged(at: URL): MemoryMedium {
    const medium = this.#medium(at)
    if (!medium.plugged) throw failure('medium-gone', 'the medium is not there')
    return medium
  }
}

interface Found {
  readonly recipient: NodeId
  readonly sender: NodeId
  readonly id: PacketId
  readonly path: string
  readonly bytes: Uint8Array
  readonly signal: AbortSignal
}

class MemoryParcel implements IncomingParcel {
  readonly recipient: NodeId
  readonly sender: NodeId
  readonly id: PacketId
  readonly sizeBytes: number
  readonly #medium: () => MemoryMedium
  readonly #found: Found

  constructor(medium: () => MemoryMedium, found: Found) {
    this.recipient = found.recipient
    this.sender = found.sender
    this.id = found.id
    this.sizeBytes = found.bytes.length
    this.#medium = medium
    this.#found = found
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const { bytes, signal } = this.#found
    this.#mustBeUnchanged()
    for (let offset = 0; offset < bytes.length; offset += chunkBytes) {
      if (signal.aborted) throw abortError(signal)
      yield bytes.slice(offset, offset + chunkBytes)
      this.#mustBeUnchanged()
    }
  }

  async settle(outcome: Settlement): Promise<void> {
    if (outcome.kind === 'left') return
    const medium = this.#medium()
    const { path, bytes } = this.#found
    if (medium.get(path) !== bytes) return
    if (medium.readOnly) throw failure('medium-read-only', 'the medium cannot be written to')
    medium.remove(path)
    if (outcome.kind === 'taken') return
    let copy = 0
    const aside = () => (copy === 0 ? `${path}.bad` : `${path}.bad.${copy}`)
    while (medium.get(aside()) !== undefined) copy += 1
    medium.put(aside(), bytes)
  }

  #mustBeUnchanged(): void {
    const { path, bytes } = this.#found
    if (this.#medium().get(path) !== bytes) throw failure('changed-while-read', 'the file changed while it was read')
  }
}

const chunkBytes = 128 * 1024

async function gather(parcel: OutgoingParcel, signal: AbortSignal): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  if (signal.aborted) throw abortError(signal)
  for await (const chunk of parcel.read()) {
    if (signal.aborted) throw abortError(signal)
    chunks.push(Uint8Array.from(chunk))
  }
  const bytes = Buffer.concat(chunks)
  if (bytes.length !== parcel.sizeBytes) throw failure('packet-size', 'a packet has not the size it says')
  return bytes
}

function failure(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'later' })
}
