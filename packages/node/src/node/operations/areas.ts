/** Areas: groups of nodes that hear the same messages. */
import { randomBytes } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { type AreaKeys, formatArea, generateArea, isPrivateArea, type NodeId, parseNodeId } from '@posthorn/nncp'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { mailHandle, ownFolderOf } from '../../services/postoffice/index.ts'
import { areaRelayLink, areaSecretLink } from '../../stores/directory/area-link.ts'
import type { Area } from '../../stores/directory/index.ts'
import type { ServedNode } from '../served.ts'
import { readAreaSource } from './area-source.ts'
import type { AreaShown, AreaStatus } from './area-types.ts'
import { findNeighbour } from './neighbours.ts'
import type { ParamsOf, ResultOf } from './types.ts'

const ownDefaults = { subscribers: [], takesFiles: true, incoming: null, handles: [mailHandle], allowUnknown: false }

export async function createArea(node: ServedNode, { name }: ParamsOf<'area.create'>): Promise<AreaStatus> {
  const keys = generateArea(node.suite, randomBytes)
  const area: Area = { ...keys, ...ownDefaults, name, addedAt: Date.now() }
  await keep(node, area)
  return describe(node, area)
}

export async function joinArea(node: ServedNode, params: ParamsOf<'area.join'>): Promise<ResultOf<'area.join'>> {
  const found = readAreaSource(node.suite, params.source, params.name)
  const { id } = found.keys
  const old = await node.directory.areas.get(id)
  const given: AreaKeys = params.relay === true ? { id, publicKey: null, privateKey: null } : found.keys
  // A link without keys takes none away, unless that was asked for.
  const keys = params.relay !== true && !isPrivateArea(given) && old !== undefined ? old : given
  const { publicKey, privateKey } = keys
  const name = params.name ?? old?.name ?? found.name
  const area: Area = { ...ownDefaults, addedAt: Date.now(), ...old, id, publicKey, privateKey, name }
  const outcome = await keep(node, area)
  return { ...(await describe(node, area)), outcome }
}

export async function listAreas(node: ServedNode): Promise<readonly AreaStatus[]> {
  return Promise.all((await node.directory.areas.list()).map(area => describe(node, area)))
}

export async function showArea(node: ServedNode, { name, secret = false }: ParamsOf<'area.show'>): Promise<AreaShown> {
  const area = await findArea(node, name)
  if (secret && area.privateKey === null) {
    throw refusal('no-area-key', `This node only passes messages of ${area.name} on: it has no secret of it.`)
  }
  const shown = { id: area.id, publicKey: null, privateKey: null }
  return {
    ...(await describe(node, area)),
    link: areaRelayLink(node.suite, { keys: area, name: area.name }),
    ...(secret && area.privateKey !== null
      ? { secretLink: areaSecretLink(node.suite, area.name, area.privateKey) }
      : {}),
    nncp: { ...formatArea(secret ? area : shown) },
  }
}

export async function subscribeToArea(node: ServedNode, params: ParamsOf<'area.subscribe'>): Promise<AreaStatus> {
  const area = await findArea(node, params.name)
  const more: NodeId[] = []
  for (const known of params.nodes) more.push((await findNeighbour(node, known)).identity.id)
  return change(node, area, { subscribers: [...new Set([...area.subscribers, ...more])] })
}

/** Also nodes that are no neighbours any more, by their id. */
export async function unsubscribeFromArea(node: ServedNode, params: ParamsOf<'area.unsubscribe'>): Promise<AreaStatus> {
  const area = await findArea(node, params.name)
  const less = new Set<NodeId>()
  for (const known of params.nodes) {
    const id = parseNodeId(known)
    const isSubscribed = id !== undefined && area.subscribers.includes(id)
    less.add(isSubscribed ? id : (await findNeighbour(node, known)).identity.id)
  }
  return change(node, area, { subscribers: area.subscribers.filter(id => !less.has(id)) })
}

export async function setArea(node: ServedNode, params: ParamsOf<'area.set'>): Promise<AreaStatus> {
  const area = await findArea(node, params.name)
  const { rename: name = area.name, files, handles = area.handles, allowUnknown = area.allowUnknown } = params
  const known = [mailHandle, ...Object.keys(node.config.exec), ...area.handles]
  const unknown = handles.filter(handle => !known.includes(handle))
  if (unknown.length > 0) {
    const remedy =
      'Messages of an area can call sendmail, which is mail, and what stands in posthorn.toml as [exec.NAME].'
    throw refusal('unknown-handle', `This node runs nothing called ${unknown.join(', ')}. ${remedy}`)
  }
  const takesFiles = files === undefined ? area.takesFiles : files !== false
  const incoming = typeof files === 'string' ? await folderAt(files) : files === undefined ? area.incoming : null
  return change(node, area, { name, takesFiles, incoming, handles: [...new Set(handles)], allowUnknown })
}

export async function removeArea(node: ServedNode, params: ParamsOf<'area.remove'>): Promise<ResultOf<'area.remove'>> {
  const { id, name } = await findArea(node, params.name)
  await node.directory.areas.remove(id)
  return { name }
}

/** By name or id. @throws OperatingError `unknown-area`. */
export async function findArea(node: ServedNode, nameOrId: string): Promise<Area> {
  const id = parseNodeId(nameOrId)
  const { areas } = node.directory
  const found = id === undefined ? await areas.byName(nameOrId) : await areas.get(id)
  if (found !== undefined) return found
  throw refusal('unknown-area', `There is no area ${nameOrId} here. \`posthorn area list\` shows which there are.`)
}

async function change(node: ServedNode, area: Area, changes: Partial<Area>): Promise<AreaStatus> {
  const changed = { ...area, ...changes }
  await keep(node, changed)
  return describe(node, changed)
}

async function keep(node: ServedNode, area: Area): Promise<'added' | 'replaced'> {
  const outcome = await node.directory.areas.put(area)
  if (outcome !== 'name-taken') return outcome
  throw refusal('name-taken', `Another area is called ${area.name} already. Give this one a name of its own.`)
}

async function folderAt(path: string): Promise<string> {
  try {
    const real = await realpath(path)
    if ((await stat(real)).isDirectory()) return real
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
  throw refusal('no-such-folder', `${path} is not a folder that exists now.`)
}

async function describe(node: ServedNode, area: Area): Promise<AreaStatus> {
  const subscribers: { id: string; name: string | null }[] = []
  for (const id of area.subscribers) {
    subscribers.push({ id, name: (await node.directory.neighbours.get(id))?.name ?? null })
  }
  const { name, id, handles, allowUnknown } = area
  const reads = isPrivateArea(area)
  const files = reads && area.takesFiles ? (area.incoming ?? ownFolderOf(area, node.home.incoming)) : null
  return { name, id, reads, writes: area.publicKey !== null, subscribers, files, handles, allowUnknown }
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
