/** The directory in memory: the twin that simulations and tests live in. It keeps passwords as they are. */
import { resolve } from 'node:path'
import type { NodeId } from '@posthorn/nncp'
import { noRules } from './bounds.ts'
import {
  type CallingRules,
  type Directory,
  defaultFileRules,
  type FileRules,
  type FolderRoad,
  type Invite,
  type Neighbour,
  type NeighbourHandle,
  type PacketFolder,
} from './directory.ts'
import { directoryLimits } from './limits.ts'
import { memoryAreas } from './memory-areas.ts'
import { memoryPeople } from './memory-people.ts'
import { checkHandleName, checkNeighbourName } from './names.ts'

/** @param today the day of the stores' calendar. */
export function memoryDirectory(today: () => number = () => 0): Directory {
  let lan: boolean | null = null
  const rules = new Map<NodeId, CallingRules>()
  const fileRules = new Map<NodeId, FileRules>()
  const open = new Map<string, Invite>()
  const roads = new Map<string, FolderRoad>()
  const neighbours = memoryNeighbours(id => {
    rules.delete(id)
    fileRules.delete(id)
    for (const invite of open.values()) if (invite.usedBy === id) open.delete(invite.id)
    for (const [key, { neighbour }] of roads) if (neighbour === id) roads.delete(key)
  })
  const isKnown = async (id: NodeId) => (await neighbours.get(id)) !== undefined
  const parts = {
    calling: memoryCalling(rules, isKnown),
    files: memoryFileRules(fileRules, isKnown),
    handles: memoryHandles(neighbours),
  }
  return {
    ...parts,
    ...memoryPeople(today),
    nodeSettings: {
      get: () => ({ lan }),
      async setLan(wanted) {
        lan = wanted
      },
    },
    neighbours: { ...neighbours, moveIn: memoryMoveIn(neighbours, parts) },
    areas: memoryAreas(),
    folders: memoryFolders(roads, isKnown),
    invites: memoryInvites(open, neighbours),
  }
}

type MemoryNeighbours = Omit<Directory['neighbours'], 'moveIn'>

function memoryMoveIn(
  neighbours: MemoryNeighbours,
  { calling, files, handles }: Pick<Directory, 'calling' | 'files' | 'handles'>,
): Directory['neighbours']['moveIn'] {
  return async (neighbour, rules) => {
    const { id } = neighbour.identity
    for (const { name } of rules.handles) checkHandleName(name)
    if ((await neighbours.get(id)) !== undefined) return 'known'
    if ((await neighbours.put(neighbour)) === 'name-taken') return 'name-taken'
    await files.set(id, rules.files)
    if (Object.values(rules.bounds).some(bound => bound !== null)) await calling.bound(id, rules.bounds)
    for (const schedule of rules.schedules) await calling.schedule(id, schedule)
    for (const handle of rules.handles) await handles.put(id, handle)
    return 'added'
  }
}

function memoryNeighbours(removed: (id: NodeId) => void): MemoryNeighbours {
  /** In the order in which they came to be known. */
  const known = new Map<NodeId, Neighbour>()
  const find = (fits: (neighbour: Neighbour) => boolean) => [...known.values()].find(fits)
  return {
    async put(neighbour) {
      const { identity, name } = neighbour
      checkNeighbourName(name)
      if (find(other => other.name === name && other.identity.id !== identity.id)) return 'name-taken'
      const outcome = known.has(identity.id) ? 'replaced' : 'added'
      const domains = [...new Set(neighbour.domains.map(domain => domain.toLowerCase()))]
      known.set(identity.id, { ...neighbour, domains })
      return outcome
    },
    get: async id => known.get(id),
    byName: async name => find(neighbour => neighbour.name === name),
    byIdPrefix: async prefix => find(({ identity }) => identity.id.slice(0, 16).toLowerCase() === prefix),
    byDomain: async domain => find(({ domains }) => domains.includes(domain.toLowerCase())),
    list: async () => [...known.values()].sort(byName),
    async remove(id) {
      removed(id)
      return known.delete(id)
    },
    async contacted(id, at) {
      const neighbour = known.get(id)
      if (neighbour !== undefined) known.set(id, { ...neighbour, lastContactAt: at })
    },
  }
}

