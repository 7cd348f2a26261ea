import { describe, expect, it } from 'vitest'
import { abortError } from '../../../base/clock.ts'
import { noBounds } from '../../../stores/directory/bounds.ts'
import type { CallSchedule, LineBounds } from '../../../stores/directory/directory.ts'
import { HandClock, type TestNode } from '../fixture.ts'
import { Bucket } from './rates.ts'
import { type Rig, rig, signal, there, until, whileTimePasses } from './rig.ts'
import { callAtTimes } from './scheduled.ts'

const anytime: CallSchedule = {
  ...{ ...noBounds, cron: '*/10 * * * *', whenWaiting: false, nicenessMax: 255, direction: 'both', address: null },
}

async function bound(node: TestNode, other: TestNode, bounds: Partial<LineBounds>): Promise<void> {
  await node.directory.calling.bound(other.id, { ...noBounds, ...bounds })
  node.courier.refresh()
}

/** The times, in milliseconds from the first, at which packets came into the inbox of a node. */
function arrivalsAt(node: TestNode): number[] {
  const times: number[] = []
  const { inbox } = node.spool
  const commit = inbox.commit.bind(inbox)
  inbox.commit = packet => {
    times.push(node.clock.now())
    return commit(packet)
  }
  return times
}

/** The most that fell into any second. */
function busiest(times: readonly number[]): number {
  return Math.max(...times.map(start => times.filter(time => time >= start && time < start + 1000).length))
}

describe('a rate', () => {
  it('is kept to in every second, and unused time is not saved up', () => {
    const bucket = new Bucket(10, 0)
    expect([bucket.take(1, 0), bucket.take(1, 0), bucket.take(1, 100)]).toEqual([100, 200, 200])
    expect(bucket.take(1, 1_000_000)).toBe(100)
  })

  it('is not confused by a clock that is set', () => {
    const bucket = new Bucket(10, 1_000_000)
    bucket.take(5, 1_000_000)
    expect(bucket.take(1, 0)).toBe(600)
    expect(bucket.take(1, 100)).toBe(600)
  })

  it.each(['sender', 'receiver'] as const)('of packets is kept to by the %s', async who => {
    const { here, far, clock, call } = await rig()
    const times = arrivalsAt(far)
    if (who === 'sender') await bound(here, far, { txPacketsPerSecond: 4 })
    else await bound(far, here, { rxPacketsPerSecond: 4 })
    for (let number = 0; number < 20; number += 1) await here.writes(far, `letter ${number}`)
    const began = clock.now()
    expect(await call()).toMatchObject({ sent: { packets: 20 } })
    expect(clock.now() - began).toBeGreaterThan(4500)
    // Packets that came in one message are counted when they are here.
    if (who === 'sender') expect(busiest(times)).toBeLessThanOrEqual(5)
  })

  it.each(['sender', 'receiver'] as const)('of bytes is kept to by the %s, in small steps', async who => {
    const { here, far, clock, network, neighbour } = await rig()
    const bounds = who === 'sender' ? { txBytesPerSecond: 20_000 } : { rxBytesPerSecond: 20_000 }
    await bound(...((who === 'sender' ? [here, far] : [far, here]) as [TestNode, TestNode]), bounds)
    await here.writes(far, Buffer.alloc(200_000))
    // All of it may be on its way long before a slow receiver says that it has it.
    const calling = here.courier.call(await neighbour(), { signal, onlineDeadlineMs: 20_000 })
    await until(async () => (await far.directory.neighbours.get(here.id))?.lastContactAt !== null)
    const began = clock.now()
    const before = network.carriedBytes
    for (let step = 0; step < 250; step += 1) {
      clock.pass(20)
      for (let turns = 0; turns < 10; turns += 1) await new Promise(resolve => setImmediate(resolve))
    }
    const inFiveSeconds = network.carriedBytes - before
    // Who receives slowly cannot keep the network from carrying a window full.
    if (who === 'sender') expect(inFiveSeconds).toBeGreaterThan(80_000)
    if (who === 'sender') expect(inFiveSeconds).toBeLessThan(130_000)
    expect(await whileTimePasses(clock, calling)).toMatchObject({ sent: { packets: 1 } })
    expect(clock.now() - began).toBeGreaterThan(9500)
    expect(clock.now() - began).toBeLessThan(40_000)
    await far.toss()
    expect(far.delivered).toHaveLength(1)
  })

  it('of all lines together is shared by them', async () => {
    const one = await rig({ rates: { rxBytesPerSecond: null, txBytesPerSecond: 50_000 } })
    const letters = 4
    for (let number = 0; number < letters; number += 1) await one.here.writes(one.far, Buffer.alloc(50_000, number))
    const began = one.clock.now()
    const neighbour = await one.neighbour()
    const calls = [1, 2].map(() => one.here.courier.call(neighbour, { signal }))
    await whileTimePasses(one.clock, Promise.all(calls))
    expect(await one.here.waiting()).toBe(0)
    expect(one.clock.now() - began).toBeGreaterThan(letters * 1000 - 500)
  })

  it('does not hold up something more urgent for long', async () => {
    const { here, far, clock, neighbour } = await rig()
    const sizes: number[] = []
    const { inbox } = far.spool
    const commit = inbox.commit.bind(inbox)
    inbox.commit = packet => {
      sizes.push(packet.staged.sizeBytes)
      return commit(packet)
    }
    await bound(here, far, { txBytesPerSecond: 100_000 })
    await here.writes(far, Buffer.alloc(1_000_000), 224)
    let writtenAt = 0
    const onProgress = ({ bytes }: { bytes: number }) => {
      if (writtenAt !== 0 || bytes < 300_000) return
      writtenAt = clock.now()
      void here.writes(far, 'flash', 1).then(() => here.courier.departed())
    }
    const calling = here.courier.call(await neighbour(), { signal, onProgress })
    await whileTimePasses(
      clock,
      until(() => sizes.length === 1),
    )
    expect(sizes[0]).toBeLessThan(1000)
    expect(clock.now() - writtenAt).toBeLessThan(5000)
    await whileTimePasses(clock, calling)
  })
})

