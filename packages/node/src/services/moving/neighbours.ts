/** Neighbours of an NNCP configuration as neighbours of this node. */
import type { NncpConfig, NncpNeighbour, NodeId } from '@posthorn/nncp'
import { OperatingError } from '../../base/errors.ts'
import { callableUrl } from '../../links/address.ts'
import type { Neighbour } from '../../stores/directory/directory.ts'
import { movingLimits } from './limits.ts'
import type { MovingNote } from './notes.ts'

export interface PlannedNeighbour {
  /** In the configuration. */
  readonly was: string
  readonly from: NncpNeighbour
  readonly neighbour: Neighbour
  /** Known here already: it stays as it is. */
  readonly known: boolean
}

export interface NeighbourPlan {
  readonly neighbours: readonly PlannedNeighbour[]
  readonly notes: readonly MovingNote[]
}

/**
 * @param known the neighbours that are here already.
 * @param self who is no neighbour of itself.
 */
export function planNeighbours(
  config: NncpConfig,
  { known, self, at }: { known: readonly Neighbour[]; self: NodeId; at: number },
): NeighbourPlan {
  const notes: MovingNote[] = []
  const neighbours: PlannedNeighbour[] = []
  const byId = new Map(known.map(neighbour => [neighbour.identity.id, neighbour]))
  const taken = new Set(known.map(({ name }) => name))
  const planned = new Set<NodeId>()
  const ids = idsByName(config)
  for (const from of config.neighbours) {
    const { id } = from.identity
    const what = `neigh.${from.name}`
    if (id === self || planned.has(id)) {
      const why =
        id === self ? 'These are the keys of this node itself.' : 'Another entry has the same keys; that one is taken.'
      notes.push({ what, why })
      continue
    }
    planned.add(id)
    const old = byId.get(id)
    if (old !== undefined) {
      neighbours.push({ was: from.name, from, neighbour: old, known: true })
      continue
    }
    const name = legalName(from.name, id, taken)
    taken.add(name)
    if (name !== from.name)
      notes.push({ what, why: `It is called ${name} here: names are of a-z, 0-9 and -, each once.` })
    const relays = relaysOf(from, ids, self)
    neighbours.push({ was: from.name, from, neighbour: neighbourOf(from, { name, relays, at, notes }), known: false })
  }
  return { neighbours, notes }
}

function neighbourOf(
  from: NncpNeighbour,
  { name, relays, at, notes }: { name: string; relays: readonly NodeId[]; at: number; notes: MovingNote[] },
): Neighbour {
  const addresses = from.addresses.flatMap(({ name: addressName, address }) =>
    addressOf(address, `neigh.${from.name}.addrs.${addressName}`, notes),
  )
  const common = { domains: [], otherRoads: [], posthorn: false, card: null, addedAt: at, lastContactAt: null }
  return { ...common, identity: from.identity, name, addresses: [...new Set(addresses)], via: relays, custody: 'copy' }
}

/** Ids of neighbours, by what `via` and `subs` may call them. */
export function idsByName(config: NncpConfig): ReadonlyMap<string, NodeId> {
  return new Map(
    config.neighbours.flatMap(({ name, identity: { id } }) => [
      [name, id],
      [id, id],
    ]),
  )
}

/** Nobody needs this node, or the neighbour itself, on the way to it. */
function relaysOf(from: NncpNeighbour, ids: ReadonlyMap<string, NodeId>, self: NodeId): readonly NodeId[] {
  const relays = from.via.flatMap(name => ids.get(name) ?? [])
  return relays.filter(id => id !== self && id !== from.identity.id)
}

/**
 * In lower case, with a hyphen for everything that may not be in a name; with the beginning of its id when another has
 * that name.
 */
export function legalName(name: string, id: NodeId, taken: ReadonlySet<string>): string {
  const letters = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, movingLimits.nameLettersMax)
    .replace(/^-+|-+$/g, '')
  const short = id.slice(0, 8).toLowerCase()
  const plain = letters === '' ? `node-${short}` : letters
  if (!taken.has(plain)) return plain
  const stem = plain.slice(0, movingLimits.nameLettersMax - short.length - 1).replace(/-+$/, '')
  const unique = `${stem}-${short}`
  return taken.has(unique) ? id.toLowerCase().slice(0, movingLimits.nameLettersMax) : unique
}

/** What a shell makes something of; here a command is run without one. */
const shellLetters = /[$`;&|<>(){}[\]*?~\\#!=]/

function addressOf(address: string, what: string, notes: MovingNote[]): readonly string[] {
  if (/^yggdrasil/i.test(address)) {
    const why = 'Posthorn has no Yggdrasil of its own. Run its daemon, and add the address it gives: tcp://[2…]:5400'
    notes.push({ what, why })
    return []
  }
  try {
    if (!address.startsWith('|') || !shellLetters.test(address.slice(1))) return [callableUrl(address).href]
    notes.push({
      what,
      why: 'It is run by /bin/sh, as NNCP did. Without what only a shell understands none is needed.',
    })
    return [callableUrl(`|/bin/sh -c ${quoted(address.slice(1).trim())}`).href]
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error
    notes.push({ what, why: 'It is no address that can be called from here: host:port, or |command.' })
    return []
  }
}

/** One word, whatever quotes it holds: pieces in quotes beside each other. */
function quoted(text: string): string {
  return text
    .split("'")
    .map(piece => `'${piece}'`)
    .join(`"'"`)
}
