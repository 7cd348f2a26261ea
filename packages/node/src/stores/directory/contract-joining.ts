/** What every directory must do for invites to live here. Run by the real store and by its twin in memory. */
import { describe, expect, test } from 'vitest'
import { memoryDays } from '../database/calendar.ts'
import type { Directory } from './directory.ts'

const at = 1_700_000_000_000
const open: Parameters<Directory['joinInvites']['add']>[0] = {
  userName: null,
  quotaBytes: null,
  usesMax: 1,
  days: 7,
  at,
}

export interface JoiningRig {
  readonly directory: Directory
  /** Days of the stores' calendar. */
  readonly passDays: (days: number) => Promise<void>
}

export function joiningContract(name: string, make: () => Promise<JoiningRig>): void {
  const inviting = async (changes: Partial<typeof open> = {}) => {
    const rig = await make()
    const made = await rig.directory.joinInvites.add({ ...open, ...changes })
    if (made === 'too-many') throw new Error(made)
    return { ...rig, ...made, ...rig.directory }
  }
  const person = (name: string) => ({ name, password: `of ${name}`, at: at + 1 })

  describe(`joining: ${name}`, () => {
    test('an invite makes one account, with its own password and quota, and is over', async () => {
      const { joinInvites, users, secret, invite } = await inviting({ quotaBytes: 5000 })
      expect(secret).toMatch(/^[A-Za-z0-9_-]{22}$/)
      expect(await joinInvites.find(secret)).toEqual(invite)
      expect(await joinInvites.list()).toEqual([invite])
      expect(await joinInvites.use(secret, person('bob'))).toBe('made')
      // Who looks after the node is nobody who came by an invite.
      expect(await users.get('bob')).toEqual({ name: 'bob', createdAt: at + 1, selfMade: false, admin: false })
      expect(await users.verify('bob', 'of bob')).toBe(true)
      expect(users.settings('bob')?.quotaBytes).toBe(5000)
      expect(await joinInvites.find(secret)).toBeUndefined()
      expect(await joinInvites.list()).toEqual([])
      expect(await joinInvites.use(secret, person('eve'))).toBe('gone')
      expect(await users.get('eve')).toBeUndefined()
    })

    test('threat: two joiners on one invite at the same moment: one account', async () => {
      const { joinInvites, users, secret } = await inviting()
      const outcomes = await Promise.all([
        joinInvites.use(secret, person('bob')),
        joinInvites.use(secret, person('eve')),
      ])
      expect(outcomes.sort()).toEqual(['gone', 'made'])
      expect(await users.list()).toHaveLength(1)
    })

    test('a name that somebody has costs no use, and leaves them as they are', async () => {
      const { joinInvites, users, secret } = await inviting()
      await users.add('alice', 'hers', at)
      expect(await joinInvites.use(secret, person('alice'))).toBe('name-taken')
      expect(await users.verify('alice', 'hers')).toBe(true)
      expect(await joinInvites.use(secret, person('bob'))).toBe('made')
      await expect(joinInvites.use(secret, person('../etc'))).rejects.toMatchObject({ code: 'bad-name' })
    })

    test('an invite for somebody is for their name alone; one for several counts', async () => {
      const { joinInvites, secret } = await inviting({ userName: 'carol', usesMax: 2 })
      expect(await joinInvites.use(secret, person('eve'))).toBe('gone')
      expect(await joinInvites.use(secret, person('carol'))).toBe('made')
      expect((await joinInvites.list())[0]).toMatchObject({ uses: 1, usesMax: 2, userName: 'carol' })
    })

    test('threat: a guessed secret, one of another shape, and one that was taken back', async () => {
      const { joinInvites, secret, invite } = await inviting()
      const guessed = `${secret.slice(0, -2)}${secret.at(-2) === 'a' ? 'b' : 'a'}${secret.at(-1)}`
      for (const wrong of ['', guessed, `${secret} `, invite.id, 'x'.repeat(100_000)]) {
        expect(await joinInvites.find(wrong)).toBeUndefined()
        expect(await joinInvites.use(wrong, person('eve'))).toBe('gone')
      }
      expect(await joinInvites.remove(invite.id)).toBe(true)
      expect(await joinInvites.remove(invite.id)).toBe(false)
      expect(await joinInvites.use(secret, person('bob'))).toBe('gone')
    })

    test('the days of an invite pass by the calendar, and long afterwards it is forgotten', async () => {
      const { joinInvites, passDays, secret, invite } = await inviting({ days: 2 })
      await passDays(2)
      expect((await joinInvites.find(secret))?.daysLeft).toBe(0)
      await passDays(1)
      expect(await joinInvites.find(secret)).toBeUndefined()
      expect(await joinInvites.use(secret, person('bob'))).toBe('gone')
      await joinInvites.prune()
      expect(await joinInvites.remove(invite.id)).toBe(true)
      const other = await joinInvites.add({ ...open, days: 1 })
      if (other === 'too-many') throw new Error(other)
      await passDays(memoryDays + 3)
      await joinInvites.prune()
      expect(await joinInvites.remove(other.invite.id)).toBe(false)
    })

    test('what is set for the node is kept, and taken back', async () => {
      const { directory } = await make()
      expect(directory.nodeSettings.get()).toEqual({ lan: null })
      for (const lan of [true, false, null]) {
        await directory.nodeSettings.setLan(lan)
        expect(directory.nodeSettings.get()).toEqual({ lan })
      }
    })
  })
}
