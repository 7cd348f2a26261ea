/** The web of a node: what answers its calls, put together once, and where its files lie. */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../base/clock.ts'
import { type Service, stopAll } from '../../base/lifecycle.ts'
import type { ChatEngine } from '../../services/chat-engine/index.ts'
import type { ChatServer } from '../../services/chat-server/index.ts'
import { diskReserveBytes } from '../../services/courier/index.ts'
import type { Certificate, LoginThrottle } from '../../services/mail-server/index.ts'
import { webServer } from '../../services/web-server/index.ts'
import { lanAddress } from '../operations/access.ts'
import type { ListenerStatus } from '../operations/types.ts'
import { openDomain } from '../people.ts'
import type { ServedNode } from '../served.ts'
import { type MailPorts, webChats } from './chats.ts'
import { entrances } from './entrances.ts'
import { answering } from './handlers.ts'
import { mailSettings } from './mail-settings/index.ts'
import { nodeMetrics } from './metrics.ts'
import { hostNames } from './names.ts'
import { SetUp } from './set-up.ts'

declare const POSTHORN_VERSION: string
const version = typeof POSTHORN_VERSION === 'string' ? POSTHORN_VERSION : '0.0.0'

export interface NodeWeb extends Service {
  readonly listener: ListenerStatus & { readonly url: string }
  /** What to open on a node where nobody lives yet; null: somebody does. */
  readonly setUpLink: () => string | null
  /** Whose passwords or account are not good any more; see `ServedNode.endLogins`. */
  readonly endLogins: (user: string) => Promise<number>
  /** Once the mail server listens: chats wake up. */
  start(): Promise<void>
}

export interface NodeWebOptions {
  readonly port: number
  /** Where it is open to the local network; null: for this machine only. */
  readonly lanHost: string | null
  readonly certificate: Certificate
  readonly throttle: LoginThrottle
  readonly engine: ChatEngine
  readonly mailPorts: () => MailPorts
}

/** @throws OperatingError `port-taken`, `port-forbidden` or `no-such-address`, retry `never`; nothing runs then. */
export async function startWeb(node: ServedNode, options: NodeWebOptions): Promise<NodeWeb> {
  const { home, config, identity, directory, domain, log } = node
  const { certificate, throttle, lanHost, engine } = options
  const first = new SetUp((await directory.users.list()).length === 0, randomBytes)
  const clock = systemClock
  const domains = [domain, openDomain(domain), ...config.node.domains] as const
  const host = lanHost ?? '127.0.0.1'
  const metrics = nodeMetrics(node, engine, version)
  let chat: ChatServer | undefined
  let services: readonly Service[] = []
  const web = await webServer({
    ...{ directory, certificate, throttle, host, port: options.port, domains, clock, random: randomBytes, log },
    node: identity.id.slice(0, 8).toLowerCase(),
    names: hostNames({ configured: config.web.hosts, domains, name: node.name, now: () => clock.now() }),
    answering(tools) {
      chat = webChats(node, options, tools)
      const hasChat = engine.status().state !== 'missing'
      const answers = answering({ node, tools, chat, hasChat, version, clock })
      services = [metrics, chat, ...answers.services]
      return answers
    },
    entrances: entrances(node, first, clock),
    mailSettings: mailSettings(node),
    metrics: counts => metrics.text(counts),
    healthy: async () => !node.damaged.aborted,
    appFolder: appFolder(),
    uploads: {
      directory: home.uploads,
      sizeBytesMax: config.web.upload_bytes_max,
      reserveBytes: diskReserveBytes,
    },
  })
  const url = urlOf(lanHost, web.port)
  return {
    listener: { host, port: web.port, url },
    // What stands behind # is not sent to any server, and is in no log.
    setUpLink: () => (first.secret === null ? null : `${url}#/set-up/${first.secret}`),
    async endLogins(user) {
      // A removed person leaves an account in the engine, and the engine logs in with an app password.
      void chat?.changed(user)
      return web.endLogins(user)
    },
    start: async () => chat?.start(),
    stop: () => stopAll([...services, web]),
  }
}

function urlOf(lanHost: string | null, port: number): string {
  const address = lanHost === null ? null : lanAddress()
  return address === null ? `http://127.0.0.1:${port}/` : `https://${address}:${port}/`
}

/** Beside the bundled program; in a checkout that was not bundled, where the bundle would be. */
function appFolder(): string {
  const here = import.meta.url
  return fileURLToPath(new URL(here.includes('/src/node/web/') ? '../../../dist/web/' : './web/', here))
}
