/** This node as a configuration of NNCP. */
import type { NncpConfig, NncpNeighbour, NodeId } from '@posthorn/nncp'
import { pipeCommandLine } from '../../links/pipe/command.ts'
import { tcpAddress } from '../../links/tcp/address.ts'
import type { Neighbour } from '../../stores/directory/directory.ts'
import type { MovingNote } from './notes.ts'

/** The program that takes letters in on the machine that NNCP runs on; a hint, for a person to look at. */
const sendmail = { sendmail: ['/usr/sbin/sendmail'] }

/** Without the private keys: whoever prints it adds them. */
export function configOut(
  neighbours: readonly Neighbour[],
  { spool, log }: { spool: string; log: string },
): { config: NncpConfig; notes: readonly MovingNote[] } {
  const notes: MovingNote[] = []
  const names = new Map(neighbours.map(({ name, identity: { id } }) => [id, nameOut(name, id)]))
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
    neighbours: neighbours.map(neighbour => neighbourOut(neighbour, names, notes)),
    areas: [],
    notify: { file: null, freq: null, exec: {} },
  }
  return { config, notes }
}

function neighbourOut(
  { identity, name, addresses, via }: Neighbour,
  names: ReadonlyMap<NodeId, string>,
  notes: MovingNote[],
): NncpNeighbour {
  return {
    name: nameOut(name, identity.id),
    identity,
    via: via.flatMap(id => names.get(id) ?? []),
    addresses: addresses.flatMap((address, at) => {
      const text = addressOut(address)
      if (text === undefined) notes.push({ what: `${name}, ${address}`, why: 'NNCP knows no such addresses.' })
      return text === undefined ? [] : [{ name: `address-${at + 1}`, address: text }]
    }),
    calls: [],
    exec: sendmail,
    incoming: null,
    freq: null,
    ...{ rxRate: null, txRate: null, onlineDeadlineSeconds: null, onlineSecondsMax: null },
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
