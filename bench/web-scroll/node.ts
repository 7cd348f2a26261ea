/** A node that exists in the browser's own traffic only: the built web app, and one chat as long as is wanted. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { BrowserContext, Route } from 'playwright-core'
import { type MessageView, message } from './messages.ts'

const app = new URL('../../packages/node/dist/web/', import.meta.url)
const types: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  json: 'application/json',
  svg: 'image/svg+xml',
  webmanifest: 'application/manifest+json',
}
export const address = 'http://127.0.0.1:8470'
export const chatId = 7
/** Of a node on the same Wi-Fi. */
const answerAfterMs = 15

const person = { path: null, color: '#3f7d58', initials: 'AF' }
const user = { name: 'bob', address: 'bob@camp.nncp.alt', role: 'user' }
const session = {
  node: { id: 'BENCH', name: 'camp', domain: 'camp.nncp.alt' },
  version: '0',
  fresh: false,
  user,
  chat: true,
}
const view = {
  ...{ id: chatId, kind: 'group', name: 'Ann’s ferry', avatar: person, self: false, device: false, request: false },
  ...{ verified: true, pinned: false, archived: false, mutedUntil: null, encrypted: true, description: '' },
  ...{ members: [1, 10, 11], member: true, canSend: true, cannotSendWhy: '', disappearSeconds: 0, unread: 0 },
}
const { kind, name, avatar, self, device, request, verified, pinned, archived } = view
const row = {
  ...{ id: chatId, kind, name, avatar, self, device, request, verified, pinned, archived, muted: false, unread: 0 },
  ...{ at: Date.now(), last: { id: null, who: 'Ann', what: 'See you there', draft: false, state: null } },
}

/** What the app asks for when a chat is opened; of anything else it is told that there is none. */
function answers(count: number): Readonly<Record<string, (params: { ids?: number[] }) => unknown>> {
  const ids = Array.from({ length: count }, (_, index) => index + 1)
  const days = ids.flatMap((id, index) => {
    const at = message(id, count).sortedAt
    const isNew = index === 0 || dayOf(at) !== dayOf(message(id - 1, count).sortedAt)
    return isNew ? [{ index, at }] : []
  })
  return {
    'session.show': () => session,
    'chats.ids': () => ({ ids: [chatId], archived: 0, unread: 0 }),
    'chats.rows': () => [row],
    'chats.show': () => view,
    'messages.ids': () => ({ ids, days, firstUnread: null }),
    'messages.get': ({ ids: wanted = [] }): MessageView[] => wanted.map(id => message(id, count)),
    'messages.seen': () => ({}),
    'chats.noticed': () => ({}),
    'drafts.show': () => null,
    'journeys.brief': () => [],
    'arrivals.show': () => [],
    'contacts.get': () => [],
  }
}

function dayOf(at: number): string {
  return new Date(at).toDateString()
}

export async function serve(context: BrowserContext, count: number): Promise<void> {
  const known = answers(count)
  await context.route(`${address}/**`, async route => await answer(route, known))
  await context.routeWebSocket(/\/api\/v1\/socket$/, socket => {
    socket.onMessage(text => {
      const { id, method, params } = JSON.parse(String(text))
      const run = known[method]
      const unknown = { code: 'unknown', message: `${method} is not known here.`, retry: 'never' }
      const frame = run === undefined ? { id, error: unknown } : { id, result: run(params) }
      setTimeout(() => socket.send(JSON.stringify(frame)), answerAfterMs)
    })
  })
}

async function answer(route: Route, known: ReturnType<typeof answers>): Promise<void> {
  const { pathname } = new URL(route.request().url())
  const method = /^\/api\/v1\/methods\/(.+)$/.exec(pathname)?.[1]
  if (method !== undefined) {
    await route.fulfill({ json: known[method]?.(route.request().postDataJSON() ?? {}) ?? {} })
    return
  }
  const photo = /^\/api\/v1\/files\/(\d+)/.exec(pathname)?.[1]
  if (photo !== undefined) {
    await route.fulfill({ contentType: 'image/svg+xml', body: picture(Number(photo)) })
    return
  }
  const path = /\.\w+$/.test(pathname) ? pathname.slice(1) : 'index.html'
  const body = await readFile(fileURLToPath(new URL(path, app))).catch(() => undefined)
  if (body === undefined) await route.fulfill({ status: 404 })
  else await route.fulfill({ contentType: types[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream', body })
}

function picture(id: number): string {
  const hue = (id * 47) % 360
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600"><defs><linearGradient id="g" x2="0" y2="1">
<stop stop-color="hsl(${hue} 60% 70%)"/><stop offset="1" stop-color="hsl(${hue + 40} 50% 35%)"/></linearGradient></defs>
<rect width="800" height="600" fill="url(#g)"/><circle cx="600" cy="150" r="60" fill="#fff8"/>
<path d="M0 600 250 300 420 480 560 350 800 600Z" fill="#0006"/></svg>`
}
