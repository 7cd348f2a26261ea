/** Calls at set times, limits of lines, and what the commands for them say. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inboxLetters, sendLetter } from '../support/mail.ts'
import { introduce, posthorn, TestNode } from '../support/node.ts'

interface Schedule {
  readonly number: number
  readonly next: string | null
}

describe('schedules and limits', () => {
  let valley: TestNode
  let ridge: TestNode

  beforeAll(async () => {
    valley = await TestNode.make('valley')
    ridge = await TestNode.make('ridge')
    await introduce(valley, ridge)
    await ridge.start()
    const status = await ridge.run<{ listeners: { nncp: { port: number } } }>(['status'])
    const address = `tcp://127.0.0.1:${status.listeners.nncp.port}`
    await valley.run(['neighbour', 'add', await ridge.card(), '--addr', address])
  })
  afterAll(() => Promise.all([valley?.remove(), ridge?.remove()]))

  const words = async (args: readonly string[]) => (await posthorn([...args, '--home', valley.home])).stdout
  const failure = async (args: readonly string[]) => {
    const done = await posthorn([...args, '--home', valley.home, '--json'])
    return [done.code, (JSON.parse(done.stdout || '{}') as { error?: { code: string } }).error?.code]
  }

  it('are set, shown and taken away', async () => {
    const how = ['--when-waiting', '--nice', 'PRIORITY', '--only', 'send', '--max-online', '60', '--tx-bytes', '200k']
    const added = await valley.run<Schedule>(['schedule', 'add', 'ridge', '0 2 * * *', ...how])
    expect(added).toMatchObject({
      ...{ neighbour: 'ridge', cron: '0 2 * * *', whenWaiting: true, nicenessMax: 96, direction: 'send' },
      ...{ address: null, onlineMsMax: 60_000, txBytesPerSecond: 204_800, onlineDeadlineMs: null },
    })
    expect(new Date(added.next ?? 0).getTime()).toBeGreaterThan(Date.now())
    expect(await valley.run(['schedule', 'list', 'ridge'])).toEqual([added])
    expect(await words(['schedule', 'list'])).toMatch(/0 2 \* \* \*.*when something waits, niceness 96, send only/)
    await valley.run(['schedule', 'remove', 'ridge', String(added.number)])
    expect(await valley.run(['schedule', 'list'])).toEqual([])
    const limits = ['neighbour', 'limit', 'ridge']
    expect(await valley.run([...limits, '--rx-rate', '10', '--online-deadline', '30'])).toMatchObject({
      ...{ neighbour: 'ridge', rxPacketsPerSecond: 10, onlineDeadlineMs: 30_000, txBytesPerSecond: null },
    })
    expect(await words(limits)).toContain('until 30 s of silence, in: 10 packets/s')
    expect(await valley.run([...limits, '--rx-rate', 'none'])).toMatchObject({
      ...{ rxPacketsPerSecond: null, onlineDeadlineMs: 30_000 },
    })
    await valley.run([...limits, '--online-deadline', 'none'])
    expect(await words(limits)).toContain('no limits')
  })

  it('that mean nothing are refused', async () => {
    expect(await failure(['schedule', 'add', 'ridge', 'now and then'])).toEqual([1, 'bad-schedule'])
    expect(await failure(['schedule', 'add', 'ridge', '0 0 31 2 *'])).toEqual([1, 'bad-schedule'])
    expect(await failure(['schedule', 'add', 'ridge', '@daily', '--addr', 'gopher://x'])).toEqual([1, 'bad-address'])
    expect(await failure(['schedule', 'add', 'nobody', '@daily'])).toEqual([1, 'unknown-neighbour'])
    expect(await failure(['schedule', 'remove', 'ridge', '99'])).toEqual([1, 'unknown-number'])
    expect(await failure(['neighbour', 'limit', 'ridge', '--tx-bytes', '5'])).toEqual([2, undefined])
    expect(await failure(['schedule', 'add', 'ridge', '@daily', '--only', 'both'])).toEqual([2, undefined])
  })

  it('are when a running node calls, and not otherwise', async () => {
    const alice = await valley.addUser('alice')
    const bob = await ridge.addUser('bob')
    await valley.start()
    const queued = async () =>
      (await valley.run<{ neighbours: { queued: { packets: number } }[] }>(['status'])).neighbours[0]?.queued.packets
    const never = await valley.run<Schedule>(['schedule', 'add', 'ridge', '0 0 1 1 * 2099'])
    // What was on its way when the line that was open ended is done when the address has changed nothing any more.
    await expect.poll(queued, { timeout: 20_000 }).toBe(0)
    await sendLetter(alice, { to: bob.address, text: 'at the set time' })
    expect(await queued()).toBe(1)
    await valley.run(['schedule', 'add', 'ridge', '* * * * * * *', '--when-waiting', '--online-deadline', '1'])
    await expect.poll(queued, { timeout: 30_000 }).toBe(0)
    const found = await inboxLetters(bob)
    expect(found.filter(letter => letter.text.includes('at the set time'))).toHaveLength(1)
    await valley.run(['schedule', 'remove', 'ridge', String(never.number)])
  })

  it('.onion addresses without a proxy are said to need one', async () => {
    await valley.end()
    await valley.run(['neighbour', 'add', await ridge.card(), '--addr', 'abc.onion:5400'])
    const refused = await posthorn(['call', 'ridge', '--home', valley.home, '--json'])
    expect(refused.code).toBe(1)
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'proxy-needed' } })
  })
})
