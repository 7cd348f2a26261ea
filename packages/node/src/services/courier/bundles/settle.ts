/** What becomes of packets in the outbox when their bundle has reached its medium. */
import { type PacketId, readBundle } from '@posthorn/nncp'
import type { BundleSource } from '../../../links/bundle/index.ts'
import type { Custody } from '../../../stores/directory/directory.ts'
import { isNotAwaited, type OutboundKind } from '../../../stores/spool/spool.ts'
import { type CourierOptions, throwIfAborted } from '../exchange.ts'
import type { Amount } from '../report.ts'

export interface BundleWritten {
  readonly bundle: string
  readonly written: Amount
  /** Not in it, because one bundle holds only so many. */
  readonly waiting: Amount
}

export interface ConfirmBundleOptions {
  readonly name: string
  readonly source: BundleSource
  /** Let go of packets that nobody will acknowledge. */
  readonly release: boolean
  readonly signal: AbortSignal
}

export interface BundleConfirmed {
  readonly packets: number
  readonly released: number
}

/** Notes that each of our packets in the bundle was copied. Of the bundle only the names are believed. */
export async function confirm(options: CourierOptions, how: ConfirmBundleOptions): Promise<BundleConfirmed> {
  const { spool, directory, self } = options
  const counts = { packets: 0, released: 0 }
  for await (const { id, sender } of readBundle(how.source.read())) {
    throwIfAborted(how.signal)
    const packet = sender === self ? await spool.outbox.get(id) : undefined
    if (packet === undefined) continue
    const custody = (await directory.neighbours.get(packet.nextHop))?.custody ?? 'ack'
    const released = await settle(options, { id, kind: packet.kind, custody }, how)
    counts.packets += 1
    counts.released += released ? 1 : 0
  }
  return counts
}

export interface Bundled {
  readonly id: PacketId
  readonly kind: OutboundKind
  readonly custody: Custody
}

/** Whether the packet left the outbox. */
export async function settle(
  { spool, clock }: CourierOptions,
  { id, kind, custody }: Bundled,
  { name, release }: { readonly name: string; readonly release: boolean },
): Promise<boolean> {
  await spool.outbox.copied(id, mediumOf(name), clock.now())
  if (!release || (!isNotAwaited(kind) && custody !== 'copy')) return false
  await spool.outbox.release(id, clock.now())
  return true
}

/** As logs and the spool name it. */
export function mediumOf(bundle: string): string {
  return `bundle:${bundle}`
}
