/**
 * `posthorn.toml`: what an operator sets. Unknown keys are faults; all faults are reported at once, each with its path.
 */
import { readFile } from 'node:fs/promises'
import { parse, TomlError } from 'smol-toml'
import * as v from 'valibot'
import { OperatingError, systemCode } from '../../base/errors.ts'
import { type Config, configSchema } from './schema.ts'
import { nodeName } from './values.ts'

export type { Config } from './schema.ts'

/** One thing that is wrong: `path` is dotted (`listen.smtp`), empty for the file as a whole. */
export interface ConfigFault {
  readonly path: string
  readonly message: string
}

const configBytesMax = 256 * 1024

export function parseConfig(text: string): { config: Config } | { faults: readonly ConfigFault[] } {
  let table: unknown
  try {
    table = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = error.message.split('\n')[0] ?? 'unreadable'
    return { faults: [{ path: '', message: `line ${error.line}, column ${error.column}: ${reason}` }] }
  }
  const result = v.safeParse(configSchema, table)
  if (result.success) return { config: result.output }
  return { faults: result.issues.map(faultOf) }
}

function faultOf(issue: v.BaseIssue<unknown>): ConfigFault {
  const path = v.getDotPath(issue) ?? ''
  if (issue.type === 'strict_object') {
    const missing = issue.received === 'undefined'
    return { path, message: missing ? 'is missing' : 'is not a setting of Posthorn: check its spelling' }
  }
  return { path, message: issue.message.replace(/^Invalid \w+: /, 'has the wrong value: ') }
}

/** @throws OperatingError `bad-config` that names every fault, or `no-node` when there is no such file. */
export async function loadConfig(path: string): Promise<Config> {
  const text = await readConfigFile(path)
  const parsed = parseConfig(text)
  if ('config' in parsed) return parsed.config
  const lines = parsed.faults.map(({ path: at, message }) => `  ${at === '' ? '' : `${at}: `}${message}`)
  throw new OperatingError(
    `${path} has ${lines.length === 1 ? 'a fault' : 'faults'}; nothing was started:\n${lines.join('\n')}`,
    {
      code: 'bad-config',
      retry: 'never',
      fields: { faults: parsed.faults },
    },
  )
}

/** @param path of the configuration that is missing. */
export function noNode(path: string): OperatingError {
  const message = `There is no node here: ${path} does not exist. Make one with \`posthorn init --home …\`.`
  return new OperatingError(message, { code: 'no-node', retry: 'never', fields: { path } })
}

async function readConfigFile(path: string): Promise<string> {
  try {
    const bytes = await readFile(path)
    if (bytes.length <= configBytesMax) return bytes.toString('utf8')
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    throw noNode(path)
  }
  throw new OperatingError(`${path} is larger than ${configBytesMax} bytes: that is no configuration of Posthorn.`, {
    code: 'bad-config',
    retry: 'never',
    fields: { path },
  })
}

export function isNodeName(name: string): boolean {
  return v.is(nodeName, name)
}

export const mailListenerNames = ['smtp', 'smtps', 'imap', 'imaps', 'pop3', 'pop3s'] as const
export type ListenerName = (typeof mailListenerNames)[number] | 'web' | 'nncp'
export const listenerNames: readonly ListenerName[] = [...mailListenerNames, 'web', 'nncp']

/** The file that `posthorn init` writes. */
export function configText(options: {
  name: string
  ports: Readonly<Record<ListenerName, number>>
  /** Calls of other nodes on this machine only, and no announcements. */
  loopback: boolean
}): string {
  const { name, ports, loopback } = options
  return `# A Posthorn node. Every setting is described in docs/reference/config.md.

[node]
name = "${name}"
# Real domains whose mail ends here, if this node owns any.
domains = []

[listen]
# Whether mail and web are open to the local network, under TLS. Said here, it is so; otherwise who looks after the
# node decides in the web chat. \`posthorn start --lan\` opens it once.
# lan = true
# 0 = any free port, remembered from then on.
smtp = ${ports.smtp}
smtps = ${ports.smtps}
imap = ${ports.imap}
imaps = ${ports.imaps}
pop3 = ${ports.pop3}
pop3s = ${ports.pop3s}
# Web chat, network page and API.
web = ${ports.web}
# Calls of other nodes, sealed and proven by keys; "::" is every address of this machine.
nncp = ${ports.nncp}
nncp_host = "${loopback ? '127.0.0.1' : '::'}"

[lan]
# Find other nodes in the local network, and tell them the id and name of this one. See docs/guide/local-network.md.
discovery = ${!loopback}
`
}
