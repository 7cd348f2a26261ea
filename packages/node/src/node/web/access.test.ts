import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { accessHandlers } from './access.ts'
import { callerOf, idle, nodeRig } from './rig.ts'

const alice = callerOf('alice')
const bob = callerOf('bob')

async function rig(lanHost: string | null = null) {
  const { node, ended } = await nodeRig({ lanHost })
  const { users } = node.directory
  for (const name of ['alice', 'bob']) await users.add(name, `old of ${name}`, 1)
  let now = Date.now()
  const clock = { ...systemClock, now: () => now }
  const { handlers, findProfile } = accessHandlers(node, clock)
  const pass = (timeMs: number) => {
    now += timeMs
  }
  return { ...node.directory, node, ended, handlers, findProfile, pass }
}

test('settings are told for this machine, and for the network where the node is open to it', async () => {
  const shut = await rig()
  expect(await shut.handlers['access.show']({}, alice, idle)).toMatchObject({
    address: `alice@${shut.node.domain}`,
    machine: { imap: { host: '127.0.0.1', port: 1143, security: 'plain' } },
    network: null,
  })
  const open = await rig('192.168.4.1')
  expect(await open.handlers['access.show']({}, alice, idle)).toMatchObject({
    network: { smtp: { host: '192.168.4.1', port: 1465, security: 'tls' } },
  })
})

test('each link for Delta Chat holds an app password of its own, of the caller alone', async () => {
  const { handlers, appPasswords } = await rig('192.168.4.1')
  const one = await handlers['access.link']({ label: 'phone' }, alice, idle)
  const two = await handlers['access.link']({ label: 'phone' }, alice, idle)
  expect(one.dclogin).toContain(`p=${one.password}&v=1&ih=192.168.4.1&ip=1993&is=ssl`)
  expect(await appPasswords.verify('alice', one.password)).toBeDefined()
  expect(await appPasswords.verify('alice', two.password)).toBeDefined()
  expect((await handlers['app-passwords.list']({}, alice, idle)).map(({ label }) => label)).toEqual([
    'phone',
    'phone 2',
  ])
  expect(await handlers['app-passwords.list']({}, bob, idle)).toEqual([])
  await expect(handlers['app-passwords.remove']({ label: 'phone' }, bob, idle)).rejects.toMatchObject({
    code: 'unknown-app-password',
  })
  await handlers['app-passwords.remove']({ label: 'phone' }, alice, idle)
  expect(await appPasswords.verify('alice', one.password)).toBeUndefined()
})

test('threat: a profile, which holds a password, is for who made it, and gone after minutes', async () => {
  const { handlers, findProfile, appPasswords, pass } = await rig()
  const { path } = await handlers['access.profile']({ label: 'iPhone' }, alice, idle)
  const key = path.replace('/api/v1/profiles/', '')
  expect(await findProfile(key, bob, idle.signal)).toBeUndefined()
  expect(await findProfile('x'.repeat(22), alice, idle.signal)).toBeUndefined()
  const found = await findProfile(key, alice, idle.signal)
  if (found === undefined || !('bytes' in found)) throw new Error('no profile')
  expect(found).toMatchObject({ mime: 'application/x-apple-aspen-config', inline: false })
  const [, password = ''] =
    /<key>IncomingPassword<\/key><string>([^<]*)/.exec(Buffer.from(found.bytes).toString()) ?? []
  expect(await appPasswords.verify('alice', password)).toBeDefined()
  pass(11 * 60_000)
  expect(await findProfile(key, alice, idle.signal)).toBeUndefined()
})

test('threat: profiles without end of one person push out their own only', async () => {
  const { handlers, findProfile } = await rig()
  const make = async (caller: typeof alice, label: string) =>
    (await handlers['access.profile']({ label }, caller, idle)).path.replace('/api/v1/profiles/', '')
  const bobs = await make(bob, 'iPhone')
  const keys: string[] = []
  for (let number = 0; number < 20; number += 1) keys.push(await make(alice, `phone ${number}`))
  const found = await Promise.all(keys.map(key => findProfile(key, alice, idle.signal)))
  expect(found.map(profile => profile !== undefined)).toEqual([...Array(15).fill(false), ...Array(5).fill(true)])
  expect(await findProfile(bobs, bob, idle.signal)).toBeDefined()
})

test('a profile is gone after minutes also where the clock was set back', async () => {
  const { handlers, findProfile, pass } = await rig()
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { path } = await handlers['access.profile']({ label: 'iPhone' }, alice, idle)
  const find = () => findProfile(path.replace('/api/v1/profiles/', ''), alice, idle.signal)
  pass(-24 * 3_600_000)
  expect(await find()).toBeDefined()
  vi.advanceTimersByTime(10 * 60_000)
  expect(await find()).toBeUndefined()
})

test('a new password needs the old one, and ends other sessions', async () => {
  const { handlers, users, webSessions, ended } = await rig()
  const [mine, other, bobs] = await Promise.all(
    ['alice', 'alice', 'bob'].map(async user => {
      const passwordMark = (await users.passwordMark(user)) ?? ''
      return webSessions.add({ user, label: 'browser', stays: false, passwordMark }, 1)
    }),
  )
  if (typeof mine === 'string' || typeof other === 'string' || typeof bobs === 'string') throw new Error('no session')
  const caller = { ...alice, by: { session: mine?.id ?? '' } }
  const change = (old: string, fresh: string) => handlers['password.change']({ old, fresh }, caller, idle)
  await expect(change('wrong', 'a new password')).rejects.toMatchObject({ code: 'wrong-password' })
  await expect(change('old of alice', 'short')).rejects.toMatchObject({ code: 'bad-password' })
  expect(await users.verify('alice', 'old of alice')).toBe(true)
  await change('old of alice', 'a new password')
  expect(await users.verify('alice', 'a new password')).toBe(true)
  expect(await webSessions.find(mine?.secret ?? '')).toBeDefined()
  expect(await webSessions.find(other?.secret ?? '')).toBeUndefined()
  expect(await webSessions.find(bobs?.secret ?? '')).toBeDefined()
  expect(ended).toEqual(['alice'])
})

test('threat: guessing the old password from a browser that was left open', async () => {
  const { handlers, pass } = await rig()
  const change = (old: string) => handlers['password.change']({ old, fresh: 'a new password' }, alice, idle)
  for (let tries = 0; tries < 10; tries += 1)
    await expect(change('x')).rejects.toMatchObject({ code: 'wrong-password' })
  await expect(change('old of alice')).rejects.toMatchObject({ code: 'throttled', retry: 'later' })
  await expect(handlers['password.change']({ old: 'old of bob', fresh: 'a new password' }, bob, idle)).resolves.toEqual(
    {},
  )
  pass(60 * 60_000)
  expect(await change('old of alice')).toEqual({})
})

test('threat: guessing the old password many times at once', async () => {
  const { handlers } = await rig()
  const guesses = Array.from({ length: 30 }, () =>
    handlers['password.change']({ old: 'x', fresh: 'a new password' }, alice, idle).catch(
      (error: { code?: string }) => error.code,
    ),
  )
  const codes = await Promise.all(guesses)
  expect(codes.filter(code => code === 'wrong-password')).toHaveLength(10)
  expect(codes.filter(code => code === 'throttled')).toHaveLength(20)
})
