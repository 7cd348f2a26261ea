/** Sticks and shared folders: where packets lie until somebody carries them on. */
import { realpath, stat } from 'node:fs/promises'
import { basename, isAbsolute, parse, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { OperatingError, systemCode } from '../../base/errors.ts'
import type { PacketFolder } from '../../stores/directory/index.ts'
import { isNodeName } from '../config/config.ts'
import type { ServedNode } from '../served.ts'
import type { FolderStatus, OperationContext, ParamsOf, ResultOf, SyncOutcome } from './types.ts'

export async function addFolder(node: ServedNode, params: ParamsOf<'folder.add'>): Promise<FolderStatus> {
  const path = await folderPath(node, params.path)
  const name = params.name ?? nameFor(path)
  if (!isNodeName(name)) {
    throw refusal('bad-name', `"${name}" cannot name a folder: use 1 to 40 of a-z, 0-9 and -. Give one with --name.`)
  }
  const at = Date.now()
  const outcome = await node.directory.folders.add({ name, path, at })
  if (outcome === 'name-taken') {
    throw refusal(
      'name-taken',
      `Another folder is called ${name} already. Give this one a name of its own: --name NAME`,
    )
  }
  if (outcome === 'path-taken') throw refusal('path-taken', `${path} is a packet folder already.`)
  node.courier.refresh()
  return describe(node, { name, path, addedAt: at, lastSyncAt: null })
}

export async function listFolders(node: ServedNode): Promise<readonly FolderStatus[]> {
  return Promise.all((await node.directory.folders.list()).map(folder => describe(node, folder)))
}

export async function removeFolder(
  node: ServedNode,
  params: ParamsOf<'folder.remove'>,
): Promise<ResultOf<'folder.remove'>> {
  const folder = await known(node, params.name)
  await node.directory.folders.remove(folder.name)
  node.courier.refresh()
  return { name: folder.name }
}

/** One exchange with the named folder, with a folder that was never added, or with each that is there now. */
export async function syncFolders(
  node: ServedNode,
  params: ParamsOf<'folder.sync'>,
  context: OperationContext,
): Promise<readonly SyncOutcome[]> {
  const outcomes: SyncOutcome[] = []
  for (const folder of await chosen(node, params.folder)) {
    outcomes.push(
      await node.courier.sync(folder, {
        signal: context.signal,
        onProgress: ({ phase, packets, bytes, bytesTotal }) => context.progress({ phase, packets, bytes, bytesTotal }),
      }),
    )
  }
  return outcomes
}

/** So that it can be pulled out: all that waits is on it, and nothing touches it any more. */
export async function releaseFolder(
  node: ServedNode,
  params: ParamsOf<'folder.release'>,
  { signal, progress }: OperationContext,
): Promise<ResultOf<'folder.release'>> {
  return node.courier.release(await known(node, params.name), {
    signal,
    onProgress: ({ phase, packets, bytes, bytesTotal }) => progress({ phase, packets, bytes, bytesTotal }),
  })
}

export async function showContents(
  node: ServedNode,
  params: ParamsOf<'folder.contents'>,
  { signal }: OperationContext,
): Promise<ResultOf<'folder.contents'>> {
  const folder = await known(node, params.name)
  const { neighbours, more } = await node.courier.contents(folder, signal)
  const names = new Map((await node.directory.neighbours.list()).map(({ identity, name }) => [identity.id, name]))
  const shown = neighbours.map(({ neighbour, copies, arrived }) => {
    return { name: names.get(neighbour) ?? neighbour, ...copies, arrived }
  })
  return { folder: folder.name, neighbours: shown, more }
}

async function known(node: ServedNode, nameOrPath: string): Promise<PacketFolder> {
  const folder = await find(node, nameOrPath)
  if (folder === undefined) throw unknownFolder(nameOrPath)
  return folder
}

async function chosen(node: ServedNode, given: string | undefined): Promise<readonly PacketFolder[]> {
  if (given === undefined) {
    const all = await node.directory.folders.list()
    if (all.length > 0) return all
    throw refusal('no-folder', 'There is no packet folder yet. Add one: posthorn folder add DIR')
  }
  const known = await find(node, given)
  if (known !== undefined) return [known]
  if (!isAbsolute(given)) throw unknownFolder(given)
  const path = await folderPath(node, given)
  return [{ name: path, path, addedAt: Date.now(), lastSyncAt: null }]
}

/** By name or by path; a path wins where it is absolute. */
async function find(node: ServedNode, nameOrPath: string): Promise<PacketFolder | undefined> {
  const folders = await node.directory.folders.list()
  const path = isAbsolute(nameOrPath) ? await realpath(nameOrPath).catch(() => nameOrPath) : undefined
  return folders.find(folder => folder.path === path || folder.name === nameOrPath)
}

/** The real path of a folder that may carry packets: links are followed once, now, since a person named them. */
async function folderPath(node: ServedNode, given: string): Promise<string> {
  const path = await directoryAt(given)
  if (path !== undefined) {
    const home = await realpath(node.home.path)
    if (path !== parse(path).root && path !== home && !path.startsWith(`${home}${sep}`)) return path
    throw refusal('bad-folder', `${given} cannot carry packets: choose a folder of its own, outside the node’s home.`)
  }
  throw refusal('no-such-folder', `${given} is not a folder that exists now. Is the stick plugged in and mounted?`)
}

async function directoryAt(given: string): Promise<string | undefined> {
  try {
    const path = await realpath(given)
    return (await stat(path)).isDirectory() ? path : undefined
  } catch (error) {
    if (noDirectory.has(systemCode(error) ?? '')) return undefined
    throw error
  }
}

const noDirectory = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES'])

async function describe(node: ServedNode, folder: PacketFolder): Promise<FolderStatus> {
  const { name, path, lastSyncAt } = folder
  const ready = await node.folderReady(pathToFileURL(path))
  const released = node.courier.isReleased(folder)
  return { name, path, ready, released, lastSync: lastSyncAt === null ? null : new Date(lastSyncAt).toISOString() }
}

function nameFor(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return name.slice(0, 40).replace(/-+$/, '') || 'folder'
}

function unknownFolder(name: string): OperatingError {
  return refusal('unknown-folder', `There is no packet folder ${name}. \`posthorn folder list\` shows which there are.`)
}

function refusal(code: string, message: string): OperatingError {
  return new OperatingError(message, { code, retry: 'never' })
}