describe('a bound of time', () => {
  it.each(['caller', 'answerer'] as const)(
    'the %s hangs up after the longest time, whatever is under way',
    async who => {
      const { here, far, clock, neighbour } = await rig()
      if (who === 'caller') await bound(here, far, { onlineMsMax: 3000, txBytesPerSecond: 10_000 })
      else await bound(far, here, { onlineMsMax: 3000, rxBytesPerSecond: 10_000 })
      await here.writes(far, Buffer.alloc(1_000_000))
      const began = clock.now()
      const report = await whileTimePasses(clock, here.courier.call(await neighbour(), { signal }))
      expect(report.sent.packets).toBe(0)
      expect(clock.now() - began).toBeLessThan(8000)
      // What has come is kept.
      if (who === 'caller') await bound(here, far, {})
      else await bound(far, here, {})
      expect(await whileTimePasses(clock, here.courier.call(await neighbour(), { signal }))).toMatchObject({
        sent: { packets: 1 },
      })
    },
  )

  it.each(['caller', 'answerer'] as const)('the %s hangs up when nothing was said for the deadline', async who => {
    const { here, far, clock, network, neighbour } = await rig()
    if (who === 'caller') await bound(here, far, { onlineDeadlineMs: 2000 })
    else await bound(far, here, { onlineDeadlineMs: 2000 })
    const began = clock.now()
    const lasting = who === 'answerer' ? { onlineDeadlineMs: null } : {}
    await whileTimePasses(clock, here.courier.call(await neighbour(), { signal, ...lasting }))
    expect(clock.now() - began).toBeLessThan(4000)
    expect(network.openLines).toBe(0)
  })

  it('a call with a deadline of its own does not ask for that of the neighbour', async () => {
    const { here, far, clock, neighbour } = await rig()
    await bound(here, far, { onlineDeadlineMs: 60_000 })
    const began = clock.now()
    await whileTimePasses(clock, here.courier.call(await neighbour(), { signal, onlineDeadlineMs: 1000 }))
    expect(clock.now() - began).toBeLessThan(3000)
  })
})

