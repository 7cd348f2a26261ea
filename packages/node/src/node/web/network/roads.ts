import type { AreaView, FolderView, roadMethods, SyncView } from '@posthorn/api'
import { OperatingError } from '../../../base/errors.ts'
import type { Handlers } from '../../../services/web-server/handlers.ts'
import type { AreaStatus } from '../../operations/area-types.ts'
import type { FolderStatus, SyncOutcome } from '../../operations/types.ts'
import type { ServedNode } from '../../served.ts'
import { type Ask, troubleOf } from './asking.ts'
import { pluggedIn } from './media.ts'

export function roadHandlers(node: ServedNode, ask: Ask): Handlers<keyof typeof roadMethods> {
  return {
    'folders.list': async () => (await ask('folder.list', {})).map(folderView),
    'folders.found': async () => {
      const known = new Set((await ask('folder.list', {})).map(({ path }) => path))
      return (await pluggedIn()).filter(({ path }) => !known.has(path))
    },
    'folders.add': async given => folderView(await ask('folder.add', given)),
    'folders.remove': ({ folder }) => ask('folder.remove', { name: folder }),
    'folders.sync': async ({ folder }, _caller, context) => {
      await mustBeKnown(node, folder)
      const [outcome] = await ask('folder.sync', { folder }, context)
      if (outcome === undefined) throw unknownFolder(folder)
      return syncView(outcome)
    },
    'folders.contents': async ({ folder }, _caller, context) => {
      const { neighbours, ...contents } = await ask('folder.contents', { name: folder }, context)
      return { ...contents, neighbours: [...neighbours] }
    },
    'folders.release': async ({ folder }, _caller, context) => {
      const outcome = await ask('folder.release', { name: folder }, context)
      return { ...syncView(outcome), released: outcome.released }
    },
    'areas.list': async () => (await ask('area.list', {})).map(areaView),
    'areas.create': async ({ area }) => areaView(await ask('area.create', { name: area })),
    'areas.join': async ({ source, name }) => {
      const joined = await ask('area.join', { source, ...(name === undefined ? {} : { name }) })
      return { ...areaView(joined), outcome: joined.outcome }
    },
    'areas.subscribe': async ({ area, neighbour }) =>
      areaView(await ask('area.subscribe', { name: area, nodes: [neighbour] })),
    'areas.unsubscribe': async ({ area, neighbour }) =>
      areaView(await ask('area.unsubscribe', { name: area, nodes: [neighbour] })),
  }
}

/** The command line may sync any directory that its person names; the web only those that are roads. */
async function mustBeKnown(node: ServedNode, name: string): Promise<void> {
  const folders = await node.directory.folders.list()
  if (!folders.some(folder => folder.name === name)) throw unknownFolder(name)
}

function unknownFolder(name: string): OperatingError {
  return new OperatingError(`There is no packet folder ${name}.`, { code: 'unknown-folder', retry: 'never' })
}

function folderView({ name, path, ready, released, lastSync }: FolderStatus): FolderView {
  return { name, path, ready, released, lastSync }
}

function syncView(outcome: SyncOutcome): SyncView {
  const { folder, taken, duplicates, bad, written, present, awaited, retired, left, waiting, held } = outcome
  const counts = { folder, taken, duplicates, written, present, awaited, retired, left, waiting, held }
  return { ...counts, bad: bad.length, trouble: troubleOf(outcome) }
}

function areaView({ name, id, reads, writes, subscribers }: AreaStatus): AreaView {
  return { name, id, reads, writes, subscribers: [...subscribers] }
}
