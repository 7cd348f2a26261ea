/** Moving in from NNCP, and out to it. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type NncpConfig, type NodeId, nncpConfigValue, readNncpConfig, type Suite } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { nncpLockHolders, nncpSpoolWriter, openNncpSpool } from '../../links/nncp-spool/index.ts'
import { cronTimes } from '../../services/courier/cron.ts'
import {
  configOut,
  leftOut,
  type MovingNote,
  type NeighbourToMove,
  planAreas,
  planNeighbours,
  putSpool,
  rulesOf,
  takeSpool,
} from '../../services/moving/index.ts'
import { ownFolderOf } from '../../services/postoffice/index.ts'
import type { Area, Neighbour, NeighbourHandle } from '../../stores/directory/index.ts'
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
  const here = { self: identity.id, at: Date.now() }
  const plan = planNeighbours(config, { known: await directory.neighbours.list(), ...here })
  const planned = planAreas(config, { known: await directory.areas.list(), ...here })
  const notes: MovingNote[] = [...plan.notes]
  const handles = new Map<NodeId, readonly string[]>()
  for (const { neighbour, from, known } of plan.neighbours) {
    if (known) continue
    const { rules, notes: noted } = rulesOf(from, config, comes)
    notes.push(...noted)
    const names = rules.handles.map(({ name }) => name)
    handles.set(neighbour.identity.id, names)
    if (!dryRun && (await directory.neighbours.moveIn(neighbour, rules)) === 'name-taken') throw nameTaken(neighbour)
  }
  for (const { area, known } of planned.areas) {
    if (known || dryRun) continue
    if ((await directory.areas.put(area)) === 'name-taken') throw nameTaken(area)
  }
  return {
    neighbours: plan.neighbours.map(({ was, neighbour, known }) => ({
      was,
      name: neighbour.name,
      id: neighbour.identity.id,
      addresses: neighbour.addresses,
      via: neighbour.via,
      handles: handles.get(neighbour.identity.id) ?? [],
      outcome: known ? 'known' : 'added',
    })),
    areas: planned.areas.map(({ was, area: { name, id, subscribers }, known }) => ({
      ...{ was, name, id, subscribers },
      outcome: known ? 'known' : 'added',
    })),
    notes: [...notes, ...planned.notes, ...leftOut(config, unknown)],
  }
}

function nameTaken({ name }: { readonly name: string }): OperatingError {
  const message = `Another neighbour or area took the name ${name} meanwhile. Run the import again.`
  return new OperatingError(message, { code: 'name-taken', retry: 'later' })
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
  const { directory, home } = node
  const neighbours: NeighbourToMove[] = []
  for (const neighbour of await directory.neighbours.list()) {
    const { id } = neighbour.identity
    const [files, calling] = [await directory.files.get(id), await directory.calling.get(id)]
    neighbours.push({ neighbour, files, calling, handles: await handlesFor(node, neighbour) })
  }
  const ownFolder = (of: Neighbour | Area) =>
    'identity' in of ? join(home.incoming, of.name) : ownFolderOf(of, home.incoming)
  const { config, notes } = configOut({ neighbours, areas: await directory.areas.list(), ownFolder }, params)
  return { config: nncpConfigValue(config), notes }
}

/** Those of its own, and those of posthorn.toml that it may call. */
async function handlesFor(node: ServedNode, { name, identity }: Neighbour): Promise<readonly NeighbourHandle[]> {
  const own = await node.directory.handles.list(identity.id)
  const shared = Object.entries(node.config.exec).flatMap(([handle, { from, command, ...told }]) => {
    if (own.some(({ name: known }) => known === handle) || !(from.includes('*') || from.includes(name))) return []
    const { mail_result_from: resultFrom = null, mail_result_to: resultTo } = told
    return [{ name: handle, command, resultFrom, resultTo }]
  })
  return [...own, ...shared]
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
