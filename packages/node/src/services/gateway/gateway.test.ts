import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Clock, systemClock } from '../../base/clock.ts'
import { OperatingError } from '../../base/errors.ts'
import { HandClock } from '../../base/hand-clock.ts'
import { silentLog } from '../../base/log.ts'
import { scratchDirectory } from '../../stores/files/scratch-directory.ts'
import { bytesOf, letterTo } from '../../stores/queue/contract.ts'
import { type MemoryQueue, memoryQueue } from '../../stores/queue/memory.ts'
import { type Gateway, type GatewayReport, type Gateways, gateways } from './index.ts'
import { type Script, scriptedServer } from './smtp/scripted-server.ts'
import type { MailServer } from './smtp/session.ts'

interface Rig {
  readonly queue: MemoryQueue
  readonly service: Gateways
  readonly reports: GatewayReport[]
}

interface RigOptions {
  readonly clock?: Clock
  readonly queue?: MemoryQueue
  readonly report?: (report: GatewayReport) => Promise<'told' | 'nobody'>
  readonly start?: boolean
}

async function rig(ways: Readonly<Record<string, Gateway['way']>>, options: RigOptions = {}): Promise<Rig> {
  const { clock = systemClock, queue = memoryQueue(), start = true } = options
  const reports: GatewayReport[] = []
  const report = async (one: GatewayReport) => {
    const told = (await options.report?.(one)) ?? 'told'
    reports.push(one)
    return told
  }
  const service = gateways({
    ...{ queue, report, name: 'camp.example', directory: await scratchDirectory(), random: randomBytes, clock },
    ...{ log: silentLog, warnAfterDays: 5, returnAfterDays: 30 },
    gateways: Object.entries(ways).map(([name, way]) => ({ name, way, atOnceMax: 2 })),
  })
  onTestFinished(() => service.stop())
  if (start) await service.start()
  return { queue, service, reports }
}

const server = (at: MailServer): Gateway['way'] => ({ kind: 'server', ...at })
const scripted = async (script: Script = {}) => scriptedServer(script)

function command(script: string, ...args: string[]): Gateway['way'] {
  const usual = { timeoutMs: 60_000, lineEnds: 'lf', fromLine: false, returnPath: false, nullSender: '' } as const
  return { kind: 'command', words: ['/bin/sh', '-c', script, 'sh', ...args], ...usual }
}

const empty = (queue: MemoryQueue) => expect.poll(() => queue.summary()).toEqual([])

test('what is taken back was never handed over, and nobody says so of what may have been', async () => {
  const queue = memoryQueue()
  await queue.put(letterTo(['a@x.example']))
  await queue.put(letterTo(['b@x.example'], { once: 'other' }))
  const [kept, cutOff] = await queue.due('out', Date.now(), 10)
  // The node died in the middle of it.
  await queue.begin(cutOff?.id ?? 0)
  const { service } = await rig({ out: command('exit 0') }, { queue, start: false })
  expect(await service.takeBack(kept?.id ?? 0, ['a@x.example'])).toBe(true)
  expect(await service.takeBack(cutOff?.id ?? 0, ['b@x.example'])).toBe(false)
  expect(await queue.summary()).toEqual([])
})

test('what waits and what comes is handed over, and leaves the queue', async () => {
  const file = join(await scratchDirectory(), 'out')
  const queue = memoryQueue()
  await queue.put(letterTo(['a@x.example'], { body: bytesOf('before\r\n') }))
  const { service } = await rig({ out: command(`cat >> ${file}; echo "$1" >> ${file}`, '{recipient}') }, { queue })
  await empty(queue)
  await queue.put(letterTo(['b@x.example'], { body: bytesOf('after\r\n') }))
  service.arrived()
  await empty(queue)
  const text = await readFile(file, 'utf8')
  expect(text).toContain('before\na@x.example\n')
  expect(text).toContain('after\nb@x.example\n')
})

test('each recipient has its own end: done, refused and told, or later', async () => {
  const told = (line: string) =>
    line.includes('a@') ? '250 ok' : line.includes('b@') ? '550 5.1.1 no' : '451 4.2.0 wait'
  const at = await scripted({ RCPT: told })
  const { queue, reports, service } = await rig({ out: server(at.server) })
  await queue.put(letterTo(['a@x.example', 'b@x.example', 'c@x.example']))
  service.arrived()
  await expect.poll(() => queue.nextDueAt('out')).not.toBeNull()
  const [left] = await queue.page({ gateway: 'out', after: 0, limit: 10 })
  expect(left).toMatchObject({ envelope: { recipients: ['c@x.example'] }, attempts: 1, reason: '451 4.2.0 wait' })
  expect(reports).toMatchObject([
    { kind: 'failed', event: 'gateway:1:0', recipients: [{ address: 'b@x.example', status: '5.1.1' }] },
  ])
  expect(reports[0]?.body?.sizeBytes).toBe(22)
  // Byte for byte: nothing is written into it on the way out.
  expect(at.letters).toEqual(['Subject: hi\r\n\r\nhello\r\n'])
})

