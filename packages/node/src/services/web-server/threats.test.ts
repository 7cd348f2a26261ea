/** What attacks the web door, and what must happen: docs/reference/threats.md, "web". */
import { connect } from 'node:net'
import { setTimeout as passing } from 'node:timers/promises'
import { apiLimits, closeCodes } from '@posthorn/api'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { LoginThrottle } from '../mail-server/index.ts'
import { asJson, ask, openSocket, type Rig, rig, signedIn, TestSocket } from './rig.ts'

const credentials = { name: 'alice', password: 'correct horse' }

describe('threat: web-csrf', () => {
  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['a sandboxed page', { origin: 'null' }],
    ['a page that hides itself', {}],
    ['something that is no origin', { origin: 'http://127.0.0.1/path' }],
  ])('%s changes nothing with the cookie of a person', async (_, headers) => {
    const server = await rig()
    const cookie = await signedIn(server)
    const type = { 'content-type': 'application/json' }
    for (const [method, path] of [
      ['POST', '/api/v1/methods/session.show'],
      ['POST', '/api/v1/session'],
      ['DELETE', '/api/v1/session'],
      ['PUT', '/api/v1/uploads?name=x'],
    ] as const) {
      const answer = await ask(server, path, {
        method,
        headers: { ...type, ...headers, cookie, 'content-length': '2' },
        body: '{}',
      })
      expect(answer).toMatchObject({ status: 403, json: { code: 'other-origin' } })
    }
    expect(await ask(server, '/api/v1/session', { headers: { cookie } })).toMatchObject({
      json: { user: { name: 'alice' } },
    })
  })

  test('a form of another site is no JSON, whatever it says of its origin', async () => {
    const server = await rig()
    const headers = { origin: server.origin, 'content-type': 'text/plain', cookie: await signedIn(server) }
    const answer = await ask(server, '/api/v1/methods/session.show', { method: 'POST', headers, body: '{}' })
    expect(answer).toMatchObject({ status: 415, json: { code: 'wrong-type' } })
  })

  test('another page may not even read, where browsers say who asks', async () => {
    const server = await rig()
    const cookie = await signedIn(server)
    for (const path of ['/api/v1/session', '/%61pi/v1/session']) {
      for (const site of ['cross-site', 'same-site']) {
        const answer = await ask(server, path, { headers: { cookie, 'sec-fetch-site': site } })
        expect(answer).toMatchObject({ status: 403, json: { code: 'other-origin' } })
      }
      const own = await ask(server, path, { headers: { cookie } })
      expect(own).toMatchObject({ status: 200, headers: { 'cache-control': 'no-store' } })
    }
    expect(await ask(server, '/api/v1/session', { headers: { cookie, 'sec-fetch-site': 'none' } })).toMatchObject({
      status: 200,
    })
  })

  test('the cookie is for this host alone, and no script reads it', async () => {
    const server = await rig()
    const answer = await ask(server, '/api/v1/session', asJson(server, credentials))
    const [plain = ''] = answer.headers['set-cookie'] ?? []
    expect(plain).toMatch(/^posthorn-test=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    const secure = { ...asJson(server, credentials, { origin: `https://${server.host}` }), tls: true }
    const [sealed = ''] = (await ask(server, '/api/v1/session', secure)).headers['set-cookie'] ?? []
    expect(sealed).toMatch(/^__Host-posthorn-test=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/)
    // What a plain line showed to anybody is worth nothing under TLS.
    const headers = { cookie: plain.split(';')[0]?.replace('posthorn', '__Host-posthorn') ?? '' }
    expect(await ask(server, '/api/v1/session', { headers })).toMatchObject({ json: { user: null } })
  })
})

describe('threat: dns-rebinding', () => {
  test.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    'evil.example:8470',
    'camp.local',
  ])('nothing is served under the name “%s” on this machine', async host => {
    const server = await rig()
    for (const path of ['/', '/api/v1/session', '/healthz']) {
      const answer = await ask(server, path, { headers: { host } })
      expect(answer.status).toBe(421)
      expect(answer.text).not.toContain('camp')
    }
    const socket = new TestSocket(server, { host, origin: `http://${host}`, cookie: await signedIn(server) })
    expect(await socket.refused()).toBe(421)
  })

  test.each(['localhost', '127.0.0.1', '[::1]', 'LOCALHOST:9000', 'chat.example'])('“%s” is served', async host => {
    const server = await rig({ names: { configured: ['chat.example'], own: () => [] } })
    expect(await ask(server, '/healthz', { headers: { host } })).toMatchObject({ status: 200 })
  })
})

