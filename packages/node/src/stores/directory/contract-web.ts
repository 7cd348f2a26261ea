/** What every directory must do for those who come by the web. Run by the real store and by its twin in memory. */
import { describe, expect, test } from 'vitest'
import type { DirectoryFactory } from './contract.ts'
import type { Directory } from './directory.ts'
import { directoryLimits } from './limits.ts'

const dayMs = 86_400_000
const at = 20_000 * dayMs

export function webContract(name: string, make: DirectoryFactory): void {
  describe(`web: ${name}`, () => {
    adminsContract(make)
    sessionsContract(make)
    agesContract(make)
    tokensContract(make)
  })
}

/** As after a sign-in with the right password. */
async function signIn({ users, webSessions }: Directory, user: string, when: number, stays = true, label = '') {
  return made(await webSessions.add({ user, label, stays, passwordMark: (await users.passwordMark(user)) ?? '' }, when))
}

const made = <T>(answer: T | string): T => {
  if (typeof answer === 'string') throw new Error(answer)
  return answer
}

function adminsContract(make: DirectoryFactory): void {
  test('who is added first is admin, who made an account alone never is by that; the last admin stays', async () => {
    const { users } = await make()
    const admins = async () => (await users.list()).filter(user => user.admin).map(user => user.name)
    await users.add('zed', 'x', at, { selfMade: true })
    expect(await admins()).toEqual([])
    await users.add('bob', 'x', at)
    await users.add('alice', 'x', at)
    expect(await admins()).toEqual(['bob'])
    expect(await users.setAdmin('bob', false)).toBe('last')
    expect(await users.remove('bob', { keepsAdmin: true })).toBe('last')
    expect(await users.remove('nobody', { keepsAdmin: true })).toBe(false)
    expect(await users.setAdmin('nobody', true)).toBe('unknown')
    expect(await users.setAdmin('alice', true)).toBe('done')
    expect(await users.setAdmin('bob', false)).toBe('done')
    expect(await admins()).toEqual(['alice'])
    await users.remove('alice')
    await users.add('carol', 'x', at)
    expect(await admins()).toEqual(['carol'])
  })
}

