/** The door of the web on a real node: one port under TLS and without, sessions, tokens, metrics, what ends them. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { Browser } from '../support/http.ts'
import { type Access, TestNode } from '../support/node.ts'

interface Status {
  readonly listeners: { readonly http: { readonly url: string; readonly port: number; readonly host: string } }
  readonly users: readonly { readonly name: string; readonly admin: boolean }[]
}

let node: TestNode
let alice: Access
let bob: Access
let http: Status['listeners']['http']

beforeAll(async () => {
  node = await TestNode.make('door')
  alice = await node.addUser('alice')
  bob = await node.addUser('bob')
  await node.start()
  const status = await node.run<Status>(['status'])
  http = status.listeners.http
  expect(status.users).toMatchObject([
    { name: 'alice', admin: true },
    { name: 'bob', admin: false },
  ])
})
afterAll(() => node.remove())

async function browserOf(access: Access): Promise<{ browser: Browser; cookie: string }> {
  const browser = new Browser(http.url)
  const answer = await browser.signIn(access.address, access.password)
  expect(answer.status).toBe(200)
  return { browser, cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
}

function socketWith(headers: Record<string, string>): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${http.port}/api/v1/socket`, { headers })
  onTestFinished(() => socket.terminate())
  return socket
}

const tokenOf = async (...args: string[]) => (await node.run<{ token: string }>(['token', 'add', ...args])).token

test('the same port speaks TLS, with the certificate of the node', async () => {
  const ca = await readFile(join(node.home, 'tls', 'tls-cert.pem'))
  const asked = request({ host: '127.0.0.1', port: http.port, path: '/api/v1/session', ca, agent: false })
  asked.end()
  const [response] = await once(asked, 'response')
  let text = ''
  for await (const piece of response) text += String(piece)
  expect(JSON.parse(text)).toMatchObject({ node: { name: 'door' }, fresh: false, user: null })
})

test('a new password ends the sessions of the old one, and the sockets that are open', async () => {
  const { browser, cookie } = await browserOf(bob)
  const socket = socketWith({ cookie, origin: `http://127.0.0.1:${http.port}` })
  const closed = once(socket, 'close')
  await once(socket, 'open')
  socket.send(JSON.stringify({ id: 1, method: 'sessions.list', params: {} }))
  const [frame] = await once(socket, 'message')
  expect(JSON.parse(String(frame))).toMatchObject({ id: 1, result: [{ current: true }] })
  bob = await node.run<Access>(['user', 'password', 'bob'])
  expect((await closed)[0]).toBe(4001)
  expect(await browser.ask('GET', '/api/v1/session')).toMatchObject({ json: { user: null } })
  await browserOf(bob)
})

test('sessions outlast the node, and are ended one by one', async () => {
  const { browser } = await browserOf(alice)
  const other = await browserOf(alice)
  await node.end()
  await node.start()
  const sessions = await browser.call('sessions.list', {})
  const [second] = sessions.filter(({ current }) => !current)
  expect(await browser.call('sessions.end', second === undefined ? {} : { id: second.id })).toEqual({ ended: 1 })
  expect(await browser.call('sessions.end', {})).toMatchObject({ ended: sessions.length - 2 })
  expect(await other.browser.ask('GET', '/api/v1/session')).toMatchObject({ json: { user: null } })
  expect(await browser.ask('GET', '/api/v1/session')).toMatchObject({
    json: { user: { name: 'alice', role: 'admin' } },
  })
})

test('scripts have tokens: as their owner, for metrics only as admin, and until they are removed', async () => {
  const ask = (path: string, token: string, method = 'GET') =>
    fetch(http.url + path, { method, headers: { authorization: `Bearer ${token}` } })
  const [plain, admin] = [
    await tokenOf('plain', '--user', 'alice'),
    await tokenOf('probe', '--user', 'alice', '--admin'),
  ]
  const shown = await ask('api/v1/methods/session.show', plain, 'POST')
  expect(await shown.json()).toMatchObject({ user: { name: 'alice', role: 'user' } })
  expect((await ask('metrics', plain)).status).toBe(403)
  const metrics = await ask('metrics', admin)
  expect(metrics.headers.get('content-type')).toContain('application/openmetrics-text')
  const text = await metrics.text()
  expect(text).toMatch(/^posthorn_node_info\{version="[^"]+",id="[A-Z2-7]{52}",name="door"\} 1$/m)
  expect(text.endsWith('# EOF\n')).toBe(true)
  const socket = socketWith({ authorization: `Bearer ${plain}` })
  const closed = once(socket, 'close')
  await once(socket, 'open')
  await node.run(['token', 'remove', 'plain', '--user', 'alice'])
  expect((await closed)[0]).toBe(4001)
  expect((await ask('api/v1/methods/session.show', plain, 'POST')).status).toBe(401)
})

test('a person who is removed is gone from the web too', async () => {
  const carol = await node.addUser('carol')
  const { browser } = await browserOf(carol)
  await node.run(['user', 'remove', 'carol'])
  expect(await browser.ask('GET', '/api/v1/session')).toMatchObject({ json: { user: null } })
  expect(await browser.signIn('carol', carol.password)).toMatchObject({ status: 401 })
})
