/** What of ours lies on a medium, for a person who is about to carry it. */
import type { NodeId } from '@posthorn/nncp'
import { type Exchange, throwIfAborted } from './exchange.ts'
import type { Amount } from './report.ts'

export interface CopiesOf {
  readonly neighbour: NodeId
  /** Waiting for the neighbour to take them. */
  readonly copies: Amount
  /** It has them already, by another road; they go at the next sync. */
  readonly arrived: number
}

export interface FolderContents {
  /** Of those for whom something lies there. */
  readonly neighbours: readonly CopiesOf[]
  /** There may be more than was counted. */
  readonly more: boolean
}

/** Counts at most `contentsMax` copies. Rejects with `medium-gone` and the like. */
export async function contentsOf(
  exchange: Pick<Exchange, 'options' | 'transport' | 'at' | 'limits' | 'signal'>,
): Promise<FolderContents> {
  const { options, transport, at, limits, signal } = exchange
  const neighbours: CopiesOf[] = []
  let left = limits.contentsMax
  for (const { identity } of await options.directory.neighbours.list()) {
    const copies = { packets: 0, bytes: 0 }
    let arrived = 0
    for await (const id of transport.placed(options.self, identity.id, at, { signal })) {
      throwIfAborted(signal)
      const packet = await options.spool.outbox.get(id)
      if (packet === undefined) arrived += 1
      else {
        copies.packets += 1
        copies.bytes += packet.sizeBytes
      }
      left -= 1
      if (left === 0) break
    }
    if (copies.packets + arrived > 0) neighbours.push({ neighbour: identity.id, copies, arrived })
    if (left === 0) return { neighbours, more: true }
  }
  return { neighbours, more: false }
}
