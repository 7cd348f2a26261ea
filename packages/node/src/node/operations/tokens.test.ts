import { expect, test } from 'vitest'
import { nodeRig } from '../web/rig.ts'
import { addToken, listTokens, removeToken } from './tokens.ts'
import { addUser, listUsers, setAdmin } from './users.ts'

test('the first person looks after the node; who else may is said, and the last one stays', async () => {
  const { node } = await nodeRig()
  const admins = async () => (await listUsers(node)).filter(({ admin }) => admin).map(({ name }) => name)
  await addUser(node, { name: 'alice' })
  await addUser(node, { name: 'bob' })
  expect(await admins()).toEqual(['alice'])
  await addUser(node, { name: 'zoe', admin: true })
  expect(await admins()).toEqual(['alice', 'zoe'])
  expect(await setAdmin(node, { name: 'alice', admin: false })).toMatchObject({ admin: false })
  await expect(setAdmin(node, { name: 'zoe', admin: false })).rejects.toMatchObject({ code: 'last-admin' })
  await expect(setAdmin(node, { name: 'nobody', admin: true })).rejects.toMatchObject({ code: 'unknown-user' })
})

test('a token is shown once, listed by its name, and removed', async () => {
  const { node } = await nodeRig()
  await addUser(node, { name: 'zoe' })
  const made = await addToken(node, { label: 'backup', user: 'zoe', admin: false })
  expect(made).toMatchObject({ user: 'zoe', label: 'backup', role: 'user' })
  expect(await node.directory.apiTokens.find(made.token)).toMatchObject({ user: 'zoe' })
  const listed = await listTokens(node, { user: 'zoe' })
  expect(listed).toMatchObject([{ user: 'zoe', label: 'backup', role: 'user', usedAt: null }])
  expect(JSON.stringify(listed)).not.toContain(made.token)
  await expect(addToken(node, { label: 'backup', user: 'zoe', admin: false })).rejects.toMatchObject({
    code: 'name-taken',
  })
  await expect(addToken(node, { label: 'x', user: 'nobody', admin: false })).rejects.toMatchObject({
    code: 'unknown-user',
  })
  await removeToken(node, { label: 'backup', user: 'zoe' })
  await expect(removeToken(node, { label: 'backup', user: 'zoe' })).rejects.toMatchObject({ code: 'unknown-token' })
  expect(await node.directory.apiTokens.find(made.token)).toBeUndefined()
})

test('threat: a token that may more than its owner', async () => {
  const { node } = await nodeRig()
  await addUser(node, { name: 'alice' })
  await addUser(node, { name: 'zoe' })
  const asked = { label: 'x', user: 'zoe', admin: true }
  await expect(addToken(node, asked)).rejects.toMatchObject({ code: 'admins-only' })
  expect(await listTokens(node, { user: 'zoe' })).toEqual([])
})
