/** What a call tells: while it runs, and when it is done. */
import type { Amount } from '../report.ts'

export interface CallProgress {
  readonly phase: 'calling' | 'sending' | 'receiving'
  readonly packets: number
  readonly bytes: number
  readonly bytesTotal: null
}

export interface CallReport {
  /** The address that answered, or the last one tried; null when there was none. */
  readonly address: string | null
  /** Packets that the neighbour has taken over. */
  readonly sent: Amount
  /** Packets that are in our inbox now, or were here before. */
  readonly received: Amount
  /** Packets of the neighbour that stay with it, and why stands in the log. */
  readonly left: number
  /** What ended the call, when it was not over by itself. */
  readonly error?: { readonly code: string; readonly message: string }
}

/** What one conversation has done so far. */
export class CallTally {
  readonly sent = { packets: 0, bytes: 0 }
  readonly received = { packets: 0, bytes: 0 }
  left = 0
  readonly #onProgress: (progress: CallProgress) => void
  #flowingBytes = 0

  constructor(onProgress: (progress: CallProgress) => void) {
    this.#onProgress = onProgress
  }

  add(amount: { packets: number; bytes: number }, sizeBytes: number): void {
    amount.packets += 1
    amount.bytes += sizeBytes
  }

  /** Bytes of packets that are not done yet count too. */
  flowing(phase: CallProgress['phase'], bytes: number): void {
    this.#flowingBytes += bytes
    const packets = this.sent.packets + this.received.packets
    this.#onProgress({ phase, packets, bytes: this.#flowingBytes, bytesTotal: null })
  }
}