function memoryCalling(
  rules: Map<NodeId, CallingRules>,
  isKnown: (id: NodeId) => Promise<boolean>,
): Directory['calling'] {
  let numbers = 0
  const of = (id: NodeId) => rules.get(id) ?? noRules
  return {
    list: async () => new Map(rules),
    get: async id => of(id),
    async bound(id, bounds) {
      const known = await isKnown(id)
      if (known) rules.set(id, { ...of(id), bounds: { ...bounds } })
      return known
    },
    async schedule(id, schedule) {
      if (!(await isKnown(id))) return 'unknown'
      const { schedules, ...others } = of(id)
      if (schedules.length >= directoryLimits.schedulesMax) return 'too-many'
      numbers += 1
      rules.set(id, { ...others, schedules: [...schedules, { ...schedule, number: numbers }] })
      return numbers
    },
    async unschedule(id, number) {
      const { schedules, ...others } = of(id)
      const left = schedules.filter(schedule => schedule.number !== number)
      if (left.length < schedules.length) rules.set(id, { ...others, schedules: left })
      return left.length < schedules.length
    },
    async pause(id, at) {
      const known = await isKnown(id)
      if (known) rules.set(id, { ...of(id), pausedAt: at })
      return known
    },
    async paused() {
      return new Set([...rules].filter(([, { pausedAt }]) => pausedAt !== null).map(([id]) => id))
    },
  }
}

function memoryFileRules(rules: Map<NodeId, FileRules>, isKnown: (id: NodeId) => Promise<boolean>): Directory['files'] {
  return {
    get: async id => rules.get(id) ?? defaultFileRules,
    async set(id, changed) {
      const known = await isKnown(id)
      if (known) rules.set(id, { ...changed })
      return known
    },
  }
}

function memoryHandles(neighbours: MemoryNeighbours): Directory['handles'] {
  const known = new Map<NodeId, Map<string, NeighbourHandle>>()
  const of = async (id: NodeId) => {
    if ((await neighbours.get(id)) === undefined) known.delete(id)
    return known.get(id) ?? new Map<string, NeighbourHandle>()
  }
  return {
    async put(neighbour, handle) {
      checkHandleName(handle.name)
      if ((await neighbours.get(neighbour)) === undefined) return false
      known.set(neighbour, (await of(neighbour)).set(handle.name, handle))
      return true
    },
    get: async (neighbour, name) => (await of(neighbour)).get(name),
    list: async neighbour => [...(await of(neighbour)).values()].sort(byName),
    remove: async (neighbour, name) => (await of(neighbour)).delete(name),
  }
}

function memoryFolders(
  roads: Map<string, FolderRoad>,
  isKnown: (id: NodeId) => Promise<boolean>,
): Directory['folders'] {
  const folders = new Map<string, PacketFolder>()
  return {
    async add({ name, path, at }) {
      const place = resolve(path)
      if (folders.has(name)) return 'name-taken'
      if ([...folders.values()].some(folder => folder.path === place)) return 'path-taken'
      folders.set(name, { name, path: place, addedAt: at, lastSyncAt: null })
      return 'added'
    },
    list: async () => [...folders.values()].sort(byName),
    async remove(name) {
      for (const [key, { folder }] of roads) if (folder === name) roads.delete(key)
      return folders.delete(name)
    },
    async leadsTo(folder, neighbour) {
      if (folders.has(folder) && (await isKnown(neighbour))) roads.set(`${folder} ${neighbour}`, { folder, neighbour })
    },
    roads: async () => [...roads.values()],
    async synced(name, at) {
      const folder = folders.get(name)
      if (folder !== undefined) folders.set(name, { ...folder, lastSyncAt: at })
    },
  }
}

function memoryInvites(invites: Map<string, Invite>, neighbours: MemoryNeighbours): Directory['invites'] {
  const change = (id: string, changes: Partial<Invite>) => {
    const invite = invites.get(id)
    if (invite !== undefined) invites.set(id, { ...invite, ...changes })
  }
  return {
    async add(invite) {
      if (invites.has(invite.id)) return false
      invites.set(invite.id, { ...invite, tries: 0, usedBy: null, confirmed: false })
      return true
    },
    get: async id => invites.get(id),
    list: async () => [...invites.values()].sort((one, other) => one.madeAt - other.madeAt || byId(one, other)),
    remove: async id => invites.delete(id),
    setTries: async (id, tries) => change(id, { tries }),
    async use(id, neighbour) {
      const invite = invites.get(id)
      if (invite === undefined) return 'gone'
      const { usedBy, confirmed } = invite
      if (usedBy !== null && (confirmed || usedBy !== neighbour.identity.id)) return 'used'
      // Marked before anything is waited for, and unmarked where it came to nothing.
      change(id, { usedBy: neighbour.identity.id })
      const outcome = await neighbours.put(neighbour)
      if (outcome === 'name-taken') change(id, { usedBy })
      return outcome
    },
    confirm: async id => change(id, { confirmed: true }),
  }
}

function byId(one: Invite, other: Invite): number {
  return one.id < other.id ? -1 : 1
}

function byName(one: { readonly name: string }, other: { readonly name: string }): number {
  if (one.name === other.name) return 0
  return one.name < other.name ? -1 : 1
}
