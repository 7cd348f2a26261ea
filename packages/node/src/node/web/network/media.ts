/** Media that are plugged in now, where desktops and people mount them. */
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** Directories whose own directories are mounts of one person, and those whose directories are mounts. */
const perPerson = ['/media', '/run/media']
const direct = ['/media', '/mnt', '/Volumes']
const mediaMax = 64

export interface Medium {
  readonly path: string
  readonly name: string
}

/** Only what another file system is mounted on. What cannot be looked at is left out. */
export async function pluggedIn(
  roots: { perPerson: readonly string[]; direct: readonly string[] } = places,
): Promise<Medium[]> {
  const people = await Promise.all(roots.perPerson.map(directoriesIn))
  const candidates = await Promise.all([...roots.direct, ...people.flat()].map(directoriesIn))
  const media: Medium[] = []
  for (const path of new Set(candidates.flat())) {
    if (media.length === mediaMax) break
    if (await isMount(path)) media.push({ path, name: path.slice(path.lastIndexOf('/') + 1) })
  }
  return media
}

const places = { perPerson, direct }

async function directoriesIn(root: string): Promise<string[]> {
  const entries: Dirent[] = await readdir(root, { withFileTypes: true }).catch(() => [])
  const names = entries.filter(entry => entry.isDirectory()).map(({ name }) => name)
  return names.slice(0, mediaMax).map(name => join(root, name))
}

async function isMount(path: string): Promise<boolean> {
  try {
    return (await stat(path)).dev !== (await stat(join(path, '..'))).dev
  } catch {
    return false
  }
}
