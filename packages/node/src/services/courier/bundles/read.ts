import { FormatError, readBundle } from '@posthorn/nncp'
import { OperatingError } from '../../../base/errors.ts'
import type { BundleSource } from '../../../links/bundle/index.ts'
import type { IncomingParcel } from '../../../links/transport.ts'
import { type CourierOptions, operatingErrorOf, throwIfAborted } from '../exchange.ts'
import type { CourierLimits } from '../limits.ts'
import { FolderMemory } from '../memory.ts'
import { type Amount, type SyncProgress, type SyncReport, Tally } from '../report.ts'
import { takeInStream } from '../take-in.ts'
import { mediumOf } from './settle.ts'

export interface ReadBundleOptions {
  readonly name: string
  readonly source: BundleSource
  readonly signal: AbortSignal
  readonly onProgress: (progress: SyncProgress) => void
}

/** `left` counts packets for us that were not taken in; they are in the bundle still. */
export interface BundleRead
  extends Pick<SyncReport, 'taken' | 'duplicates' | 'bad' | 'left' | 'leftReasons' | 'error'> {
  readonly bundle: string
  /** Packets for other nodes. */
  readonly others: Amount
}

export async function takeOut(
  options: CourierOptions,
  limits: CourierLimits,
  { name, source, signal, onProgress }: ReadBundleOptions,
): Promise<BundleRead> {
  const tally = new Tally(name, limits)
  const others = { packets: 0, bytes: 0 }
  const medium = mediumOf(name)
  const intake = {
    ...{ options, limits, signal, tally, automatic: false },
    folder: { name: medium },
    memory: new FolderMemory(limits),
    log: options.log.with({ medium }),
    onProgress: (progress: SyncProgress) => (progress.phase === 'opening' ? onProgress(progress) : undefined),
  }

  async function* counted(): AsyncGenerator<Uint8Array> {
    let bytes = 0
    for await (const chunk of source.read()) {
      throwIfAborted(signal)
      bytes += chunk.length
      const { packets } = tally.taken
      onProgress({ phase: 'taking-in', packets, bytes, packetsTotal: null, bytesTotal: source.sizeBytes })
      yield chunk
    }
  }

  async function* forUs(): AsyncGenerator<IncomingParcel> {
    for await (const { recipient, sender, id, sizeBytes, body } of readBundle(counted())) {
      if (recipient !== options.self) tally.add(others, sizeBytes)
      // Nothing can be taken off a stream or set aside on it.
      else yield { recipient, sender, id, sizeBytes, read: () => body, settle: async () => {} }
    }
  }

  try {
    await takeInStream(intake, forUs())
  } catch (error) {
    tally.failed(inWords(error, name) ?? operatingErrorOf(error))
  }
  const { taken, duplicates, bad, left, leftReasons, error } = tally.report()
  const facts = { taken, duplicates, bad, left, leftReasons, ...(error === undefined ? {} : { error }) }
  intake.log.info('a bundle was read', { ...facts, others })
  return { bundle: name, ...facts, others }
}

function inWords(error: unknown, name: string): OperatingError | undefined {
  if (!(error instanceof FormatError)) return undefined
  const [code, words] =
    error.code === 'truncated'
      ? ['bundle-truncated', `The bundle ${name} ends in the middle of a packet. What came before it was taken in.`]
      : ['no-bundle', `${name} is no bundle: no packet and nothing like one was found in it.`]
  return new OperatingError(words, { code, retry: 'never', cause: error })
}