test('who is refused stays until the sender can be told', async () => {
  const at = await scripted({ RCPT: '550 5.1.1 no' })
  let broken = true
  const report = async () => {
    if (broken) throw new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' })
    return 'told' as const
  }
  const { queue, service } = await rig({ out: server(at.server) }, { report })
  await queue.put(letterTo(['a@x.example']))
  service.arrived()
  await expect.poll(() => queue.nextDueAt('out')).not.toBeNull()
  broken = false
  await queue.hurry('all')
  service.retry()
  await empty(queue)
})

test('a gateway that is away is tried with one letter, ever more rarely, and holds up no other', async () => {
  const clock = new HandClock()
  let greetings = 0
  let away = true
  const at = await scripted({
    GREETING: () => {
      greetings += 1
      return away ? '421 4.3.2 away' : '220 back'
    },
  })
  const other = await scripted()
  const { queue, service } = await rig({ out: server(at.server), other: server(other.server) }, { clock })
  for (const name of ['one', 'two', 'three', 'four', 'five']) {
    await queue.put(letterTo([`${name}@x.example`], { once: name }))
  }
  service.arrived()
  await expect.poll(() => service.unreachable('out')).toContain('421')
  await queue.put(letterTo([], { once: 'x', handovers: [{ gateway: 'other', recipients: ['a@y.example'] }] }))
  service.arrived()
  await expect.poll(() => other.letters).toHaveLength(1)
  // Two were under way when the first failed.
  const first = greetings
  expect(first).toBeLessThanOrEqual(2)
  clock.pass(2000)
  await expect.poll(() => greetings).toBe(first + 1)
  expect(service.unreachable('out')).toContain('421')
  away = false
  clock.pass(3_600_000)
  await expect.poll(() => at.letters.length).toBeGreaterThan(0)
  await queue.hurry('all')
  service.retry()
  await empty(queue)
  expect(at.letters).toHaveLength(5)
  expect(service.unreachable('out')).toBeNull()
})

test('tries come ever more rarely, each a little earlier or later', async () => {
  const clock = new HandClock()
  const at = await scripted({ RCPT: '451 later' })
  const { queue, service } = await rig({ out: server(at.server) }, { clock })
  await queue.put(letterTo(['a@x.example']))
  service.arrived()
  const delays: number[] = []
  for (let attempt = 1; attempt <= 9; attempt += 1) {
    await expect.poll(async () => (await queue.get(1))?.attempts).toBe(attempt)
    delays.push(((await queue.nextDueAt('out')) ?? 0) - clock.now())
    await queue.hurry('all')
    service.retry()
  }
  for (const [attempt, delayMs] of delays.entries()) {
    const middle = Math.min(60_000 * 2 ** attempt, 3_600_000)
    expect(delayMs / middle).toBeGreaterThanOrEqual(0.75)
    expect(delayMs / middle).toBeLessThanOrEqual(1.25)
  }
})

test('a letter is tried again when its time has come', async () => {
  const clock = new HandClock()
  let full = true
  const at = await scripted({ RCPT: () => (full ? '452 4.2.2 full' : '250 ok') })
  const { queue, service } = await rig({ out: server(at.server) }, { clock })
  await queue.put(letterTo(['a@x.example']))
  service.arrived()
  await expect.poll(async () => (await queue.get(1))?.attempts).toBe(1)
  full = false
  clock.pass(75_000)
  await empty(queue)
})

test('SUCCESS that the other side does not tell is told as relayed', async () => {
  const wishes = {
    recipients: { 'a@x.example': { notify: ['success'] }, 'b@x.example': { notify: ['failure'] } },
  } as const
  const envelope = { returnPath: 'alice@camp.nncp.alt', wishes }
  const silent = await scripted()
  const telling = await scripted({ EHLO: '250-server\r\n250 DSN' })
  const { queue, reports, service } = await rig({ silent: server(silent.server), telling: server(telling.server) })
  for (const gateway of ['silent', 'telling']) {
    const handovers = [{ gateway, recipients: ['a@x.example', 'b@x.example'] }]
    await queue.put(letterTo([], { envelope, handovers, once: gateway }))
  }
  service.arrived()
  await empty(queue)
  await expect.poll(() => reports).toMatchObject([{ kind: 'relayed', recipients: [{ address: 'a@x.example' }] }])
})

