/** What a node is and does now. */
import { diskReserveBytes } from '../../services/courier/index.ts'
import { freeBytesAt } from '../assemble.ts'
import { accountLink } from '../people.ts'
import type { ServedNode } from '../served.ts'
import { botStatus } from './bot.ts'
import { listFolders } from './folders.ts'
import { listNeighbours } from './neighbours.ts'
import { gatewayStatus } from './queue.ts'
import { repairShown } from './repair-words.ts'
import type { OperationContext, ParamsOf, ResultOf, Status } from './types.ts'
import { listUsers } from './users.ts'

export async function showStatus(node: ServedNode): Promise<Status> {
  const { identity, name, domain, running, restored, listeners } = node
  const users = await listUsers(node)
  return {
    node: { id: identity.id, name, domain },
    running,
    restored:
      // A repair counts as one for those who number things, but no backup was brought back.
      restored === null || restored.restoredAt === node.upkeep.lastRepair()?.at
        ? null
        : { at: new Date(restored.restoredAt).toISOString(), backupOf: new Date(restored.madeAt).toISOString() },
    listeners,
    lanFault: node.openness.fault,
    users: users.map(({ name: user, address, admin }) => ({ name: user, address, admin })),
    firstLogin: await firstLoginStatus(node),
    neighbours: await listNeighbours(node),
    folders: await listFolders(node),
    gateways: await gatewayStatus(node),
    bot: await botStatus(node),
    inbox: await node.spool.inbox.summary(),
    quarantine: await node.spool.quarantine.count(),
    custody: await custodyOf(node),
    diskFull: await diskFullOf(node),
    repair: repairOf(node),
  }
}

async function diskFullOf({ home }: ServedNode): Promise<Status['diskFull']> {
  const freeBytes = await freeBytesAt(home.spool)
  return freeBytes < diskReserveBytes ? { freeBytes, reserveBytes: diskReserveBytes } : null
}

async function custodyOf({ spool, config }: ServedNode): Promise<Status['custody']> {
  const sums = await spool.custody.summary()
  return {
    letters: sums.reduce((sum, { handedOver }) => sum + handedOver, 0),
    bytes: sums.reduce((sum, { bytes }) => sum + bytes, 0),
    bytesMax: config.limits.custody_bytes_max,
    letGo: await spool.custody.letGo(),
  }
}

function repairOf({ upkeep }: ServedNode): Status['repair'] {
  const repair = upkeep.lastRepair()
  return repair === null ? null : repairShown(repair)
}

async function firstLoginStatus({ config, directory, domain }: ServedNode): Promise<Status['firstLogin']> {
  const { first_login_users_max: usersMax } = config.users
  const link = accountLink(config, domain)
  return link === null ? null : { link, users: await directory.users.selfMadeCount(), usersMax }
}

/** Waits until all that is due in the inbox has been opened, and the programs of exec packets have ended. */
export async function tossNow(
  node: ServedNode,
  _params: ParamsOf<'toss'>,
  context: OperationContext,
): Promise<ResultOf<'toss'>> {
  await node.postOffice.workedOff(context.signal)
  const { packets } = await node.spool.inbox.summary()
  return { inbox: packets, quarantine: await node.spool.quarantine.count() }
}
