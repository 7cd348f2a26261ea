/** What every directory must do for people. Run by the real store and by its twin in memory. */
import { describe, expect, test } from 'vitest'
import { isAppPassword } from './app-passwords.ts'
import type { DirectoryFactory } from './contract.ts'
import { directoryLimits } from './limits.ts'

const at = 1_700_000_000_000

export function peopleContract(name: string, make: DirectoryFactory): void {
  describe(`people: ${name}`, () => {
    usersContract(make)
    appPasswordsContract(make)
    aliasesContract(make)
  })
}

function usersContract(make: DirectoryFactory): void {
  test('who was added first is told; who made an account alone comes after all others', async () => {
    const { users } = await make()
    expect(await users.first()).toBeUndefined()
    await users.add('zed', 'x', at - 5, { selfMade: true })
    expect(await users.first()).toMatchObject({ name: 'zed', selfMade: true })
    await users.add('bob', 'x', at + 1)
    await users.add('alice', 'x', at)
    expect(await users.first()).toEqual({ name: 'alice', createdAt: at, selfMade: false, admin: false })
    expect(await users.selfMadeCount()).toBe(1)
  })

  test('a name that was removed is remembered', async () => {
    const { users } = await make()
    await users.add('bob', 'x', at)
    expect(await users.isFormer('bob')).toBe(false)
    await users.remove('bob')
    await users.remove('eve')
    expect(await users.isFormer('bob')).toBe(true)
    expect(await users.isFormer('eve')).toBe(false)
  })

  test('settings are unset, changed one by one, and gone with the user', async () => {
    const { users } = await make()
    const unset = { quotaBytes: null, quotaMessages: null, chatDays: null, forward: null, notices: null }
    expect(users.settings('bob')).toBeUndefined()
    expect(await users.change('bob', { quotaBytes: 1 })).toBe(false)
    await users.add('bob', 'x', at)
    expect(users.settings('bob')).toEqual(unset)
    const forward = { to: ['bob@far.example', 'b@other.example'], keeps: false }
    expect(await users.change('bob', { quotaBytes: 500, forward })).toBe(true)
    await users.change('bob', { quotaMessages: 0, chatDays: 7 })
    expect(users.settings('bob')).toEqual({ ...unset, quotaBytes: 500, quotaMessages: 0, chatDays: 7, forward })
    await users.change('bob', { notices: false })
    expect(users.settings('bob')?.notices).toBe(false)
    await users.change('bob', { notices: null })
    await users.change('bob', { quotaBytes: null, forward: null })
    expect(users.settings('bob')).toEqual({ ...unset, quotaMessages: 0, chatDays: 7 })
    await users.remove('bob')
    await users.add('bob', 'x', at)
    expect(users.settings('bob')).toEqual(unset)
  })
}

