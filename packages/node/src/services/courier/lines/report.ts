/** What a call tells: while it runs, and when it is done. */
import type { Amount } from '../report.ts'
import type { Passage } from '../traffic.ts'

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
  readonly passage: Pick<Passage, 'sending' | 'receiving'> | undefined
  #flowingBytes = 0

  constructor(onProgress: (progress: CallProgress) => void, passage?: Pick<Passage, 'sending' | 'receiving'>) {
    this.#onProgress = onProgress
    this.passage = passage
  }

  add(amount: { packets: number; bytes: number }, sizeBytes: number): void {
    amount.packets += 1
    amount.bytes += sizeBytes
    const { passage } = this
    if (passage !== undefined) (amount === this.sent ? passage.sending : passage.receiving).packet(sizeBytes)
  }

  /** Bytes of packets that are not done yet count too. */
  flowing(phase: CallProgress['phase'], bytes: number): void {
    this.#flowingBytes += bytes
    if (phase === 'sending') this.passage?.sending.bytes(bytes)
    if (phase === 'receiving') this.passage?.receiving.bytes(bytes)
    const packets = this.sent.packets + this.received.packets
    this.#onProgress({ phase, packets, bytes: this.#flowingBytes, bytesTotal: null })
  }
}
