/** What was set aside, and what a person does with it. */
import { OperatingError } from '../../base/errors.ts'
import type { ServedNode } from '../served.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

const quarantineRowsMax = 1000

export async function listQuarantine(node: ServedNode): Promise<ResultOf<'quarantine.list'>> {
  const entries = await node.spool.quarantine.list(quarantineRowsMax)
  return entries.map(({ at, ...entry }) => ({ ...entry, at: new Date(at).toISOString() }))
}

export async function removeFromQuarantine(
  node: ServedNode,
  { number }: ParamsOf<'quarantine.remove'>,
): Promise<ResultOf<'quarantine.remove'>> {
  if (await node.spool.quarantine.remove(number)) return { number }
  throw unknownNumber(number)
}

/** For what was set aside for a reason that is gone. Waits until it was tossed, so that its end can be told. */
export async function retryFromQuarantine(
  node: ServedNode,
  { number }: ParamsOf<'quarantine.retry'>,
  context: OperationContext,
): Promise<ResultOf<'quarantine.retry'>> {
  const gone = await node.spool.quarantine.retry(number, Date.now())
  if (gone === undefined) throw unknownNumber(number)
  if (gone === 'not-kept') {
    const message = `Number ${number} is only a note: its bytes are elsewhere or damaged, and cannot be tried again.`
    throw new OperatingError(message, { code: 'not-kept', retry: 'never' })
  }
  const { id: name, room } = gone
  if (room === 'outbox') {
    node.courier.departed()
    return { number, name, outcome: 'queued' }
  }
  node.postOffice.arrived()
  await node.postOffice.settled(context.signal)
  const seen = await node.spool.inbox.seen(name)
  if (seen?.outcome === 'waiting') return { number, name, outcome: 'waiting' }
  const entries = await node.spool.quarantine.list(quarantineRowsMax)
  const again = entries.find(entry => entry.name === name && entry.number > number)
  return again === undefined
    ? { number, name, outcome: 'done' }
    : { number: again.number, name, outcome: 'set-aside', reason: again.reason }
}

function unknownNumber(number: number): OperatingError {
  const message = `Nothing is set aside under the number ${number}.`
  return new OperatingError(message, { code: 'unknown-number', retry: 'never' })
}
