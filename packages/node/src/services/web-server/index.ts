/**
 * The web server of a node: the API for browsers and scripts, and the files of the web app, on one port for HTTP and
 * HTTPS.
 *
 * It promises: nobody is served by a name that is not this node's, and nothing is done for a page of another place; who
 * calls is proven anew with each call, and a caller reaches what is theirs only, because no call names a person; what
 * comes in fits its table and what goes out too; who asks for too much, or does not read, is sent away, and memory
 * stays flat. From other machines it speaks TLS only. When the port cannot be had nothing is started and the error
 * says which.
 */
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../base/clock.ts'
import { isAbort, messageOf } from '../../base/errors.ts'
import { type Service, stopAll } from '../../base/lifecycle.ts'
import type { Log } from '../../base/log.ts'
import type { Directory } from '../../stores/directory/index.ts'
import { authenticator, type Certificate, type LoginThrottle, OpenLogins } from '../mail-server/index.ts'
import { webApp } from './app.ts'
import { webCallers } from './callers.ts'
import { callRunner } from './calls.ts'
import { Connections } from './connections.ts'
import type { FileAreas, Handlers, Publish, Uploads } from './handlers.ts'
import type { HostNames } from './hosts.ts'
import { type WebLimits, webLimits } from './limits.ts'
import { type HttpServers, httpServers, openListener } from './listener.ts'
import { type MailSettings, mailSettingsRoutes } from './mail-settings.ts'
import { apiRoutes } from './routes.ts'
import { type Entrance, signInRoutes } from './sign-in.ts'
import { upgrades } from './upgrade.ts'
import { openUploads } from './uploads.ts'
import { webAppRoutes } from './web-app.ts'

export type * from './handlers.ts'
export type { HostNames } from './hosts.ts'
export type { MailSettings } from './mail-settings.ts'
export { type MetricFamily, openMetrics } from './open-metrics.ts'
export { checkedBody, type Entrance, type NewPerson } from './sign-in.ts'

/** What the rooms that answer calls are given. */
export interface WebTools {
  readonly publish: Publish
  readonly uploads: Uploads
  /** Signs browsers out: those of one person that fit. */
  readonly signedOut: (user: string, by: { readonly session: string } | { readonly token: string }) => void
}

export interface WebServerOptions {
  readonly directory: Pick<Directory, 'users' | 'webSessions' | 'apiTokens'>
  /** The domains whose addresses people may sign in with, the node's own first. */
  readonly domains: readonly [string, ...string[]]
  /** Names this node's cookies: letters and digits. */
  readonly node: string
  readonly names: HostNames
  readonly host: string
  readonly port: number
  readonly certificate: Certificate
  readonly throttle: LoginThrottle
  readonly answering: (tools: WebTools) => { readonly handlers: Partial<Handlers>; readonly files: FileAreas }
  readonly entrances: Readonly<Record<string, Entrance>>
  readonly mailSettings: MailSettings
  readonly metrics: (counts: WebCounts) => Promise<string>
  readonly healthy: () => Promise<boolean>
  /** Where the built web app lies. */
  readonly appFolder: string
  readonly uploads: { readonly directory: string; readonly sizeBytesMax: number; readonly reserveBytes: number }
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly log: Log
  readonly limits?: Partial<WebLimits>
}

export interface WebCounts {
  readonly sockets: number
  readonly people: number
  readonly connections: number
}

export interface WebServer extends Service {
  readonly port: number
  readonly publish: Publish
  readonly counts: () => WebCounts
  /** Sends away whose session or token of this person is not good any more; answers how many connections there were. */
  readonly endLogins: (user: string) => Promise<number>
}

