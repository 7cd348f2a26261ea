/** A browser's calls to a node, without the browser: cookies are kept, and pages of its own are where it asks from. */
import type { MethodName, ParamsOf, ResultOf } from '@posthorn/api'

export interface Answered {
  readonly status: number
  readonly json: unknown
  readonly text: string
  readonly headers: Headers
}

export class Browser {
  readonly #url: string
  #cookie = ''

  /** @param url of the node, as it prints it. */
  constructor(url: string) {
    this.#url = url.replace(/\/$/, '')
  }

  async ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answered> {
    const answer = await this.open(method, path, body, headers)
    const text = await answer.text()
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch {
      json = undefined
    }
    return { status: answer.status, json, text, headers: answer.headers }
  }

  async open(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    const own = { origin: this.#url, cookie: this.#cookie, 'content-type': 'application/json' }
    const content = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }
    const answer = await fetch(this.#url + path, { method, headers: { ...own, ...headers }, ...content })
    for (const cookie of answer.headers.getSetCookie()) this.#cookie = cookie.split(';')[0] ?? ''
    return answer
  }

  /** @throws Error with the code of the refusal. */
  async call<N extends MethodName>(name: N, params: ParamsOf<N>): Promise<ResultOf<N>> {
    const { status, json } = await this.ask('POST', `/api/v1/methods/${name}`, params)
    if (status !== 200) throw Object.assign(new Error(JSON.stringify(json)), json)
    return json as ResultOf<N>
  }

  async signIn(name: string, password: string): Promise<Answered> {
    return this.ask('POST', '/api/v1/session', { name, password })
  }
}
