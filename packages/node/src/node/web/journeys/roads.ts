/** What a road is, for people, from the text that the stores keep of it. */
import { basename } from 'node:path'
import type { RoadView } from '@posthorn/api'
import type { Directory } from '../../../stores/directory/index.ts'

export interface Roads {
  /** A medium, or an address. */
  of(text: string): RoadView
  /** Sticks and folders by which a neighbour was heard. */
  to(neighbour: string): readonly RoadView[]
}

export async function roadsOf({ folders }: Pick<Directory, 'folders'>): Promise<Roads> {
  const paths = new Map((await folders.list()).map(({ name, path }) => [name, path]))
  const leading = await folders.roads()
  const of = (text: string) => roadOf(text, paths.get(text))
  return {
    of,
    to: neighbour => leading.filter(road => road.neighbour === neighbour).map(({ folder }) => of(folder)),
  }
}

const bundlePrefix = 'bundle:'

/** Folders have short plain names, or none but their path; a bundle is marked as one; all others are addresses. */
function roadOf(text: string, path: string | undefined): RoadView {
  if (path !== undefined) return { kind: isRemovable(path) ? 'stick' : 'folder', name: text }
  if (text.startsWith(bundlePrefix)) return { kind: 'bundle', name: text.slice(bundlePrefix.length) }
  if (/^[a-z0-9-]+$/.test(text)) return { kind: 'folder', name: text }
  if (/^(\/|[A-Za-z]:\\)/.test(text)) return { kind: isRemovable(text) ? 'stick' : 'folder', name: basename(text) }
  if (text.startsWith('tcp:')) return { kind: 'network', name: text }
  if (text.startsWith('pipe:')) return { kind: 'program', name: text.slice('pipe:'.length) }
  return { kind: 'other', name: text }
}

/** Where systems put what somebody plugs in. */
function isRemovable(path: string): boolean {
  return /^\/(media|run\/media|mnt|Volumes)\//.test(path)
}