test('who waits for long is told so once, and at last that it was given up', async () => {
  const clock = new HandClock()
  const at = await scripted({ GREETING: '421 away' })
  const { queue, reports, service } = await rig({ out: server(at.server) }, { clock })
  await queue.put(letterTo(['a@x.example']))
  service.arrived()
  await expect.poll(() => queue.nextDueAt('out')).not.toBeNull()
  const round = async () => {
    await expect.poll(() => clock.sleeping).toBeGreaterThan(0)
    clock.pass(3_600_000)
  }
  queue.passDays(5)
  await expect
    .poll(async () => {
      await round()
      return reports.map(({ kind }) => kind)
    })
    .toEqual(['delayed'])
  expect(reports[0]?.recipients[0]?.reason).toContain('421 away')
  expect((reports[0]?.willRetryUntil ?? 0) - clock.now()).toBeLessThanOrEqual(25 * 86_400_000)
  queue.passDays(25)
  await expect
    .poll(async () => {
      await round()
      return reports.map(({ kind }) => kind)
    })
    .toEqual(['delayed', 'returned'])
  expect(await queue.summary()).toEqual([])
})

test('a letter older than its lifetime is not handed over: it expires, and its sender hears of it once', async () => {
  const queue = memoryQueue()
  const envelope = { returnPath: 'alice@camp.nncp.alt', wishes: { lifetimeDays: 2 } }
  await queue.put(letterTo(['a@x.example'], { envelope }))
  await queue.put(letterTo(['b@x.example'], { once: 'without' }))
  queue.passDays(3)
  const at = await scripted()
  const { reports } = await rig({ out: server(at.server) }, { queue })
  await empty(queue)
  expect(at.letters).toHaveLength(1)
  expect(at.lines.filter(line => line.startsWith('RCPT'))).toEqual(['RCPT TO:<b@x.example>'])
  expect(reports).toMatchObject([{ kind: 'expired', recipients: [{ address: 'a@x.example', status: '5.4.7' }] }])
})

test('a letter whose lifetime ends while it waits expires; it stays until that can be told', async () => {
  const clock = new HandClock()
  const at = await scripted({ GREETING: '421 away' })
  let broken = true
  const report = async () => {
    if (broken) throw new OperatingError('The disk is full.', { code: 'disk-full', retry: 'later' })
    return 'told' as const
  }
  const { queue, reports, service } = await rig({ out: server(at.server) }, { clock, report })
  await queue.put(
    letterTo(['a@x.example'], { envelope: { returnPath: 'alice@camp.nncp.alt', wishes: { lifetimeDays: 1 } } }),
  )
  service.arrived()
  await expect.poll(() => queue.nextDueAt('out')).not.toBeNull()
  queue.passDays(2)
  const round = async () => {
    await expect.poll(() => clock.sleeping).toBeGreaterThan(0)
    clock.pass(3_600_000)
  }
  await round()
  expect(await queue.summary()).toHaveLength(1)
  broken = false
  await expect
    .poll(async () => {
      await round()
      return reports.map(({ kind }) => kind)
    })
    .toEqual(['expired'])
  await empty(queue)
})

test('a letter is removed by hand, and its sender told; not while it is handed over', async () => {
  let release: () => void = () => {}
  const at = await scripted({
    DATA: (_, socket) => {
      release = () => socket.write('451 4.0.0 later\r\n')
      return ''
    },
  })
  const { queue, service, reports } = await rig({ out: server(at.server) })
  await queue.put(letterTo(['a@x.example']))
  service.arrived()
  await expect.poll(() => at.lines).toContain('DATA')
  await expect(service.remove(1)).rejects.toMatchObject({ code: 'letter-busy' })
  release()
  await expect.poll(() => queue.nextDueAt('out')).not.toBeNull()
  expect(await service.remove(1)).toBe(true)
  expect(reports).toMatchObject([{ kind: 'failed', recipients: [{ address: 'a@x.example', status: '5.0.0' }] }])
  expect(await queue.summary()).toEqual([])
  expect(await service.remove(1)).toBe(false)
})

test('stopped, it waits for the answer to what it has sent; started again, nothing leaves twice', async () => {
  let taken: () => void = () => {}
  const at = await scripted({
    '.': (_, socket) => {
      taken = () => socket.write('250 2.0.0 ok\r\n')
      return ''
    },
  })
  const { queue, service } = await rig({ out: server(at.server) })
  await queue.put(letterTo(['a@x.example']))
  service.arrived()
  await expect.poll(() => at.letters).toHaveLength(1)
  const stopping = service.stop()
  taken()
  await stopping
  expect(await queue.summary()).toEqual([])
})

test('stopped while the other side says nothing: it is cut off after a while, and tried again', async () => {
  const clock = new HandClock()
  const at = await scripted({ '.': '' })
  const { queue, service } = await rig({ out: server(at.server) }, { clock })
  await queue.put(letterTo(['a@x.example']))
  service.arrived()
  await expect.poll(() => at.letters).toHaveLength(1)
  const stopping = service.stop()
  await expect.poll(() => clock.sleeping).toBe(2)
  clock.pass(5000)
  await stopping
  expect(await queue.due('out', clock.now(), 10)).toHaveLength(1)
})
