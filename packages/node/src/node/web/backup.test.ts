import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../base/clock.ts'
import { backups } from './backup.ts'
import { callerOf, idle, nodeRig } from './rig.ts'

test('a passphrase is kept for minutes, also where nobody fetches the backup and the clock was set back', async () => {
  const { node } = await nodeRig()
  let now = Date.now()
  const alice = callerOf('alice', 'admin')
  const { handlers, find } = backups(node, { ...systemClock, now: () => now }, [process.execPath, '-e', '0'])
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const prepared = async () => {
    const { path } = await handlers['backup.prepare']({ passphrase: 'a long one' }, alice, idle)
    now -= 24 * 3_600_000
    return path.replace('/api/v1/backups/', '')
  }
  const late = await prepared()
  vi.advanceTimersByTime(2 * 60_000)
  expect(await find(late, alice, idle.signal)).toBeUndefined()
  const first = await prepared()
  vi.advanceTimersByTime(60_000)
  const second = await prepared()
  vi.advanceTimersByTime(61_000)
  expect(await find(first, alice, idle.signal)).toBeUndefined()
  expect(await find(second, alice, idle.signal)).toMatchObject({ mime: 'application/octet-stream' })
})