describe('threat: ws-other-origin', () => {
  test.each([
    ['another site', { origin: 'https://evil.example' }, 403],
    ['another port of this machine', { origin: 'http://127.0.0.1:1' }, 403],
    ['a page that hides itself', {}, 403],
    ['a page with no cookie', 'own', 401],
  ] as const)('%s opens no WebSocket', async (_, headers, status) => {
    const server = await rig()
    const given = headers === 'own' ? { origin: server.origin } : { ...headers, cookie: await signedIn(server) }
    expect(await new TestSocket(server, given).refused()).toBe(status)
  })

  test('a token opens one without an origin, and not with that of another page', async () => {
    const server = await rig()
    const made = await server.directory.apiTokens.add({ user: 'bob', label: 'script', admin: true }, 1)
    if (typeof made === 'string') throw new Error(made)
    const authorization = `Bearer ${made.secret}`
    const socket = new TestSocket(server, { authorization })
    await socket.opened()
    socket.send({ id: 1, method: 'session.show', params: {} })
    await expect.poll(() => socket.frames).toMatchObject([{ id: 1, result: { user: { name: 'bob', role: 'user' } } }])
    expect(await new TestSocket(server, { authorization, origin: 'https://evil.example' }).refused()).toBe(403)
  })
})

test('threat: a page that one person left open connects for nobody else who signed in in that browser', async () => {
  const server = await rig()
  const headers = { cookie: await signedIn(server, 'bob'), origin: server.origin }
  expect(await new TestSocket(server, headers, '?user=alice').refused()).toBe(409)
  await new TestSocket(server, headers, '?user=bob').opened()
})