function appPasswordsContract(make: DirectoryFactory): void {
  test('an app password is right for its user only, however it is typed', async () => {
    const { users, appPasswords } = await make()
    await users.add('bob', 'secret', at)
    await users.add('eve', 'secret', at)
    const made = await appPasswords.add('bob', 'my phone', at)
    if (typeof made === 'string') throw new Error(made)
    const { id, password } = made
    expect(password).toMatch(/^app(?:-[a-z2-9]{4}){8}$/)
    expect(isAppPassword(password)).toBe(true)
    expect(isAppPassword('correct horse battery staple')).toBe(false)
    expect(await appPasswords.verify('bob', password)).toBe(id)
    expect(await appPasswords.verify('bob', password.toUpperCase().replaceAll('-', ' '))).toBe(id)
    expect(await appPasswords.verify('eve', password)).toBeUndefined()
    expect(await appPasswords.verify('nobody', password)).toBeUndefined()
    const other = password.endsWith('a') ? 'b' : 'a'
    expect(await appPasswords.verify('bob', password.slice(0, -1) + other)).toBeUndefined()
    for (const text of ['', 'secret', 'app-', `${password}a`, `${password}${' '.repeat(1000)}`]) {
      expect(await appPasswords.verify('bob', text)).toBeUndefined()
    }
    expect(await users.verify('bob', password)).toBe(false)
    expect(await users.verify('bob', 'secret')).toBe(true)
  })

  test('app passwords have labels, are listed, noted when used, and removed', async () => {
    const { users, appPasswords } = await make()
    expect(await appPasswords.add('bob', 'phone', at)).toBe('unknown-user')
    await users.add('bob', 'secret', at)
    const phone = await appPasswords.add('bob', 'phone', at)
    const laptop = await appPasswords.add('bob', 'laptop', at + 1)
    expect(await appPasswords.add('bob', 'phone', at)).toBe('taken')
    if (typeof phone === 'string' || typeof laptop === 'string') throw new Error('not made')
    await appPasswords.used(phone.id, at + 5)
    await appPasswords.used(phone.id, at + 6)
    expect(await appPasswords.list('bob')).toEqual([
      { id: laptop.id, label: 'laptop', madeAt: at + 1, lastUsedAt: null },
      { id: phone.id, label: 'phone', madeAt: at, lastUsedAt: at + 5 },
    ])
    await appPasswords.used(phone.id, at + 5 + directoryLimits.appPasswordUseMs)
    expect((await appPasswords.list('bob'))[1]?.lastUsedAt).toBe(at + 5 + directoryLimits.appPasswordUseMs)
    expect(await appPasswords.remove('bob', 'phone')).toBe(phone.id)
    expect(await appPasswords.remove('bob', 'phone')).toBeUndefined()
    expect(await appPasswords.verify('bob', phone.password)).toBeUndefined()
    expect(await appPasswords.verify('bob', laptop.password)).toBe(laptop.id)
    await users.remove('bob')
    await users.add('bob', 'secret', at)
    expect(await appPasswords.list('bob')).toEqual([])
    expect(await appPasswords.verify('bob', laptop.password)).toBeUndefined()
  })

  test('so many app passwords at most, and labels that people can read', async () => {
    const { users, appPasswords } = await make()
    await users.add('bob', 'secret', at)
    for (const label of ['', ' x', 'a\nb', 'x'.repeat(65)]) {
      await expect(appPasswords.add('bob', label, at)).rejects.toMatchObject({ code: 'bad-label', retry: 'never' })
    }
    for (let n = 0; n < directoryLimits.appPasswordsMax; n += 1) await appPasswords.add('bob', `app ${n}`, at)
    expect(await appPasswords.add('bob', 'one more', at)).toBe('too-many')
  })
}

function aliasesContract(make: DirectoryFactory): void {
  test('aliases are added, replaced, listed by address and removed', async () => {
    const { aliases } = await make()
    expect(await aliases.put({ address: 'team', targets: ['bob', 'alice', 'carol@far.example'] })).toBe('added')
    expect(await aliases.put({ address: '@camp.example', targets: ['alice'] })).toBe('added')
    expect(await aliases.get('team')).toEqual({ address: 'team', targets: ['bob', 'alice', 'carol@far.example'] })
    expect(await aliases.put({ address: 'team', targets: ['bob'] })).toBe('replaced')
    expect(await aliases.list()).toEqual([
      { address: '@camp.example', targets: ['alice'] },
      { address: 'team', targets: ['bob'] },
    ])
    expect(await aliases.remove('team')).toBe(true)
    expect(await aliases.remove('team')).toBe(false)
    expect(await aliases.get('team')).toBeUndefined()
  })

  test('a target is taken out of all aliases, and those with nobody left go', async () => {
    const { aliases } = await make()
    await aliases.put({ address: 'team', targets: ['bob', 'alice'] })
    await aliases.put({ address: 'info@camp.example', targets: ['bob'] })
    await aliases.put({ address: 'other', targets: ['alice'] })
    expect(await aliases.dropTarget('bob')).toEqual(['info@camp.example', 'team'])
    expect(await aliases.dropTarget('bob')).toEqual([])
    expect(await aliases.list()).toEqual([
      { address: 'other', targets: ['alice'] },
      { address: 'team', targets: ['alice'] },
    ])
  })

  test.each([
    ['', ['bob']],
    ['@', ['bob']],
    ['Info', ['bob']],
    ['a b', ['bob']],
    ['x@', ['bob']],
    ['x@y@z', ['bob']],
    ['../etc', ['bob']],
    ['info', []],
    ['info', ['bob', 'bob']],
    ['info', ['<bob@far.example>']],
    ['info', ['-f@far.example\n']],
    ['info', Array.from({ length: directoryLimits.aliasTargetsMax + 1 }, (_, n) => `user${n}`)],
  ])('"%s" → %j is no alias', async (address, targets) => {
    const { aliases } = await make()
    await expect(aliases.put({ address, targets })).rejects.toMatchObject({ code: 'bad-alias', retry: 'never' })
    expect(await aliases.list()).toEqual([])
  })
}
