/** What every store of notices must do. Run by the real one and by its twin in memory. */
import { describe, expect, test, vi } from 'vitest'
import { noticesLimits } from './limits.ts'
import type { NewNotice, NoticeStore } from './notices.ts'

export interface NoticesRig {
  readonly notices: NoticeStore
  /** Days of the stores' calendar. */
  readonly passDays: (days: number) => Promise<void>
}

export function noticeOf(id: string, changes: Partial<NewNotice> = {}): NewNotice {
  const recipients = [{ address: 'bob@ridge.example', reason: 'Nobody here is called bob' }]
  return { id, user: 'alice', kind: 'failed', handedInAt: 1_700_000_000_000, recipients, ...changes }
}

const message = { user: 'alice', text: 'what happened', chat: 10, after: 12 }

export function noticesContract(name: string, make: () => Promise<NoticesRig>): void {
  describe(`notices: ${name}`, () => {
    test('a notice is kept once by its id, also when it has been told', async () => {
      const { notices } = await make()
      const kept = vi.fn()
      notices.onKept(kept)
      expect(await notices.keep(noticeOf('a'))).toBe(true)
      expect(await notices.keep(noticeOf('a', { user: 'carol' }))).toBe(false)
      const [notice] = await notices.waiting('alice', 10)
      expect(notice).toMatchObject(noticeOf('a'))
      const number = await notices.begin(message, [notice?.sequence ?? 0])
      await notices.told(number)
      expect(await notices.keep(noticeOf('a'))).toBe(false)
      expect(await notices.summary()).toEqual({ waiting: 0, unfinished: 0 })
      expect(kept).toHaveBeenCalledTimes(1)
    })

    test('users come in the order in which they wait, and their notices too', async () => {
      const { notices } = await make()
      for (const [id, user] of ['bob', 'alice', 'bob'].entries()) await notices.keep(noticeOf(`${id}`, { user }))
      expect(await notices.waitingUsers()).toEqual(['bob', 'alice'])
      expect((await notices.waiting('bob', 10)).map(({ id }) => id)).toEqual(['0', '2'])
      expect((await notices.waiting('bob', 1)).map(({ id }) => id)).toEqual(['0'])
      expect(await notices.waiting('carol', 1)).toEqual([])
    })

    test('what is in a message is remembered until it is known to have gone, or waits again', async () => {
      const { notices } = await make()
      await notices.keep(noticeOf('a'))
      await notices.keep(noticeOf('b'))
      const [first, second] = await notices.waiting('alice', 10)
      const number = await notices.begin(message, [first?.sequence ?? 0])
      expect(await notices.unfinished()).toEqual([{ ...message, number }])
      expect((await notices.waiting('alice', 10)).map(({ id }) => id)).toEqual(['b'])
      expect(await notices.summary()).toEqual({ waiting: 1, unfinished: 1 })
      await notices.takeBack(number)
      expect((await notices.waiting('alice', 10)).map(({ id }) => id)).toEqual(['a', 'b'])
      const again = await notices.begin(message, [first?.sequence ?? 0, second?.sequence ?? 0])
      await notices.told(again)
      expect(await notices.waitingUsers()).toEqual([])
      expect(await notices.unfinished()).toEqual([])
    })

    test('of too many for one user the oldest are left out, and of one too long the last recipients', async () => {
      const { notices } = await make()
      const { waitingMax, recipientsMax } = noticesLimits
      await notices.keep(noticeOf('other', { user: 'bob' }))
      for (let id = 0; id < waitingMax + 2; id += 1) await notices.keep(noticeOf(`${id}`))
      const kept = await notices.waiting('alice', waitingMax * 2)
      expect(kept).toHaveLength(waitingMax)
      expect(kept[0]?.id).toBe('2')
      expect(await notices.waiting('bob', 10)).toHaveLength(1)
      const many = Array.from({ length: recipientsMax + 1 }, (_, index) => ({ address: `${index}`, reason: 'x' }))
      await notices.keep(noticeOf('long', { user: 'carol', recipients: many }))
      expect((await notices.waiting('carol', 1))[0]?.recipients).toEqual(many.slice(0, recipientsMax))
    })

    test('nothing waits longer than its days of the calendar, and what was dropped is not kept again', async () => {
      const { notices, passDays } = await make()
      await notices.keep(noticeOf('old'))
      await passDays(noticesLimits.waitingDays)
      await notices.keep(noticeOf('new'))
      await notices.prune()
      expect((await notices.waiting('alice', 10)).map(({ id }) => id)).toEqual(['old', 'new'])
      await passDays(1)
      await notices.prune()
      expect((await notices.waiting('alice', 10)).map(({ id }) => id)).toEqual(['new'])
      await notices.drop('alice')
      expect(await notices.waitingUsers()).toEqual([])
      expect(await notices.keep(noticeOf('old'))).toBe(false)
    })

    test('a message that is being sent outlives every prune', async () => {
      const { notices, passDays } = await make()
      await notices.keep(noticeOf('a'))
      const [notice] = await notices.waiting('alice', 1)
      const number = await notices.begin(message, [notice?.sequence ?? 0])
      await passDays(noticesLimits.waitingDays + 1)
      await notices.prune()
      await notices.takeBack(number)
      expect((await notices.waiting('alice', 10)).map(({ id }) => id)).toEqual(['a'])
    })

    test('one chat for each user', async () => {
      const { notices } = await make()
      expect(notices.chats.get('alice')).toBeUndefined()
      expect(await notices.chats.put('alice', 10)).toBe(true)
      expect(await notices.chats.put('alice', 10)).toBe(false)
      expect(await notices.chats.put('alice', 11)).toBe(true)
      expect(notices.chats.get('alice')).toBe(11)
      await notices.chats.forget('alice')
      expect(notices.chats.get('alice')).toBeUndefined()
    })
  })
}
