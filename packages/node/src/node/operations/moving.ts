/** Moving in from NNCP, and out to it. */
import { randomBytes } from 'node:crypto'
import {
  type NncpConfig,
  type NncpNeighbour,
  type NodeId,
  nncpConfigValue,
  readNncpConfig,
  type Suite,
} from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { nncpLockHolders, nncpSpoolWriter, openNncpSpool } from '../../links/nncp-spool/index.ts'
import { cronTimes } from '../../services/courier/cron.ts'
import {
  boundsOf,
  configOut,
  fileRulesOf,
  leftOut,
  type MovingNote,
  planNeighbours,
  putSpool,
  scheduleOf,
  takeSpool,
} from '../../services/moving/index.ts'
import type { Directory } from '../../stores/directory/index.ts'
import { freeBytesAt, type Node } from '../assemble.ts'
import type { ServedNode } from '../served.ts'
import type { OperationContext, ParamsOf, ResultOf } from './types.ts'

/** What moving needs of a node; for a dry run before there is one, its parts may be those in memory. */
export type MovingNode = Pick<Node, 'suite' | 'spool' | 'directory'> & {
  readonly identity: Pick<Node['identity'], 'id'>
  readonly packetBytesMax: number
  readonly freeBytes?: () => Promise<number>
}

export async function importNncp(node: ServedNode, params: ParamsOf<'nncp.import'>): Promise<ResultOf<'nncp.import'>> {
  const result = await importConfig({ ...node, packetBytesMax: 0 }, params)
  if (params.dryRun !== true) node.courier.refresh()
  return result
}

export async function importConfig(
  { suite, identity, directory }: MovingNode,
  { config: value, dryRun = false }: ParamsOf<'nncp.import'>,
): Promise<ResultOf<'nncp.import'>> {
  const { config, unknown } = checkedNncpConfig(suite, value)
  const known = await directory.neighbours.list()
  const plan = planNeighbours(config, { known, self: identity.id, at: Date.now() })
  const notes: MovingNote[] = []
  for (const { neighbour, from, known: isKnown } of plan.neighbours) {
    if (isKnown || dryRun) continue
    if ((await directory.neighbours.put(neighbour)) !== 'name-taken') {
      notes.push(...(await applyRules(directory, neighbour.identity.id, from)))
      continue
    }
    throw new OperatingError(`Another neighbour took the name ${neighbour.name} meanwhile. Run the import again.`, {
      code: 'name-taken',
      retry: 'later',
    })
  }
  return {
    neighbours: plan.neighbours.map(({ was, neighbour, known: isKnown }) => ({
      was,
      name: neighbour.name,
      id: neighbour.identity.id,
      addresses: neighbour.addresses,
      via: neighbour.via,
      outcome: isKnown ? 'known' : 'added',
    })),
    notes: [...plan.notes, ...notes, ...leftOut(config, unknown)],
  }
}

/** What a neighbour that was just added may do. Answers what of it has no place here. */
async function applyRules(directory: Directory, id: NodeId, from: NncpNeighbour): Promise<MovingNote[]> {
  const notes: MovingNote[] = []
  await directory.files.set(id, fileRulesOf(from))
  const bounds = boundsOf(from)
  if (Object.values(bounds).some(bound => bound !== null)) await directory.calling.bound(id, bounds)
  for (const [at, call] of from.calls.entries()) {
    const schedule = scheduleOf(call, from)
    const added = schedule !== undefined && comes(schedule.cron) && (await directory.calling.schedule(id, schedule))
    if (typeof added === 'number') continue
    const why = 'Its time never comes, its address cannot be called, or there are too many: see posthorn schedule.'
    notes.push({ what: `neigh.${from.name}.calls[${at}]`, why })
  }
  return notes
}

function comes(cron: string): boolean {
  try {
    return cronTimes(cron).next(Date.now()) !== undefined
  } catch (error) {
    if (error instanceof OperatingError) return false
    throw error
  }
}

