/** What a node is and does now, and what it set aside. */
import { OperatingError } from '../../base/errors.ts'
import type { ServedNode } from '../served.ts'
import { listFolders } from './folders.ts'
import { listNeighbours } from './neighbours.ts'
import type { OperationContext, ParamsOf, ResultOf, Status } from './types.ts'
import { listUsers } from './users.ts'

export async function showStatus(node: ServedNode): Promise<Status> {
  const { identity, name, domain, running, listeners } = node
  const users = await listUsers(node)
  return {
    node: { id: identity.id, name, domain },
    running,
    listeners,
    users: users.map(user => ({ name: user.name, address: user.address })),
    neighbours: await listNeighbours(node),
    folders: await listFolders(node),
    inbox: await node.spool.inbox.summary(),
    quarantine: await node.spool.quarantine.count(),
  }
}

/** Waits until all that is due in the inbox has been opened. */
export async function tossNow(
  node: ServedNode,
  _params: ParamsOf<'toss'>,
  context: OperationContext,
): Promise<ResultOf<'toss'>> {
  await node.postOffice.settled(context.signal)
  const { packets } = await node.spool.inbox.summary()
  return { inbox: packets, quarantine: await node.spool.quarantine.count() }
}

const quarantineRowsMax = 1000

export async function listQuarantine(node: ServedNode): Promise<ResultOf<'quarantine.list'>> {
  const entries = await node.spool.quarantine.list(quarantineRowsMax)
  return entries.map(({ at, ...entry }) => ({ ...entry, at: new Date(at).toISOString() }))
}

export async function removeFromQuarantine(
  node: ServedNode,
  params: ParamsOf<'quarantine.remove'>,
): Promise<ResultOf<'quarantine.remove'>> {
  if (await node.spool.quarantine.remove(params.number)) return { number: params.number }
  throw new OperatingError(`Nothing is set aside under the number ${params.number}.`, {
    code: 'unknown-number',
    retry: 'never',
  })
}