function sessionsContract(make: DirectoryFactory): void {
  test('a session is found by its secret only, listed, and ended', async () => {
    const directory = await make()
    const { users, webSessions } = directory
    const bob = { user: 'bob', label: 'Firefox', stays: true }
    expect(await webSessions.add({ ...bob, passwordMark: '' }, at)).toBe('changed')
    await users.add('bob', 'secret', at)
    const one = await signIn(directory, 'bob', at, true, 'Firefox')
    const two = await signIn(directory, 'bob', at + 1, false, 'Chromium')
    expect(one.secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(one.secret).not.toBe(two.secret)
    expect(await webSessions.find(one.secret)).toEqual({ id: one.id, ...bob, madeAt: at, usedAt: at })
    for (const text of ['', one.id, `${one.secret}a`, one.secret.toUpperCase(), 'x'.repeat(43)]) {
      expect(await webSessions.find(text)).toBeUndefined()
    }
    expect((await webSessions.list('bob')).map(({ id }) => id)).toEqual([two.id, one.id])
    expect(await webSessions.list('eve')).toEqual([])
    expect(await webSessions.end('eve', one.id)).toBe(false)
    expect(await webSessions.end('bob', one.id)).toBe(true)
    expect(await webSessions.end('bob', one.id)).toBe(false)
    expect(await webSessions.find(one.secret)).toBeUndefined()
    expect((await webSessions.find(two.secret))?.label).toBe('Chromium')
  })

  test('all sessions but one end together; all end with the password, and with their user', async () => {
    const directory = await make()
    const { users, webSessions } = directory
    await users.add('bob', 'secret', at)
    await users.add('eve', 'secret', at)
    const add = (user: string) => signIn(directory, user, at)
    const [one, two, other] = [await add('bob'), await add('bob'), await add('eve')]
    expect(await webSessions.endAll('bob', two.id)).toEqual([one.id])
    expect(await webSessions.find(one.secret)).toBeUndefined()
    await users.setPassword('bob', 'new secret')
    expect(await webSessions.find(two.secret)).toBeUndefined()
    expect(await webSessions.find(other.secret)).toBeDefined()
    await users.remove('eve')
    await users.add('eve', 'secret', at)
    expect(await webSessions.find(other.secret)).toBeUndefined()
  })

  test('no session begins by a password that was changed while it was looked at', async () => {
    const { users, webSessions } = await make()
    await users.add('bob', 'secret', at)
    const passwordMark = (await users.passwordMark('bob')) ?? ''
    const session = { user: 'bob', label: '', stays: true, passwordMark }
    expect(await users.passwordMark('bob')).toBe(passwordMark)
    await users.setPassword('bob', 'secret')
    expect(await webSessions.add(session, at)).toBe('changed')
    await users.remove('bob')
    await users.add('bob', 'secret', at)
    expect(await webSessions.add(session, at)).toBe('changed')
    expect(await webSessions.list('bob')).toEqual([])
    expect(await users.passwordMark('eve')).toBeUndefined()
  })

  test('so many sessions of one user at most: the one not used the longest ends', async () => {
    const directory = await make()
    const { users, webSessions } = directory
    await users.add('bob', 'secret', at)
    const add = (n: number) => signIn(directory, 'bob', at + n)
    const [first, second] = [await add(0), await add(1)]
    await webSessions.used(first.id, at + directoryLimits.appPasswordUseMs)
    for (let n = 2; n <= directoryLimits.webSessionsMax; n += 1) await add(n)
    expect(await webSessions.list('bob')).toHaveLength(directoryLimits.webSessionsMax)
    expect(await webSessions.find(first.secret)).toBeDefined()
    expect(await webSessions.find(second.secret)).toBeUndefined()
  })
}

function agesContract(make: DirectoryFactory): void {
  const { stays, closes } = directoryLimits.webSession

  test.each([
    [true, stays],
    [false, closes],
  ])(
    'a session that stays: %s ends when it lay unused, and at its age',
    async (isStaying, { idleDaysMax, daysMax }) => {
      const directory = await make()
      const { users, webSessions } = directory
      await users.add('bob', 'secret', at)
      const add = () => signIn(directory, 'bob', at, isStaying)
      const [unused, used] = [await add(), await add()]
      for (let day = 1; day <= daysMax; day += 1) {
        await webSessions.used(used.id, at + day * dayMs)
        expect((await webSessions.find(unused.secret)) !== undefined).toBe(day <= idleDaysMax)
      }
      expect(await webSessions.find(used.secret)).toBeDefined()
      await webSessions.used(used.id, at + (daysMax + 1) * dayMs)
      expect(await webSessions.find(used.secret)).toBeUndefined()
      await webSessions.prune(at + (daysMax + 1) * dayMs)
      expect(await webSessions.list('bob')).toEqual([])
    },
  )

  test('a clock that jumps ten years ahead, or back to 1970, ends no session', async () => {
    const directory = await make()
    const { users, webSessions } = directory
    await users.add('bob', 'secret', at)
    const { id, secret } = await signIn(directory, 'bob', at)
    for (const now of [at + 3650 * dayMs, 0]) {
      await webSessions.prune(now)
      expect(await webSessions.find(secret)).toBeDefined()
      await webSessions.used(id, now)
      expect((await webSessions.find(secret))?.usedAt).toBe(now)
    }
  })
}

function tokensContract(make: DirectoryFactory): void {
  test('a token is found by its secret only, listed by label, noted when used, and removed', async () => {
    const { users, apiTokens, webSessions } = await make()
    const bob = { user: 'bob', label: 'backup', admin: true }
    expect(await apiTokens.add(bob, at)).toBe('unknown-user')
    await users.add('bob', 'secret', at)
    const one = made(await apiTokens.add(bob, at))
    const two = made(await apiTokens.add({ ...bob, label: 'a probe', admin: false }, at))
    expect(await apiTokens.add(bob, at)).toBe('taken')
    expect(one.secret).toMatch(/^pht_[A-Za-z0-9_-]{43}$/)
    expect(await apiTokens.find(one.secret)).toEqual({ id: one.id, ...bob, madeAt: at, usedAt: null })
    expect(await apiTokens.find(one.secret.slice(4))).toBeUndefined()
    expect(await webSessions.find(one.secret)).toBeUndefined()
    await apiTokens.used(one.id, at + 5)
    await apiTokens.used(one.id, at + 6)
    expect((await apiTokens.find(one.secret))?.usedAt).toBe(at + 5)
    expect((await apiTokens.list('bob')).map(({ label }) => label)).toEqual(['a probe', 'backup'])
    await users.setPassword('bob', 'new secret')
    expect(await apiTokens.remove('eve', one.id)).toBe(false)
    expect(await apiTokens.remove('bob', one.id)).toBe(true)
    expect(await apiTokens.find(one.secret)).toBeUndefined()
    expect(await apiTokens.find(two.secret)).toMatchObject({ admin: false })
    await users.remove('bob')
    await users.add('bob', 'secret', at)
    expect(await apiTokens.find(two.secret)).toBeUndefined()
  })

  test('so many tokens at most, and labels that people can read', async () => {
    const { users, apiTokens } = await make()
    await users.add('bob', 'secret', at)
    const add = (label: string) => apiTokens.add({ user: 'bob', label, admin: false }, at)
    for (const label of ['', ' x', 'a\nb']) await expect(add(label)).rejects.toMatchObject({ code: 'bad-label' })
    for (let n = 0; n < directoryLimits.apiTokensMax; n += 1) await add(`token ${n}`)
    expect(await add('one more')).toBe('too-many')
  })
}
