import { expect, test } from 'vitest'
import { asJson, ask, openSocket, rig, signedIn } from './rig.ts'

test('one port speaks HTTP and HTTPS', async () => {
  const server = await rig()
  expect(await ask(server, '/api/v1/session')).toMatchObject({ status: 200, json: { user: null } })
  expect(await ask(server, '/api/v1/session', { tls: true })).toMatchObject({ status: 200, json: { user: null } })
  expect(await ask(server, '/healthz')).toMatchObject({ status: 200, text: 'ok\n' })
})

test('who signed in is known by the cookie, with their role', async () => {
  const server = await rig()
  for (const [name, role] of [
    ['alice', 'admin'],
    ['bob', 'user'],
  ] as const) {
    const headers = { cookie: await signedIn(server, name) }
    expect(await ask(server, '/api/v1/session', { headers })).toMatchObject({ json: { user: { name, role } } })
  }
})

test('a method is called by HTTP and by WebSocket with the same answer', async () => {
  const server = await rig()
  const cookie = await signedIn(server)
  const byHttp = await ask(server, '/api/v1/methods/session.show', asJson(server, {}, { cookie }))
  const socket = await openSocket(server)
  socket.send({ id: 7, method: 'session.show', params: {} })
  await expect.poll(() => socket.frames).toEqual([{ id: 7, result: byHttp.json }])
})
