/** This node as a configuration of NNCP. */
import type { NncpCommand, NncpConfig, NncpNeighbour, NncpNotice, NodeId } from '@posthorn/nncp'
import { pipeCommandLine } from '../../links/pipe/command.ts'
import { tcpAddress } from '../../links/tcp/address.ts'
import type { Area, CallingRules, FileRules, Neighbour, NeighbourHandle } from '../../stores/directory/directory.ts'
import type { MovingNote } from './notes.ts'
import { areaOut, callOut, freqOut, lineOut } from './rules-out.ts'

/** The program that takes letters in on the machine that NNCP runs on; a hint, for a person to look at. */
const sendmail = { sendmail: ['/usr/sbin/sendmail'] }
/** NNCP asks for a sender of each letter. */
const noticeFrom = 'nncp@localhost'

export interface NeighbourToMove {
  readonly neighbour: Neighbour
  readonly files: FileRules
  readonly calling: CallingRules
  /** All that it may call here. */
  readonly handles: readonly NeighbourHandle[]
}

export interface NodeToMove {
  readonly neighbours: readonly NeighbourToMove[]
  readonly areas: readonly Area[]
  /** Where files of a neighbour or an area come in while no folder was chosen. */
  readonly ownFolder: (of: Neighbour | Area) => string
}

interface Out {
  readonly names: ReadonlyMap<NodeId, string>
  readonly ownFolder: NodeToMove['ownFolder']
  readonly notices: [string, NncpNotice][]
  readonly notes: MovingNote[]
}

/** Without the private keys of the node: whoever prints it adds them. Those of areas stand in it. */
export function configOut(
  { neighbours, areas, ownFolder }: NodeToMove,
  { spool, log }: { spool: string; log: string },
): { config: NncpConfig; notes: readonly MovingNote[] } {
  const named = neighbours.map(
    ({ neighbour: { identity, name } }) => [identity.id, nameOut(name, identity.id)] as const,
  )
  const out: Out = { names: new Map(named), ownFolder, notices: [], notes: [] }
  const config: NncpConfig = {
    spool,
    log,
    ...{
      umask: null,
      noProgress: false,
      noHeaders: false,
      discoveryListen: [],
      discoverySend: [],
      yggdrasilAliases: [],
    },
    self: null,
    own: { exec: sendmail, incoming: null, freq: null },
    neighbours: neighbours.map(neighbour => neighbourOut(neighbour, out)),
    areas: areas.map(area => {
      const from = areaOut(area, { ...out, folder: ownFolder(area) })
      return { ...from, exec: area.handles.includes('sendmail') && area.privateKey !== null ? sendmail : {} }
    }),
    notify: { file: null, freq: null, exec: Object.fromEntries(out.notices) },
  }
  return { config, notes: out.notes }
}

function neighbourOut({ neighbour, files, calling, handles }: NeighbourToMove, out: Out): NncpNeighbour {
  const { identity, name, addresses, via } = neighbour
  const named = addresses.flatMap((address, at) => {
    const text = addressOut(address)
    if (text === undefined) out.notes.push({ what: `${name}, ${address}`, why: 'NNCP knows no such addresses.' })
    return text === undefined ? [] : [{ name: `address-${at + 1}`, address: text, url: address }]
  })
  const exec: [string, NncpCommand][] = handles.map(handle => [handle.name, handle.command])
  for (const handle of handles) noticeOut(neighbour, handle, out)
  const { bounds, schedules } = calling
  if (bounds.rxBytesPerSecond !== null || bounds.txBytesPerSecond !== null) {
    out.notes.push({ what: `${name}, bytes a second`, why: 'NNCP limits packets a second only.' })
  }
  return {
    name: nameOut(name, identity.id),
    identity,
    via: via.flatMap(id => out.names.get(id) ?? []),
    addresses: named.map(({ name: addressName, address }) => ({ name: addressName, address })),
    calls: schedules.flatMap(schedule => {
      const at = named.find(({ url }) => url === schedule.address)?.name
      const elsewhere = schedule.address === null ? null : addressOut(schedule.address)
      if (elsewhere !== undefined) return [callOut(schedule, at ?? elsewhere)]
      out.notes.push({ what: `${name}, schedule ${schedule.number}`, why: 'NNCP knows no such addresses.' })
      return []
    }),
    exec: { ...sendmail, ...Object.fromEntries(exec) },
    incoming: files.takesFiles ? (files.incoming ?? out.ownFolder(neighbour)) : null,
    freq: freqOut(files),
    ...lineOut(bounds),
  }
}

/** NNCP tells one address, and knows none that depends on who asked. */
function noticeOut({ name, identity }: Neighbour, handle: NeighbourHandle, { notices, notes }: Out): void {
  const usable = handle.resultTo.filter(place => !place.endsWith('@sender'))
  const [to] = usable
  if (to !== undefined) {
    notices.push([`${nameOut(name, identity.id)}.${handle.name}`, { from: handle.resultFrom ?? noticeFrom, to }])
  }
  const others = handle.resultTo.filter(place => place !== to)
  if (others.length > 0) {
    const why = 'NNCP tells one address what came of a program, and none at the node that asked.'
    notes.push({ what: `${name}, ${handle.name}, letters to ${others.join(', ')}`, why })
  }
}

/** NNCP keeps the name `self` for the node itself. */
function nameOut(name: string, id: NodeId): string {
  return name === 'self' ? `self-${id.slice(0, 8).toLowerCase()}` : name
}

function addressOut(address: string): string | undefined {
  const url = new URL(address)
  if (url.protocol === 'pipe:') return `|${pipeCommandLine(url)}`
  if (url.protocol !== 'tcp:') return undefined
  const { host, port } = tcpAddress(url)
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
