import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { OperatingError } from '../../base/errors.ts'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import { browserOf } from './browser.ts'
import { asJson, ask, openSocket, type Rig, rig, signedIn } from './rig.ts'

async function builtApp(): Promise<string> {
  const folder = await scratchDirectory()
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '<!doctype html>the app')
  await writeFile(join(folder, 'assets', 'main-Abcd1234.js'), 'app()')
  await writeFile(join(folder, 'assets', 'main-Abcd1234.js.br'), brotliCompressSync('app()'))
  return folder
}

test('the app is served for every path of its own, and its hashed files are kept for good', async () => {
  const server = await rig({ appFolder: await builtApp() })
  for (const path of ['/', '/chats/7', '/network?x=1']) {
    const page = await ask(server, path)
    expect(page).toMatchObject({
      status: 200,
      text: '<!doctype html>the app',
      headers: { 'cache-control': 'no-cache' },
    })
  }
  const script = await ask(server, '/assets/main-Abcd1234.js', { headers: { 'accept-encoding': 'br' } })
  expect(script.headers).toMatchObject({
    ...{ 'content-encoding': 'br', 'cache-control': 'public, max-age=31536000, immutable' },
    'content-type': expect.stringContaining('javascript') as string,
  })
  const etag = String(script.headers['etag'])
  const again = { 'accept-encoding': 'br', 'if-none-match': etag }
  expect(await ask(server, '/assets/main-Abcd1234.js', { headers: again })).toMatchObject({ status: 304 })
  for (const path of ['/assets/gone.js', '/favicon.png', '/api/v1/nothing', '/api/']) {
    expect(await ask(server, path)).toMatchObject({ status: 404, json: { code: 'not-found' } })
  }
})

test('threat: path traversal: only files of the app are served', async () => {
  const server = await rig({ appFolder: await builtApp() })
  for (const path of [
    '/../secret',
    '/assets/../../secret',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc%2fpasswd',
    '//etc/passwd',
    '/assets/%00',
  ]) {
    const answer = await ask(server, path)
    expect(answer.text).not.toContain('root:')
    expect([200, 400, 404]).toContain(answer.status)
    if (answer.status === 200) expect(answer.text).toBe('<!doctype html>the app')
  }
})

test.each([
  ['two slashes', '//'],
  ['two slashes before a path', '//settings/x'],
  ['two slashes in a path', '/settings//x'],
  ['a dot', '/./settings'],
  ['NUL', '/%00'],
  ['NUL in a path', '/settings/%00'],
  ['no UTF-8', '/%ff'],
  ['half an escape', '/%'],
  ['a query that is none', '/settings?%ff=%'],
  ['a file as folder', '/index.html/x'],
  ['a long name', `/${'x'.repeat(5000)}`],
  ['a deep path', '/x'.repeat(2500)],
  ['a long method', `/api/v1/methods/${'x'.repeat(2000)}`],
  ['NUL as method', '/api/v1/methods/%00'],
  ['the whole server', '*'],
  ['one of a proxy', 'http://127.0.0.1/settings'],
])('threat: malformed targets: %s is nothing, or the app', async (_, path) => {
  const server = await rig({ appFolder: await builtApp() })
  for (const method of ['GET', 'HEAD', 'POST']) {
    for (const encoding of [{}, { 'accept-encoding': 'gzip, br' }]) {
      const headers = { ...encoding, origin: server.origin }
      const { status, text, headers: told } = await ask(server, path, { method, headers })
      expect([method === 'POST' ? 404 : 200, 400, 401, 404]).toContain(status)
      expect(told).toMatchObject({ 'content-security-policy': expect.any(String), 'x-content-type-options': 'nosniff' })
      expect(text).not.toContain('FST_')
    }
  }
})

test('what is asked of a proxy is refused, and leads nowhere', async () => {
  const server = await rig({ appFolder: await builtApp() })
  for (const path of ['http://127.0.0.1/settings', 'http://evil.example/']) {
    expect(await ask(server, path)).toMatchObject({ status: 400, json: { code: 'bad-request' } })
  }
})

