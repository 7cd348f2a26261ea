/** Which program a neighbour may run here by which name, and within which bounds. */
import type { Area, Directory, Neighbour } from '../../../stores/directory/directory.ts'

export interface Handle {
  /** The program and its own arguments; the sender's follow. */
  readonly command: readonly string[]
  readonly timeoutMs: number
  /** Of the body, unpacked. */
  readonly inputBytesMax: number
  /** Of what it writes, for the log and for letters. */
  readonly outputBytesMax: number
  /** After so many failures the packet is set aside. */
  readonly triesMax: number
  /** How many packets of this handle are worked on side by side. */
  readonly atOnceMax: number
  /** Address that letters about it come from; null: the node's own. */
  readonly resultFrom: string | null
  /** Who gets a letter with what came of it: `NAME` here, `NAME@sender` at the node that asked, or an address. */
  readonly resultTo: readonly string[]
}

/** One for several neighbours, as posthorn.toml has it. */
export interface ConfiguredHandle extends Handle {
  readonly name: string
  /** Names of neighbours; `*` is everybody. */
  readonly from: readonly string[]
}

export const handleDefaults = {
  timeoutMs: 3_600_000,
  inputBytesMax: 1024 ** 3,
  outputBytesMax: 64 * 1024,
  triesMax: 16,
  atOnceMax: 1,
} as const

export interface FoundHandle {
  readonly kind: 'found'
  readonly handle: Handle
  /** Its packets wait here for their turn. */
  readonly lane: string
}

interface NoHandle {
  readonly kind: 'refused'
  readonly reason: string
}

export interface Handles {
  /** What a neighbour has for itself comes before what is there for several. */
  find(from: Neighbour, name: string): Promise<FoundHandle | NoHandle>
  /** For messages of an area: what stands in posthorn.toml and is allowed for the area, whoever else may run it. */
  findForArea(area: Area, name: string): FoundHandle | NoHandle
  /** How many packets of a lane are worked on side by side. */
  readonly atOnceMax: (lane: string) => number
}

export function handles(configured: readonly ConfiguredHandle[], directory: Directory): Handles {
  const byName = new Map(configured.map(handle => [handle.name, handle]))
  const byLane = new Map(configured.map(handle => [laneOf(handle.name), handle]))
  return {
    async find(from, name) {
      const own = await directory.handles.get(from.identity.id, name)
      if (own !== undefined) {
        return { kind: 'found', handle: { ...handleDefaults, ...own }, lane: `${laneOf(name)} of ${from.identity.id}` }
      }
      const handle = byName.get(name)
      if (handle === undefined) return { kind: 'refused', reason: `this node runs no handle called "${name}"` }
      if (handle.from.includes('*') || handle.from.includes(from.name)) {
        return { kind: 'found', handle, lane: laneOf(name) }
      }
      const remedy = `to allow it, name it in posthorn.toml: [exec.${name}] from`
      return { kind: 'refused', reason: `${from.name} may not run "${name}" here; ${remedy}` }
    },
    findForArea(area, name) {
      if (!area.handles.includes(name)) {
        return { kind: 'refused', reason: `messages of the area ${area.name} may not call "${name}" here` }
      }
      const handle = byName.get(name)
      if (handle === undefined) return { kind: 'refused', reason: `this node runs no handle called "${name}"` }
      return { kind: 'found', handle, lane: laneOf(name) }
    },
    atOnceMax: lane => byLane.get(lane)?.atOnceMax ?? handleDefaults.atOnceMax,
  }
}

function laneOf(name: string): string {
  return `exec ${name}`
}
