/** From a configuration to the text of `nncp.hjson`: JSON with comments, which every parser of Hjson reads. */
import { encodeBase32 } from '../base32.ts'
import { formatPrivateIdentity, formatPublicIdentity, type PublicIdentity } from '../identity.ts'
import { formatNiceness } from '../niceness.ts'
import type {
  NncpArea,
  NncpCall,
  NncpConfig,
  NncpLineOptions,
  NncpNeighbour,
  NncpNodeOptions,
  NncpNotify,
} from './types.ts'

/** Secret where `self` or an area's key is in it. */
export function printNncpConfig(config: NncpConfig, comments: NncpConfigComments = {}): string {
  return `${print(nncpConfigValue(config), '', '', comments)}\n`
}

/** Comments by path (`neigh.alice`), empty for the beginning; each of one or more lines. */
export type NncpConfigComments = Readonly<Record<string, string>>

/** The same as plain JSON. */
export function nncpConfigValue(config: NncpConfig): Readonly<Record<string, unknown>> {
  const { self, own } = config
  const entries = config.neighbours.map(neighbour => [neighbour.name, neighbourValue(neighbour)] as const)
  const ownEntry = self === null ? undefined : { ...identityValue(self), ...(own === null ? {} : optionsValue(own)) }
  return present({
    ...generalValue(config),
    notify: notifyValue(config.notify),
    self: self === null ? undefined : { ...formatPrivateIdentity(self) },
    neigh: present({ self: ownEntry, ...Object.fromEntries(entries) }),
    areas:
      config.areas.length === 0
        ? undefined
        : Object.fromEntries(config.areas.map(area => [area.name, areaValue(area)])),
  })
}

type Members = Readonly<Record<string, unknown>>

function generalValue(config: NncpConfig): Members {
  const { discoverySend, yggdrasilAliases } = config
  return {
    spool: config.spool,
    log: config.log,
    umask: config.umask,
    noprogress: config.noProgress,
    nohdr: config.noHeaders,
    'mcd-listen': config.discoveryListen,
    'mcd-send': Object.fromEntries(discoverySend.map(({ interfaces, everySeconds }) => [interfaces, everySeconds])),
    'yggdrasil-aliases': Object.fromEntries(yggdrasilAliases.map(({ name, value }) => [name, value])),
  }
}

function neighbourValue(neighbour: NncpNeighbour): Members {
  const { identity, via, addresses, calls } = neighbour
  return present({
    ...identityValue(identity),
    ...optionsValue(neighbour),
    via,
    addrs: Object.fromEntries(addresses.map(({ name, address }) => [name, address])),
    ...lineValue(neighbour),
    calls: calls.map(callValue),
  })
}

function identityValue(identity: PublicIdentity): Members {
  return { ...formatPublicIdentity(identity) }
}

function optionsValue({ exec, incoming, freq }: NncpNodeOptions): Members {
  const { path, chunkKib, sizeKibMin, sizeKibMax } = freq ?? {}
  return present({
    exec,
    incoming,
    freq: present({ path, chunked: chunkKib, minsize: sizeKibMin, maxsize: sizeKibMax }),
  })
}

function lineValue({ rxRate, txRate, onlineDeadlineSeconds, onlineSecondsMax }: NncpLineOptions): Members {
  return { rxrate: rxRate, txrate: txRate, onlinedeadline: onlineDeadlineSeconds, maxonlinetime: onlineSecondsMax }
}

function callValue(call: NncpCall): Members {
  return present({
    cron: call.cron,
    nice: call.nicenessMax === null ? null : formatNiceness(call.nicenessMax),
    xx: call.only,
    addr: call.address,
    ...lineValue(call),
    ...Object.fromEntries(call.flags.map(flag => [flag, true])),
  })
}

function areaValue(area: NncpArea): Members {
  const { publicKey, privateKey } = area
  return present({
    id: area.id,
    pub: publicKey === null ? null : encodeBase32(publicKey),
    prv: privateKey === null ? null : encodeBase32(privateKey),
    subs: area.subscribers,
    incoming: area.incoming,
    exec: area.exec,
    'allow-unknown': area.allowUnknown,
  })
}

function notifyValue({ file, freq, exec }: NncpNotify): Members {
  return present({ file, freq, exec })
}

/** Without what is absent: null, false, and lists and tables with nothing in them. */
function present(members: Members): Members {
  const isAbsent = (value: unknown) =>
    value === undefined ||
    value === null ||
    value === false ||
    (typeof value === 'object' && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(members).filter(([, value]) => !isAbsent(value)))
}

function print(value: unknown, path: string, indent: string, comments: NncpConfigComments): string {
  if (typeof value !== 'object' || value === null || isShortList(value)) return JSON.stringify(value)
  const inner = `${indent}  `
  const list = Array.isArray(value)
  const members = Object.entries(value).map(([name, member], at, all) => {
    const memberPath = list ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`
    const text = print(member, memberPath, inner, comments)
    const comma = at === all.length - 1 ? '' : ','
    return `${remark(comments[memberPath], inner)}${inner}${list ? '' : `${JSON.stringify(name)}: `}${text}${comma}\n`
  })
  const [open, close] = list ? '[]' : '{}'
  const head = path === '' ? remark(comments[''], '') : ''
  return `${head}${open}\n${members.join('')}${indent}${close}`
}

function isShortList(value: object): boolean {
  return Array.isArray(value) && value.every(one => typeof one !== 'object')
}

function remark(comment: string | undefined, indent: string): string {
  if (comment === undefined) return ''
  return comment
    .split('\n')
    .map(line => `${indent}# ${line}\n`)
    .join('')
}