/** @throws OperatingError `port-taken`, `port-forbidden` or `no-such-address`, retry `never`; nothing runs then. */
export async function webServer(options: WebServerOptions): Promise<WebServer> {
  const parts = await assembled(options)
  const { app, servers, connections, limits, stopping } = parts
  try {
    await app.ready()
    const { host, port, certificate, log } = options
    const listener = await openListener({ host, port, certificate, servers, limits, log })
    parts.lines.open = () => listener.connections
    void lookAfter(parts, options)
    return {
      port: listener.port,
      publish: connections.publish,
      counts: parts.counts,
      endLogins: parts.endLogins,
      async stop() {
        stopping.abort()
        connections.end(() => true, 'nodeStops')
        await stopAll([{ stop: async () => app.close() }, listener])
      },
    }
  } catch (error) {
    await app.close()
    throw error
  }
}

async function assembled(options: WebServerOptions) {
  const { directory, names, clock, random, log, throttle, domains } = options
  const { users, webSessions: sessions, apiTokens: tokens } = directory
  const limits = { ...webLimits, ...options.limits }
  const stopping = new AbortController()
  const connections = new Connections(limits, log)
  const uploads = await openUploads({ ...options.uploads, limits, random, clock })
  const tools: WebTools = {
    ...{ publish: connections.publish, uploads },
    signedOut: (user, by) => void connections.end(caller => caller.user === user && isSame(caller.by, by), 'signedOut'),
  }
  const { handlers, files } = options.answering(tools)
  const run = callRunner({ handlers, limits, log })
  const parseCookie = (header: string) => app.parseCookie(header)
  const callers = webCallers({ users, sessions, tokens, parseCookie, node: options.node, clock, log })
  const common = { users, logins: new OpenLogins(), domains, throttle, clock, log, signal: stopping.signal }
  const authenticate = authenticator({ ...common, appPasswords: noAppPasswords })
  let servers: HttpServers | undefined
  const app: FastifyInstance = await webApp({
    ...{ names, clock, log },
    server: listener => {
      servers = httpServers(options.certificate, limits, listener)
      return servers.plain
    },
  })
  const entering = { entrances: options.entrances, signal: stopping.signal }
  const ended = (session: string) => void connections.end(({ by }) => isSame(by, { session }), 'signedOut')
  signInRoutes(app, { callers, users, sessions, authenticate, throttle, run, ended, clock, ...entering })
  // Until it listens, nobody is there.
  const lines = { open: () => 0 }
  const counts = () => ({ sockets: connections.size, people: connections.people, connections: lines.open() })
  const metrics = () => options.metrics(counts())
  apiRoutes(app, { callers, run, files, uploads, metrics, healthy: options.healthy })
  mailSettingsRoutes(app, options.mailSettings)
  await webAppRoutes(app, options.appFolder)
  if (servers === undefined) throw new TypeError('the app has no server')
  upgrades(servers, { names, callers, connections, run, limits, clock, log })
  // What ended in the stores ends here too; tokens and app passwords are what they were.
  const endLogins: WebServer['endLogins'] = user => connections.proveAgain(user)
  return { app, servers, connections, uploads, sessions, limits, stopping, lines, counts, endLogins }
}

type Assembled = Awaited<ReturnType<typeof assembled>>

/** App passwords are for one app each, and the web may do everything: it takes the person's own only. */
const noAppPasswords = { verify: async () => undefined, used: async () => undefined }

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

const hourMs = 3_600_000

/** Pings, and now and then forgets what has got old. */
async function lookAfter(parts: Assembled, { clock, log }: WebServerOptions): Promise<void> {
  const { connections, uploads, sessions, limits, stopping } = parts
  const roundsAnHour = Math.ceil(hourMs / limits.pingEveryMs)
  try {
    for (let round = 1; ; round += 1) {
      await clock.sleep(limits.pingEveryMs, stopping.signal)
      await connections.look()
      if (round % roundsAnHour !== 1) continue
      await uploads.sweep()
      await sessions.prune(clock.now())
    }
  } catch (error) {
    if (isAbort(error)) return
    log.warn('the web server could not look after its connections; it goes on', { error: messageOf(error) })
    if (!stopping.signal.aborted) void lookAfter(parts, { clock, log } as WebServerOptions)
  }
}