/** @throws OperatingError `bad-nncp-config` that names every fault. */
export function checkedNncpConfig(suite: Suite, value: unknown): { config: NncpConfig; unknown: readonly string[] } {
  const read = readNncpConfig(suite, value)
  if ('config' in read) return read
  const lines = read.faults.map(({ path, message }) => `  ${path === '' ? 'the file' : path} ${message}`)
  const head = `This configuration of NNCP has ${lines.length === 1 ? 'a fault' : 'faults'}; nothing was taken over:`
  throw new OperatingError([head, ...lines].join('\n'), {
    code: 'bad-nncp-config',
    retry: 'never',
    fields: { faults: read.faults },
  })
}

export async function takeNncpSpool(
  node: ServedNode,
  params: ParamsOf<'nncp.take-spool'>,
  context: OperationContext,
): Promise<ResultOf<'nncp.take-spool'>> {
  const { packet_bytes_max: packetBytesMax } = node.config.limits
  const taken = await takeSpoolAt(
    { ...node, packetBytesMax, freeBytes: () => freeBytesAt(node.home.spool) },
    params,
    context,
  )
  if (params.dryRun !== true) {
    node.postOffice.arrived()
    node.courier.departed()
  }
  return taken
}

export async function takeSpoolAt(
  { identity, spool, directory, packetBytesMax, freeBytes }: MovingNode,
  { path, move = false, dryRun = false }: ParamsOf<'nncp.take-spool'>,
  { signal, progress }: OperationContext,
): Promise<ResultOf<'nncp.take-spool'>> {
  const from = await openNncpSpool(path)
  const held = await nncpLockHolders(from)
  if (held !== null && held.length > 0 && !dryRun) throw nncpRuns(path, held)
  return takeSpool({
    ...{ self: identity.id, from, spool, packetBytesMax, dryRun, signal },
    isNeighbour: async id => (await directory.neighbours.get(id)) !== undefined,
    hasUsers: (await directory.users.list()).length > 0,
    remove: move,
    now: () => Date.now(),
    ...(freeBytes === undefined ? {} : { freeBytes }),
    onProgress: ({ packets, bytes, bytesTotal }) => progress({ phase: 'taking over', packets, bytes, bytesTotal }),
  })
}

export async function exportNncp(node: ServedNode, params: ParamsOf<'nncp.export'>): Promise<ResultOf<'nncp.export'>> {
  const { directory } = node
  const neighbours = await directory.neighbours.list()
  const { config, notes } = configOut(neighbours, params)
  const calling = await directory.calling.list()
  const rules: MovingNote[] = []
  for (const { name, identity } of neighbours) {
    const why = 'It is not written out: set it again in the configuration.'
    if (calling.has(identity.id)) rules.push({ what: `${name}, schedules and limits`, why })
    const { requestPath, incoming } = await directory.files.get(identity.id)
    if (requestPath !== null || incoming !== null) rules.push({ what: `${name}, folders for files`, why })
  }
  return { config: nncpConfigValue(config), notes: [...notes, ...rules] }
}

export async function putNncpSpool(
  node: ServedNode,
  { path }: ParamsOf<'nncp.put-spool'>,
  { signal, progress }: OperationContext,
): Promise<ResultOf<'nncp.put-spool'>> {
  const held = await nncpLockHolders(await openNncpSpool(path))
  if (held !== null && held.length > 0) throw nncpRuns(path, held)
  const to = await nncpSpoolWriter(path, randomBytes)
  return putSpool({
    ...{ to, spool: node.spool, signal },
    onProgress: ({ packets, bytes, bytesTotal }) => progress({ phase: 'writing out', packets, bytes, bytesTotal }),
  })
}

function nncpRuns(path: string, held: readonly string[]): OperatingError {
  const locks = held.slice(0, 5).join(', ')
  return new OperatingError(
    `NNCP works in ${path} now (it holds ${locks}). Stop nncp-daemon, nncp-caller and nncp-toss, then do this again.`,
    { code: 'nncp-running', retry: 'later', fields: { path } },
  )
}
