/** From a parsed configuration to a checked one. */
import { decodeBase32 } from '../base32.ts'
import { sameBytes } from '../bytes.ts'
import { FormatError } from '../errors.ts'
import { type PublicIdentity, parsePrivateIdentity, parsePublicIdentity } from '../identity.ts'
import { bytesOfId, parseNodeId } from '../ids.ts'
import { parseNiceness } from '../niceness.ts'
import type { Suite } from '../suite.ts'
import { nncpConfigLimits } from './limits.ts'
import { Reader, type Table } from './reader.ts'
import {
  type NncpArea,
  type NncpCall,
  type NncpCommand,
  type NncpConfig,
  type NncpConfigFault,
  type NncpFreq,
  type NncpGeneral,
  type NncpLineOptions,
  type NncpNeighbour,
  type NncpNodeOptions,
  type NncpNotice,
  type NncpNotify,
  nncpCallFlags,
} from './types.ts'

export type NncpConfigRead =
  | {
      readonly config: NncpConfig
      /** Paths of keys that NNCP 8.8.2 does not have either: misspelt, or of another version. */
      readonly unknown: readonly string[]
    }
  | { readonly faults: readonly NncpConfigFault[] }

/** @param value as a JSON or Hjson parser gave it; nothing of it is trusted. */
export function readNncpConfig(suite: Suite, value: unknown): NncpConfigRead {
  const reader = new Reader()
  const top = reader.table(value, '')
  if (top === undefined) return { faults: [...reader.faults, { path: '', message: 'is no configuration of NNCP' }] }
  const self = readSelf(suite, reader, top)
  const neigh = top.table('neigh', nncpConfigLimits.nodesMax)
  const own = neigh?.table('self')
  const config: NncpConfig = {
    ...readGeneral(reader, top),
    self,
    own: own === undefined ? null : readOwn(reader, own),
    neighbours: readNeighbours(suite, reader, neigh),
    areas: readAreas(suite, reader, top.table('areas', nncpConfigLimits.nodesMax)),
    notify: readNotify(reader, top.table('notify')),
  }
  top.end()
  if (neigh === undefined) reader.fault('neigh', 'is missing: this is no configuration of NNCP')
  checkNames(reader, config, neigh?.entries().map(([name]) => name) ?? [])
  return reader.faults.length > 0 ? { faults: reader.faults } : { config, unknown: reader.unknown }
}

const publicNames = ['id', 'exchpub', 'signpub', 'noisepub']
const privateNames = [...publicNames, 'exchprv', 'signprv', 'noiseprv']

function readSelf(suite: Suite, reader: Reader, top: Table) {
  const table = top.table('self')
  if (table === undefined) return null
  const record = table.pick(privateNames)
  table.end()
  return attempt(reader, table.path, () => parsePrivateIdentity(suite, record)) ?? null
}

function readGeneral(reader: Reader, top: Table): NncpGeneral {
  const send = top.table('mcd-send')?.entries() ?? []
  const aliases = top.table('yggdrasil-aliases')?.entries() ?? []
  const umask = top.text('umask')
  if (umask !== null && !/^0?[0-7]{3}$/.test(umask)) reader.fault('umask', 'must be octal digits, as in "022"')
  return {
    spool: top.text('spool'),
    log: top.text('log'),
    umask,
    noProgress: top.flag('noprogress'),
    noHeaders: top.flag('nohdr'),
    discoveryListen: top.texts('mcd-listen'),
    discoverySend: send.map(([interfaces, value, path]) => ({
      interfaces,
      everySeconds: reader.number(value, path) ?? 0,
    })),
    yggdrasilAliases: aliases.map(([name, value, path]) => ({ name, value: reader.text(value, path) ?? '' })),
  }
}

function readOwn(reader: Reader, table: Table): NncpNodeOptions {
  table.pick(publicNames)
  // A node does not call itself; NNCP reads these and does nothing with them.
  table.pick(['via', 'addrs', 'calls', 'rxrate', 'txrate', 'onlinedeadline', 'maxonlinetime'])
  const options = readOptions(reader, table)
  table.end()
  return options
}

function readNeighbours(suite: Suite, reader: Reader, neigh: Table | undefined): readonly NncpNeighbour[] {
  const neighbours: NncpNeighbour[] = []
  for (const [name, value, path] of neigh?.entries() ?? []) {
    if (name === 'self') continue
    const table = reader.table(value ?? {}, path)
    if (table === undefined) continue
    const record = table.pick(publicNames)
    const identity = attempt(reader, path, () => parsePublicIdentity(suite, record))
    const rest = readNeighbourRest(reader, table)
    table.end()
    if (identity !== undefined) neighbours.push({ name, identity: whole(identity), ...rest })
  }
  return neighbours
}

/** The same bytes in arrays of their own. */
function whole({ id, exchangeKey, signingKey, noiseKey }: PublicIdentity): PublicIdentity {
  return { id, exchangeKey, signingKey, noiseKey }
}

function readNeighbourRest(reader: Reader, table: Table): Omit<NncpNeighbour, 'name' | 'identity'> {
  const addrs = table.table('addrs')?.entries() ?? []
  const calls = table.get('calls')
  const list = Array.isArray(calls) ? calls : []
  if (calls !== undefined && calls !== null && !Array.isArray(calls)) reader.fault(table.at('calls'), 'must be a list')
  if (list.length > nncpConfigLimits.entriesMax) reader.fault(table.at('calls'), 'has too many entries')
  return {
    ...readOptions(reader, table),
    ...readLine(table),
    via: table.texts('via'),
    addresses: addrs.map(([name, value, path]) => ({ name, address: reader.text(value, path) ?? '' })),
    calls: list
      .slice(0, nncpConfigLimits.entriesMax)
      .flatMap((call: unknown, at) => readCall(reader, call, `${table.at('calls')}[${at}]`)),
  }
}

