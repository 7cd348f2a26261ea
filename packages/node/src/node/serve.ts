/**
 * The daemon: a node with its listeners open, its folders watched and its admin socket listening, until it is stopped.
 *
 * A fault that nobody caught ends the process: everything that was promised is on the disk, and a clean start reads it
 * from there.
 */
import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { systemClock } from '../base/clock.ts'
import { messageOf, OperatingError } from '../base/errors.ts'
import { type Service, stopAll } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import { type TcpAddress, tcpAddress, tcpUrl } from '../links/tcp/address.ts'
import { type ChatEngine, chatEngine, engineProgram, installedEngine } from '../services/chat-engine/index.ts'
import {
  type Certificate,
  LoginThrottle,
  loadOrMakeCertificate,
  type MailServer,
  mailServer,
} from '../services/mail-server/index.ts'
import { startAdminServer } from './admin/server.ts'
import { type Node, openNode } from './assemble.ts'
import { loadConfig, mailListenerNames } from './config/config.ts'
import { lmtpPlace } from './config/lmtp.ts'
import { startCustodyRounds } from './custody-rounds.ts'
import { startDiscovery } from './discovery.ts'
import { startFetchedNotes } from './fetched-notes.ts'
import type { Home } from './home.ts'
import { openLog } from './log.ts'
import { logFile } from './log-file.ts'
import { startMaintenance } from './maintenance.ts'
import { prepareAccount, type ServedAccount } from './node-account.ts'
import { startNoting } from './noting.ts'
import { opennessOf, openPlaces, tenable } from './openness.ts'
import { lanAddress } from './operations/access.ts'
import { selfOf } from './operations/pairing.ts'
import { runNamed } from './operations/run.ts'
import { chatDaysOf, firstLoginOf, openDomain } from './people.ts'
import { type Ports, settlePorts } from './ports.ts'
import { renewal } from './renewal.ts'
import type { RunningNode } from './served.ts'
import type { MailPorts } from './web/chats.ts'
import { type NodeWeb, startWeb } from './web/web.ts'

/** @throws OperatingError when the home, the configuration or a port does not allow it; nothing runs then. */
export async function serveNode(home: Home, options: { lan: boolean }): Promise<RunningNode> {
  const config = await loadConfig(home.config)
  const file = logFile(home.log, config.log.keep_bytes_max)
  const log = openLog({ level: config.log.level, file })
  const node = await openNode(home, log)
  const parts: Service[] = [node]
  try {
    const { lan: _, lan_host: lanHost, nncp_host: nncpHost, ...configured } = config.listen
    const ports = await settlePorts(home, configured)
    const openness = await tenable(opennessOf(config, node.directory, options), openPlaces(lanHost, ports), log)
    const { lan } = openness
    const engine = engineOf(node)
    const mailPorts = () => loopbackPorts(mail.listeners)
    const chat = await prepareChat(node, engine, mailPorts)
    const doors = { ports, lanHost: lan ? lanHost : null, ...(await openingsOf(node)) }
    const mail: MailServer = await startMail(node, { ...doors, chat })
    parts.push(mail, engine)
    if (chat !== null) parts.push(chat)
    const nncp = await takeCalls(node, { host: nncpHost, port: ports.nncp })
    await node.takePipes()
    let web: NodeWeb | undefined
    const served: RunningNode = {
      ...node,
      running: true,
      openness,
      renewal: renewal(),
      chat,
      get listeners() {
        return { ...mail.listeners, ...(web === undefined ? {} : { http: web.listener }), nncp }
      },
      setUpLink: () => web?.setUpLink() ?? null,
      webUrl: () => web?.listener.url ?? '',
      endLogins: async (user, credentials, reason) =>
        (await mail.endLogins(user, credentials, reason)) + ((await web?.endLogins(user)) ?? 0),
      reach: async () => ({ ports, lanHost: lan ? lanAddress() : null }),
      stop: () => stopAll(parts),
    }
    web = await startWeb(served, { ...doors, port: ports.web, engine, mailPorts })
    parts.push(web)
    node.pairing.open(selfOf(served))
    const daysOf = (user: string) => chatDaysOf(config, node.directory.users, user)
    const journeyDays = config.journeys.keep_days
    const { check_days: checkDays } = config.spool
    const limits = { checkDays, chatDaysOf: daysOf, journeyDays, joinInvites: node.directory.joinInvites }
    parts.push(startMaintenance({ ...node, ...limits, clock: systemClock }))
    parts.push(startCustodyRounds({ ...node, clock: systemClock }))
    parts.push(startFetchedNotes({ ...node, tells: config.receipts.fetched, clock: systemClock }))
    parts.push(startNoting({ ...node, clock: systemClock }))
    parts.push(await startAdminServer(home, (name, params, context) => runNamed(served, name, params, context), log))
    parts.push(node.mailbox.watch())
    node.courier.start()
    await node.postOffice.startPrograms()
    await node.gateways.start()
    chat?.start()
    await web.start()
    parts.push(startDiscovery(node, nncp))
    parts.unshift(endingOnUncaught(log))
    if (node.restored !== null) {
      const [at, backupOf] = [node.restored.restoredAt, node.restored.madeAt].map(time => new Date(time).toISOString())
      log.info('this home was restored from a backup once', { at, backupOf })
    }
    log.info('node is running', { id: node.identity.id, name: node.name, listeners: served.listeners })
    return served
  } catch (error) {
    await stopAll(parts)
    throw error
  }
}

