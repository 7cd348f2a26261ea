import { describe, expect, test } from 'vitest'
import { memoryDirectory } from '../stores/directory/memory.ts'
import { parseConfig } from './config/config.ts'
import { accountLink, chatDaysOf, firstLoginOf, joinBy, makeUser, quotaOf } from './people.ts'

function configOf(text: string) {
  const parsed = parseConfig(`[node]\nname = "camp"\n${text}`)
  if ('faults' in parsed) throw new Error(JSON.stringify(parsed.faults))
  return parsed.config
}

const mailbox = { create: async () => {}, remove: async () => null }
const password = 'x'.repeat(20)

describe('accounts by login', () => {
  const open = configOf('[users]\nfirst_login = true\nfirst_login_users_max = 2')

  test('are for names that nobody has, had, or should have', async () => {
    const directory = memoryDirectory()
    const stores = { directory, mailbox }
    await makeUser(stores, { name: 'somebody1', password, at: 1, selfMade: false })
    await makeUser(stores, { name: 'former-one', password, at: 1, selfMade: false })
    await directory.users.remove('former-one')
    await directory.aliases.put({ address: 'everybody', targets: ['somebody1'] })
    const make = (name: string) => firstLoginOf(open, stores, () => 5)?.make(name, password)
    expect(await make('somebody1')).toBe('known')
    for (const name of ['former-one', 'everybody', 'postmaster', 'mailer-daemon', 'administrator', 'security-team']) {
      expect(await make(name)).toBe('refused')
    }
    for (const name of [
      'a..bcdefgh',
      '../../etc',
      'UPPERCASE',
      'with space',
      'abcdefgh.',
      'x'.repeat(65),
      'a+bcdefghi',
    ]) {
      expect(await make(name)).toBe('refused')
    }
    expect(await make('abcdefghi')).toBe('made')
    expect(await make('abcdefghj')).toBe('made')
    expect(await make('abcdefghk')).toBe('refused')
    expect(await directory.users.get('abcdefghi')).toEqual({
      name: 'abcdefghi',
      createdAt: 5,
      selfMade: true,
      admin: false,
    })
    // A person may give a former name again.
    expect(await makeUser(stores, { name: 'former-one', password, at: 1, selfMade: false })).toBe(true)
  })

  test('are not made unless the operator says so; the link names the node', () => {
    expect(firstLoginOf(configOf(''), { directory: memoryDirectory(), mailbox }, () => 5)).toBeUndefined()
    expect(accountLink(configOf(''), 'camp-x.nncp.alt')).toBeNull()
    expect(accountLink(open, 'camp-x.nncp.alt')).toBe('dcaccount:_camp-x.nncp.alt')
    const named = parseConfig(
      '[node]\nname = "camp"\ndomains = ["camp.example", "_camp.alt"]\n[users]\nfirst_login = true',
    )
    if ('faults' in named) throw new Error('faults')
    expect(accountLink(named.config, 'camp-x.nncp.alt')).toBe('dcaccount:_camp.alt')
  })
})

test('limits are those of the user, else those of the node, else none', async () => {
  const { users } = memoryDirectory()
  await users.add('bob', password, 1)
  const none = configOf('')
  const some = configOf('[users]\nquota_bytes_max = 2000000\n[mail]\nchat_retention_days = 7')
  expect(quotaOf(none, users, 'bob')).toEqual({ sizeBytesMax: null, messagesMax: null })
  expect(quotaOf(some, users, 'bob')).toEqual({ sizeBytesMax: 2_000_000, messagesMax: null })
  expect([chatDaysOf(none, users, 'bob'), chatDaysOf(some, users, 'bob')]).toEqual([30, 7])
  await users.change('bob', { quotaBytes: 0, quotaMessages: 5, chatDays: 0 })
  expect(quotaOf(some, users, 'bob')).toEqual({ sizeBytesMax: null, messagesMax: 5 })
  expect(chatDaysOf(some, users, 'bob')).toBe(0)
  await users.change('bob', { quotaBytes: 5, chatDays: null })
  expect(quotaOf(some, users, 'bob').sizeBytesMax).toBe(5)
  expect(chatDaysOf(some, users, 'bob')).toBe(7)
})

describe('accounts by invite', () => {
  const inviting = async (userName: string | null = null) => {
    const directory = memoryDirectory()
    const made = await directory.joinInvites.add({ userName, quotaBytes: null, usesMax: 1, days: 1, at: 1 })
    if (made === 'too-many') throw new Error(made)
    const join = (name: string | undefined, secret = made.secret) =>
      joinBy({ directory, mailbox }, { secret, name, password, at: 5 })
    return { directory, join }
  }

  test('threat: nobody takes over a name by an invite, and none is used up by trying', async () => {
    const { directory, join } = await inviting()
    await makeUser({ directory, mailbox }, { name: 'alice', password, at: 1, selfMade: false })
    await makeUser({ directory, mailbox }, { name: 'former', password, at: 1, selfMade: false })
    await directory.users.remove('former')
    await directory.aliases.put({ address: 'team', targets: ['alice'] })
    for (const name of ['alice', 'ALICE', 'former', 'team', 'admin', 'support-desk']) {
      expect(await join(name)).toBe('name-taken')
    }
    for (const name of [undefined, '', 'posthorn', 'postmaster', 'a..b', '../etc', 'b.', 'a b', 'x'.repeat(65)]) {
      expect(await join(name)).toBe('bad-name')
    }
    expect(await join('Bob')).toEqual({ name: 'bob' })
    expect(await join('carol')).toBe('gone')
    expect(await join('carol', 'x'.repeat(22))).toBe('gone')
  })

  test('who made an invite for a name has decided it, also for one that was here before', async () => {
    const { directory, join } = await inviting('former')
    await makeUser({ directory, mailbox }, { name: 'former', password, at: 1, selfMade: false })
    expect(await join(undefined)).toBe('name-taken')
    await directory.users.remove('former')
    expect(await join('whatever')).toEqual({ name: 'former' })
  })
})
