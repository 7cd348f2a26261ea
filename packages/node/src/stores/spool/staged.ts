import type { PacketId } from '@posthorn/nncp'
import { assert } from '../../base/assert.ts'
import { OperatingError } from '../../base/errors.ts'
import type { Lending } from '../../base/read-ahead.ts'
import { type DurableFiles, removeQuietly } from '../files/index.ts'
import { spoolLimits } from './limits.ts'
import type { Staged } from './spool.ts'

/** Where the bytes of something staged are. */
export type Holder =
  | { readonly kind: 'memory'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly path: string }
  /** Renamed to its place among the bodies, by a commit that may since have failed. */
  | { readonly kind: 'placed'; readonly path: string }
  | { readonly kind: 'discarded' }

/** Bytes in memory or in a temporary file, read as often as one likes until `discard`. */
export class HeldBytes {
  readonly sizeBytes: number
  readonly #files: DurableFiles
  #holder: Holder

  constructor(files: DurableFiles, holder: Holder, sizeBytes: number) {
    this.#files = files
    this.#holder = holder
    this.sizeBytes = sizeBytes
  }

  get holder(): Holder {
    return this.#holder
  }

  /** The file was renamed. */
  placedAt(path: string): void {
    this.#holder = { kind: 'placed', path }
  }

  read(startBytes = 0, how: Lending = {}): AsyncIterable<Uint8Array> {
    const holder = this.#holder
    assert(holder.kind !== 'discarded', 'bytes were read after they were discarded')
    if (holder.kind === 'memory') return chunksOfBytes(holder.bytes, startBytes)
    return chunksOfFile(this.#files, { ...how, path: holder.path, sizeBytes: this.sizeBytes, startBytes })
  }

  async discard(): Promise<void> {
    const holder = this.#holder
    this.#holder = holder.kind === 'placed' ? holder : { kind: 'discarded' }
    if (holder.kind === 'file') await removeQuietly(this.#files, holder.path)
  }
}

export class StagedBytes extends HeldBytes implements Staged {
  readonly id: PacketId
  readonly inner: StagedBytes | undefined

  constructor(
    files: DurableFiles,
    held: { holder: Holder; sizeBytes: number; id: PacketId; inner?: StagedBytes | undefined },
  ) {
    super(files, held.holder, held.sizeBytes)
    this.id = held.id
    this.inner = held.inner
  }

  override async discard(): Promise<void> {
    await super.discard()
    await this.inner?.discard()
  }
}

export async function* chunksOfBytes(bytes: Uint8Array, startBytes: number): AsyncIterable<Uint8Array> {
  for (let start = startBytes; start < bytes.length; start += spoolLimits.chunkBytesMax) {
    yield bytes.slice(start, start + spoolLimits.chunkBytesMax)
  }
}

/** Fails when the file is gone or shorter than it was: half a packet must never pass for a packet. */
export async function* chunksOfFile(
  files: DurableFiles,
  file: Lending & { path: string; sizeBytes: number; startBytes: number },
): AsyncIterable<Uint8Array> {
  const { path, sizeBytes, startBytes, ...how } = file
  const chunks = await files.read(path, { ...how, startBytes, endBytes: sizeBytes })
  let position = startBytes
  for await (const chunk of chunks ?? []) {
    position += chunk.length
    yield chunk
  }
  if (position >= sizeBytes) return
  const message = 'The bytes of a packet are not in the spool any more: it has left, or its file is damaged.'
  throw new OperatingError(message, { code: 'body-missing', retry: 'later', fields: { path } })
}