function readOptions(reader: Reader, table: Table): NncpNodeOptions {
  return { exec: readExec(reader, table), incoming: table.text('incoming'), freq: readFreq(table) }
}

function readExec(reader: Reader, table: Table): Readonly<Record<string, NncpCommand>> {
  const handles: [string, NncpCommand][] = []
  for (const [handle, value, path] of table.table('exec')?.entries() ?? []) {
    const command = reader.texts(value, path)
    if (command[0] === undefined || command[0] === '') reader.fault(path, 'must name a program: ["/path/to/program"]')
    handles.push([handle, command])
  }
  return Object.fromEntries(handles)
}

function readFreq(table: Table): NncpFreq | null {
  const freq = table.table('freq')
  if (freq === undefined) return null
  const read = {
    path: freq.text('path'),
    chunkKib: freq.number('chunked'),
    sizeKibMin: freq.number('minsize'),
    sizeKibMax: freq.number('maxsize'),
  }
  freq.end()
  return read
}

function readLine(table: Table): NncpLineOptions {
  return {
    rxRate: table.number('rxrate'),
    txRate: table.number('txrate'),
    onlineDeadlineSeconds: table.number('onlinedeadline'),
    onlineSecondsMax: table.number('maxonlinetime'),
  }
}

function readCall(reader: Reader, value: unknown, path: string): NncpCall[] {
  const table = reader.table(value ?? {}, path)
  if (table === undefined) return []
  const cron = table.text('cron')
  if (cron === null) reader.fault(table.at('cron'), 'is missing')
  const only = table.text('xx')
  if (only !== null && only !== 'rx' && only !== 'tx') reader.fault(table.at('xx'), 'must be rx or tx')
  const call: NncpCall = {
    ...readLine(table),
    cron: cron ?? '',
    nicenessMax: readNiceness(reader, table.get('nice'), table.at('nice')),
    only: only === 'rx' || only === 'tx' ? only : null,
    address: table.text('addr'),
    flags: nncpCallFlags.filter(flag => table.flag(flag)),
  }
  table.end()
  return [call]
}

function readNiceness(reader: Reader, value: unknown, path: string): number | null {
  if (value === undefined || value === null) return null
  const niceness = typeof value === 'string' || typeof value === 'number' ? parseNiceness(String(value)) : undefined
  if (niceness === undefined) reader.fault(path, 'must be a niceness: 1 to 255, or as in PRIORITY+10')
  return niceness ?? null
}

function readAreas(suite: Suite, reader: Reader, areas: Table | undefined): readonly NncpArea[] {
  const read: NncpArea[] = []
  for (const [name, value, path] of areas?.entries() ?? []) {
    const table = reader.table(value ?? {}, path)
    if (table === undefined) continue
    const id = parseNodeId(table.text('id') ?? '')
    if (id === undefined) {
      reader.fault(table.at('id'), 'must be the id of an area, in Base32')
      continue
    }
    const publicKey = readKey(reader, table, 'pub')
    const privateKey = readKey(reader, table, 'prv')
    if (publicKey !== null && !sameBytes(suite.blake2b256(publicKey), bytesOfId(id))) {
      reader.fault(table.at('pub'), 'does not belong to the id')
    }
    if (privateKey !== null && (publicKey === null || !sameBytes(suite.x25519PublicKey(privateKey), publicKey))) {
      reader.fault(table.at('prv'), 'does not belong to pub')
    }
    const subscribers = table.texts('subs')
    const options = { incoming: table.text('incoming'), exec: readExec(reader, table) }
    read.push({ name, id, publicKey, privateKey, subscribers, ...options, allowUnknown: table.flag('allow-unknown') })
    table.end()
  }
  return read
}

function readKey(reader: Reader, table: Table, name: string): Uint8Array | null {
  const text = table.text(name)
  if (text === null) return null
  const bytes = decodeBase32(text)
  if (bytes?.length === 32) return bytes
  reader.fault(table.at(name), 'is no key of 32 bytes in Base32')
  return null
}

function readNotify(reader: Reader, table: Table | undefined): NncpNotify {
  const exec: [string, NncpNotice][] = []
  for (const [handle, value, path] of table?.table('exec')?.entries() ?? []) {
    const notice = readNotice(reader.table(value, path))
    if (notice !== null) exec.push([handle, notice])
  }
  const notices = { file: readNotice(table?.table('file')), freq: readNotice(table?.table('freq')) }
  table?.end()
  return { ...notices, exec: Object.fromEntries(exec) }
}

function readNotice(table: Table | undefined): NncpNotice | null {
  if (table === undefined) return null
  const notice = { from: table.text('from') ?? '', to: table.text('to') ?? '' }
  table.end()
  return notice
}

/** Who is named as a relay or subscriber must be there. */
function checkNames(reader: Reader, { neighbours, areas, self }: NncpConfig, names: readonly string[]): void {
  const known = new Set<string>(['self', ...names, ...(self === null ? [] : [self.id])])
  for (const { identity } of neighbours) known.add(identity.id)
  const check = (names: readonly string[], path: string) => {
    for (const [at, name] of names.entries()) {
      if (!known.has(name)) reader.fault(`${path}[${at}]`, 'names a neighbour that is not there')
    }
  }
  for (const { name, via } of neighbours) check(via, `neigh.${name}.via`)
  for (const { name, subscribers } of areas) check(subscribers, `areas.${name}.subs`)
}

/** Messages of FormatErrors name members and never hold their values. */
function attempt<T>(reader: Reader, path: string, parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (error instanceof FormatError) return reader.fault(path, error.message)
    throw error
  }
}
