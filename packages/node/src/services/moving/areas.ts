/** Areas of an NNCP configuration as areas of this node. */
import type { NncpArea, NncpConfig, NodeId } from '@posthorn/nncp'
import type { Area } from '../../stores/directory/directory.ts'
import { directoryLimits } from '../../stores/directory/limits.ts'
import { movingLimits } from './limits.ts'
import { idsByName } from './neighbours.ts'
import type { MovingNote } from './notes.ts'

export interface PlannedArea {
  /** In the configuration. */
  readonly was: string
  readonly area: Area
  /** Known here already: it stays as it is. */
  readonly known: boolean
}

/** @param known the areas that are here already. */
export function planAreas(
  config: NncpConfig,
  { known, self, at }: { known: readonly Area[]; self: NodeId; at: number },
): { areas: readonly PlannedArea[]; notes: readonly MovingNote[] } {
  const notes: MovingNote[] = []
  const areas: PlannedArea[] = []
  const byId = new Map(known.map(area => [area.id, area]))
  const taken = new Set(known.map(({ name }) => name))
  const ids = idsByName(config)
  for (const from of config.areas) {
    const what = `areas.${from.name}`
    if (areas.some(({ area }) => area.id === from.id)) {
      notes.push({ what, why: 'Another entry is the same area; that one is taken.' })
      continue
    }
    const old = byId.get(from.id)
    if (old !== undefined) {
      areas.push({ was: from.name, area: old, known: true })
      continue
    }
    const name = legalAreaName(from, taken)
    taken.add(name)
    if (name !== from.name) {
      notes.push({ what, why: `It is called ${name} here: names are of a-z, 0-9 and . _ -, each once.` })
    }
    const subscribers = subscribersOf(from, { ids, self, notes })
    areas.push({ was: from.name, area: areaOf(from, { name, subscribers, at, notes }), known: false })
  }
  return { areas, notes }
}

function areaOf(
  { id, publicKey, privateKey, incoming, allowUnknown, ...from }: NncpArea,
  { name, subscribers, at, notes }: { name: string; subscribers: readonly NodeId[]; at: number; notes: MovingNote[] },
): Area {
  const handles = Object.keys(from.exec).filter(handle => handle === 'sendmail')
  for (const handle of Object.keys(from.exec)) {
    const why =
      handle === 'sendmail'
        ? 'Letters are delivered into the mailboxes of this node; no program is run for them.'
        : 'Messages of areas call no programs here; such messages are set aside.'
    notes.push({ what: `areas.${from.name}.exec.${handle}`, why })
  }
  const keys = { id, publicKey, privateKey }
  return { ...keys, name, subscribers, takesFiles: incoming !== null, incoming, handles, allowUnknown, addedAt: at }
}

/** This node needs no copy of its own. */
function subscribersOf(
  { name, subscribers }: NncpArea,
  { ids, self, notes }: { ids: ReadonlyMap<string, NodeId>; self: NodeId; notes: MovingNote[] },
): readonly NodeId[] {
  const found = new Set(subscribers.flatMap(subscriber => ids.get(subscriber) ?? []))
  found.delete(self)
  const { areaSubscribersMax } = directoryLimits
  if (found.size > areaSubscribersMax) {
    const why = `Only the first ${areaSubscribersMax} are taken over. Let one of them pass its messages on to others.`
    notes.push({ what: `areas.${name}.subs`, why })
  }
  return [...found].slice(0, areaSubscribersMax)
}

/** In lower case, with a hyphen for what may not be in a name; with the beginning of its id when that name is taken. */
function legalAreaName({ name, id }: NncpArea, taken: ReadonlySet<string>): string {
  const letters = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[._-]+/, '')
    .slice(0, movingLimits.nameLettersMax)
  const short = id.slice(0, 8).toLowerCase()
  const plain = letters === '' ? `area-${short}` : letters
  if (!taken.has(plain)) return plain
  const unique = `${plain}-${short}`
  return taken.has(unique) ? id.toLowerCase() : unique
}
