import type { RandomSource } from '@posthorn/nncp'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { QueueStore } from '../../stores/queue/index.ts'
import type { Envelope } from '../../stores/spool/envelope.ts'
import type { Body } from '../../stores/spool/spool.ts'
import type { CommandWay } from './command.ts'
import type { MailServer } from './smtp/session.ts'

/** A way out to another mail system. */
export interface Gateway {
  readonly name: string
  readonly way: ({ readonly kind: 'command' } & CommandWay) | ({ readonly kind: 'server' } & MailServer)
  /** Letters that are handed over side by side. */
  readonly atOnceMax: number
}

/** What a sender is to hear. */
export interface GatewayReport {
  /**
   * `returned`: given up after waiting; `expired`: its own lifetime was over; `relayed`: handed to somebody who tells
   * nothing of what comes of it.
   */
  readonly kind: 'failed' | 'returned' | 'expired' | 'delayed' | 'relayed'
  /** Names what happened: the same again is told once. */
  readonly event: string
  readonly envelope: Envelope
  readonly recipients: readonly {
    readonly address: string
    readonly status: string
    readonly reason: string
    readonly diagnostic?: string
    readonly remoteMta?: string
  }[]
  readonly messageId: string | null
  readonly body: Body | undefined
  readonly arrivedAt: number
  readonly willRetryUntil?: number
}

export interface GatewayContext {
  readonly queue: QueueStore
  /** Durable when it resolves; when it rejects nothing was told. `nobody`: there is no way to the sender, or none. */
  readonly report: (report: GatewayReport) => Promise<'told' | 'not-wanted' | 'nobody'>
  /** What this node calls itself. */
  readonly name: string
  /** A private folder, for what programs read. */
  readonly directory: string
  readonly random: RandomSource
  readonly clock: Clock
  readonly log: Log
}
