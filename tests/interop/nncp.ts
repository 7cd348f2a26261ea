/**
 * Nodes of Debian's `nncp` for tests: each has a home with configuration, spool, inbox for files, and its keys.
 *
 * Nothing is started by itself; a test runs the commands it wants. `home` belongs to the test, which removes it.
 */
import { spawn, spawnSync } from 'node:child_process'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  formatPublicIdentity,
  type NodeId,
  type PacketId,
  type PrivateIdentity,
  type PublicIdentity,
  parsePacketId,
  parsePrivateIdentity,
} from '@posthorn/nncp'
import { pureSuite } from '@posthorn/nncp/pure'

/** Whether the programs are here. Without them nothing is proven about the other end, which is said aloud. */
export const nncpInstalled = spawnSync('nncp-hash', ['-version']).status === 0
if (!nncpInstalled) {
  console.warn('\n*** SKIPPED: Debian package nncp is not installed; nothing is tested against real NNCP. ***\n')
}

export interface NncpNode {
  readonly name: string
  readonly id: NodeId
  readonly identity: PrivateIdentity
  readonly configFile: string
  readonly spool: string
  /** Where files from every neighbour are put. */
  readonly incoming: string
  /** Where neighbours may request files from. */
  readonly offered: string
  readonly logFile: string
}

/** Another node as this one sees it; any identity's public part will do, so that Posthorn nodes can be neighbours. */
export interface NncpNeighbour {
  readonly identity: PublicIdentity
  /** Names of neighbours, the nearest first. */
  readonly via?: readonly string[]
  /** Handles it may call: NNCP appends the arguments and pipes the body in. See `recordingHandle`. */
  readonly exec?: Readonly<Record<string, readonly string[]>>
  readonly addrs?: Readonly<Record<string, string>>
  readonly calls?: readonly Readonly<Record<string, unknown>>[]
}

/** Fresh keys and an empty home below `home`. The node knows only itself until `introduce`. */
export async function makeNncpNode(home: string, name: string): Promise<NncpNode> {
  const folder = join(home, name)
  const [spool, incoming, offered] = ['spool', 'incoming', 'offered'].map(part => join(folder, part)) as [
    string,
    string,
    string,
  ]
  for (const path of [spool, incoming, offered]) await mkdir(path, { recursive: true })
  const { keys: record } = await nncpKeys(['-nocomments'])
  const node: NncpNode = {
    name,
    id: parsePrivateIdentity(pureSuite, record).id,
    identity: parsePrivateIdentity(pureSuite, record),
    configFile: join(folder, 'nncp.hjson'),
    spool,
    incoming,
    offered,
    logFile: join(folder, 'log'),
  }
  await writeFile(join(folder, 'self.json'), JSON.stringify(record), { mode: 0o600 })
  await introduce(node, {})
  return node
}

/** The keys of a fresh area, as `nncp-cfgnew` makes them. */
export async function makeNncpArea(): Promise<Pick<NncpArea, 'id' | 'pub' | 'prv'>> {
  const { stdout } = await run('nncp-cfgnew', ['-nocomments', '-area', 'news'])
  const keys = [...stdout.toString().matchAll(/^ +(id|pub|prv): (\w+)$/gm)].map(([, name, key]) => [name, key])
  return Object.fromEntries(keys) as Pick<NncpArea, 'id' | 'pub' | 'prv'>
}

/** A configuration as `nncp-cfgnew ARGS` writes it, and the keys in it. */
export async function nncpKeys(args: readonly string[]): Promise<{ text: string; keys: Record<string, string> }> {
  const text = (await run('nncp-cfgnew', args)).stdout.toString()
  const self = text.split('neigh:')[0] ?? ''
  const found = [...self.matchAll(/^ +(id|\w+pub|\w+prv): (\w+)$/gm)]
  return { text, keys: Object.fromEntries(found.map(([, name = '', value = '']) => [name, value])) }
}

/** Several nodes of which each knows all others. */
export async function makeNncpNodes(home: string, names: readonly string[]): Promise<NncpNode[]> {
  const nodes: NncpNode[] = []
  for (const name of names) nodes.push(await makeNncpNode(home, name))
  for (const node of nodes) {
    const others = nodes.filter(other => other !== node)
    await introduce(node, Object.fromEntries(others.map(other => [other.name, { identity: other.identity }])))
  }
  return nodes
}

/** An area as a stock node takes part in it; without `pub` and `prv` it only passes messages on. */
export interface NncpArea {
  readonly id: string
  readonly pub?: string
  readonly prv?: string
  /** Names of neighbours. */
  readonly subs: readonly string[]
  readonly incoming?: string
  readonly exec?: Readonly<Record<string, readonly string[]>>
  readonly 'allow-unknown'?: boolean
}

