/** Calls that a person asks for. */
import type { ServedNode } from '../served.ts'
import { findNeighbour } from './neighbours.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

/** Calls, and waits until what came is opened. What went wrong is in the answer. */
export async function callNeighbour(
  node: ServedNode,
  params: ParamsOf<'neighbour.call'>,
  context: OperationContext,
): Promise<ResultOf<'neighbour.call'>> {
  const neighbour = await findNeighbour(node, params.name)
  const { onlineDeadlineMs, nicenessMax } = params
  const { signal, progress: onProgress } = context
  const report = await node.courier.call(neighbour, { signal, onlineDeadlineMs, nicenessMax, onProgress })
  if (report.received.packets > 0) await node.postOffice.settled(signal)
  return { neighbour: neighbour.name, ...report }
}
