import { expect, test } from 'vitest'
import { peopleHandlers } from './people.ts'
import { callerOf, idle, nodeRig } from './rig.ts'

const admin = callerOf('alice', 'admin')

test('people are added, listed with what they use, limited, let look after the node, and removed', async () => {
  const { node } = await nodeRig()
  const people = peopleHandlers(node)
  const made = await people['people.add']({ name: 'alice', password: 'long enough' }, admin, idle)
  expect(made).toMatchObject({ address: `alice@${node.domain}`, password: 'long enough' })
  expect((await people['people.add']({ name: 'bob' }, admin, idle)).password).toHaveLength(19)
  await people['people.quota']({ name: 'bob', bytes: 5_000_000 }, admin, idle)
  expect(await people['people.retention']({ name: 'bob', days: 'none' }, admin, idle)).toMatchObject({ chatDays: null })
  expect(await people['people.list']({}, admin, idle)).toMatchObject([
    { name: 'alice', role: 'admin', quotaBytes: null, mailBytes: 0, chatDays: 30 },
    { name: 'bob', role: 'user', quotaBytes: 5_000_000, chatDays: null },
  ])
  await expect(people['people.admin']({ name: 'alice', admin: false }, admin, idle)).rejects.toMatchObject({
    code: 'last-admin',
  })
  expect(await people['people.admin']({ name: 'bob', admin: true }, admin, idle)).toMatchObject({ role: 'admin' })
  await expect(people['people.remove']({ name: 'alice', mail: 'keep' }, admin, idle)).rejects.toMatchObject({
    code: 'oneself',
  })
  const removed = await people['people.remove']({ name: 'bob', mail: 'keep' }, admin, idle)
  expect(removed).toEqual({ name: 'bob', mailKept: true, aliases: [] })
  await expect(people['people.admin']({ name: 'bob', admin: true }, admin, idle)).rejects.toMatchObject({
    code: 'unknown-user',
  })
})

test('a new password ends the sessions of browsers; app passwords and tokens are what they were', async () => {
  const { node, ended } = await nodeRig()
  const { users, appPasswords, webSessions, apiTokens } = node.directory
  const people = peopleHandlers(node)
  await people['people.add']({ name: 'bob', password: 'long enough' }, admin, idle)
  const phone = await appPasswords.add('bob', 'phone', 1)
  const script = await apiTokens.add({ user: 'bob', label: 'script', admin: false }, 1)
  const passwordMark = (await users.passwordMark('bob')) ?? ''
  await webSessions.add({ user: 'bob', label: 'Firefox', stays: true, passwordMark }, 1)
  if (typeof phone === 'string' || typeof script === 'string') throw new Error('no password or no token')
  await people['people.password']({ name: 'bob' }, admin, idle)
  expect(ended).toEqual(['bob'])
  expect(await users.verify('bob', 'long enough')).toBe(false)
  expect(await webSessions.list('bob')).toEqual([])
  expect(await appPasswords.verify('bob', phone.password)).toBeDefined()
  expect(await apiTokens.find(script.secret)).toMatchObject({ user: 'bob' })
})

test('threat: two who look after the node take it from each other at the same moment: one of them stays', async () => {
  for (const deed of ['people.remove', 'people.admin'] as const) {
    const { node } = await nodeRig()
    const people = peopleHandlers(node)
    for (const name of ['alice', 'bob', 'carol']) await node.directory.users.add(name, 'long enough', 1)
    await node.directory.users.setAdmin('bob', true)
    const undo = (name: string, by: string) =>
      deed === 'people.remove'
        ? people[deed]({ name, mail: 'keep' }, callerOf(by, 'admin'), idle)
        : people[deed]({ name, admin: false }, callerOf(by, 'admin'), idle)
    const done = await Promise.allSettled([undo('bob', 'alice'), undo('alice', 'bob')])
    expect(done).toMatchObject([{ status: 'fulfilled' }, { reason: { code: 'last-admin' } }])
    const left = (await node.directory.users.list()).filter(({ admin: looksAfter }) => looksAfter)
    expect(left.map(({ name }) => name)).toEqual(['alice'])
  }
})

test('an invite is shown with its secret once, listed without, and taken back', async () => {
  const { node } = await nodeRig()
  const people = peopleHandlers(node)
  const made = await people['people.invite']({ quotaBytes: 1000, days: 7, uses: 3 }, admin, idle)
  expect(made).toMatchObject({ invite: { quotaBytes: 1000, uses: 0, usesMax: 3, daysLeft: 7, name: null } })
  const listed = await people['people.invites']({}, admin, idle)
  expect(listed).toEqual([made.invite])
  expect(JSON.stringify(listed)).not.toContain(made.secret)
  await people['people.uninvite']({ id: made.invite.id }, admin, idle)
  expect(await people['people.invites']({}, admin, idle)).toEqual([])
  await expect(people['people.invite']({ name: 'Ann', days: 1, uses: 2 }, admin, idle)).rejects.toMatchObject({
    code: 'bad-invite',
  })
  await expect(people['people.invite']({ name: 'postmaster', days: 1, uses: 1 }, admin, idle)).rejects.toMatchObject({
    code: 'bad-name',
  })
})