test('a part that a file of the app has not, or another version of it, is said so, and is no fault', async () => {
  const server = await rig({ appFolder: await builtApp() })
  const part = await ask(server, '/assets/main-Abcd1234.js', { headers: { range: 'bytes=99-' } })
  expect(part).toMatchObject({ status: 416, json: { code: 'bad-range' } })
  const other = await ask(server, '/assets/main-Abcd1234.js', { headers: { 'if-match': '"other"' } })
  expect(other).toMatchObject({ status: 412, json: { code: 'changed' } })
})

test('an app that was not built is said so', async () => {
  const answer = await ask(await rig(), '/')
  expect(answer).toMatchObject({ status: 503 })
  expect(answer.text).toContain('was not built')
})

test('tokens are for scripts: no origin, no cookie; a wrong one is told', async () => {
  const server = await rig({ handlers: () => ({ 'people.list': async () => [], 'sessions.list': async () => [] }) })
  const token = async (user: string, admin: boolean) => {
    const made = await server.directory.apiTokens.add({ user, label: `${user} ${admin}`, admin }, 1)
    if (typeof made === 'string') throw new Error(made)
    return { authorization: `Bearer ${made.secret}` }
  }
  const call = (name: string, headers: Readonly<Record<string, string>>) =>
    ask(server, `/api/v1/methods/${name}`, { method: 'POST', headers })
  expect(await call('sessions.list', await token('bob', false))).toMatchObject({ status: 200, json: [] })
  expect(await call('people.list', await token('bob', true))).toMatchObject({
    status: 403,
    json: { code: 'admins-only' },
  })
  expect(await call('people.list', await token('alice', false))).toMatchObject({ status: 403 })
  expect(await call('people.list', await token('alice', true))).toMatchObject({ status: 200, json: [] })
  for (const authorization of ['Bearer', 'Bearer x', 'Basic YWxpY2U6eA==', `Bearer pht_${'a'.repeat(43)}`]) {
    expect(await call('session.show', { authorization })).toMatchObject({ status: 401, json: { code: 'signed-out' } })
  }
})

test('metrics are for who looks after the node', async () => {
  const server = await rig({ metrics: async ({ people }) => `people ${people}\n# EOF\n` })
  const get = async (name: string) => ask(server, '/metrics', { headers: { cookie: await signedIn(server, name) } })
  expect(await get('alice')).toMatchObject({ status: 200, text: 'people 0\n# EOF\n' })
  expect(await get('bob')).toMatchObject({ status: 403 })
  expect(await ask(server, '/metrics')).toMatchObject({ status: 401 })
})

test('a node that is not well says only that', async () => {
  const server = await rig({ healthy: () => Promise.reject(new Error('/home/alice is full')) })
  expect(await ask(server, '/healthz')).toMatchObject({ status: 503, text: 'not\n' })
})

const call = async (server: Rig, name: string, params: unknown = {}) =>
  ask(server, `/api/v1/methods/${name}`, asJson(server, params, { cookie: await signedIn(server) }))

test('what a call may not ask is told by its place, never by its value', async () => {
  const server = await rig()
  const answer = await call(server, 'sessions.end', { id: 'a secret!' })
  expect(answer).toMatchObject({
    status: 400,
    json: { code: 'bad-params', message: expect.stringContaining('id') as string },
  })
  expect(answer.text).not.toContain('secret')
  expect(await call(server, 'no.such')).toMatchObject({ status: 404, json: { code: 'unknown-method' } })
  expect(await call(server, 'sessions.list')).toMatchObject({ status: 501, json: { code: 'not-here' } })
  expect(await call(server, '__proto__')).toMatchObject({ status: 404 })
})