/** Writes the node's configuration anew: these are all the neighbours and areas it has, by name. */
export async function introduce(
  node: NncpNode,
  neighbours: Readonly<Record<string, NncpNeighbour>>,
  areas: Readonly<Record<string, NncpArea>> = {},
): Promise<void> {
  const self: unknown = JSON.parse(await readFile(join(node.configFile, '..', 'self.json'), 'utf8'))
  const permitted = { incoming: node.incoming, freq: { path: node.offered } }
  const neigh = Object.fromEntries(
    Object.entries(neighbours).map(([name, { identity, ...more }]) => [
      name,
      { ...formatPublicIdentity(identity), ...permitted, ...more },
    ]),
  )
  const own = { ...formatPublicIdentity(node.identity), ...permitted }
  const config = { spool: node.spool, log: node.logFile, self, neigh: { self: own, ...neigh }, areas }
  await writeFile(node.configFile, JSON.stringify(config), { mode: 0o600 })
}

export interface NncpResult {
  readonly status: number
  readonly stdout: Buffer
  readonly stderr: string
}

export interface NncpRunOptions {
  readonly input?: Uint8Array | string
  /** Return a failure instead of throwing it. */
  readonly mayFail?: boolean
}

/** Runs `nncp-COMMAND -cfg … ARGS`. Throws with what it printed when it fails, unless it may. */
export function nncp(
  node: Pick<NncpNode, 'configFile'>,
  command: string,
  args: readonly string[] = [],
  options: NncpRunOptions = {},
): Promise<NncpResult> {
  return run(`nncp-${command}`, ['-cfg', node.configFile, ...args], options)
}

/** MTH of `bytes` by `nncp-hash`, in hexadecimal. */
export async function nncpHash(bytes: Uint8Array): Promise<string> {
  return (await run('nncp-hash', [], { input: bytes })).stdout.toString().trim()
}

/** Where packets for `peer` wait to be sent, or lie that came from it. */
export function packetFolder(node: NncpNode, peer: NodeId, direction: 'rx' | 'tx'): string {
  return join(node.spool, peer, direction)
}

/** Packets in the spool, in no particular order. */
export async function packetsIn(node: NncpNode, peer: NodeId, direction: 'rx' | 'tx'): Promise<PacketId[]> {
  const names = await readdir(packetFolder(node, peer, direction)).catch(() => [])
  return names.map(parsePacketId).filter(id => id !== undefined)
}

/** Puts a packet into the spool as if it had come from `sender`. */
export async function receive(node: NncpNode, sender: NodeId, id: PacketId, packet: Uint8Array): Promise<void> {
  const folder = packetFolder(node, sender, 'rx')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, id), packet)
}

/** A call that a handle of `recordingHandle` got. */
export interface RecordedCall {
  readonly args: readonly string[]
  readonly input: Buffer
  readonly sender: string
  readonly niceness: string
}

/** A handle for `exec` that writes each call into `folder`, for `recordedCalls` to read. */
export function recordingHandle(folder: string): string[] {
  const script = [
    'set -e',
    'folder=$1; shift; mkdir -p "$folder"; call=$(mktemp -d "$folder/part.XXXXXX")',
    'for arg in "$@"; do printf "%s\\0" "$arg"; done > "$call/args"',
    'cat > "$call/input"',
    'printf "%s" "$NNCP_SENDER" > "$call/sender"; printf "%s" "$NNCP_NICE" > "$call/niceness"',
    'mv "$call" "$folder/call.$(basename "$call")"',
  ]
  return ['/bin/sh', '-c', script.join('\n'), 'record', folder]
}

/** All calls recorded so far, in no particular order. */
export async function recordedCalls(folder: string): Promise<RecordedCall[]> {
  const names = await readdir(folder).catch(() => [])
  return Promise.all(
    names
      .filter(name => name.startsWith('call.'))
      .map(async name => ({
        args: (await readFile(join(folder, name, 'args'), 'utf8')).split('\0').slice(0, -1),
        input: await readFile(join(folder, name, 'input')),
        sender: await readFile(join(folder, name, 'sender'), 'utf8'),
        niceness: await readFile(join(folder, name, 'niceness'), 'utf8'),
      })),
  )
}

/** Runs any program of NNCP. Throws with what it printed when it fails, unless it may. */
export function run(program: string, args: readonly string[], options: NncpRunOptions = {}): Promise<NncpResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe' })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
    // A program that does not want its input closes it; its exit status tells the rest.
    child.stdin.on('error', () => undefined)
    child.on('error', reject)
    child.on('close', code => {
      const result = { status: code ?? -1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }
      if (result.status === 0 || options.mayFail === true) resolve(result)
      else reject(new Error(`${program} ${args.join(' ')} ended with ${code}: ${result.stderr}`))
    })
    child.stdin.end(options.input ?? '')
  })
}
