/** For tests: a web server with one person of each role, in memory, and a client that keeps its cookie. */

import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientFrame, ServerFrame } from '@posthorn/api'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { type Clock, systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import type { Directory } from '../../stores/directory/index.ts'
import { memoryDirectory } from '../../stores/directory/memory.ts'
import { LoginThrottle, loadOrMakeCertificate } from '../mail-server/index.ts'
import {
  type FileAreas,
  type Handlers,
  type WebServer,
  type WebServerOptions,
  type WebTools,
  webServer,
} from './index.ts'

const password = 'correct horse'

export interface Rig {
  readonly web: WebServer
  readonly directory: Directory
  readonly tools: WebTools
  readonly uploads: string
  readonly host: string
  readonly origin: string
}

export interface RigOptions extends Partial<Omit<WebServerOptions, 'answering' | 'uploads'>> {
  readonly handlers?: (tools: WebTools) => Partial<Handlers>
  readonly files?: FileAreas
  readonly uploads?: Partial<WebServerOptions['uploads']>
  readonly clock?: Clock
}

export async function rig(options: RigOptions = {}): Promise<Rig> {
  const home = await mkdtemp(join(tmpdir(), 'posthorn-web-'))
  onTestFinished(() => rm(home, { recursive: true, force: true }))
  const directory = memoryDirectory()
  await directory.users.add('alice', password, 1)
  await directory.users.add('bob', password, 2)
  const clock = options.clock ?? systemClock
  const certificate = await loadOrMakeCertificate({
    directory: home,
    names: ['localhost'],
    now: 0,
    random: randomBytes,
  })
  const appFolder = join(home, 'app')
  let tools: WebTools | undefined
  const web = await webServer({
    ...{ directory, certificate, clock, appFolder, host: '127.0.0.1', port: 0, node: 'test', random: randomBytes },
    ...{ domains: ['camp.alt'], log: silentLog, throttle: new LoginThrottle({ clock }) },
    names: { configured: [], own: () => ['192.0.2.1', 'camp.local'] },
    entrances: {},
    mailSettings: { autoconfig: async () => undefined, autodiscover: async () => undefined },
    metrics: async () => '# EOF\n',
    healthy: async () => true,
    ...options,
    answering: given => {
      tools = given
      return { handlers: { 'session.show': showSession, ...options.handlers?.(given) }, files: options.files ?? {} }
    },
    uploads: { directory: join(home, 'uploads'), sizeBytesMax: 1024 * 1024, reserveBytes: 0, ...options.uploads },
  })
  onTestFinished(() => web.stop())
  if (tools === undefined) throw new Error('the handlers were not asked for')
  const host = `127.0.0.1:${web.port}`
  return { web, directory, tools, uploads: join(home, 'uploads'), host, origin: `http://${host}` }
}

const showSession: Handlers['session.show'] = async (_params, caller) => ({
  node: { id: 'ID', name: 'camp', domain: 'camp.alt' },
  ...{ version: '0.0.0', fresh: false, chat: false },
  user: caller === null ? null : { name: caller.user, address: `${caller.user}@camp.alt`, role: caller.role },
})

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  readonly json: unknown
}

export interface Asking {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly tls?: boolean
}

/** One request, with exactly these headers. */
export function ask({ web }: Rig, path: string, asking: Asking = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, tls = false } = asking
  const options = { host: '127.0.0.1', port: web.port, path, method, headers, agent: false, rejectUnauthorized: false }
  return new Promise((resolve, reject) => {
    const request = (tls ? httpsRequest : httpRequest)(options, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const isJson = text !== '' && response.headers['content-type']?.startsWith('application/json') === true
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: isJson ? JSON.parse(text) : null,
        })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

export function asJson(rig: Rig, body: unknown, headers: Readonly<Record<string, string>> = {}): Asking {
  const common = { origin: rig.origin, 'content-type': 'application/json' }
  return { method: 'POST', body: JSON.stringify(body), headers: { ...common, ...headers } }
}

/** Signs in; answers the cookie as it is sent back. */
export async function signedIn(rig: Rig, name = 'alice'): Promise<string> {
  const answer = await ask(rig, '/api/v1/session', asJson(rig, { name, password }))
  if (answer.status !== 200) throw new Error(answer.text)
  return cookieOf(answer)
}

function cookieOf({ headers }: Answer): string {
  const [cookie = ''] = headers['set-cookie'] ?? []
  return cookie.split(';')[0] ?? ''
}

export class TestSocket {
  readonly socket: WebSocket
  readonly frames: ServerFrame[] = []
  readonly ended: Promise<{ readonly code: number }>

  constructor(rig: Rig, headers: Readonly<Record<string, string>>, query = '') {
    this.socket = new WebSocket(`ws://${rig.host}/api/v1/socket${query}`, { headers })
    this.socket.on('message', data => this.frames.push(JSON.parse((data as Buffer).toString()) as ServerFrame))
    this.socket.on('error', () => undefined)
    this.ended = new Promise(resolve => this.socket.once('close', code => resolve({ code })))
    onTestFinished(() => this.socket.terminate())
  }

  opened(): Promise<void> {
    return new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject))
  }

  /** The status that an upgrade was refused with. */
  refused(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0))
      this.socket.once('open', () => reject(new Error('it was opened')))
    })
  }

  send(frame: ClientFrame): void {
    this.socket.send(JSON.stringify(frame))
  }
}

export async function openSocket(rig: Rig, name = 'alice'): Promise<TestSocket> {
  const socket = new TestSocket(rig, { cookie: await signedIn(rig, name), origin: rig.origin })
  await socket.opened()
  return socket
}