test('threat: clickjacking and injected scripts: every answer says what browsers must not do', async () => {
  const server = await rig()
  for (const path of ['/', '/nothing.js', '/api/v1/session', '/api/v1/nothing', '/healthz', '/metrics']) {
    const { headers } = await ask(server, path)
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toContain('unsafe')
    expect(policy).not.toContain('http')
    expect(headers).toMatchObject({
      ...{ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' },
      ...{ 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin' },
    })
    expect(headers['access-control-allow-origin']).toBeUndefined()
  }
})

describe('threat: session fixation', () => {
  test('a session that was there before is not gone on with, and ends', async () => {
    const server = await rig()
    const planted = await signedIn(server, 'bob')
    const answer = await ask(server, '/api/v1/session', asJson(server, credentials, { cookie: planted }))
    const [cookie = ''] = answer.headers['set-cookie'] ?? []
    expect(cookie.split(';')[0]).not.toBe(planted)
    expect(await ask(server, '/api/v1/session', { headers: { cookie: planted } })).toMatchObject({
      json: { user: null },
    })
  })

  test('a value of somebody’s own choice is no session', async () => {
    const server = await rig()
    const cookie = `posthorn-test=${'A'.repeat(43)}`
    const answer = await ask(server, '/api/v1/session', asJson(server, credentials, { cookie }))
    expect(String(answer.headers['set-cookie'])).not.toContain('A'.repeat(43))
    expect(await ask(server, '/api/v1/session', { headers: { cookie } })).toMatchObject({ json: { user: null } })
  })

  test('signed out is signed out, also for an open socket, and the browser forgets what it kept', async () => {
    const server = await rig()
    const cookie = await signedIn(server)
    const socket = new TestSocket(server, { cookie, origin: server.origin })
    await socket.opened()
    const out = await ask(server, '/api/v1/session', { method: 'DELETE', headers: { cookie, origin: server.origin } })
    expect(out.headers['clear-site-data']).toBe('"cache"')
    expect(await socket.ended).toEqual({ code: closeCodes.signedOut })
    expect(await ask(server, '/api/v1/session', { headers: { cookie } })).toMatchObject({ json: { user: null } })
  })

  test('a changed password and a removed person end what is open, and others stay', async () => {
    const server = await rig()
    const [alice, bob] = [await openSocket(server, 'alice'), await openSocket(server, 'bob')]
    await server.directory.users.setPassword('alice', 'another one')
    expect(await server.web.endLogins('alice')).toBe(1)
    expect(await alice.ended).toEqual({ code: closeCodes.signedOut })
    bob.send({ id: 1, method: 'session.show', params: {} })
    await expect.poll(() => bob.frames).toHaveLength(1)
    await server.directory.users.remove('bob')
    bob.send({ id: 2, method: 'session.show', params: {} })
    expect(await bob.ended).toEqual({ code: closeCodes.signedOut })
    expect(bob.frames).toHaveLength(1)
  })
})

describe('threat: brute force', () => {
  test('guesses are answered later and later, and the right password is always looked at on this machine', async () => {
    const pauses: number[] = []
    const clock = {
      now: () => 1_000_000,
      // The pauses of answers; those of rounds do not end.
      sleep: (delayMs: number, signal: AbortSignal) => {
        if (delayMs > 4000) return passing(2 ** 30, undefined, { signal, ref: false })
        pauses.push(delayMs)
        return Promise.resolve()
      },
    }
    const server = await rig({ clock })
    for (let guess = 0; guess < 8; guess += 1) {
      const answer = await ask(server, '/api/v1/session', asJson(server, { name: 'alice', password: `guess ${guess}` }))
      expect(answer).toMatchObject({ status: 401, json: { code: 'wrong-credentials' } })
      expect(answer.headers['set-cookie']).toBeUndefined()
    }
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 4000, 4000, 4000])
    await signedIn(server)
  })

  test('a name that is nobody’s is told nothing else than a wrong password', async () => {
    const server = await rig()
    const guess = (name: string) => ask(server, '/api/v1/session', asJson(server, { name, password: 'x' }))
    const [known, unknown] = [await guess('alice'), await guess('nobody')]
    expect(unknown.text).toBe(known.text)
    expect(unknown.status).toBe(known.status)
  })

  test('app passwords do not sign in: they are for one app each', async () => {
    const server = await rig()
    const made = await server.directory.appPasswords.add('alice', 'phone', 1)
    if (typeof made === 'string') throw new Error(made)
    const answer = await ask(server, '/api/v1/session', asJson(server, { name: 'alice', password: made.password }))
    expect(answer.status).toBe(401)
  })

  test('wrong secrets of an entrance are counted too', async () => {
    const server = await rig({ entrances: { '/api/v1/set-up': async () => undefined } })
    const answer = await ask(server, '/api/v1/set-up', asJson(server, { secret: 'x' }))
    expect(answer).toMatchObject({ status: 401, json: { code: 'wrong-credentials' } })
  })

  test('invites are guessed from one place: it has to wait, and the guess is not looked at', async () => {
    const throttle = new LoginThrottle({ clock: systemClock })
    const waited: string[] = []
    vi.spyOn(throttle, 'waitMs').mockImplementation(({ account }) => {
      waited.push(account)
      return 5000
    })
    let looked = 0
    const join = async () => {
      looked += 1
      return undefined
    }
    const server = await rig({ throttle, entrances: { '/api/v1/join': join } })
    const answer = await ask(server, '/api/v1/join', asJson(server, { secret: 'x'.repeat(22) }))
    expect(answer).toMatchObject({ status: 429, json: { code: 'too-many-guesses', retry: 'later' } })
    expect(looked).toBe(0)
    expect(waited).toEqual(['/api/v1/join from 127.0.0.1'])
  })
})

