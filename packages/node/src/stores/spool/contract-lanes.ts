/** What every spool must do with slow work. Run by the real store and by its twin in memory. */
import { describe, expect, test } from 'vitest'
import { receive, type SpoolFactory } from './contract.ts'

const at = 1_700_000_000_000

export function lanesContract(name: string, make: SpoolFactory): void {
  describe(`lanes of the inbox: ${name}`, () => {
    test('a packet in a lane is due there and nowhere else, also when it is tried again', async () => {
      const { inbox, ...spool } = await make()
      const [first, second, third] = await Promise.all([1, 2, 3].map(seed => receive({ inbox, ...spool }, seed)))
      if (first === undefined || second === undefined || third === undefined) return expect.unreachable()
      expect(await inbox.lanes(at)).toEqual([])
      await inbox.assign(second.id, 'exec b')
      await inbox.assign(third.id, 'exec a')
      expect((await inbox.due(at, 10)).map(({ id }) => id)).toEqual([first.id])
      expect(await inbox.due(at, 10, 'exec b')).toMatchObject([{ id: second.id, lane: 'exec b' }])
      expect(await inbox.lanes(at)).toEqual(['exec a', 'exec b'])
      await inbox.retryLater(third.id, { dueAt: at + 500, reason: 'x' })
      expect(await inbox.lanes(at)).toEqual(['exec b'])
      expect(await inbox.lanes(at + 500)).toEqual(['exec a', 'exec b'])
      expect(await inbox.due(at + 500, 10, 'exec a')).toMatchObject([{ id: third.id, attempts: 1 }])
      await inbox.assign(second.id, '')
      expect((await inbox.due(at, 10)).map(({ id }) => id)).toEqual([first.id, second.id])
      await inbox.assign('A'.repeat(52) as typeof first.id, 'nowhere')
      expect(await inbox.lanes(at + 500)).toEqual(['exec a'])
    })

    test('a packet that was set aside comes back into no lane', async () => {
      const { inbox, quarantine, ...spool } = await make()
      const { id } = await receive({ inbox, quarantine, ...spool }, 1)
      await inbox.assign(id, 'exec a')
      await inbox.quarantine(id, { reason: 'x', outcome: 'taken', at, outbound: [] })
      const [entry] = await quarantine.list(1)
      await quarantine.retry(entry?.number ?? 0, at)
      expect(await inbox.due(at, 10)).toMatchObject([{ id, lane: '', attempts: 0 }])
    })
  })
}
