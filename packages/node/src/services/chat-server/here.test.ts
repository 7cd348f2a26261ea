import { expect, test } from 'vitest'
import { chatServerLimits } from './limits.ts'
import { chatRig, engineContact } from './rig.ts'

const card = (number: number) =>
  [
    ...['BEGIN:VCARD', 'VERSION:4.0', `EMAIL:elsewhere${number}@x.example`, `FN:Person ${number}`],
    ...[`KEY:data:application/pgp-keys;base64\\,key${number}`, 'PHOTO:data:image/jpeg;base64\\,secret-face'],
    ...['NOTE:secret status', 'REV:20260101T000000Z', 'END:VCARD', ''],
  ].join('\r\n')

/** Alice and bob are here; read is what was taken in, by whom. */
async function camp() {
  const rig = await chatRig()
  const read: [account: number, vcard: string][] = []
  const { answers } = rig.fake
  answers.set('get_contact_ids', () => [])
  answers.set('get_contact', (account: number, id: number) => engineContact({ id, status: `secret ${account}` }))
  answers.set('make_vcard', card)
  answers.set('import_vcard_contents', (account: number, vcard: string) => {
    read.push([account, vcard])
    return [42]
  })
  for (const user of ['alice', 'bob']) await rig.call(user, 'contacts.ids', {})
  return { ...rig, read }
}

test('who is here is told without oneself, and who is a contact already with the contact', async () => {
  const { call, fake } = await camp()
  const bob = { login: 'bob', name: 'Bob', address: 'bob@camp.alt' }
  const avatar = { path: null, color: '#123456', initials: 'B' }
  expect(await call('alice', 'contacts.here', {})).toEqual([{ ...bob, contact: null, avatar }])
  fake.answers.set('get_contact_ids', () => [11, 12])
  fake.answers.set('get_contacts_by_ids', () => ({
    11: engineContact({ profileImage: '/x/bob.png' }),
    12: engineContact({ id: 12, address: 'bob@camp.alt', isKeyContact: false }),
  }))
  expect(await call('alice', 'contacts.here', {})).toMatchObject([
    { ...bob, contact: 11, avatar: { path: '/api/v1/files/contact/11/bob.png' } },
  ])
})

test('threat: of somebody who is met nothing goes over but name, address and key', async () => {
  const { call, read, accounts } = await camp()
  expect(await call('alice', 'contacts.meet', { login: 'bob' })).toEqual({ contact: 42 })
  const [alice, bob] = [await accounts.get('alice'), await accounts.get('bob')]
  const lines = ['BEGIN:VCARD', 'VERSION:4.0', 'EMAIL:bob@camp.alt', `FN:Person ${bob?.account}`]
  const key = `KEY:data:application/pgp-keys;base64\\,key${bob?.account}`
  expect(read).toEqual([[alice?.account, [...lines, key, 'END:VCARD', ''].join('\r\n')]])
  expect(JSON.stringify(await call('alice', 'contacts.here', {}))).not.toContain('secret')
})

test('threat: who is hidden looks like who is not here, and is here again when they want', async () => {
  const { call, read } = await camp()
  expect(await call('bob', 'profile.change', { visibleHere: false })).toMatchObject({ visibleHere: false })
  expect(await call('alice', 'contacts.here', {})).toEqual([])
  const refusals = ['bob', 'nobody', 'alice', '../bob'].map(login =>
    call('alice', 'contacts.meet', { login }).catch((error: Error) => error),
  )
  const [hidden, ...others] = (await Promise.all(refusals)) as Error[]
  expect(hidden).toMatchObject({ code: 'nobody-here', retry: 'never' })
  for (const other of others) expect(other).toEqual(hidden)
  expect(read).toEqual([])
  expect(await call('bob', 'profile.change', { visibleHere: true })).toMatchObject({ visibleHere: true })
  expect(await call('alice', 'contacts.here', {})).toMatchObject([{ login: 'bob' }])
})

test('threat: somebody meets people without end: told to wait, and others are not', async () => {
  const { call } = await camp()
  for (let count = 0; count < chatServerLimits.meetsPerHourMax; count += 1) {
    await call('alice', 'contacts.meet', { login: 'bob' })
  }
  await expect(call('alice', 'contacts.meet', { login: 'bob' })).rejects.toMatchObject({ retry: 'later' })
  expect(await call('bob', 'contacts.meet', { login: 'alice' })).toEqual({ contact: 42 })
})

test('somebody whose account cannot be read is left out, and the others are told', async () => {
  const { call, fake, inEngine } = await camp()
  await call('carol', 'contacts.ids', {})
  fake.answers.set('batch_get_config', (number: number, keys: readonly string[]) => {
    if (number === 2) throw new Error('damaged')
    return Object.fromEntries(keys.map(key => [key, inEngine.get(number)?.settings.get(key) ?? null]))
  })
  expect(await call('alice', 'contacts.here', {})).toMatchObject([{ login: 'carol' }])
})