describe('threat: frame floods', () => {
  test('more calls than may wait are refused, and the others answered', async () => {
    const gates: (() => void)[] = []
    const waiting = () => new Promise<void>(resolve => gates.push(resolve))
    const server = await rig({ handlers: () => ({ 'sessions.list': () => waiting().then(() => []) }) })
    const socket = await openSocket(server)
    for (let id = 1; id <= apiLimits.callsAtOnceMax + 3; id += 1)
      socket.send({ id, method: 'sessions.list', params: {} })
    await expect.poll(() => socket.frames).toHaveLength(3)
    expect(socket.frames).toMatchObject(
      Array.from({ length: 3 }, () => ({ error: { code: 'too-many-calls', retry: 'later' } })),
    )
    for (const open of gates) open()
    await expect.poll(() => socket.frames).toHaveLength(apiLimits.callsAtOnceMax + 3)
  })

  test('who sends frames without end is sent away, and others are served', async () => {
    const server = await rig({ limits: { framesBurst: 50, framesPerSecond: 0 } })
    const [flood, other] = [await openSocket(server, 'alice'), await openSocket(server, 'bob')]
    for (let id = 1; id <= 60; id += 1) flood.send({ cancel: id })
    expect(await flood.ended).toEqual({ code: closeCodes.tooMuch })
    other.send({ id: 1, method: 'session.show', params: {} })
    await expect.poll(() => other.frames).toHaveLength(1)
  })

  test.each([
    ['no JSON', '{'],
    ['no frame', '{"id":1}'],
    ['an id that is no number', '{"id":"1","method":"session.show","params":{}}'],
    ['more than a frame', '{"id":1,"method":"session.show","params":{},"user":"bob"}'],
    ['a name of 10,000 letters', JSON.stringify({ id: 1, method: 'x'.repeat(10_000), params: {} })],
  ])('%s ends the connection', async (_, text) => {
    const socket = await openSocket(await rig())
    socket.socket.send(text)
    expect(await socket.ended).toEqual({ code: closeCodes.badFrame })
  })

  test('bytes, and texts above the limit, end the connection', async () => {
    const server = await rig()
    const [bytes, long] = [await openSocket(server), await openSocket(server)]
    bytes.socket.send(Buffer.from('{}'), { binary: true })
    expect(await bytes.ended).toEqual({ code: closeCodes.badFrame })
    long.socket.send(' '.repeat(apiLimits.frameBytesMax + 1))
    expect(await long.ended).toEqual({ code: 1009 })
  })

  test('so many sockets of one person at most', async () => {
    const server = await rig({ limits: { socketsPerUserMax: 2 } })
    const headers = { cookie: await signedIn(server), origin: server.origin }
    const [one, two] = [new TestSocket(server, headers), new TestSocket(server, headers)]
    await Promise.all([one.opened(), two.opened()])
    expect(await new TestSocket(server, headers).refused()).toBe(429)
    one.socket.terminate()
    await one.ended
    await expect
      .poll(() =>
        new TestSocket(server, headers).opened().then(
          () => 'open',
          () => 'refused',
        ),
      )
      .toBe('open')
  })

  test('who does not read what they asked for is sent away, and memory stays flat', async () => {
    const row = {
      id: 'a'.repeat(12),
      label: 'x'.repeat(60),
      madeAt: '2026-01-01T00:00:00.000Z',
      usedAt: '2026-01-01T00:00:00.000Z',
      current: false,
    }
    const rows = Array.from({ length: 5000 }, () => row)
    const server = await rig({
      handlers: () => ({ 'sessions.list': async () => rows }),
      limits: { unreadBytesMax: 4 * 1024 * 1024 },
    })
    const socket = await openSocket(server)
    socket.socket.pause()
    const closed = new Promise<void>(resolve => socket.socket.once('close', () => resolve()))
    for (let id = 1; id <= 60; id += 1) socket.send({ id, method: 'sessions.list', params: {} })
    await expect.poll(() => server.web.counts().sockets).toBe(0)
    socket.socket.resume()
    await closed
    expect(socket.frames.length).toBeLessThan(60)
  })
})

describe('threat: slow and endless requests', () => {
  const raw = (server: Rig, text: string) => {
    const socket = connect(server.web.port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => undefined)
    socket.write(text)
    return new Promise<string>(resolve => {
      let said = ''
      socket.on('data', data => {
        said += data.toString()
      })
      socket.once('close', () => resolve(said))
    })
  }

  test('who says nothing is sent away', async () => {
    const server = await rig({ limits: { firstByteMsMax: 50 } })
    expect(await raw(server, '')).toBe('')
  })

  test('headers that do not end, and bodies that announce too much, end', async () => {
    const server = await rig()
    const head = `POST /api/v1/session HTTP/1.1\r\nhost: ${server.host}\r\norigin: ${server.origin}\r\n`
    expect(await raw(server, `${head}x: ${'y'.repeat(20_000)}`)).not.toContain('200')
    const type = 'content-type: application/json\r\n'
    expect(await raw(server, `${head}${type}content-length: 99999999\r\n\r\n{`)).toContain('413')
  })

  test('what two servers would read otherwise is refused (request smuggling)', async () => {
    const server = await rig()
    const head = `POST /api/v1/session HTTP/1.1\r\nhost: ${server.host}\r\norigin: ${server.origin}\r\n`
    const both = 'content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n'
    expect(await raw(server, `${head}${both}`)).not.toContain('200 OK')
  })
})