describe('a schedule', () => {
  async function scheduled(changes: Partial<CallSchedule> = {}): Promise<Rig> {
    const made = await rig()
    await made.here.directory.calling.schedule(made.far.id, { ...anytime, ...changes })
    made.here.courier.start()
    await until(() => made.clock.sleeping > 0)
    return made
  }
  const minute = 60_000
  const quiet = async ({ clock }: Rig) => {
    for (let turns = 0; turns < 30; turns += 1) await new Promise(resolve => setImmediate(resolve))
    await until(() => clock.sleeping > 0)
  }
  /** Ten minutes, in steps in which a call comes to its end. */
  const tenMinutes = async (made: Rig) => {
    for (let passed = 0; passed < 10 * minute; passed += 5000) {
      made.clock.pass(5000)
      await quiet(made)
    }
  }

  it('is when a neighbour is called, and not at other times', async () => {
    const made = await scheduled()
    const { here, far, network } = made
    await here.writes(far, 'has to wait')
    here.courier.departed()
    await quiet(made)
    expect(network.dialed).toBe(0)
    await tenMinutes(made)
    expect(network.dialed).toBe(1)
    expect(await here.waiting()).toBe(0)
    await tenMinutes(made)
    expect(network.dialed).toBe(2)
  })

  it('may ask for something that waits, and is not nicer', async () => {
    const made = await scheduled({ whenWaiting: true, nicenessMax: 100 })
    await tenMinutes(made)
    await made.here.writes(made.far, 'bulk', 224)
    await tenMinutes(made)
    expect(made.network.dialed).toBe(0)
    await made.here.writes(made.far, 'text', 96)
    await tenMinutes(made)
    expect(made.network.dialed).toBe(1)
    expect(await made.here.waiting()).toBe(1)
  })

  it.each([
    ['send', [0, 1]],
    ['receive', [1, 0]],
  ] as const)('may only %s', async (direction, [here, far]) => {
    const made = await scheduled({ direction })
    await made.here.writes(made.far, 'there')
    await made.far.writes(made.here, 'back')
    await tenMinutes(made)
    expect([await made.here.waiting(), await made.far.waiting()]).toEqual([here, far])
  })

  it('may name one address, its own bounds, and stand beside others', async () => {
    const made = await scheduled({ address: 'tcp://nobody:1' })
    await tenMinutes(made)
    expect(await made.here.directory.neighbours.get(made.far.id)).toMatchObject({ lastContactAt: null })
    await made.here.directory.calling.schedule(made.far.id, { ...anytime, address: there, onlineMsMax: 1000 })
    await made.here.directory.calling.bound(made.far.id, { ...noBounds, onlineDeadlineMs: 3_600_000 })
    made.here.courier.refresh()
    await quiet(made)
    await tenMinutes(made)
    expect((await made.here.directory.neighbours.get(made.far.id))?.lastContactAt).not.toBeNull()
    expect(made.network.openLines).toBe(0)
  })

  it('that is removed does not count any more: the line is kept open again', async () => {
    const made = await scheduled()
    const [schedule] = (await made.here.directory.calling.get(made.far.id)).schedules
    await made.here.directory.calling.unschedule(made.far.id, schedule?.number ?? 0)
    made.here.courier.refresh()
    await until(() => made.network.openLines === 1)
  })

  it('a neighbour that has called needs no call', async () => {
    const made = await scheduled()
    const at = 'tcp://here:1'
    await made.far.knows(made.here, 'ack', [at])
    made.here.courier.serve(await made.network.transport.listen(new URL(at), { signal }))
    made.far.courier.start()
    await until(() => made.network.openLines === 1)
    await tenMinutes(made)
    expect(made.network.dialed).toBe(1)
  })
})

describe('a neighbour with stock NNCP that nobody scheduled', () => {
  it('is called at the start, when something waits, and about once an hour', async () => {
    const { here, far, clock, network } = await rig()
    await here.knows(far, 'copy', [there])
    const dialed = async (count: number) => {
      await whileTimePasses(
        clock,
        until(() => network.dialed === count && network.openLines === 0),
        500,
      )
      return clock.now()
    }
    here.courier.start()
    const first = await dialed(1)
    await far.writes(here, 'something new')
    const polled = await dialed(2)
    expect(polled - first).toBeGreaterThan(1_700_000)
    expect(polled - first).toBeLessThan(3_700_000)
    expect((await here.spool.inbox.summary()).packets).toBe(1)
    await here.writes(far, 'at once')
    here.courier.departed()
    expect((await dialed(3)) - polled).toBeLessThan(60_000)
    expect(await here.waiting()).toBe(0)
  })
})

describe('the clock of a schedule', () => {
  const start = new Date(2026, 0, 1, 12, 3).getTime()

  /** A clock that a person sets: whoever sleeps is not woken by it. */
  class SetClock extends HandClock {
    offset = start - 1_000_000

    override now(): number {
      return super.now() + this.offset
    }

    override sleep(delayMs: number, until: AbortSignal): Promise<void> {
      if (until.aborted) return Promise.reject(abortError(until))
      // HandClock counts in its own time.
      const own = this.offset
      this.offset = 0
      const sleeping = super.sleep(delayMs, until)
      this.offset = own
      return sleeping
    }

    override pass(delayMs: number): void {
      const own = this.offset
      this.offset = 0
      super.pass(delayMs)
      this.offset = own
    }
  }

  async function ran(work: (clock: SetClock, pass: (minutes: number) => Promise<void>) => Promise<void>) {
    const clock = new SetClock()
    const stop = new AbortController()
    const calls: string[] = []
    const running = callAtTimes('*/10 * * * *', {
      ...{ clock, signal: stop.signal },
      call: async () => void calls.push(new Date(clock.now()).toTimeString().slice(0, 5)),
    })
    await work(clock, async minutes => {
      for (let passed = 0; passed < minutes * 2; passed += 1) {
        clock.pass(30_000)
        await new Promise(resolve => setImmediate(resolve))
      }
    })
    stop.abort()
    await running
    return calls
  }

  it('that is right gives each time once', async () => {
    expect(await ran((_, pass) => pass(30))).toEqual(['12:10', '12:20', '12:30'])
  })

  it('that is set ahead makes up for what was missed by one call', async () => {
    const calls = await ran(async (clock, pass) => {
      clock.offset += 365 * 86_400_000
      await pass(2)
    })
    expect(calls).toHaveLength(1)
  })

  it('that is set back does not make it wait for a year', async () => {
    const calls = await ran(async (clock, pass) => {
      await pass(8)
      clock.offset -= 365 * 86_400_000
      await pass(10)
    })
    expect(calls).toEqual(['12:10', '12:20'])
  })
})
