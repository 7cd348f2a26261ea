/** The gateways of posthorn.toml, as the post office and the service want them. */
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { present } from '../base/assert.ts'
import { OperatingError, systemCode } from '../base/errors.ts'
import type { Gateway, GatewayReport, MailServer } from '../services/gateway/index.ts'
import type { GatewayRule, PostOffice } from '../services/postoffice/index.ts'
import { excerptOf } from '../services/postoffice/letter/excerpt.ts'
import type { Config } from './config/config.ts'
import { isLocal, parseServer } from './config/gateway-schema.ts'
import type { Home } from './home.ts'

type Table = Config['gateway'][number]

export function gatewayRules({ gateway }: Config): GatewayRule[] {
  return gateway.map(({ name, domains, from, command, recipients_max: recipientsMax = null }) => ({
    ...{ name, domains, from, recipientsMax },
    plainOnly: command !== undefined,
  }))
}

const commandTimeoutSeconds = 600

/** @throws OperatingError `bad-config` when a file that a gateway names cannot be read. */
export async function configuredGateways(home: Home, { gateway }: Config): Promise<Gateway[]> {
  return Promise.all(
    gateway.map(async table => ({ name: table.name, atOnceMax: table.at_once, way: await wayOf(home, table) })),
  )
}

async function wayOf(home: Home, table: Table): Promise<Gateway['way']> {
  if (table.command === undefined) return { kind: 'server', ...(await serverOf(home, table)) }
  return {
    kind: 'command',
    words: table.command,
    timeoutMs: (table.timeout_seconds ?? commandTimeoutSeconds) * 1000,
    lineEnds: table.line_ends ?? 'lf',
    fromLine: table.from_line ?? false,
    returnPath: table.return_path ?? false,
    nullSender: table.null_sender ?? 'MAILER-DAEMON',
  }
}

async function serverOf(home: Home, table: Table): Promise<MailServer> {
  const url = present(table.smarthost ?? table.lmtp, 'the server of a gateway')
  const { protocol, at, implicitTls, user } = present(parseServer(url), 'the address of a server')
  const { tls = isLocal(at) ? 'optional' : 'required', ca_file: ca, password_file: file } = table
  return {
    ...{ protocol, at, url, user, tls: implicitTls ? 'implicit' : tls },
    ca: ca === undefined ? null : await readNamed(home, table, ca),
    password: () => readPassword(home, table, file ?? ''),
  }
}

async function readNamed(home: Home, { name }: Table, file: string): Promise<string> {
  const path = resolve(home.path, file)
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw badFile(`The gateway ${name} needs ${path}, which cannot be read: ${systemCode(error)}.`, path)
  }
}

/** Read when it is needed, and never told. @throws OperatingError when it is missing, or open to others. */
async function readPassword(home: Home, table: Table, file: string): Promise<string> {
  const path = resolve(home.path, file)
  const text = await readNamed(home, table, file)
  if (process.platform !== 'win32' && ((await stat(path)).mode & 0o077) !== 0) {
    throw badFile(`The password in ${path} can be read by others, and is not used. Shut it: chmod 600`, path)
  }
  return text.replace(/\r?\n$/, '')
}

function badFile(message: string, path: string): OperatingError {
  return new OperatingError(message, { code: 'bad-config', retry: 'later', fields: { path } })
}

/** The service knows the letter, the post office how its sender is told. */
export function reporting(postOffice: Pick<PostOffice, 'report'>) {
  return async ({ body, ...report }: GatewayReport) => {
    const { returnPath, wishes } = report.envelope
    const isWhole = wishes?.returns === 'full' && report.kind !== 'relayed' && report.kind !== 'delayed'
    const original = body === undefined || returnPath === '' ? null : await excerptOf(body, isWhole)
    return postOffice.report({ ...report, original })
  }
}
