/** The web of a node: what answers its calls, put together once, and where its files lie. */
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../base/clock.ts'
import { stopAll } from '../../base/lifecycle.ts'
import { type ChatEngine, installedEngine } from '../../services/chat-engine/index.ts'
import type { ChatServer } from '../../services/chat-server/index.ts'
import { diskReserveBytes } from '../../services/courier/index.ts'
import type { Certificate, LoginThrottle } from '../../services/mail-server/index.ts'
import { type WebServer, type WebTools, webServer } from '../../services/web-server/index.ts'
import type { Node } from '../assemble.ts'
import { lanAddress } from '../operations/access.ts'
import type { ListenerStatus } from '../operations/types.ts'
import { openDomain } from '../people.ts'
import type { ServedNode } from '../served.ts'
import { type MailPorts, webChats } from './chats.ts'
import { type WebJourneys, webJourneys } from './journeys/index.ts'
import { hostNames } from './names.ts'
import { sessionHandlers } from './sessions.ts'
import { SetUp } from './set-up.ts'

declare const POSTHORN_VERSION: string
const version = typeof POSTHORN_VERSION === 'string' ? POSTHORN_VERSION : '0.0.0'

export interface NodeWeb extends Pick<WebServer, 'publish' | 'endLogins' | 'stop'> {
  readonly listener: ListenerStatus & { readonly url: string }
  /** Once the mail server listens. */
  startChats(): Promise<void>
  /** What to open on a node where nobody lives yet; null: somebody does. */
  readonly setUpLink: () => string | null
}

export interface NodeWebOptions {
  readonly port: number
  /** Where it is open to the local network; null: for this machine only. */
  readonly lanHost: string | null
  readonly certificate: Certificate
  readonly throttle: LoginThrottle
  readonly engine: ChatEngine
  readonly mailPorts: () => MailPorts
  /** Calls come only when all of the node runs. */
  readonly served: () => ServedNode
}

/** @throws OperatingError `port-taken`, `port-forbidden` or `no-such-address`, retry `never`; nothing runs then. */
export async function startWeb(node: Node, options: NodeWebOptions): Promise<NodeWeb> {
  const { home, config, identity, directory, domain, log } = node
  const { certificate, throttle, served, lanHost } = options
  const setUp = new SetUp((await directory.users.list()).length === 0, randomBytes)
  const clock = systemClock
  const host = lanHost ?? '127.0.0.1'
  let chats: ChatServer | undefined
  const chatsWith = (tools: WebTools) => (chats ??= webChats(node, options, tools))
  let journeys: WebJourneys | undefined
  const journeysWith = (tools: WebTools) =>
    (journeys ??= webJourneys({
      ...{ node, served, chat: chatsWith(tools), publish: tools.publish },
      addressOf: user => `${user}@${domain}`,
    }))
  const web = await webServer({
    ...{ directory, certificate, throttle, host, port: options.port, clock, random: randomBytes, log },
    domains: [domain, ...config.node.domains, openDomain(domain)],
    node: identity.id.slice(0, 8).toLowerCase(),
    names: hostNames({
      configured: config.web.hosts,
      domains: [domain, openDomain(domain), ...config.node.domains],
      name: node.name,
      now: () => clock.now(),
    }),
    handlers: tools => ({
      ...chatsWith(tools).handlers,
      ...journeysWith(tools).handlers,
      ...sessionHandlers({
        node,
        version,
        hasChat: installedEngine() !== undefined,
        signedOut: tools.signedOut,
        now: () => clock.now(),
      }),
    }),
    files: tools => ({ ...chatsWith(tools).files }),
    setUp: (secret, person) => setUp.begin(served(), secret, person),
    metrics: async () => '# EOF\n',
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
    publish: web.publish,
    async endLogins(user) {
      // A removed person leaves an account in the engine, and the engine logs in with an app password.
      void chats?.changed(user)
      return web.endLogins(user)
    },
    startChats: async () => chats?.start(),
    stop: () => stopAll([journeys, chats, web].filter(service => service !== undefined)),
    // What stands behind # is not sent to any server, and is in no log.
    setUpLink: () => (setUp.secret === null ? null : `${url}#/set-up/${setUp.secret}`),
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
