/**
 * Bundles and the spool: what waits goes into a stream, what is for us comes out of one.
 *
 * It promises: a packet counts as copied when its bundle is durable on its medium, and not before; that a bundle was
 * written to a pipe is believed only when whoever carried it there confirms. Packets for neighbours that acknowledge
 * stay until they do. What is read is taken in as from a folder: hashed as kept, known senders only, once.
 *
 * What fails while writing leaves no bundle and everything in the outbox. What fails while reading ends the reading and
 * is in the report; what was taken until then is taken.
 */
import type { CourierOptions } from '../exchange.ts'
import type { CourierLimits } from '../limits.ts'
import { linkedSignal } from '../signals.ts'
import { followed, type Traffic } from '../traffic.ts'
import { type BundleRead, type ReadBundleOptions, takeOut } from './read.ts'
import { type BundleConfirmed, type BundleWritten, type ConfirmBundleOptions, confirm } from './settle.ts'
import { putInto, type WriteBundleOptions } from './write.ts'

export interface BundleParts {
  readonly limits: CourierLimits
  readonly stopped: AbortSignal
  readonly traffic: Traffic
  readonly track: <T>(work: Promise<T>) => Promise<T>
}

export class Bundles {
  readonly #options: CourierOptions
  readonly #parts: BundleParts

  constructor(options: CourierOptions, parts: BundleParts) {
    this.#options = options
    this.#parts = parts
  }

  /** Puts out what waits. Rejects with what failed, and then no bundle was made. */
  write(options: WriteBundleOptions): Promise<BundleWritten> {
    const { passage, onProgress } = this.#seen(options)
    const how = { ...options, onProgress }
    return this.#run(options, signal => putInto(this.#options, this.#parts.limits, { ...how, signal })).finally(() =>
      passage.end(),
    )
  }

  /** A bundle that was written with `hold` has reached its medium. Rejects with what failed; it can be done again. */
  confirm(options: ConfirmBundleOptions): Promise<BundleConfirmed> {
    return this.#run(options, signal => confirm(this.#options, { ...options, signal }))
  }

  /** Takes in what is for us. Rejects only when cancelled; what went wrong is in the report. */
  read(options: ReadBundleOptions): Promise<BundleRead> {
    const { passage, onProgress } = this.#seen(options)
    const how = { ...options, onProgress }
    return this.#run(options, signal => takeOut(this.#options, this.#parts.limits, { ...how, signal })).finally(() =>
      passage.end(),
    )
  }

  #seen({ name, onProgress }: Pick<WriteBundleOptions, 'name' | 'onProgress'>) {
    const passage = this.#parts.traffic.begin('bundle', name)
    const follow = followed(passage)
    const both: typeof onProgress = progress => {
      follow(progress)
      onProgress(progress)
    }
    return { passage, onProgress: both }
  }

  #run<T>(asked: { readonly signal: AbortSignal }, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, release } = linkedSignal(asked.signal, this.#parts.stopped)
    return this.#parts.track(work(signal).finally(release))
  }
}
