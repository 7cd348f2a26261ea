/** People in front of their browsers: the HTTP and WebSocket API of a daemon, as those use it. */
import {
  type EventName,
  events,
  type MethodName,
  methods,
  type ParamsOf,
  type ResultOf,
  type ServerFrame,
} from '@posthorn/api'
import { WebSocket } from 'ws'
import { Chatting } from './chatting.ts'
import type { Access, TestNode } from './node.ts'

interface Status {
  readonly listeners: { readonly http: { readonly url: string } }
  readonly bot: { readonly engine: { readonly pid: number | null; readonly ends: number } | null }
}

export interface Served {
  readonly inline: boolean
  readonly headers: Headers
  readonly body: Buffer
}

interface Session {
  readonly cookie: string
  readonly socket: WebSocket
}

/** Those of the chat area. */
const chatAreas = /^(?:chats|invites|messages|drafts|contacts|profile)\./

export const chatMethodNames = (Object.keys(methods) as MethodName[]).filter(name => chatAreas.test(name))

export class WebPeople extends Chatting {
  readonly #node: TestNode
  readonly #url: string
  readonly #sessions: ReadonlyMap<string, Session>

  private constructor(node: TestNode, url: string, sessions: ReadonlyMap<string, Session>) {
    super()
    this.#node = node
    this.#url = url
    this.#sessions = sessions
    for (const [user, { socket }] of sessions) {
      socket.on('message', (data: Buffer) => this.#take(user, JSON.parse(data.toString()) as ServerFrame))
    }
  }

  /** Signs them all in at a node that runs. */
  static async of(node: TestNode, people: readonly Access[]): Promise<WebPeople> {
    const { url } = (await node.run<Status>(['status'])).listeners.http
    const sessions = new Map<string, Session>()
    for (const { address, password } of people) {
      const name = address.split('@')[0] ?? ''
      sessions.set(name, await signIn(url, { name, password }))
    }
    return new WebPeople(node, url, sessions)
  }

  async call<N extends MethodName>(user: string, name: N, params: ParamsOf<N>): Promise<ResultOf<N>> {
    const headers = { ...this.#headers(user), 'content-type': 'application/json' }
    const body = JSON.stringify(params)
    const answer = await fetch(new URL(`api/v1/methods/${name}`, this.#url), { method: 'POST', headers, body })
    const said: unknown = await answer.json()
    if (!answer.ok) throw Object.assign(new Error(JSON.stringify(said)), said)
    return said as ResultOf<N>
  }

  async upload(user: string, name: string, content: string | Uint8Array): Promise<string> {
    const url = new URL(`api/v1/uploads?name=${encodeURIComponent(name)}`, this.#url)
    const body = Buffer.from(content)
    const headers = { ...this.#headers(user), 'content-type': 'application/octet-stream' }
    const answer = await fetch(url, { method: 'PUT', headers, body })
    return ((await answer.json()) as { upload: string }).upload
  }

  /** What a path of the API leads to, for this person; undefined: nowhere. */
  async file(user: string, path: string): Promise<Served | undefined> {
    const answer = await fetch(new URL(path, this.#url), { headers: this.#headers(user) })
    const body = Buffer.from(await answer.arrayBuffer())
    if (!answer.ok) return undefined
    const { headers } = answer
    return { inline: !(headers.get('content-disposition') ?? '').startsWith('attachment'), headers, body }
  }

  async engine(): Promise<{ readonly pid: number | null; readonly ends: number }> {
    return (await this.#node.run<Status>(['status'])).bot.engine ?? { pid: null, ends: 0 }
  }

  stop(): void {
    for (const { socket } of this.#sessions.values()) socket.terminate()
  }

  #headers(user: string): Record<string, string> {
    const session = this.#sessions.get(user)
    if (session === undefined) throw new Error(`${user} is not signed in`)
    return { cookie: session.cookie, origin: new URL(this.#url).origin }
  }

  #take(user: string, frame: ServerFrame): void {
    if (!('event' in frame)) return
    const event = frame.event as EventName
    const found = events[event]['~standard'].validate(frame.data)
    if (found instanceof Promise || found.issues !== undefined) throw new Error(`bad event ${JSON.stringify(frame)}`)
    this.told.push({ user, event, data: frame.data })
  }
}

async function signIn(url: string, who: { name: string; password: string }): Promise<Session> {
  const { origin, host } = new URL(url)
  const headers = { origin, 'content-type': 'application/json' }
  const answer = await fetch(new URL('api/v1/session', url), { method: 'POST', headers, body: JSON.stringify(who) })
  if (!answer.ok) throw new Error(`${who.name} cannot sign in: ${await answer.text()}`)
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
  const socket = new WebSocket(`ws://${host}/api/v1/socket`, { headers: { cookie, origin } })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('error', () => undefined)
  return { cookie, socket }
}
