import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { silentLog } from '../../base/log.ts'
import { webApp } from './app.ts'
import { isOwnOrigin } from './hosts.ts'

async function app() {
  const names = { configured: [], own: () => ['camp.local', '192.0.2.1', '[2001:db8::1]'] }
  const made = await webApp({ names, server: createServer, clock: systemClock, log: silentLog })
  onTestFinished(() => made.close())
  made.post('/api/v1/session', async () => 'signed in')
  made.get('/page', async () => 'the page')
  return made
}

test.each(['192.0.2.1:8470', 'camp.local:8470', '[2001:db8::1]:8470', 'localhost:8470'])(
  'threat: listening in: from another machine %s answers in plain only where it is under TLS',
  async host => {
    const server = await app()
    const from = { remoteAddress: '192.0.2.9', headers: { host, origin: `http://${host}` } }
    const page = await server.inject({ ...from, url: '/page?x=1' })
    expect(page).toMatchObject({ statusCode: 308, headers: { location: `https://${host}/page?x=1` }, body: '' })
    const body = { name: 'alice', password: 'x' }
    const post = await server.inject({ ...from, method: 'POST', url: '/api/v1/session', payload: body })
    expect(post).toMatchObject({ statusCode: 308, body: '' })
  },
)

test('threat: open redirect: nobody is sent to a host that is not this node', async () => {
  const server = await app()
  const from = { remoteAddress: '192.0.2.9' }
  for (const host of ['evil.example', 'camp.local@evil.example', 'camp.local.evil.example']) {
    const answer = await server.inject({ ...from, url: '/page', headers: { host } })
    expect(answer.statusCode).toBe(421)
    expect(answer.headers['location']).toBeUndefined()
  }
  const tricky = await server.inject({ ...from, url: '//evil.example/x', headers: { host: 'camp.local' } })
  expect(tricky.headers['location']).toBe('https://camp.local//evil.example/x')
})

test('threat: a name of the local network does not lead around TLS on this machine', async () => {
  const answer = await (await app()).inject({
    remoteAddress: '127.0.0.1',
    url: '/page',
    headers: { host: 'camp.local' },
  })
  expect(answer.statusCode).toBe(421)
})

test.each([
  ['http://camp.local:8470', 'camp.local:8470', true],
  ['https://chat.example', 'chat.example', true],
  ['https://chat.example', 'chat.example:443', true],
  ['http://camp.local', 'camp.local:8470', false],
  ['http://camp.local:8470', 'CAMP.local:8470', true],
  ['file://', 'camp.local', false],
  ['null', 'camp.local', false],
  ['https://chat.example.evil', 'chat.example', false],
  ['https://user@chat.example', 'chat.example', false],
  [undefined, 'camp.local', undefined],
])('a page of %s asks %s: is it its own? %s', (origin, host, own) => {
  expect(isOwnOrigin({ ...(origin === undefined ? {} : { origin }), host })).toBe(own)
})
