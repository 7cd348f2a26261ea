/**
 * Keeps the app itself in the browser, so that it opens without the node; nothing of anybody's chats.
 *
 * What the build made is fetched once (its names are of its content). A page is asked of the node first and taken from
 * here when the node does not answer, or not soon. Calls, files and pictures go to the node always. A newer version
 * takes over at once and leaves the one before it for pages that are open; older ones go.
 */
declare const self: ServiceWorkerGlobalScope
/** Written in by the build: paths, and a hash over them. */
declare const SHELL_FILES: readonly string[]
declare const SHELL_VERSION: string

const prefix = 'posthorn-'
const cacheName = `${prefix}${SHELL_VERSION}`
const versionsKept = 2
const page = '/'
/** A node that hangs is waited for so long where there is a page without it: browsers wait for minutes. */
const answerMsMax = 4000

self.addEventListener('install', event => {
  event.waitUntil(keepShell().then(() => self.skipWaiting()))
})

self.addEventListener('activate', event => {
  event.waitUntil(removeOld().then(() => self.clients.claim()))
})

self.addEventListener('fetch', event => {
  const { request } = event
  const { origin, pathname } = new URL(request.url)
  if (request.method !== 'GET' || origin !== self.location.origin || pathname.startsWith('/api/')) return
  if (request.mode === 'navigate') event.respondWith(opened(request))
  else if (SHELL_FILES.includes(pathname) || pathname.startsWith('/assets/')) event.respondWith(kept(pathname))
})

self.addEventListener('notificationclick', event => {
  event.notification.close()
  const { path } = event.notification.data as { path: string }
  event.waitUntil(show(path))
})

async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName)
  await cache.addAll(SHELL_FILES.map(path => new Request(path, { cache: path === page ? 'reload' : 'default' })))
}

async function removeOld(): Promise<void> {
  const names = (await caches.keys()).filter(name => name.startsWith(prefix) && name !== cacheName)
  await Promise.all(names.slice(0, Math.max(0, names.length - versionsKept + 1)).map(name => caches.delete(name)))
}

async function opened(request: Request): Promise<Response> {
  const answer = fetch(request)
  const late = new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), answerMsMax))
  const first = await Promise.race([answer.catch(() => undefined), late])
  return first ?? (await found(page)) ?? (await answer)
}

async function kept(path: string): Promise<Response> {
  return (await found(path)) ?? (await fetch(path))
}

/** Of this version, else of one before. */
async function found(path: string): Promise<Response | undefined> {
  return (await (await caches.open(cacheName)).match(path)) ?? (await caches.match(path))
}

/** In a page that is open, or in a new one. */
async function show(path: string): Promise<void> {
  const [open] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
  if (open === undefined) {
    await self.clients.openWindow(path)
    return
  }
  await open.focus()
  open.postMessage({ go: path })
}