test('threat: what went wrong inside stays inside', async () => {
  const server = await rig({
    handlers: () => ({
      'sessions.list': () => Promise.reject(new Error('/home/alice/keys.json is unreadable')),
      'tokens.list': () =>
        Promise.reject(new OperatingError('failed at /home/alice', { code: 'disk-failed', retry: 'later' })),
      'tokens.remove': () =>
        Promise.reject(new OperatingError('There is no such token.', { code: 'unknown-token', retry: 'never' })),
    }),
  })
  const inside = await call(server, 'sessions.list')
  expect(inside).toMatchObject({ status: 500, json: { code: 'internal', retry: 'later' } })
  const disk = await call(server, 'tokens.list')
  expect(disk).toMatchObject({ status: 503, json: { code: 'disk-failed' } })
  expect(inside.text + disk.text).not.toContain('/home')
  const told = { code: 'unknown-token', message: 'There is no such token.', retry: 'never' }
  expect(await call(server, 'tokens.remove', { id: 'abcdefgh' })).toMatchObject({ status: 422, json: told })
})

test('an answer that is not as promised is not given, and more than is promised neither', async () => {
  const token = { id: 'abcdefgh', label: 'x', role: 'user' as const, madeAt: '2026-01-01T00:00:00.000Z', usedAt: null }
  const server = await rig({
    handlers: () => ({
      'sessions.list': async () => [{ hash: 'secret' }] as never,
      'tokens.list': async () => [{ ...token, hash: 'secret' }] as never,
    }),
  })
  expect(await call(server, 'sessions.list')).toMatchObject({ status: 500, json: { code: 'internal' } })
  expect(await call(server, 'tokens.list')).toMatchObject({ status: 200, json: [token] })
})

test('a call is cancelled by a frame, by the end of the line, and by the end of a request', async () => {
  let running = 0
  const server = await rig({
    handlers: () => ({
      'sessions.list': (_params, _caller, { signal }) => {
        running += 1
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            running -= 1
            reject(signal.reason as Error)
          })
        })
      },
    }),
  })
  const socket = await openSocket(server)
  socket.send({ id: 1, method: 'sessions.list', params: {} })
  socket.send({ id: 2, method: 'sessions.list', params: {} })
  await expect.poll(() => running).toBe(2)
  socket.send({ cancel: 1 })
  await expect.poll(() => socket.frames).toMatchObject([{ id: 1, error: { code: 'cancelled' } }])
  socket.socket.terminate()
  await expect.poll(() => running).toBe(0)
})

test('progress comes before the answer, and events go to whom they are for', async () => {
  const server = await rig({
    handlers: () => ({
      'sessions.list': async (_params, _caller, { progress }) => {
        progress({ phase: 'reading', done: 1, total: 2, unit: 'steps' })
        return []
      },
    }),
  })
  const [alice, bob] = [await openSocket(server, 'alice'), await openSocket(server, 'bob')]
  alice.send({ id: 1, method: 'sessions.list', params: {} })
  await expect.poll(() => alice.frames).toHaveLength(2)
  expect(alice.frames).toMatchObject([
    { id: 1, progress: { done: 1 } },
    { id: 1, result: [] },
  ])
  server.tools.publish({ user: 'bob' }, 'chats.row', { chat: 7 })
  server.tools.publish('admins', 'chats.row', { chat: 8 })
  server.tools.publish('all', 'profile.changed', {})
  server.tools.publish('all', 'chats.row', { chat: 'x' } as never)
  await expect.poll(() => bob.frames).toHaveLength(2)
  expect(bob.frames).toEqual([
    { event: 'chats.row', data: { chat: 7 } },
    { event: 'profile.changed', data: {} },
  ])
  await expect
    .poll(() => alice.frames.slice(2))
    .toEqual([
      { event: 'chats.row', data: { chat: 8 } },
      { event: 'profile.changed', data: {} },
    ])
})

test('a node that stops says so to its open pages', async () => {
  const server = await rig()
  const socket = await openSocket(server)
  await server.web.stop()
  expect(await socket.ended).toEqual({ code: 4003 })
})

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox on Linux'],
  [
    'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
    'Chrome on Android',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1',
    'Safari on iPhone',
  ],
  ['<script>', 'A browser'],
  [undefined, 'A browser'],
])('%s is called %s', (userAgent, name) => {
  expect(browserOf(userAgent)).toBe(name)
})
