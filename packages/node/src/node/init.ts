/** Making a node: keys, configuration, database. A run that was cut off is taken up again, with the same keys. */
import { randomBytes } from 'node:crypto'
import { access } from 'node:fs/promises'
import { hostname } from 'node:os'
import { generateIdentity, type PrivateIdentity } from '@posthorn/nncp'
import { OperatingError } from '../base/errors.ts'
import { nodeDomain } from '../services/postoffice/index.ts'
import { openDatabase } from '../stores/database/database.ts'
import { configText, isNodeName, type ListenerName, listenerNames } from './config/config.ts'
import { nativeSuite } from './crypto.ts'
import { type Home, makeHomeFolder, readKeysIfAny, writeKeys, writePrivateFile } from './home.ts'
import { isFree, settlePorts } from './ports.ts'

export interface NewNode {
  readonly home: string
  readonly id: string
  readonly name: string
  readonly domain: string
  readonly ports: Readonly<Record<ListenerName, number>>
}

const defaultPorts = {
  smtp: 1587,
  smtps: 1465,
  imap: 1143,
  imaps: 1993,
  pop3: 1110,
  pop3s: 1995,
  web: 8470,
  nncp: 5400,
} as const

export interface InitOptions {
  readonly name?: string
  readonly autoPorts: boolean
  /** Calls of other nodes from this machine only, and no announcements. */
  readonly loopback?: boolean
  /** Keys of a node that moves in. */
  readonly identity?: PrivateIdentity
}

/** @throws OperatingError `node-exists`, `bad-name`, `other-identity`. */
export async function initNode(home: Home, options: InitOptions): Promise<NewNode> {
  const name = options.name ?? nameFromHost()
  if (!isNodeName(name)) {
    throw new OperatingError(`"${name}" cannot name a node: use 1 to 40 of a-z, 0-9 and -, as in --name camp.`, {
      code: 'bad-name',
      retry: 'never',
    })
  }
  if (await exists(home.config)) {
    throw new OperatingError(`There is a node in ${home.path} already. Start it: posthorn start --home ${home.path}`, {
      code: 'node-exists',
      retry: 'never',
    })
  }
  await makeHomeFolder(home)
  const suite = nativeSuite()
  const known = await readKeysIfAny(home, suite)
  const identity = options.identity ?? known ?? generateIdentity(suite, randomBytes)
  if (known !== undefined && known.id !== identity.id) throw otherIdentity(home)
  if (known === undefined) await writeKeys(home, identity)
  openDatabase(home.database).close()
  const configured = await portsFor(options.autoPorts)
  const ports = await settlePorts(home, configured)
  await writePrivateFile(home.config, configText({ name, ports: configured, loopback: options.loopback ?? false }))
  return { home: home.path, id: identity.id, name, domain: nodeDomain(name, identity.id), ports }
}

export function otherIdentity(home: Home): OperatingError {
  return new OperatingError(
    `In ${home.path} lives another node, with keys of its own. Name a home for this one: --home DIR`,
    { code: 'other-identity', retry: 'never' },
  )
}

/** The usual ports, or 0 (any free one) for each that another program already uses. */
async function portsFor(auto: boolean): Promise<Record<ListenerName, number>> {
  const ports: Record<ListenerName, number> = { ...defaultPorts }
  for (const listener of listenerNames) {
    if (auto || !(await isFree(ports[listener]))) ports[listener] = 0
  }
  return ports
}

function nameFromHost(): string {
  const name = (hostname().split('.')[0] ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
  return isNodeName(name) ? name : 'node'
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