/** One for all: people's accounts, and that of the node. It is begun when somebody wants it. */
function engineOf({ home, log }: Node): ChatEngine {
  const [program, clock] = [installedEngine(), systemClock]
  const start = program === undefined ? undefined : engineProgram(program, home.chat, { clock, log })
  return chatEngine({ start, clock, log })
}

/** The engine logs in over the machine's own address, like everybody. */
function loopbackPorts(listeners: MailServer['listeners']): MailPorts {
  const portOf = (name: 'imap' | 'smtp') => {
    const at = listeners[name]
    return at !== undefined && 'port' in at ? at.port : 0
  }
  return { imapPort: portOf('imap'), smtpPort: portOf('smtp') }
}

async function prepareChat(node: Node, engine: ChatEngine, ports: () => MailPorts) {
  const { account } = node
  if ('why' in account) {
    node.log.info('there is no account of the node', { why: account.why })
    return null
  }
  const addressesOf = (user: string) => [node.domain, ...node.config.node.domains].map(domain => `${user}@${domain}`)
  return prepareAccount(account, { ...node, engine, addressesOf, clock: systemClock, ports })
}

/** A system without IPv6 has no `::`; all its addresses are `0.0.0.0` then. */
async function takeCalls(node: Node, at: TcpAddress): Promise<TcpAddress> {
  try {
    return tcpAddress(await node.takeCalls(tcpUrl(at)))
  } catch (error) {
    const noIpv6 = at.host === '::' && error instanceof OperatingError && error.code === 'no-such-address'
    if (!noIpv6) throw error
    return tcpAddress(await node.takeCalls(tcpUrl({ ...at, host: '0.0.0.0' })))
  }
}

/** What mail and web have in common: the certificate, and the memory of wrong passwords. */
async function openingsOf(node: Node): Promise<{ certificate: Certificate; throttle: LoginThrottle }> {
  const { home, config, domain } = node
  await mkdir(home.tls, { recursive: true, mode: 0o700 })
  const own = lanAddress()
  const certificate = await loadOrMakeCertificate({
    directory: home.tls,
    names: [
      domain,
      openDomain(domain),
      ...config.node.domains,
      'localhost',
      hostname(),
      '127.0.0.1',
      '::1',
      ...(own === null ? [] : [own]),
    ],
    now: systemClock.now(),
    random: randomBytes,
  })
  warnOfNames(certificate, node)
  return { certificate, throttle: new LoginThrottle({ clock: systemClock }) }
}

interface MailDoors {
  readonly ports: Ports
  readonly lanHost: string | null
  readonly chat: ServedAccount | null
  readonly certificate: Certificate
  readonly throttle: LoginThrottle
}

/** Ports without TLS stay on this machine; those with TLS follow `lan`. */
async function startMail(node: Node, options: MailDoors): Promise<MailServer> {
  const { home, config, domain, suite: _, ...stores } = node
  const { ports, lanHost, chat, certificate, throttle } = options
  const { users } = node.directory
  const open = lanHost ?? '127.0.0.1'
  const lmtp = config.lmtp.listen === undefined ? undefined : lmtpPlace(config.lmtp.listen, home.path)
  const listeners = Object.fromEntries(
    mailListenerNames.map(name => [name, { host: name.endsWith('s') ? open : '127.0.0.1', port: ports[name] }]),
  )
  return mailServer({
    ...stores,
    desk: node.postOffice,
    users: { verify: async (user, given) => chat?.verify(user, given) === true || users.verify(user, given) },
    appPasswords: node.directory.appPasswords,
    firstLogin: firstLoginOf(config, node, () => systemClock.now()),
    domains: [domain, ...config.node.domains, ...(config.users.first_login ? [openDomain(domain)] : [])],
    ...{ certificate, throttle },
    listeners,
    ...(lmtp === undefined ? {} : { lmtp }),
    metadata: entry => (entry === '/shared/comment' ? `Posthorn node ${node.name}` : null),
    clock: systemClock,
    random: randomBytes,
    smtpLimits: { messageBytesMax: config.limits.message_bytes_max },
  })
}

/** A certificate is never replaced by itself: apps may have been told to trust it. */
function warnOfNames({ cert }: Certificate, { config, home, log }: Node): void {
  const certificate = new X509Certificate(cert)
  for (const name of config.node.domains.filter(domain => certificate.checkHost(domain) === undefined)) {
    log.warn('the certificate does not hold a domain of this node; without tls/ a new one is made', {
      ...{ domain: name, folder: home.tls },
    })
  }
}

function endingOnUncaught(log: Log): Service {
  const end = (error: unknown) => {
    log.error('unexpected fault; the node ends', { reason: messageOf(error), stack: (error as Error)?.stack })
    process.exit(1)
  }
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
  return {
    async stop() {
      process.off('uncaughtException', end)
      process.off('unhandledRejection', end)
    },
  }
}
