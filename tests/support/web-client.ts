/** Somebody who is signed in to the web of a node that runs: its methods, called by HTTP as a page would. */
import { type MessageView, type MethodName, methods, type ParamsOf, type ResultOf } from '@posthorn/api'
import { vi } from 'vitest'
import type { Access, TestNode } from './node.ts'

const patienceMs = 60_000

interface Checker {
  readonly '~standard': { validate(value: unknown): unknown }
}

export class WebClient {
  readonly #url: string
  readonly #cookie: string

  private constructor(url: string, cookie: string) {
    this.#url = url
    this.#cookie = cookie
  }

  static async signIn(node: TestNode, { address, password }: Access): Promise<WebClient> {
    const { listeners } = await node.run<{ listeners: { http: { url: string } } }>(['status'])
    const url = new URL(listeners.http.url).origin
    const name = address.split('@')[0]
    const answer = await post(`${url}/api/v1/session`, { name, password }, {})
    const [cookie = ''] = answer.headers.getSetCookie()
    return new WebClient(url, cookie.split(';')[0] ?? '')
  }

  /** The answer is checked, as a page would. @throws Error that begins with the code. */
  async call<N extends MethodName>(name: N, params: ParamsOf<N>): Promise<ResultOf<N>> {
    const answer = await post(`${this.#url}/api/v1/methods/${name}`, params, { cookie: this.#cookie })
    const checker: Checker = methods[name].result
    const found = checker['~standard'].validate(await answer.json()) as { value: ResultOf<N>; issues?: unknown }
    if (found.issues !== undefined) throw new Error(`bad shape: ${JSON.stringify(found.issues)}`)
    return found.value
  }

  /** For one use. */
  async upload(name: string, content: Uint8Array): Promise<string> {
    const url = `${this.#url}/api/v1/uploads?name=${encodeURIComponent(name)}`
    const headers = { origin: this.#url, cookie: this.#cookie, 'content-type': 'application/octet-stream' }
    const answer = await fetch(url, { method: 'PUT', headers, body: content })
    return ((await answer.json()) as { upload: string }).upload
  }

  /** The one can write to the other at once: by their vCard. Answers the chat. */
  async chatWith(other: WebClient): Promise<number> {
    const { vcard } = await other.call('contacts.card', { ids: [1] })
    const [contact = 0] = (await this.call('contacts.read', { vcard })).ids
    return (await this.call('chats.with', { contact })).chat
  }

  /** The message of this text, as soon as it is there. */
  async came(text: string): Promise<MessageView> {
    return vi.waitFor(
      async () => {
        const { ids } = await this.call('messages.search', { query: text, chat: null })
        const [message] = await this.call('messages.get', { ids: ids.slice(0, 1) })
        if (message === undefined) throw new Error(`no message "${text}" came`)
        return message
      },
      { timeout: patienceMs, interval: 200 },
    )
  }
}

async function post(url: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Response> {
  const { origin } = new URL(url)
  const common = { origin, 'content-type': 'application/json' }
  const answer = await fetch(url, { method: 'POST', headers: { ...common, ...headers }, body: JSON.stringify(body) })
  if (answer.ok) return answer
  const { code, message } = (await answer.json()) as { code?: string; message?: string }
  throw new Error(`${code}: ${message}`)
}
